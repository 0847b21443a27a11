"""Archives of vector tiles, one for each version of a layer, kept in parts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from ioc.store.pool import Connection

PART_BYTES = 4 * 1024 * 1024

# Tiles are drawn of what is served, and of the newest version, which may be a preview: of a version that has had its day only if it comes back.
_UNDRAWN = """
SELECT v.layer, v.version FROM layer_version v JOIN layer l ON l.id = v.layer
WHERE (v.version = l.version OR v.version = (SELECT max(version) FROM layer_version WHERE layer = v.layer))
  AND NOT EXISTS (SELECT 1 FROM layer_tiles t WHERE t.layer = v.layer AND t.version = v.version)
"""
_FIND_UNDRAWN = f"{_UNDRAWN} ORDER BY v.version = l.version DESC, v.feature_count"
_IS_UNDRAWN = f"SELECT EXISTS ({_UNDRAWN} AND v.layer = $1 AND v.version = $2)"
_LOCK_DRAWING = "SELECT pg_try_advisory_lock(7236489, hashtext($1 || '.' || $2))"
_UNLOCK_DRAWING = "SELECT pg_advisory_unlock(7236489, hashtext($1 || '.' || $2))"
_FORGET_TROUBLE = "DELETE FROM layer_tiles WHERE layer = $1 AND version = $2 AND trouble IS NOT NULL"
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


async def find_undrawn(conn: Connection) -> list[tuple[str, int]]:
    """Return layer and version of what has no tiles yet and should: what is served first, the smallest first."""
    return [(row["layer"], row["version"]) for row in await conn.fetch(_FIND_UNDRAWN)]


async def is_undrawn(conn: Connection, layer: str, version: int) -> bool:
    """Return whether a version has no tiles yet, was not found to have none, and is served or the newest of its layer."""
    return bool(await conn.fetchval(_IS_UNDRAWN, layer, version))


async def lock_drawing(conn: Connection, layer: str, version: int) -> bool:
    """Return whether the tiles of a version are ours to draw from now on, until they are unlocked or the connection ends."""
    return bool(await conn.fetchval(_LOCK_DRAWING, layer, str(version)))


async def unlock_drawing(conn: Connection, layer: str, version: int) -> None:
    """Let others draw the tiles of a version."""
    await conn.execute(_UNLOCK_DRAWING, layer, str(version))


async def forget_trouble(conn: Connection, layer: str, version: int) -> None:
    """Let the tiles of a version be drawn again if they could not be drawn."""
    await conn.execute(_FORGET_TROUBLE, layer, version)


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
