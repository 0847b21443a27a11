"""What the alert engine has to know of the past when it starts: series, the readings in its windows, events of late, open subjects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ioc.store.pool import Connection

_SERIES = """
SELECT se.id, s.name AS source, st.code AS station, se.property, l.time, l.value
FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
LEFT JOIN latest_observation l ON l.series_id = se.id ORDER BY se.id
"""
# A corrected reading counts as it was first told, since that is what the rules judged.
_READINGS = """
SELECT r.series_id, r.time, r.value, r.arrived FROM (
  SELECT o.series_id, o.time, o.value, o.arrived FROM unnest($1::int[], $2::timestamptz[]) AS k (series_id, since)
  JOIN observation o ON o.series_id = k.series_id AND o.time > k.since WHERE o.time > $3
  UNION ALL
  SELECT c.series_id, c.time, c.value, c.arrived FROM unnest($1::int[], $2::timestamptz[]) AS k (series_id, since)
  JOIN corrected_observation c ON c.series_id = k.series_id AND c.time > k.since
) r ORDER BY r.series_id, r.arrived, r.time
"""
_EVENTS = """
SELECT s.name AS source, e.id, e.type, e.time, e.subject, e.unit_code, e.unit_id, e.lon, e.lat, e.data, e.arrived
FROM event e JOIN source s ON s.id = e.source_id WHERE e.type = ANY($1::text[]) AND e.time > $2 ORDER BY e.arrived, e.time
"""


async def all_series(conn: Connection) -> list[asyncpg.Record]:
    """Return every series with its newest observation, (None, None) where it has none."""
    return await conn.fetch(_SERIES)


async def readings_since(conn: Connection, since: Sequence[tuple[int, datetime]]) -> list[asyncpg.Record]:
    """Return (series_id, time, value, arrived) of the readings of some series after a time of each, by series, in the order of arrival."""
    if not since:
        return []
    numbers, times = zip(*since, strict=True)
    return await conn.fetch(_READINGS, list(numbers), list(times), min(times))


async def events_since(conn: Connection, types: Sequence[str], since: datetime) -> list[asyncpg.Record]:
    """Return the events of some types after a time, in the order of arrival."""
    return await conn.fetch(_EVENTS, list(types), since) if types else []
