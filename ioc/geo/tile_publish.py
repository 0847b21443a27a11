"""Tiles of a version, drawn after it has gone live: what readings are located with must not wait for a drawing, nor fail with one.

Whoever publishes draws, and so does every running service where somebody else did not, or was killed before the end; one of them at a time. A version
whose tiles cannot be drawn says why. A drawing ends when its version is no longer wanted, since a newer one is served.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from time import time
from typing import Literal, NamedTuple, TypeAlias

import asyncpg
import msgspec
import pyarrow as pa
import structlog

from ioc.store.layer_features import stream_drawn
from ioc.store.pool import Connection
from ioc.store.tiles import find_archive, find_undrawn, is_undrawn, lock_drawing, save_archive, unlock_drawing

LONGEST_S = 1800.0
"""How long drawing the tiles of one layer may take."""

LOOK_AGAIN_S = 1.0
"""How often whoever draws looks whether the version is still wanted, and whoever waits for it whether it is drawn."""

PROGRAM = ("-P", "-m", "ioc.geo.tile_make")
"""What Python is told to run, before the files and the name of the layer."""

TileState: TypeAlias = Literal["drawn", "pending", "failed"]
_SCHEMA = pa.schema(
    [
        ("fid", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        *((side, pa.float64()) for side in ("west", "south", "east", "north")),
        ("geometry", pa.binary()),
        ("properties", pa.string()),
    ]
)
_FOLDER = "ioc-drawing-"
_LEFT_S = 86400.0
_log = structlog.get_logger()


class Made(NamedTuple):
    """What drawing came to: an archive, or the trouble; neither where nobody wants it any more."""

    archive: Path | None = None
    trouble: str | None = None


async def draw_undrawn(conn: Connection) -> None:
    """Draw the tiles of every version that should have some and has not, but for those that somebody else is drawing."""
    for layer, version in await find_undrawn(conn):
        await _draw_if_free(conn, layer, version, LONGEST_S, lambda _: None)


async def draw(
    conn: Connection, layer: str, version: int, *, longest_s: float = LONGEST_S, on_drawn: Callable[[float], None] = lambda _: None
) -> TileState:
    """Return once the tiles of `version` are drawn, by us or by somebody else, cannot be drawn, or are not wanted any more.

    `on_drawn` is told how much is drawn, 0 to 1, where it is we who draw.
    """
    while await is_undrawn(conn, layer, version):
        if await _draw_if_free(conn, layer, version, longest_s, on_drawn):
            break
        await asyncio.sleep(LOOK_AGAIN_S)
    return await state_of_tiles(conn, layer, version)


async def state_of_tiles(conn: Connection, layer: str, version: int) -> TileState:
    """Return whether the tiles of a version are drawn, are still to be drawn, or cannot be."""
    head = await find_archive(conn, layer, version)
    if head is None:
        return "pending"
    return "drawn" if head.trouble is None else "failed"


async def _draw_if_free(conn: Connection, layer: str, version: int, longest_s: float, on_drawn: Callable[[float], None]) -> bool:
    """Draw, and return True, unless somebody else is drawing."""
    if not await lock_drawing(conn, layer, version):
        return False
    try:
        if await is_undrawn(conn, layer, version):
            await _draw(conn, layer, version, longest_s, on_drawn)
    finally:
        await unlock_drawing(conn, layer, version)
    return True


async def _draw(conn: Connection, layer: str, version: int, longest_s: float, on_drawn: Callable[[float], None]) -> None:
    await asyncio.to_thread(_sweep)
    began = time()
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        made = await _make(conn, layer, version, Path(folder), longest_s, on_drawn)
        if made == Made():
            return
        with suppress(asyncpg.ForeignKeyViolationError):  # the version was deleted meanwhile
            await save_archive(conn, layer, version, made.archive, made.trouble)
    if made.trouble:
        _log.warning("tiles.not_made", layer=layer, version=version, why=made.trouble)
    else:
        _log.info("tiles.drawn", layer=layer, version=version, seconds=round(time() - began, 1))


async def _make(conn: Connection, layer: str, version: int, folder: Path, longest_s: float, on_drawn: Callable[[float], None]) -> Made:
    source, archive = folder / "features.arrow", folder / "tiles.pmtiles"
    program = (sys.executable, *PROGRAM, str(source), str(archive), layer)
    try:
        await _write(conn, layer, version, source)
        process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(longest_s):
                said = await _watch(conn, layer, version, process, on_drawn)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    except TimeoutError:
        return Made(trouble=f"making them took longer than {longest_s:g} s")
    except OSError as error:
        return Made(trouble=f"they cannot be made on this machine: {error.strerror}")
    if said is None:
        return Made()
    if process.returncode:
        return Made(trouble=said or f"the program that makes them ended with {process.returncode}")
    return Made(archive)


async def _watch(
    conn: Connection, layer: str, version: int, process: asyncio.subprocess.Process, on_drawn: Callable[[float], None]
) -> str | None:
    """Return what the program said last, in words, when it has ended; None as soon as nobody wants what it draws."""
    assert process.stdout
    words = ""
    line: asyncio.Task[bytes] = asyncio.create_task(process.stdout.readline())
    try:
        while True:
            await asyncio.wait([line], timeout=LOOK_AGAIN_S)
            if not line.done():
                if not await is_undrawn(conn, layer, version):
                    return None
                continue
            if not (said := line.result()):
                await process.wait()
                return words
            told = msgspec.json.decode(said, type=float | str)
            if isinstance(told, str):
                words = told
            else:
                on_drawn(told)
            line = asyncio.create_task(process.stdout.readline())
    finally:
        line.cancel()


async def _write(conn: Connection, layer: str, version: int, path: Path) -> None:
    """Write the features of a version to an Arrow file, a portion at a time."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SCHEMA) as writer:
        async with conn.transaction(readonly=True), aclosing(stream_drawn(conn, layer=layer, version=version)) as portions:
            async for records in portions:
                await asyncio.to_thread(lambda rows: writer.write_batch(_batch(rows)), records)


def _batch(records: list[asyncpg.Record]) -> pa.RecordBatch:
    columns = zip(*records, strict=True)
    return pa.record_batch([pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)


def _sweep() -> None:
    """Remove what drawings that were killed have left behind for a day."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and about.st_mtime < time() - _LEFT_S:
                shutil.rmtree(folder)
