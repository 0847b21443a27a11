"""Bulk writes of observations, positions and events, each in one round trip; queries over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from struct import Struct
from typing import Any

import asyncpg

from ioc.store.pool import Connection

_ADD_OBSERVATIONS = """
INSERT INTO observation (series_id, time, value, arrived)
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[], $4::timestamptz[])
ON CONFLICT DO NOTHING RETURNING series_id, time
"""
_KEEP_LATEST = """
INSERT INTO latest_observation AS l (series_id, time, value)
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[])
ON CONFLICT (series_id) DO UPDATE SET time = excluded.time, value = excluded.value WHERE excluded.time >= l.time
"""
_ADD_POSITIONS = """
INSERT INTO position (station_id, time, lon, lat, speed, heading, unit_id, arrived)
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[], $4::float8[], $5::real[], $6::real[], $7::int[], $8::timestamptz[])
ON CONFLICT DO NOTHING RETURNING station_id, time
"""
_KEEP_LATEST_POSITION = """
INSERT INTO latest_position AS l (station_id, time, lon, lat, speed, heading, unit_id)
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[], $4::float8[], $5::real[], $6::real[], $7::int[])
ON CONFLICT (station_id) DO UPDATE SET time = excluded.time, lon = excluded.lon, lat = excluded.lat, speed = excluded.speed,
  heading = excluded.heading, unit_id = excluded.unit_id WHERE excluded.time > l.time
"""
_ADD_EVENT_KEYS = """
INSERT INTO event_key (source_id, id, time) SELECT * FROM unnest($1::int[], $2::text[], $3::timestamptz[])
ON CONFLICT DO NOTHING RETURNING source_id, id
"""
_ADD_EVENTS = """
INSERT INTO event (source_id, id, time, type, subject, unit_code, unit_id, lon, lat, data, arrived)
SELECT s, i, t, y, j, c, n, x, z, d::jsonb, a
FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::int[], $8::float8[], $9::float8[], $10::text[],
  $11::timestamptz[]) AS u (s, i, t, y, j, c, n, x, z, d, a)
"""
_RAW = """
SELECT o.time, o.value FROM observation o WHERE o.series_id = $1 AND o.time >= $2 AND o.time < $3 ORDER BY o.time DESC LIMIT $4
"""
_BUCKETS = {
    width: f"SELECT bucket, n, mean, min, max FROM observation_{width} WHERE series_id = $1 AND bucket >= $2 AND bucket < $3 ORDER BY bucket DESC LIMIT $4"
    for width in ("1m", "1h")
}
_FIRST = "SELECT time FROM observation WHERE series_id = $1 ORDER BY time LIMIT 1"
_FIND_SERIES = """
SELECT se.id FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
WHERE s.name = $1 AND st.code = $2 AND se.property = $3
"""

_OBSERVATION = ("series_id", "time", "value", "arrived")
# The binary form of COPY: a header, for each row the number of its columns and before each value its length, and a trailer
# (PostgreSQL documentation, COPY, "Binary Format").
_COPY_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_ROW = Struct("!hiiiqidiq")
_COPY_END = b"\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ROWS_OF_PIECE = 2000

LatestRow = tuple[int, datetime, float]
ObservationRow = tuple[int, datetime, float, datetime]
LatestPositionRow = tuple[int, datetime, float, float, float | None, float | None, int | None]
PositionRow = tuple[int, datetime, float, float, float | None, float | None, int | None, datetime]
EventRow = tuple[int, str, datetime, str, str | None, str | None, int | None, float | None, float | None, str, datetime]


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Return `rows`, of which there is at least one, as a list for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


async def add_observations(conn: Connection, rows: Sequence[ObservationRow]) -> set[tuple[int, datetime]]:
    """Store rows of (series, time, value, arrived) and return the (series, time) of those that were not there before."""
    return {(row[0], row[1]) for row in await conn.fetch(_ADD_OBSERVATIONS, *columns(rows))} if rows else set()


async def copy_observations(conn: Connection, rows: Sequence[ObservationRow]) -> bool:
    """Store rows of (series, time, value, arrived) that should be new, the quick way, and return True; False, and nothing is stored, where one is not."""
    if not rows:
        return True
    try:
        async with conn.transaction():
            await conn.copy_to_table("observation", source=_pieces(rows), format="binary", columns=_OBSERVATION)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def _pieces(rows: Sequence[ObservationRow]) -> AsyncIterator[bytes]:
    """Yield `rows` as the binary form of COPY: packed here in half the time that the driver's encoding cell by cell takes."""
    yield _COPY_BEGIN
    pack = _COPY_ROW.pack
    for begin in range(0, len(rows), _ROWS_OF_PIECE):
        told: datetime | None = None
        arrived_us = 0
        packed = []
        for series, time, value, arrived in rows[begin : begin + _ROWS_OF_PIECE]:
            if arrived is not told:  # the readings of a message have theirs in common
                told, arrived_us = arrived, _microseconds(arrived)
            packed.append(pack(4, 4, series, 8, _microseconds(time), 8, value, 8, arrived_us))
        yield b"".join(packed)
    yield _COPY_END


