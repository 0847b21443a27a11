"""Tiles beside a publication: with the version or not at all, made once, and never the reason why a layer is not published."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import asyncpg
import psutil
import pytest
import shapely

from ioc.errors import NotFound, Unavailable
from ioc.geo import tile_make, tile_publish
from ioc.geo.publish import go_live, publish_layer
from ioc.geo.tiles import Tilesets
from ioc.store.layer_versions import delete_version
from ioc.store.pool import Connection, open_pool
from ioc.store.tiles import find_archive, load_part
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


async def test_every_version_has_the_tiles_of_its_content(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    tilesets = Tilesets(lambda: pool, tmp_path / "cache")
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    await publish_layer(conn, trees(tmp_path, "elm", "fig"), entry(), preview=True)
    assert await names(tilesets, 2) == {"elm", "fig"}
    assert await names(tilesets, 1) == {"oak"}
    await go_live(conn, "trees", 2, by="test")
    await delete_version(conn, "trees", 1)
    assert await find_archive(conn, "trees", 1) is None
    assert await load_part(conn, "trees", 1, 0) is None
    assert await names(tilesets, 2) == {"elm", "fig"}


async def test_the_same_content_is_drawn_once(conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    before = await find_archive(conn, "trees", 1)
    monkeypatch.setattr(tile_publish, "_make", None)
    report = await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert (report.version, report.is_new) == (1, False)
    assert await find_archive(conn, "trees", 1) == before


async def test_a_layer_without_tiles_is_served_and_says_why_until_it_is_published_again(
    pool: asyncpg.Pool, conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tilesets = Tilesets(lambda: pool, tmp_path / "cache", again_after_s=0)
    with monkeypatch.context() as slow:
        slow.setattr(tile_publish.make_archive.__wrapped__, "__kwdefaults__", {"longest_s": 0.01})  # type: ignore[attr-defined]
        report = await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert report.is_served
    assert await conn.fetchval("SELECT count(*) FROM feature") == 1
    with pytest.raises(NotFound, match=r"version 1 of layer trees has no tiles: making them took longer than 0\.01 s"):
        await tilesets.open("trees", 1)
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert await names(tilesets, 1) == {"oak"}


async def test_what_killed_publications_left_is_removed_after_a_day(
    conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young = tmp_path / "ioc-drawing-old", tmp_path / "ioc-drawing-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "features.arrow").touch()
    os.utime(old, (0, 0))
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert sorted(each.name for each in tmp_path.glob("ioc-*")) == ["ioc-drawing-young"]


async def test_what_the_program_says_is_told(conn: Connection, tmp_path: Path) -> None:
    speck = feature(shapely.box(106, 21, 106 + 1e-6, 21 + 1e-6), {}, id="speck")
    await publish_layer(conn, write_geojson(tmp_path / "trees.geojson", [speck]), entry())
    found = await find_archive(conn, "trees", 1)
    assert found
    assert found.trouble == "ValueError: its features are too small to be drawn"


async def test_a_version_from_before_there_were_tiles(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    await conn.execute("DELETE FROM layer_tiles")
    with pytest.raises(NotFound, match="has no tiles: none were made when it was published; publish it again"):
        await Tilesets(lambda: pool, tmp_path / "cache").open("trees", 1)


async def test_a_failed_publication_leaves_no_tiles(conn: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(tile_publish, "save_archive", fail)
    with pytest.raises(OSError):
        await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert [await conn.fetchval(f"SELECT count(*) FROM {table}") for table in ("layer_version", "feature", "layer_tiles")] == [0, 0, 0]


async def test_the_cache_is_checked_and_mended(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
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
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
    assert await conn.fetchval("SELECT count(*) FROM layer_archive") > 5
    assert await names(Tilesets(lambda: pool, tmp_path / "cache"), 1) == {"oak"}


async def test_a_folder_of_somebody_else_is_not_used(pool: asyncpg.Pool, conn: Connection, tmp_path: Path) -> None:
    await publish_layer(conn, trees(tmp_path, "oak"), entry())
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
    assert not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE
