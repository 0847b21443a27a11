"""The past as it was known then, and as it is known now."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest

from ioc.domain.live import Changes, ObservationChange
from ioc.store.past import StoredPast
from ioc.store.pool import open_pool
from ioc.streams.mirror import Mirror
from tests.support.databases import Database
from tests.support.examples import at

SERIES = 4


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database.dsn)
    async with pool.acquire() as conn:
        source = await conn.fetchval("INSERT INTO source (name) VALUES ('hydro') RETURNING id")
        for number in range(SERIES):
            station = await conn.fetchval(
                "INSERT INTO station (source_id, code, name, kind, lon, lat) VALUES ($1, $2, 'Đáp Cầu', 'river_gauge', 106, 21) RETURNING id",
                source,
                f"s{number}",
            )
            await conn.execute("INSERT INTO series (station_id, property) VALUES ($1, 'level')", station)
    yield pool
    await pool.close()


async def store(pool: asyncpg.Pool, told: list[tuple[int, float, float, float]]) -> None:
    """Store readings (series, second, value, second of arrival), in the order of arrival, as ingest does: the newest value, and those before it."""
    stored: dict[tuple[int, float], tuple[float, float]] = {}
    former = []
    for series, second, value, arrived in told:
        if (before := stored.get((series, second))) is not None:
            former.append((series, at(second), before[0], at(before[1]), at(arrived)))
        stored[series, second] = value, arrived
    async with pool.acquire() as conn:
        numbers = [row["id"] for row in await conn.fetch("SELECT id FROM series ORDER BY id")]
        rows = [(numbers[series], at(second), value, at(arrived)) for (series, second), (value, arrived) in stored.items()]
        await conn.executemany("INSERT INTO observation (series_id, time, value, arrived) VALUES ($1, $2, $3, $4)", rows)
        await conn.executemany(
            "INSERT INTO corrected_observation (series_id, time, value, arrived, corrected_at) VALUES ($1, $2, $3, $4, $5)",
            [(numbers[series], *rest) for series, *rest in former],
        )


def arrivals(seed: int) -> list[tuple[int, float, float, float]]:
    """Readings in the order of arrival: in time, late, and corrections."""
    chance = random.Random(seed)
    told: list[tuple[int, float, float, float]] = []
    for number in range(60):
        if told and chance.random() < 0.25:
            series, second, *_ = chance.choice(told)
        else:
            series, second = chance.randrange(SERIES), number - chance.choice([0, 0, 0, 1, 9])
        told.append((series, second, number + 1000.0, number + 0.5))
    return told


def readings(mirror: Mirror) -> dict[str, tuple[datetime, float]]:
    return {entity.view.id: reading for entity in mirror.entities() for reading in entity.readings.values()}


def live(told: list[tuple[int, float, float, float]], until: float) -> Mirror:
    """What viewers saw then."""
    mirror = Mirror()
    for series, second, value, arrived in told:
        if arrived <= until:
            mirror.apply(Changes(observations=[ObservationChange("hydro", f"s{series}", "level", at(second), value)]))
    return mirror


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_was_known_then_is_what_viewers_saw_then(pool: asyncpg.Pool, seed: int) -> None:
    told = arrivals(seed)
    await store(pool, told)
    past = StoredPast(lambda: pool, lambda _: None)
    played = Mirror()
    played.apply(await past.state_at(at(9), known_then=True))
    for moment in range(10, 62, 4):
        whole = Mirror()
        whole.apply(await past.state_at(at(moment), known_then=True))
        played.apply(await past.changes_between(at(max(9, moment - 4)), at(moment), known_then=True))
        expected = readings(live(told, moment))
        assert readings(whole) == expected
        assert readings(played) == expected


async def test_what_is_known_now_has_late_readings_and_corrections_in_their_place(pool: asyncpg.Pool) -> None:
    await store(pool, [(0, 0, 1, 0), (0, 10, 2, 10), (0, 5, 9, 100), (0, 10, 3, 200)])
    past = StoredPast(lambda: pool, lambda _: None)

    async def seen(second: float, *, known_then: bool) -> float:
        mirror = Mirror()
        mirror.apply(await past.state_at(at(second), known_then=known_then))
        return readings(mirror)["hydro/s0"][1]

    assert [await seen(second, known_then=True) for second in (0, 5, 10, 100, 200)] == [1, 1, 2, 2, 3]
    assert [await seen(second, known_then=False) for second in (0, 5, 10, 100, 200)] == [1, 9, 3, 3, 3]
    changes = await past.changes_between(at(4), at(6), known_then=False)
    assert [(told.time, told.value) for told in changes.observations] == [(at(5), 9)]


async def test_moving_station_is_where_it_was(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as conn:
        bus = await conn.fetchval("SELECT min(id) FROM station")
        for second in (0, 10, 20):
            await conn.execute(
                "INSERT INTO position (station_id, time, lon, lat, arrived) VALUES ($1, $2, $3, 21, $2)", bus, at(second), 105 + second / 10
            )
        await conn.execute("INSERT INTO latest_position (station_id, time, lon, lat) VALUES ($1, $2, 107, 21)", bus, at(20))
    past = StoredPast(lambda: pool, lambda _: None)
    for known_then in (True, False):
        state = await past.state_at(at(15), known_then=known_then)
        assert [told.lon for told in state.positions] == [106]
        assert [told.lon for told in (await past.changes_between(at(15), at(25), known_then=known_then)).positions] == [107]


async def test_alert_stands_as_it_stood(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as conn:
        series = await conn.fetchval("SELECT min(id) FROM series")
        alert = await conn.fetchval(
            """INSERT INTO alert (id, rule_id, rule_version, kind, subject, station_id, property, severity, condition, value, "limit", direction, started_at, fired_at,
               cleared_at, updated_at, acknowledged_by, acknowledged_at, version)
               SELECT gen_random_uuid(), 'flood', 1, 'threshold', s.name || '/' || st.code || '/' || se.property, st.id, se.property, 'severe', 'normal', 3, 4, 'above', $2, $2, $3, $4, 'an', $4, 4
               FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id WHERE se.id = $1 RETURNING id""",
            series,
            at(0),
            at(30),
            at(40),
        )
        await conn.execute("INSERT INTO rule_version (rule_id, version, definition) VALUES ('flood', 1, $1)", RULE)
        steps = [
            ("fired", "moderate", 5, 0),
            ("worsened", "severe", 7, 20),
            ("cleared", "severe", 3, 30),
            ("acknowledged", "severe", None, 40),
        ]
        for seq, (kind, severity, value, second) in enumerate(steps, 1):
            await conn.execute(
                "INSERT INTO alert_transition (alert_id, seq, time, recorded, kind, severity, value, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, 'an')",
                alert,
                seq,
                at(second),
                at(second + 1),
                kind,
                severity,
                value,
            )
    past = StoredPast(lambda: pool, lambda _: None)
    shown = {
        second: [
            (one.version, one.severity, one.condition, one.acknowledged)
            for one in (await past.state_at(at(second), known_then=True)).alerts
        ]
        for second in (0, 1, 21, 35, 41)
    }
    assert shown == {
        0: [],
        1: [(1, "moderate", "firing", False)],
        21: [(2, "severe", "firing", False)],
        35: [(3, "severe", "normal", False)],
        41: [],
    }
    told = (await past.changes_between(at(1), at(60), known_then=False)).alerts
    assert [(one.version, one.condition, one.acknowledged_by) for one in told] == [
        (2, "firing", None),
        (3, "normal", None),
        (4, "normal", "an"),
    ]
    assert told[1].cleared_at == at(30)
    assert told[0].updated_at - told[0].fired_at == timedelta(seconds=20)


RULE = {"title": {"vi": "Lũ", "en": "Flood"}, "description": {"vi": "", "en": ""}}