def _microseconds(time: datetime) -> int:
    """Return `time` as PostgreSQL counts: microseconds since 2000."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


async def keep_latest(conn: Connection, rows: Sequence[LatestRow]) -> None:
    """Move the newest observation of each series forward, never back; one row a series. At the same time the value told last counts."""
    if rows:
        await conn.execute(_KEEP_LATEST, *columns(rows))


async def add_positions(conn: Connection, rows: Sequence[PositionRow]) -> set[tuple[int, datetime]]:
    """Store rows of (station, time, lon, lat, speed, heading, unit, arrived) and return the (station, time) of those that were not there before."""
    return {(row[0], row[1]) for row in await conn.fetch(_ADD_POSITIONS, *columns(rows))} if rows else set()


async def keep_latest_positions(conn: Connection, rows: Sequence[LatestPositionRow]) -> None:
    """Move the newest position of each station forward, never back; one row a station."""
    if rows:
        await conn.execute(_KEEP_LATEST_POSITION, *columns(rows))


async def add_events(conn: Connection, rows: Sequence[EventRow]) -> set[tuple[int, str]]:
    """Store the events whose (source, id) was never seen and return these identities; ids are unique within `rows`."""
    if not rows:
        return set()
    keys = [row[:3] for row in rows]
    new = {(row[0], row[1]) for row in await conn.fetch(_ADD_EVENT_KEYS, *columns(keys))}
    fresh = [row for row in rows if row[:2] in new]
    if fresh:
        await conn.execute(_ADD_EVENTS, *columns(fresh))
    return new


async def find_series(conn: Connection, *, source: str, station: str, property_name: str) -> int | None:
    """Return the number of a series, None where there is none."""
    number: int | None = await conn.fetchval(_FIND_SERIES, source, station, property_name)
    return number


async def observations(conn: Connection, series_id: int, *, begin: datetime, end: datetime, limit: int) -> list[asyncpg.Record]:
    """Return (time, value) of the newest `limit` observations in [begin, end), oldest first."""
    return list(reversed(await conn.fetch(_RAW, series_id, begin, end, limit)))


async def first_time(conn: Connection, series_id: int) -> datetime | None:
    """Return the time of the oldest observation that is kept, None where there is none."""
    time: datetime | None = await conn.fetchval(_FIRST, series_id)
    return time


async def buckets(conn: Connection, series_id: int, *, width: str, begin: datetime, end: datetime, limit: int) -> list[asyncpg.Record]:
    """Return (bucket, n, mean, min, max) of the newest `limit` rollups of `width` (`1m` or `1h`) that begin in [begin, end), oldest first."""
    return list(reversed(await conn.fetch(_BUCKETS[width], series_id, begin, end, limit)))
