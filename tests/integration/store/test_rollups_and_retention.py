"""Rollups under the same names, and letting go of old readings, on every store level."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ioc.store.readings import buckets, first_time
from ioc.store.retention import drop_old
from tests.support.databases import Database

START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(database.dsn)
    yield conn
    await conn.close()


async def _add(conn: asyncpg.Connection, *readings: tuple[timedelta, float]) -> None:
    await conn.executemany("INSERT INTO observation VALUES (1, $1, $2, $1)", [(START + after, value) for after, value in readings])


async def test_rollups_by_minute_and_hour_are_the_same_on_every_level(conn: asyncpg.Connection) -> None:
    await _add(conn, *((timedelta(seconds=20 * n), float(n)) for n in range(6)), (timedelta(minutes=70), 100.0))
    minutes = await buckets(conn, 1, width="1m", begin=START, end=START + timedelta(days=1), limit=10)
    assert [tuple(row) for row in minutes] == [
        (START, 3, 1.0, 0.0, 2.0),
        (START + timedelta(minutes=1), 3, 4.0, 3.0, 5.0),
        (START + timedelta(minutes=70), 1, 100.0, 100.0, 100.0),
    ]
    assert await first_time(conn, 1) == START
    assert await first_time(conn, 2) is None
    hours = await conn.fetch("SELECT bucket, n, sum, last FROM observation_1h ORDER BY bucket")
    assert [tuple(row) for row in hours] == [(START, 6, 15.0, 5.0), (START + timedelta(hours=1), 1, 100.0, 100.0)]


async def test_old_readings_go_and_new_ones_stay(conn: asyncpg.Connection, database: Database) -> None:
    await _add(conn, (timedelta(0), 1.0), (timedelta(days=40), 2.0))
    await conn.execute("INSERT INTO position VALUES (1, $1, 106, 21, NULL, NULL, NULL, $1)", START)
    await conn.execute("INSERT INTO corrected_observation VALUES (1, $1, 3, $1, $1), (1, $1 + interval '40 days', 3, $1, $1)", START)
    gone = await drop_old(conn, level=database.level, now=START + timedelta(days=41), days=30)
    assert gone == {"observation": 1, "position": 1, "corrected_observation": 1}
    assert [row[0] for row in await conn.fetch("SELECT value FROM observation")] == [2.0]


@pytest.mark.community
async def test_rollups_are_continuous_aggregates_in_the_community_edition(database: Database, conn: asyncpg.Connection) -> None:
    if database.level != "community":
        return
    names = await conn.fetch("SELECT view_name FROM timescaledb_information.continuous_aggregates ORDER BY 1")
    assert [row[0] for row in names] == ["observation_1h", "observation_1m"]
    policies = "SELECT count(*) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'"
    assert await conn.fetchval(policies) == 2
