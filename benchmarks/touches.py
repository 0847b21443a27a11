"""What it costs ingest to note of which units, subjects and days events were: `make bench NAME=touches`.

Batches of events of all kinds are committed by the writer, in turn with the notes and, by leaving the call out here, without them; after each round what was
noted is settled, as the figures do. Ratios are of the time of both processes together, this one's and the database's.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from unittest.mock import patch

import asyncpg
import msgspec

from benchmarks.year_events import _OTHERS
from ioc.alerts.recorder import Recorder
from ioc.geo.unit_book import UnitBook
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Writer
from ioc.store import touches
from ioc.store.level import Level
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.support.databases import DatabaseServers, available_levels
from tests.support.small_province import Codes, add_units, read_units

GOAL = 1.03
NOW = datetime(2023, 6, 10, 3, tzinfo=UTC)
_UNITS = [("P", "province", None), *((f"C{n}", "commune", "P") for n in range(226))]


def main() -> None:
    """Measure in turn and print how much dearer a batch with notes is."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--batch", type=int, default=1000, help="events in a transaction")
    words.add_argument("--rounds", type=int, default=30)
    told = words.parse_args()
    servers = DatabaseServers()
    try:
        with servers.fresh(max(available_levels(), key=list(Level).index)) as database:
            with_notes, without = asyncio.run(_measure(database.dsn, told.batch, told.rounds))
    finally:
        servers.stop()
    print(
        f"a batch of {told.batch:,} events: {median(with_notes) * 1000:.1f} ms of CPU with the notes, {median(without) * 1000:.1f} ms without"
    )
    ratio = median(one / other for one, other in zip(with_notes, without, strict=True))
    print(f"touches_of_ingest {ratio:.3f} {GOAL:g} {'met' if ratio <= GOAL else 'short'}")


async def _measure(dsn: str, size: int, rounds: int) -> tuple[list[float], list[float]]:
    pool = await open_pool(dsn, size=1)
    await add_units(pool, _UNITS)
    book = UnitBook(today=NOW.date)
    await read_units(pool, book)
    recorder = Recorder(list, book.ref)
    async with pool.acquire() as conn:
        await recorder.start(conn, NOW)
    codes = Codes(book)
    writer = Writer(pool, known=Registry(book.ref), units=lambda: codes, judge=recorder)
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(-4, 2 * rounds):  # the first few are not counted
        batch = list(_batch(number, size))
        is_noted = number % 2 == 0
        with _silent(is_noted):
            before = await _cpu_s(pool)
            await writer.write(batch)
            after = await _cpu_s(pool)
        await pool.execute("DELETE FROM indicator_touch")
        if number >= 0:
            taken[0 if is_noted else 1].append(after - before)
    await pool.close()
    return taken


@contextmanager
def _silent(is_noted: bool) -> Iterator[None]:
    async def nothing(*_: object) -> None:
        """Note nothing."""

    if is_noted:
        yield
    else:
        with patch.object(touches, "touch_events", nothing), patch.object(touches, "correct_events", nothing):
            yield


def _batch(number: int, size: int) -> Iterator[Decoded]:
    """Yield events of all kinds in proportion, of two days."""
    kinds = [(source, kind, bodies) for source, kind, yearly, _, bodies in _OTHERS for _ in range(max(1, yearly // 10_000))]
    for place in range(size):
        source, kind, bodies = kinds[(place * 7) % len(kinds)]
        body = {
            "id": f"{number}-{place}",
            "time": (NOW - timedelta(minutes=place)).isoformat(),
            "subject": f"s{place % 300}",
            "unit": f"C{(place * 31 + number) % 226}",
            "data": msgspec.Raw(bodies[place % len(bodies)].encode()),
        }
        yield read_message(Message(f"ioc/v1/{source}/event/{kind}", msgspec.json.encode(body), NOW))


async def _cpu_s(pool: asyncpg.Pool) -> float:
    """Return how many seconds this process and its session at the database have used."""
    pid = await pool.fetchval("SELECT pg_backend_pid()")
    ran_ns = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]  # noqa: ASYNC240 - a file of the kernel
    return time.process_time() + int(ran_ns) / 1e9


if __name__ == "__main__":
    main()
