"""Tiles beside a publication: made before it goes live, saved in its transaction, and never the reason why it fails.

A version whose tiles cannot be made is served without them and says why: what readings are located with must not wait for a drawing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import time
from typing import NamedTuple

import msgspec
import pyarrow as pa
import structlog

from ioc.store.layer_versions import Publication
from ioc.store.pool import Connection
from ioc.store.tiles import has_archive, save_archive

LONGEST_S = 1800.0
"""How long making the tiles of one layer may take."""

_FOLDER = "ioc-drawing-"
_LEFT_S = 86400.0
_log = structlog.get_logger()


class Made(NamedTuple):
    """What making the tiles came to: an archive, or the trouble; neither where the content has its tiles already."""

    archive: Path | None = None
    trouble: str | None = None

    async def save(self, conn: Connection, layer: str, version: int) -> None:
        """Save it as that of `version`; call this in the transaction that saves the version."""
        if self != Made():
            await save_archive(conn, layer, version, self.archive, self.trouble)


@asynccontextmanager
async def make_archive(conn: Connection, publication: Publication, *, longest_s: float = LONGEST_S) -> AsyncIterator[Made]:
    """Give the tiles of `publication`; the file is gone afterwards. Takes no time where the same content has its tiles already."""
    if await has_archive(conn, publication.layer, publication.checksum):
        yield Made()
        return
    await asyncio.to_thread(_sweep)
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        made = await _make(publication, Path(folder), longest_s)
        if made.trouble:
            _log.warning("tiles.not_made", layer=publication.layer, why=made.trouble)
        yield made


async def _make(publication: Publication, folder: Path, longest_s: float) -> Made:
    source, archive = folder / "features.arrow", folder / "tiles.pmtiles"
    try:
        await asyncio.to_thread(_write, publication.features, source)
        program = (sys.executable, "-P", "-m", "ioc.geo.tile_make", str(source), str(archive), publication.layer)
        process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(longest_s):
                told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    except TimeoutError:
        return Made(trouble=f"making them took longer than {longest_s:g} s")
    except OSError as error:
        return Made(trouble=f"they cannot be made on this machine: {error.strerror}")
    if process.returncode:
        return Made(trouble=_reason(told) or f"the program that makes them ended with {process.returncode}")
    return Made(archive)


def _write(features: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, features.schema) as writer:
        writer.write_table(features)


def _sweep() -> None:
    """Remove what publications that were killed have left behind for a day."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and about.st_mtime < time() - _LEFT_S:
                shutil.rmtree(folder)


def _reason(told: bytes) -> str | None:
    try:
        return msgspec.json.decode(told, type=str)
    except msgspec.DecodeError:
        return None
