"""What happened in a time that is over, as the rules would see it: readings, positions and events, streamed in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta

import asyncpg

from ioc.store.pool import Connection

AT_ONCE = 2_000
_OLD = timedelta(days=2)
"""How much older or newer than its arrival something may be and still be found; the rules judge nothing that is a day old."""

# What the rules judged of a reading that was corrected later is its first value.
_READINGS = """
SELECT series_id, time, value, arrived FROM (
  SELECT series_id, time, value, arrived FROM observation
  WHERE arrived >= $1 AND arrived < $2 AND time > $3 AND time < $4 AND ($5::int[] IS NULL OR series_id = ANY($5))
  UNION ALL
  SELECT series_id, time, value, arrived FROM corrected_observation
  WHERE arrived >= $1 AND arrived < $2 AND time > $3 AND time < $4 AND ($5::int[] IS NULL OR series_id = ANY($5))
) r ORDER BY arrived, time, series_id
"""
_READINGS_BY_TIME = """
SELECT series_id, time, value, time AS arrived FROM observation
WHERE time >= $1 AND time < $2 AND $3::timestamptz IS NOT NULL AND $4::timestamptz IS NOT NULL
  AND ($5::int[] IS NULL OR series_id = ANY($5)) ORDER BY time, series_id
"""
# A speed is stored with seven digits: as text it is the number that was told, and not the one nearest to it that is stored.
_POSITIONS = """
SELECT s.name AS source, st.code AS station, p.time, p.lon, p.lat, p.speed::text::float8 AS speed, p.arrived FROM position p
JOIN station st ON st.id = p.station_id JOIN source s ON s.id = st.source_id
WHERE p.arrived >= $1 AND p.arrived < $2 AND p.time > $3 AND p.time < $4 ORDER BY p.arrived, p.time, st.id
"""
_POSITIONS_BY_TIME = """
SELECT s.name AS source, st.code AS station, p.time, p.lon, p.lat, p.speed::text::float8 AS speed, p.time AS arrived FROM position p
JOIN station st ON st.id = p.station_id JOIN source s ON s.id = st.source_id
WHERE p.time >= $1 AND p.time < $2 AND $3::timestamptz IS NOT NULL AND $4::timestamptz IS NOT NULL ORDER BY p.time, st.id
"""
_EVENTS = """
SELECT s.name AS source, e.id, e.type, e.time, e.subject, e.unit_code, e.unit_id, e.lon, e.lat, e.data, e.arrived
FROM event e JOIN source s ON s.id = e.source_id
WHERE e.arrived >= $1 AND e.arrived < $2 AND e.type = ANY($3::text[]) ORDER BY e.arrived, e.time, s.name, e.id
"""
_EVENTS_BY_TIME = """
SELECT s.name AS source, e.id, e.type, e.time, e.subject, e.unit_code, e.unit_id, e.lon, e.lat, e.data, e.time AS arrived
FROM event e JOIN source s ON s.id = e.source_id
WHERE e.time >= $1 AND e.time < $2 AND e.type = ANY($3::text[]) ORDER BY e.time, s.name, e.id
"""

Portions = AsyncGenerator[list[asyncpg.Record]]
"""Rows in order, some thousands at a time; the connection must be in a transaction."""


def readings(conn: Connection, begin: datetime, end: datetime, series: Sequence[int] | None, *, by_time: bool) -> Portions:
    """Yield (series_id, time, value, arrived) of what arrived from `begin` on and before `end`, of all series or some.

    With `by_time` everything counts as having arrived at its own time.
    """
    query = _READINGS_BY_TIME if by_time else _READINGS
    return _stream(conn, query, begin, end, begin - _OLD, end + _OLD, None if series is None else list(series))


def positions(conn: Connection, begin: datetime, end: datetime, *, by_time: bool) -> Portions:
    """Yield (source, station, time, lon, lat, speed, arrived) of moving stations, as `readings` does."""
    return _stream(conn, _POSITIONS_BY_TIME if by_time else _POSITIONS, begin, end, begin - _OLD, end + _OLD)


def events(conn: Connection, begin: datetime, end: datetime, types: Sequence[str], *, by_time: bool) -> Portions:
    """Yield events of some types, as `readings` does."""
    return _stream(conn, _EVENTS_BY_TIME if by_time else _EVENTS, begin, end, list(types))


async def _stream(conn: Connection, query: str, *values: object) -> Portions:
    cursor = await conn.cursor(query, *values)
    while rows := await cursor.fetch(AT_ONCE):
        yield rows
