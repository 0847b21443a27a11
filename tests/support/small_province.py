"""A province of two districts and four communes with its writer and its indicators, on a real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from ioc.alerts.recorder import Recorder
from ioc.domain.unit import UnitRef
from ioc.geo.unit_book import UnitBook
from ioc.indicators.catalogue import load_plan
from ioc.indicators.job import IndicatorJob
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.writer import Writer
from ioc.store.layers import load_units
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.support.databases import Database
from tests.support.doubles import ManualClock

NOW = datetime(2023, 6, 10, 3, 0, tzinfo=UTC)
UNITS = (
    ("P", "province", None),
    ("D1", "district", "P"),
    ("D2", "district", "P"),
    ("C11", "commune", "D1"),
    ("C12", "commune", "D1"),
    ("C21", "commune", "D2"),
    ("C22", "commune", "D2"),
)


class Codes:
    """The units as ingest asks for them: by code only."""

    def __init__(self, book: UnitBook) -> None:
        self._book = book

    def locate_many(self, lons: Sequence[float], _lats: Sequence[float], _at: date | None = None, /) -> list[int | None]:
        return [None for _ in lons]

    def by_code(self, code: str, at: date, /) -> int | None:
        found = self._book.find(code, at)
        return found.id if found else None

    def ref(self, unit_id: int, /) -> UnitRef | None:
        return self._book.ref(unit_id)


class Told(NamedTuple):
    """The status of a figure has changed; `unit` is a code."""

    indicator: str
    unit: str
    kind: str
    was: str | None
    now: str
    limit: Decimal


@dataclass
class Province:
    """What a test works with."""

    pool: asyncpg.Pool
    book: UnitBook
    writer: Writer
    job: IndicatorJob
    clock: ManualClock
    sent: int = 0
    heard: int = 0

    async def send(self, type_: str, *events: dict[str, Any], source: str = "p-dvc") -> dict[str, int]:
        """Send events as one message each; returns how many ended how."""
        batch = [
            read_message(Message(f"ioc/v1/{source}/event/{type_}", json.dumps({"id": self._next_id(), **e}).encode(), self.clock.now()))
            for e in events
        ]
        before = await self._ledger()
        await self.writer.write(batch)
        after = await self._ledger()
        return {name: after[name] - before[name] for name in after if after[name] != before[name]}

    async def values(self, indicator: str, kind: str = "month", dimension: str = "") -> dict[tuple[str, ...], Any]:
        """Return the present figures by (unit, first day) and, of a dimension, its member."""
        await self.job.catch_up()
        rows = await self.pool.fetch(
            "SELECT v.*, coalesce(u.code, '?') AS code FROM indicator_value v LEFT JOIN unit u ON u.id = v.unit_id "
            "WHERE indicator = $1 AND kind = $2 AND dimension = $3 AND superseded IS NULL",
            indicator,
            kind,
            dimension,
        )
        return {(r["code"], f"{r['begin']}", *([r["member"]] if dimension else [])): _plain(r["value"]) for r in rows}

    async def transitions(self) -> list[Told]:
        """Return the changes of status since this was asked last, the oldest first."""
        rows = await self.pool.fetch(
            """SELECT t.id, t.indicator, u.code, t.kind, t."from", t."to", t."limit" FROM indicator_transition t
JOIN unit u ON u.id = t.unit_id WHERE t.id > $1 ORDER BY t.id""",
            self.heard,
        )
        self.heard = max((row["id"] for row in rows), default=self.heard)
        return [Told(*tuple(row)[1:]) for row in rows]

    async def _ledger(self) -> dict[str, int]:
        names = ("stored", "duplicate", "late", "quarantined", "refused")
        row = await self.pool.fetchrow(f"SELECT {', '.join(f'coalesce(sum({n}), 0)::int AS {n}' for n in names)} FROM ledger")
        assert row
        return dict(row)

    def _next_id(self) -> str:
        self.sent += 1
        return f"e{self.sent}"


def _plain(value: Decimal | None) -> float | int | None:
    return None if value is None else int(value) if value == int(value) else float(value)


async def add_units(pool: asyncpg.Pool, units: Sequence[tuple[str, str, str | None]] = UNITS, *, since: date = date(2020, 1, 1)) -> None:
    """Publish units, so far as the store is concerned."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET CONSTRAINTS ALL DEFERRED")
        if not await conn.fetchval("SELECT count(*) FROM layer"):
            await conn.execute("INSERT INTO layer (id, position, is_join, entry, version) VALUES ('units', 0, true, '{}', 1)")
            await conn.execute("INSERT INTO layer_version (layer, version, checksum, report, entry) VALUES ('units', 1, '', '{}', '{}')")
        for code, level, parent in units:
            number = await conn.fetchval(
                "INSERT INTO unit (layer, code, valid_from, level, name_vi, name_en, parent_id) "
                "VALUES ('units', $1, $2, $3, $1, $1, (SELECT id FROM unit WHERE code = $4)) RETURNING id", code, since, level, parent)  # fmt: skip
            await conn.execute("INSERT INTO former_unit VALUES ($1)", number)


async def read_units(pool: asyncpg.Pool, book: UnitBook) -> None:
    """Take up what was published."""
    async with pool.acquire() as conn:
        await book.read(conn, [ref for ref, _ in await load_units(conn)])


@asynccontextmanager
async def province(
    database: Database, sdi: Path, *, now: datetime = NOW, units: Sequence[tuple[str, str, str | None]] = UNITS
) -> AsyncIterator[Province]:
    """Give a province whose systems are those of the folder."""
    pool = await open_pool(database.dsn, size=4)
    clock = ManualClock(now)
    if not await pool.fetchval("SELECT count(*) FROM unit"):
        await add_units(pool, units)
    book = UnitBook(today=lambda: clock.now().date())
    await read_units(pool, book)
    plan = load_plan(sdi)
    recorder = Recorder(list, book.ref)
    async with pool.acquire() as conn:
        await recorder.start(conn, now)
    codes = Codes(book)
    writer = Writer(pool, known=Registry(book.ref, event_types=plan.event_types), units=lambda: codes, judge=recorder)
    job = IndicatorJob(plan, lambda: pool, lambda: book, clock)
    yield Province(pool, book, writer, job, clock)
    await pool.close()
