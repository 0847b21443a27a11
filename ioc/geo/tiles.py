"""The archives that tiles are served from: unpacked from the database to files of this machine when first asked for."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

import asyncpg
import structlog

from ioc.errors import NotFound, NotYet, Unavailable
from ioc.geo.tile_archive import Archive
from ioc.store.tiles import ArchiveHead, find_archive, load_part

AGAIN_AFTER_S = 5.0
"""How long a layer is believed to have no tiles before the database is asked again."""

RETRY_AFTER_S = 10
"""When to ask again for tiles that are being drawn."""

_KEPT_S = 30 * 86400.0
_log = structlog.get_logger()


def usual_folder() -> Path:
    """Return the folder for archives where none is set: it outlives the process, not the machine."""
    return Path(tempfile.gettempdir()) / f"ioc-tiles-{os.getuid()}"


class Tilesets:
    """The archives by layer; `open` costs nothing when the archive is open already.

    A file is named by its checksum, so that processes share it and what has changed has another name.
    """

    def __init__(self, pool: Callable[[], asyncpg.Pool], folder: Path, *, again_after_s: float = AGAIN_AFTER_S) -> None:
        self._pool, self._folder, self._again_after_s = pool, folder, again_after_s
        self._open: dict[str, tuple[int, str, Archive]] = {}
        self._missing: dict[str, tuple[int, float, str]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def open(self, layer: str, version: int) -> Archive:
        """Return the archive of `version` of `layer`.

        Raises:
            NotFound: it has none; the text says why. NotYet: they are being drawn, or soon will be.
            Unavailable: it is damaged in the database, or this machine has no room for it.
        """
        return (await self.find(layer, version))[1]

    async def find(self, layer: str, version: int) -> tuple[str, Archive]:
        """Return the checksum and the archive; raises as `open` does."""
        async with self._locks[layer]:
            known = self._open.get(layer)
            if known is None or known[0] != version:
                known = version, *await self._read(layer, version)
                self._open[layer] = known
            return known[1], known[2]

    async def _read(self, layer: str, version: int) -> tuple[str, Archive]:
        missing = self._missing.get(layer)
        if missing and missing[0] == version and monotonic() < missing[1]:
            raise NotFound(missing[2])
        async with self._pool().acquire() as conn:
            head = await find_archive(conn, layer, version)
        if head is None:
            raise NotYet(f"the tiles of version {version} of layer {layer} are not drawn yet: ask again in a while", RETRY_AFTER_S)
        if head.checksum is None or head.size is None:
            why = f"version {version} of layer {layer} has no tiles: {head.trouble}"
            self._missing[layer] = version, monotonic() + self._again_after_s, why
            raise NotFound(why)
        path = self._folder / f"{head.checksum}.pmtiles"
        try:
            await asyncio.to_thread(_prepare, self._folder)
            if not await asyncio.to_thread(_is_whole, path, head):
                await self._unpack(layer, version, head, path)
            os.utime(path)
            return head.checksum, await asyncio.to_thread(Archive, path)
        except OSError as error:
            _log.error("tiles.not_unpacked", layer=layer, folder=str(self._folder), why=str(error))
            raise Unavailable(f"tiles cannot be unpacked on this machine: {error.strerror}") from error

    async def _unpack(self, layer: str, version: int, head: ArchiveHead, path: Path) -> None:
        """Write the archive to `path`, whole or not at all."""
        handle, name = await asyncio.to_thread(tempfile.mkstemp, dir=self._folder, suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                number = 0
                async with self._pool().acquire() as conn:
                    while (piece := await load_part(conn, layer, version, number)) is not None:
                        await asyncio.to_thread(file.write, piece)
                        number += 1
            if not await asyncio.to_thread(_is_whole, part, head):
                raise Unavailable(f"the tiles of layer {layer} are damaged in the database: publish it again")
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)


def _prepare(folder: Path) -> None:
    """Make the folder if there is none, refuse one that others may write to, and remove what nobody has used for a month."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & stat.S_IWOTH:
        raise PermissionError(1, "the folder for them belongs to somebody else, or others may write to it")
    for file in folder.iterdir():
        with suppress(OSError):
            if file.suffix in {".pmtiles", ".part"} and file.stat().st_mtime < time() - _KEPT_S:
                file.unlink()


def _is_whole(path: Path, head: ArchiveHead) -> bool:
    try:
        if path.stat().st_size != head.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == head.checksum
    except FileNotFoundError:
        return False
