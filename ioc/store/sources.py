"""Sources: who may register stations, when each was heard of, how much it should send; stations approved or imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from ioc.domain.observation import StationKey
from ioc.domain.station import StationDescription
from ioc.store.pool import Connection

_LAST_SEEN = "SELECT name, last_seen FROM source WHERE last_seen IS NOT NULL"
_POLICIES = "SELECT name, policy FROM source"
_SET_POLICY = "INSERT INTO source (name, policy) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET policy = excluded.policy"
_KNOWN = """
SELECT s.name, st.code FROM unnest($1::text[], $2::text[]) AS t (source, code)
JOIN source s ON s.name = t.source JOIN station st ON st.source_id = s.id AND st.code = t.code
"""
_ADD_SOURCE = "INSERT INTO source (name) VALUES ($1) ON CONFLICT DO NOTHING"
_ADD_STATION = """
INSERT INTO station (source_id, code, name) SELECT id, $2, $2 FROM source WHERE name = $1 ON CONFLICT DO NOTHING RETURNING id
"""
_WAITING = """
SELECT split_part(topic, '/', 5) AS station, count(*) AS messages, min(arrived) AS first, max(arrived) AS last
FROM quarantine WHERE source = $1 AND reason = 'unknown_station' AND split_part(topic, '/', 4) IN ('obs', 'pos', 'station')
GROUP BY 1 ORDER BY 1 LIMIT $2
"""
_SOURCES = """
WITH stations AS (SELECT source_id, count(*) AS stations, min(interval_s) AS shortest_s FROM station GROUP BY source_id)
SELECT coalesce(s.name, b.source) AS id, s.policy, s.online, s.status_at, s.last_seen, coalesce(t.stations, 0) AS stations, t.shortest_s,
  coalesce(b.received, 0) AS received, coalesce(b.stored, 0) AS stored, coalesce(b.duplicate, 0) AS duplicate, coalesce(b.late, 0) AS late,
  coalesce(b.quarantined, 0) AS quarantined, coalesce(b.refused, 0) AS refused
FROM source s FULL JOIN source_total b ON b.source = s.name LEFT JOIN stations t ON t.source_id = s.id
WHERE $1::text IS NULL OR coalesce(s.name, b.source) = $1 ORDER BY 1
"""
_REPORTS = """
SELECT s.name AS source, st.interval_s, (
  SELECT count(*) FROM (
    SELECT o.time FROM series se JOIN observation o ON o.series_id = se.id WHERE se.station_id = st.id AND o.time > $2 AND o.time <= $3
    UNION SELECT p.time FROM position p WHERE p.station_id = st.id AND p.time > $2 AND p.time <= $3
  ) AS times
) AS reports
FROM station st JOIN source s ON s.id = st.source_id WHERE st.interval_s <= 3600 AND ($1::text IS NULL OR s.name = $1)
"""
_STATIONS = """
SELECT st.code, st.name, st.kind, st.lon, st.lat, st.properties, st.interval_s FROM station st JOIN source s ON s.id = st.source_id
WHERE s.name = $1 ORDER BY st.code FOR UPDATE OF st
"""
_PUT_STATIONS = """
INSERT INTO station (source_id, code, name, kind, lon, lat, properties, interval_s, unit_id)
SELECT s.id, u.code, u.name, u.kind, u.lon, u.lat, u.properties::jsonb, u.interval_s, u.unit_id
FROM source s, unnest($2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::float8[], $9::int[])
  AS u (code, name, kind, lon, lat, properties, interval_s, unit_id)
WHERE s.name = $1
ON CONFLICT (source_id, code) DO UPDATE SET name = excluded.name, kind = excluded.kind, lon = excluded.lon, lat = excluded.lat,
  properties = excluded.properties, interval_s = excluded.interval_s, unit_id = excluded.unit_id
"""
_TOUCH = "UPDATE registry_version SET version = version + 1"
_VERSION = "SELECT version FROM registry_version"


async def last_seen(conn: Connection) -> dict[str, datetime]:
    """Return when something of each source was accepted last."""
    return {row["name"]: row["last_seen"] for row in await conn.fetch(_LAST_SEEN)}


async def load_policies(conn: Connection) -> dict[str, str | None]:
    """Return the policy of every source that is known, None where the setting decides."""
    return {row["name"]: row["policy"] for row in await conn.fetch(_POLICIES)}


async def set_policy(conn: Connection, source: str, policy: str | None) -> None:
    """Set who may register stations of `source`, which becomes known by it; None leaves it to the setting."""
    await conn.execute(_SET_POLICY, source, policy)


async def known_stations(conn: Connection, stations: Iterable[StationKey]) -> set[StationKey]:
    """Return which of `stations` are registered."""
    keys = sorted(stations)
    rows = await conn.fetch(_KNOWN, [key.source for key in keys], [key.station for key in keys])
    return {StationKey(row["name"], row["code"]) for row in rows}


async def approve_station(conn: Connection, station: StationKey) -> bool:
    """Register a station without a description; return False where it was registered before."""
    async with conn.transaction():
        await conn.execute(_ADD_SOURCE, station.source)
        return await conn.fetchval(_ADD_STATION, *station) is not None


async def waiting_stations(conn: Connection, source: str, *, limit: int = 1000) -> list[asyncpg.Record]:
    """Return (station, messages, first, last) for the stations of `source` that are in quarantine because nobody registered them."""
    return await conn.fetch(_WAITING, source, limit)


async def sources(conn: Connection, source: str | None = None) -> list[asyncpg.Record]:
    """Return every source (or one) that is known or has sent anything, with what is known of it and the sums of its ledger."""
    return await conn.fetch(_SOURCES, source)


async def station_reports(conn: Connection, *, begin: datetime, end: datetime, source: str | None = None) -> list[asyncpg.Record]:
    """Return (source, interval_s, reports) for each station that reports at least hourly: its distinct times in (begin, end]."""
    return await conn.fetch(_REPORTS, source, begin, end)


async def described_stations(conn: Connection, source: str) -> dict[str, dict[str, Any]]:
    """Return what is stored of each station of `source`, by code; nobody else can change them until the transaction ends."""
    return {row["code"]: dict(row) for row in await conn.fetch(_STATIONS, source)}


async def put_stations(conn: Connection, source: str, told: Sequence[tuple[StationDescription, int | None]]) -> None:
    """Store descriptions, each with the unit that the station stands in; new stations and a new source are registered."""
    if not told:
        return
    await conn.execute(_ADD_SOURCE, source)
    rows = [
        (d.station.station, d.name, d.kind, d.lon, d.lat, msgspec.json.encode(d.properties).decode(), d.interval_s, unit)
        for d, unit in told
    ]
    await conn.execute(_PUT_STATIONS, source, *(list(column) for column in zip(*rows, strict=True)))


async def touch_registry(conn: Connection) -> None:
    """Let running services know that stations or newest readings changed otherwise than by messages."""
    await conn.execute(_TOUCH)


async def registry_version(conn: Connection) -> int:
    """Return a number that is another one after each `touch_registry`."""
    version: int = await conn.fetchval(_VERSION)
    return version
