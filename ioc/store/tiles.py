"""Archives of vector tiles, one for each version of a layer, kept in parts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from ioc.store.pool import Connection

PART_BYTES = 4 * 1024 * 1024

_HAS_ARCHIVE = """
SELECT EXISTS (SELECT 1 FROM layer_version v JOIN layer_tiles t USING (layer, version)
  WHERE v.layer = $1 AND v.checksum = $2 AND t.trouble IS NULL AND v.version = (SELECT max(version) FROM layer_version
    WHERE layer = $1 AND checksum = $2))
"""
_FORGET = "DELETE FROM layer_tiles WHERE layer = $1 AND version = $2"
_SAVE = "INSERT INTO layer_tiles (layer, version, size, checksum, trouble) VALUES ($1, $2, $3, $4, $5)"
_SAVE_PART = "INSERT INTO layer_archive (layer, version, part, bytes) VALUES ($1, $2, $3, $4)"
_FIND = "SELECT size, checksum, trouble FROM layer_tiles WHERE layer = $1 AND version = $2"
_LOAD_PART = "SELECT bytes FROM layer_archive WHERE layer = $1 AND version = $2 AND part = $3"


class ArchiveHead(NamedTuple):
    """What is known of an archive: its size in bytes and SHA-256, or why there is none."""

    size: int | None
    checksum: str | None
    trouble: str | None


async def has_archive(conn: Connection, layer: str, checksum: str) -> bool:
    """Return whether the newest version of `layer` with this content has its tiles."""
    return bool(await conn.fetchval(_HAS_ARCHIVE, layer, checksum))


async def save_archive(conn: Connection, layer: str, version: int, archive: Path | None, trouble: str | None) -> None:
    """Save the archive of a version, or why there is none, in place of what was known before; in one transaction."""
    async with conn.transaction():
        await conn.execute(_FORGET, layer, version)
        if archive is None:
            await conn.execute(_SAVE, layer, version, None, None, trouble or "it was not made")
            return
        with archive.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
            await conn.execute(_SAVE, layer, version, file.seek(0, 2), checksum, None)
            file.seek(0)
            for number, part in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
                await conn.execute(_SAVE_PART, layer, version, number, part)


async def find_archive(conn: Connection, layer: str, version: int) -> ArchiveHead | None:
    """Return what is known of the archive of a version, None where none was ever tried."""
    row = await conn.fetchrow(_FIND, layer, version)
    return None if row is None else ArchiveHead(**row)


async def load_part(conn: Connection, layer: str, version: int, part: int) -> bytes | None:
    """Return a part of an archive, from 0, None behind the last."""
    found: bytes | None = await conn.fetchval(_LOAD_PART, layer, version, part)
    return found
