"""A publication in a process of its own: what it takes of memory and time is bounded, and its end is not ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import shapely

from ioc.errors import BadInput, Unavailable
from ioc.geo.worker import Job, publish_apart
from ioc.store.layer_versions import load_versions
from ioc.store.pool import open_pool
from tests.support.databases import Database
from tests.support.shapes import entry, feature, write_geojson


def job(dsn: str, folder: Path, *numbers: str) -> Job:
    path = write_geojson(folder / "trees.geojson", [feature(shapely.Point(106, 21), {"number": number}) for number in numbers])
    return Job(dsn, str(path), entry(key="number"), "lan", preview=False)


async def test_it_reports_what_it_published_and_in_whose_name(any_database: Database, tmp_path: Path) -> None:
    report = await publish_apart(job(any_database.dsn, tmp_path, "T1"))
    assert (report["layer"], report["version"], report["is_new"], report["crs"]) == ("trees", 1, True, "EPSG:4326")
    async with await open_pool(any_database.dsn, size=1) as pool, pool.acquire() as conn:
        assert [row.published_by for row in await load_versions(conn, "trees")] == ["lan"]


async def test_refusals_come_through_as_they_are(any_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="feature T1: its id is given 2 times"):
        await publish_apart(job(any_database.dsn, tmp_path, "T1", "T1"))


async def test_database_that_is_away_is_not_the_files_fault(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="the database does not answer"):
        await publish_apart(job("postgresql://ioc@127.0.0.1:1/ioc", tmp_path, "T1"))


async def test_time_is_bounded(any_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="takes more than 1 s of computing"):
        await publish_apart(job(any_database.dsn, tmp_path, *map(str, range(50_000))), cpu_s=1)


async def test_memory_is_bounded(any_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"its reader broke off.*it may take 200000000 bytes of memory at most"):
        await publish_apart(job(any_database.dsn, tmp_path, *map(str, range(200_000))), memory_bytes=200_000_000)


async def test_who_hangs_up_publishes_nothing(any_database: Database, tmp_path: Path) -> None:
    asked = asyncio.create_task(publish_apart(job(any_database.dsn, tmp_path, *map(str, range(50_000)))))
    await asyncio.sleep(0.5)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    async with await open_pool(any_database.dsn, size=1) as pool, pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM layer_version") == 0
