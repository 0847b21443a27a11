"""How long figures take: `make bench NAME=indicators`, ARGS="--sizes 0.0625,0.25,1".

A year of a province (612,030 dossiers, 226 communes, all 22 systems; times each size) is loaded by `ioc ingest`. Then: every indicator for every
unit and period from nothing; what 1,000 new events change; and answers to the pages. The ceiling beside the first is one pass of the database over
the same events that only counts them by type, day and unit.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import msgspec
from fastapi import FastAPI

from benchmarks.year_events import DOSSIERS, write_year
from ioc.alerts.recorder import Recorder
from ioc.domain.clock import local_day
from ioc.geo.locate import UnitIndex
from ioc.geo.unit_book import UnitBook
from ioc.indicators import board_routes, routes, value_routes
from ioc.indicators.boards import Boards
from ioc.indicators.catalogue import load_plan
from ioc.indicators.job import IndicatorJob
from ioc.indicators.reading import Reader
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.writer import Writer
from ioc.serve import calm_collector
from ioc.store.layers import load_units
from ioc.store.level import Level
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.support.databases import DatabaseServers, available_levels

SDI = Path(__file__).parents[1] / "sdi"
IOC = Path(sys.executable).with_name("ioc")
NOW = datetime(2024, 1, 2, 3, 0, tzinfo=UTC)
GOAL_FULL_S, GOAL_INCREMENT_S, GOAL_PAGE_MS = 60.0, 1.0, 50.0
_COUNTED = (
    "SELECT count(*) FROM (SELECT type, (time AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, unit_id, count(*) FROM event GROUP BY 1, 2, 3) t"
)
_PAGES = (
    "/v1/systems?unit=36&at=2023-06",
    "/v1/systems/public-services?unit=36&at=2023-06",
    "/v1/indicators/units/356?at=2023-06",
    "/v1/indicators/dossiers-online-rate/ranking?level=commune&at=2023-06",
    "/v1/indicators/dossiers-received/values?unit=36&from=2023-01&to=2023-12",
    "/v1/indicators/dossiers-received/values?level=commune&from=2023-06&to=2023-06",
    "/v1/indicators/dossiers-received/values?unit=36&period=week&from=2023-W20&to=2023-W20",
    "/v1/indicators/report?unit=36&at=2023-06",
    "/v1/cases/dossier/funnel?unit=36&at=2023-06",
)


class Clock:
    """Stands still after the year."""

    def now(self) -> datetime:
        """Return the one instant."""
        return NOW


class Bench:
    """A database with a year in it."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn, self.folder, self.clock = dsn, folder, Clock()
        self.environment = os.environ | {"IOC_DATABASE_URL": dsn, "IOC_SDI_DIR": str(SDI)}

    def publish_units(self) -> None:
        """Publish the demonstration's units, those of 2023 among them."""
        self._run("sdi", "publish")

    def load(self, size: float) -> tuple[int, float]:
        """Bring a year in by command; return how many events it has and how many seconds that took."""
        text = files("ioc.demo").joinpath("namdinh_units_2023.csv").read_text(encoding="utf-8")
        rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
        file = self.folder / "year.parquet"
        n = write_year(file, [row["code"] for row in rows], size=size)
        began = perf_counter()
        self._run("ingest", str(file))
        took = perf_counter() - began
        file.unlink()
        return n, took

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([IOC, *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"ioc {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    async def measure(self) -> dict[str, Any]:
        """Compute from nothing, then increments, then ask for pages."""
        calm_collector()  # as the service does
        pool = await open_pool(self.dsn, size=6, timeout_s=3600)
        await pool.execute("ANALYZE")
        book = UnitBook(today=lambda: local_day(NOW))
        async with pool.acquire() as conn:
            loaded = await load_units(conn)
            await book.read(conn, [ref for ref, _ in loaded])
        ceiling = await _timed(pool.fetchval(_COUNTED))
        job = IndicatorJob(load_plan(SDI), lambda: pool, lambda: book, self.clock)
        full = await _timed(job.catch_up())
        values = await pool.fetchval("SELECT count(*) FROM indicator_value")
        facts = await pool.fetchval("SELECT count(*) FROM indicator_fact")
        increments = [await self._increment(pool, job, UnitIndex(loaded, today=lambda: local_day(NOW)), book, nth) for nth in range(3)]
        pages = await self._pages(pool, job, book)
        await pool.close()
        return {
            "ceiling": ceiling,
            "full": full,
            "values": values,
            "facts": facts,
            "increment": statistics.median(increments),
            "pages": pages,
        }

    async def _increment(self, pool: asyncpg.Pool, job: IndicatorJob, units: UnitIndex, book: UnitBook, nth: int) -> float:
        """Store 1,000 events of the last days, as they come in proportion (and 20 late ones), and return how long the figures take."""
        recorder = Recorder(list, book.ref)
        async with pool.acquire() as conn:
            await recorder.start(conn, NOW)
        writer = Writer(pool, known=Registry(book.ref), units=lambda: units, judge=recorder)
        rows = await pool.fetch(
            "SELECT s.name, e.type, e.subject, e.unit_code, e.data::text AS data FROM event e JOIN source s ON s.id = e.source_id "
            "WHERE e.time > '2023-12-01' ORDER BY md5(e.id || $1) LIMIT 1000", str(nth))  # fmt: skip
        batch = []
        for place, row in enumerate(rows):
            day = f"2023-{1 + place % 12:02d}-11" if place % 50 == 0 else f"2023-12-{28 + place % 2}"
            body = {
                "id": f"new-{nth}-{place}",
                "time": f"{day}T03:00:00Z",
                "subject": row["subject"],
                "unit": row["unit_code"],
                "data": msgspec.json.decode(row["data"]),
            }
            batch.append(read_message(Message(f"ioc/v1/{row['name']}/event/{row['type']}", msgspec.json.encode(body), NOW)))
        await writer.write(batch)
        return await _timed(job.catch_up())

    async def _pages(self, pool: asyncpg.Pool, job: IndicatorJob, book: UnitBook) -> dict[str, float]:
        reader = Reader(job, lambda: pool, lambda: book, self.clock)
        app = FastAPI()
        app.include_router(value_routes.router(reader, lambda: pool, self.clock))
        app.include_router(routes.router(reader, lambda: pool))
        app.include_router(board_routes.router(reader, Boards(reader, lambda: pool), self.clock))
        found = {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client:
            for page in _PAGES:
                times = []
                for _ in range(15):
                    began = perf_counter()
                    answer = await client.get(page)
                    times.append(perf_counter() - began)
                    assert answer.status_code == 200, (page, answer.text)
                found[page] = statistics.median(times) * 1000
        return found


async def _timed(work: Any) -> float:
    began = perf_counter()
    await work
    return perf_counter() - began


def main() -> None:
    """Run for each size and print the table and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="0.0625,0.25,1", help="how many years of 612,030 dossiers, separated by commas")
    sizes = [float(word) for word in parser.parse_args().sizes.split(",")]
    servers = DatabaseServers()
    measured: dict[float, dict[str, Any]] = {}
    print("dossiers      events  ingest/s  full s  ÷ one pass  values   facts  1,000 events s")
    try:
        for size in sizes:
            with servers.fresh(max(available_levels(), key=list(Level).index)) as database, tempfile.TemporaryDirectory() as folder:
                bench = Bench(database.dsn, Path(folder))
                bench.publish_units()
                n, loading = bench.load(size)
                told = measured[size] = asyncio.run(bench.measure())
                print(
                    f"{round(DOSSIERS * size):>9,} {n:>11,} {n / loading:>9,.0f} {told['full']:>7.1f} {told['full'] / told['ceiling']:>11.1f} "
                    f"{told['values']:>8,} {told['facts']:>9,} {told['increment']:>8.2f}",
                    flush=True,
                )
    finally:
        servers.stop()
    shown = measured.get(1.0, measured[sizes[-1]])
    for page, ms in shown["pages"].items():
        print(f"  {ms:6.1f} ms  {page}")
    slowest = max(shown["pages"].values())
    for name, value, goal in (
        ("full_s", shown["full"], GOAL_FULL_S),
        ("increment_s", shown["increment"], GOAL_INCREMENT_S),
        ("page_p50_ms", slowest, GOAL_PAGE_MS),
    ):
        print(f"{name} {value:.2f} {goal:g} {'met' if value <= goal else 'short'}")


if __name__ == "__main__":
    main()
