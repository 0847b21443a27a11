"""Tiles after a publication: drawn once by whoever gets to it, and never the reason why a layer is not live."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import asyncpg
import psutil
import pytest
import shapely

from ioc.errors import NotFound, NotYet, Unavailable
from ioc.geo import tile_make, tile_publish
from ioc.geo.publish import PublicationReport, go_live, publish_layer
from ioc.geo.tile_publish import Made, draw, draw_undrawn
from ioc.geo.tiles import Tilesets
from ioc.store.layer_versions import delete_version, load_known_layers, load_versions
from ioc.store.pool import Connection, open_pool
from ioc.store.tiles import find_archive, load_part, lock_drawing
from tests.support.databases import Database
from tests.support.shapes import entry, feature, write_geojson
from tests.support.tiles import decoded


@pytest.fixture
async def pool(any_database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(any_database.dsn, size=2) as opened:
        yield opened


@pytest.fixture
async def conn(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection:
        yield connection


def trees(folder: Path, *names: str) -> Path:
    """Write a file with trees at one place."""
    features = [feature(shapely.Point(106.2, 21.3), {"name": name}, id=name) for name in names]
    return write_geojson(folder / "trees.geojson", features)


async def names(tilesets: Tilesets, version: int) -> set[str]:
    """Return the trees in the one tile of the lowest level."""
    tile = (await tilesets.open("trees", version)).tile(0, 0, 0)
    assert tile
    return {each["properties"]["name"] for each in decoded(tile)}


async def drawn(conn: Connection, file: Path, **how: Any) -> PublicationReport:
    """Publish trees and draw them."""
    report = await publish_layer(conn, file, entry(), **how)
    await draw(conn, "trees", report.version)
    return report


async def test_every_version_has_the_tiles_of_its_content(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    tilesets = Tilesets(lambda: pool, tmp_path / "cache")
    await drawn(conn, trees(tmp_path, "oak"))
    await drawn(conn, trees(tmp_path, "elm", "fig"), preview=True)
    assert await names(tilesets, 2) == {"elm", "fig"}
    assert await names(tilesets, 1) == {"oak"}
    await go_live(conn, "trees", 2, by="test")
    await delete_version(conn, "trees", 1)
    assert await find_archive(conn, "trees", 1) is None
    assert await load_part(conn, "trees", 1, 0) is None
    assert await names(tilesets, 2) == {"elm", "fig"}


async def test_a_layer_is_live_before_its_tiles_are_drawn(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    tilesets = Tilesets(lambda: pool, tmp_path / "cache")
    report = await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert (report.is_served, report.tiles) == (True, "pending")
    with pytest.raises(NotYet, match="the tiles of version 1 of layer trees are not drawn yet"):
        await tilesets.open("trees", 1)
    ((known,), (version,)) = await load_known_layers(conn, "trees"), await load_versions(conn, "trees")
    assert (known.tiles, version.tiles) == ("pending", "pending")
    await draw_undrawn(conn)
    assert await names(tilesets, 1) == {"oak"}
    ((known,), (version,)) = await load_known_layers(conn, "trees"), await load_versions(conn, "trees")
    assert (known.tiles, version.tiles) == ("drawn", "drawn")


async def test_the_same_content_is_drawn_once(conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await drawn(conn, trees(tmp_path, "oak"))
    before = await find_archive(conn, "trees", 1)
    monkeypatch.setattr(tile_publish, "_make", None)
    report = await drawn(conn, trees(tmp_path, "oak"))
    assert (report.version, report.is_new, report.tiles) == (1, False, "drawn")
    assert await find_archive(conn, "trees", 1) == before


async def test_a_layer_without_tiles_is_served_and_says_why_until_it_is_published_again(
    pool: asyncpg.Pool, conn: Connection, tmp_path: Path
) -> None:
    tilesets = Tilesets(lambda: pool, tmp_path / "cache", again_after_s=0)
    report = await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert await draw(conn, "trees", 1, longest_s=0.01) == "failed"
    assert report.is_served
    assert await conn.fetchval("SELECT count(*) FROM feature") == 1
    with pytest.raises(NotFound, match=r"version 1 of layer trees has no tiles: making them took longer than 0\.01 s"):
        await tilesets.open("trees", 1)
    (version,) = await load_versions(conn, "trees")
    assert version.tiles_trouble == "making them took longer than 0.01 s"
    await draw_undrawn(conn)  # which does not try again by itself
    assert (await load_versions(conn, "trees"))[0].tiles == "failed"
    await drawn(conn, trees(tmp_path, "oak"))
    assert await names(tilesets, 1) == {"oak"}


async def test_who_is_drawing_is_waited_for(pool: asyncpg.Pool, conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    monkeypatch.setattr(tile_publish, "LOOK_AGAIN_S", 0.05)
    begun, go_on = asyncio.Event(), asyncio.Event()
    make, made = tile_publish._make, []

    async def slowly(*told: Any) -> Made:
        made.append(told[1])
        begun.set()
        await go_on.wait()
        return await make(*told)

    monkeypatch.setattr(tile_publish, "_make", slowly)
    first = asyncio.create_task(draw(conn, "trees", 1))
    await begun.wait()
    async with pool.acquire() as another:
        await draw_undrawn(another)  # leaves it to the first
        second = asyncio.create_task(draw(another, "trees", 1))
        go_on.set()
        assert [await first, await second] == ["drawn", "drawn"]
    assert made == ["trees"]


async def test_a_newer_version_ends_the_drawing_of_the_one_before(
    pool: asyncpg.Pool, conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_publish, "LOOK_AGAIN_S", 0.05)
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    monkeypatch.setattr(tile_publish, "PROGRAM", ("-c", "import time; time.sleep(600)"))
    drawing = asyncio.create_task(draw(conn, "trees", 1))
    async with pool.acquire() as another:
        await publish_layer(another, trees(tmp_path, "elm"), entry())
        assert await drawing == "pending"  # and nobody will
        assert [(each.version, each.tiles) for each in await load_versions(another, "trees")] == [(2, "pending"), (1, "none")]
        monkeypatch.undo()
        await draw_undrawn(another)
        assert [each.tiles for each in await load_versions(another, "trees")] == ["drawn", "none"]


async def test_a_drawing_whose_starter_was_killed_is_drawn_by_the_next(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    killed = await pool.acquire()
    assert await lock_drawing(killed, "trees", 1)
    await draw_undrawn(conn)
    assert await find_archive(conn, "trees", 1) is None
    killed.terminate()
    await draw(conn, "trees", 1)
    assert (await load_versions(conn, "trees"))[0].tiles == "drawn"


async def test_a_version_that_is_deleted_while_it_is_drawn(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    await drawn(conn, trees(tmp_path, "oak"))
    await publish_layer(conn, trees(tmp_path, "elm"), entry(), preview=True)
    make = tile_publish._make

    async def delete_first(*told: Any) -> Made:
        made = await make(*told)
        async with pool.acquire() as another:
            await delete_version(another, "trees", 2)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tile_publish, "_make", delete_first)
        assert await draw(conn, "trees", 2) == "pending"
    assert [each.version for each in await load_versions(conn, "trees")] == [1]


async def test_what_killed_drawings_left_is_removed_after_a_day(conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young = tmp_path / "ioc-drawing-old", tmp_path / "ioc-drawing-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "features.arrow").touch()
    os.utime(old, (0, 0))
    await drawn(conn, trees(tmp_path, "oak"))
    assert sorted(each.name for each in tmp_path.glob("ioc-*")) == ["ioc-drawing-young"]


async def test_what_the_program_says_is_told(conn: Connection, tmp_path: Path) -> None:
    speck = feature(shapely.box(106, 21, 106 + 1e-6, 21 + 1e-6), {}, id="speck")
    await drawn(conn, write_geojson(tmp_path / "trees.geojson", [speck]))
    found = await find_archive(conn, "trees", 1)
    assert found
    assert found.trouble == "ValueError: its features are too small to be drawn"


async def test_the_cache_is_checked_and_mended(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    await drawn(conn, trees(tmp_path, "oak"))
    assert await names(Tilesets(lambda: pool, folder), 1) == {"oak"}
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for spoilt in (whole[:-1], whole[:-1] + b"?", b""):
        file.unlink()
        file.write_bytes(spoilt)
        assert await names(Tilesets(lambda: pool, folder), 1) == {"oak"}
        assert file.read_bytes() == whole
    # What is there is not read from the database again.
    await conn.execute("DELETE FROM layer_archive")
    assert await names(Tilesets(lambda: pool, folder), 1) == {"oak"}
    file.unlink()
    with pytest.raises(Unavailable, match="the tiles of layer trees are damaged in the database: publish it again"):
        await Tilesets(lambda: pool, folder).open("trees", 1)
    assert list(folder.iterdir()) == []


async def test_large_archives_come_in_parts(pool: asyncpg.Pool, conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.store.tiles.PART_BYTES", 100)
    await drawn(conn, trees(tmp_path, "oak"))
    assert await conn.fetchval("SELECT count(*) FROM layer_archive") > 5
    assert await names(Tilesets(lambda: pool, tmp_path / "cache"), 1) == {"oak"}


async def test_a_folder_of_somebody_else_is_not_used(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    await drawn(conn, trees(tmp_path, "oak"))
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(Unavailable, match="tiles cannot be unpacked on this machine"):
        await Tilesets(lambda: pool, tmp_path / "open").open("trees", 1)


def test_the_program_ends_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"Failed to open|No such file"):
        tile_make.main(str(tmp_path / "missing"), str(tmp_path / "out"), "trees")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_the_program_ends_when_who_started_it_is_killed() -> None:
    drawing = (
        "import time; from ioc.geo.tile_make import end_with_starter; end_with_starter(); print('drawing', flush=True); time.sleep(60)"
    )
    starter = f"import subprocess, sys; started = subprocess.Popen([sys.executable, '-c', {drawing!r}]); print(started.pid, flush=True); started.wait()"
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        number = int(process.stdout.readline())
        assert process.stdout.readline() == "drawing\n"
        process.kill()
        killed_s = monotonic()
        # What it has inherited is closed when it ends.
        assert process.stdout.read() == ""
        assert monotonic() - killed_s < 30

    def has_ended() -> bool:
        return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE

    while not has_ended():  # a process that ends closes its files first
        assert monotonic() - killed_s < 30
        sleep(0.05)
