"""A writer on a real database, with units and rules that the tests can see through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from ioc.alerts.recorder import Recorder
from ioc.alerts.rule_file import parse_rules
from ioc.domain.live import Changes
from ioc.domain.unit import UnitRef
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.writer import Writer
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.support.databases import Database

RULES = """
rules:
  - id: high
    title: {vi: Cao, en: High}
    select: {property: level}
    above: [{severity: severe, limit: 10, clear: 8}]
"""
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


class WestAndEast:
    """Two units: west of 106° E and east of it."""

    def __init__(self, west: int, east: int) -> None:
        self.west, self.east = west, east

    def locate_many(self, lons: Sequence[float], lats: Sequence[float], at: date | None = None, /) -> list[int | None]:
        return [self.west if lon < 106 else self.east for lon in lons]

    def by_code(self, code: str, at: date, /) -> int | None:
        return {"W": self.west, "E": self.east}.get(code)

    def ref(self, unit_id: int, /) -> UnitRef | None:
        code = {self.west: "W", self.east: "E"}.get(unit_id)
        if code is None:
            return None
        return UnitRef(unit_id, "units", code, date(2025, 1, 1), None, "commune", f"Xã {code}", f"{code} Commune", None, code, code)


@dataclass
class Desk:
    """A writer and what a test asks of it."""

    pool: asyncpg.Pool
    writer: Writer
    units: WestAndEast
    messages: int = field(default=0)

    async def write(self, *told: tuple[str, bytes], arrived: datetime = NOW) -> Changes:
        """Write one batch of (topic below ioc/v1/, payload)."""
        batch = []
        for topic, payload in told:
            message = Message(f"ioc/v1/{topic}", payload, arrived)
            batch.append(read_message(message))
        return await self.writer.write(batch)

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return [tuple(row) for row in await self.pool.fetch(query)]

    async def books(self) -> dict[str, int]:
        """Return the sums of the ledger."""
        columns = ("received", "stored", "duplicate", "late", "quarantined", "refused")
        row = await self.pool.fetchrow(f"SELECT {', '.join(f'coalesce(sum({c}), 0)::int AS {c}' for c in columns)} FROM ledger")
        assert row
        return dict(row)


async def add_units(pool: asyncpg.Pool) -> WestAndEast:
    """Put two units into the store."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET CONSTRAINTS ALL DEFERRED")
        await conn.execute("INSERT INTO layer (id, position, is_join, entry, version) VALUES ('units', 0, true, '{}', 1)")
        await conn.execute("INSERT INTO layer_version (layer, version, checksum, report, entry) VALUES ('units', 1, '', '{}', '{}')")
        add = "INSERT INTO unit (layer, code, valid_from, level, name_vi, name_en) VALUES ('units', $1, '2025-01-01', 'commune', $1, $1) RETURNING id"
        return WestAndEast(await conn.fetchval(add, "W"), await conn.fetchval(add, "E"))


async def find_units(pool: asyncpg.Pool) -> WestAndEast:
    """Return the two units, put there if they are not."""
    known = await pool.fetch("SELECT id FROM unit ORDER BY id")
    return WestAndEast(*(row["id"] for row in known)) if known else await add_units(pool)


async def make_desk(database: Database) -> Desk:
    """Return a writer as a fresh start of the service has it."""
    pool = await open_pool(database.dsn, size=3)
    units = await find_units(pool)
    recorder = Recorder(lambda: parse_rules(RULES, file="rules.yaml"), units.ref)
    async with pool.acquire() as conn:
        await recorder.start(conn, NOW)
    return Desk(pool, Writer(pool, known=Registry(units.ref), units=lambda: units, judge=recorder), units)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """A writer on each store level."""
    desk = await make_desk(database)
    yield desk
    await desk.pool.close()
