"""What the indicators need to know of the rest of the store: sources, stations, the calendar of offices, how fresh each system's events are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ioc.store.pool import Connection

_LOCK = "SELECT pg_try_advisory_xact_lock(7236490)"
_SOURCES = "SELECT id, name FROM source"
_STATIONS = "SELECT kind, coalesce(unit_id, 0) AS unit_id, count(*)::int AS n FROM station WHERE kind = ANY($1::text[]) GROUP BY 1, 2"
_SENT = """
SELECT DISTINCT s.name, st.kind, se.property FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
WHERE se.property = ANY($1::text[])
"""
_CALENDAR = "SELECT count(*), coalesce(sum(before_s), 0)::bigint, min(day) FROM working_day"
_SAVE_CALENDAR = """
INSERT INTO working_day (day, before_s, spans) SELECT d, b, s::int[] FROM unnest($1::date[], $2::bigint[], $3::text[]) AS t (d, b, s)
ON CONFLICT (day) DO UPDATE SET before_s = excluded.before_s, spans = excluded.spans WHERE (working_day.before_s, working_day.spans) IS DISTINCT FROM (excluded.before_s, excluded.spans)
"""
_NEWEST = (
    "SELECT t.type, (SELECT time FROM event e WHERE e.type = t.type ORDER BY time DESC LIMIT 1) AS time FROM unnest($1::text[]) AS t (type)"
)
_PLACES = """
SELECT c.subject, c.lon, c.lat, c.data, c.due, c.times[1] AS opened, c.unit_id FROM indicator_case c
WHERE c.kind_id = $1 AND c.closed IS NULL AND c.lon IS NOT NULL AND c.times[1] >= $2 ORDER BY c.newest DESC LIMIT $3
"""
_UNKNOWN = """
SELECT unit_code, max(events)::bigint AS events FROM (
  SELECT group_id, CASE WHEN GROUPING(unit_code) = 1 THEN NULL ELSE unit_code END AS unit_code, sum(d.events) AS events
  FROM indicator_fact f CROSS JOIN unnest(f.days) d
  WHERE group_id = ANY($1::int[]) AND unit_id = 0 AND month > $2::date - 31 AND month + d.day - 1 >= $2 AND month + d.day - 1 < $3 AND d.events > 0
  GROUP BY GROUPING SETS ((group_id), (group_id, unit_code))) g
GROUP BY unit_code ORDER BY unit_code IS NOT NULL, 2 DESC, 1 LIMIT 101
"""


async def take_turn(conn: Connection) -> bool:
    """Return whether this transaction is the one that computes: of several processes one does at a time."""
    taken: bool = await conn.fetchval(_LOCK)
    return taken


async def look_up(conn: Connection, *, only: bool) -> None:
    """Have the rest of the transaction find rows by indexes `only`, or as the database sees fit.

    It takes tables that were just filled for empty ones, and would read them whole for a few rows, over and over.
    """
    # What it would keep to look at again (Memoize) are whole pages, none of which comes again.
    await conn.execute(f"SET LOCAL enable_seqscan = {'off' if only else 'on'}; SET LOCAL enable_memoize = {'off' if only else 'on'}")


async def sources(conn: Connection) -> dict[str, int]:
    """Return the numbers of all sources by name."""
    return {row["name"]: row["id"] for row in await conn.fetch(_SOURCES)}


async def senders(conn: Connection, properties: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return (source, kind of station, property) of all stations that have ever sent one of these properties."""
    return [tuple(row) for row in await conn.fetch(_SENT, list(properties))]


async def has_series(conn: Connection) -> bool:
    """Return whether any station has ever sent anything."""
    found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM series)")
    return found


async def stations_by_unit(conn: Connection, kinds: Sequence[str]) -> list[asyncpg.Record]:
    """Return (kind, unit_id, n) of the stations of these kinds."""
    return await conn.fetch(_STATIONS, list(kinds))


async def save_calendar(conn: Connection, days: Sequence[tuple[date, int, Sequence[int]]]) -> bool:
    """Keep the calendar of offices: day, working seconds before it, spans in seconds of the day; return whether anything changed."""
    known = await conn.fetchrow(_CALENDAR)
    if known is not None and tuple(known) == (len(days), sum(before for _, before, _ in days), days[0][0]):
        return False
    told = [(day, before, "{" + ",".join(map(str, spans)) + "}") for day, before, spans in days]
    done = await conn.execute(_SAVE_CALENDAR, *(list(column) for column in zip(*told, strict=True)))
    return not done.endswith(" 0")


async def last_seen(conn: Connection) -> dict[str, datetime | None]:
    """Return when something of each source was accepted last, live; closed sources, from which nothing is awaited, are left out."""
    return {
        row["name"]: row["last_seen"]
        for row in await conn.fetch("SELECT name, last_seen FROM source WHERE policy IS DISTINCT FROM 'closed'")
    }


async def newest_of_types(conn: Connection, types: Sequence[str]) -> dict[str, datetime]:
    """Return when the newest event of each type was; those of which there is none are left out."""
    return {row["type"]: row["time"] for row in await conn.fetch(_NEWEST, sorted(set(types))) if row["time"] is not None}


async def open_places(conn: Connection, kind: int, since: datetime, *, limit: int) -> list[asyncpg.Record]:
    """Return open cases that have a place and were opened since then."""
    return await conn.fetch(_PLACES, kind, since, limit)


async def unknown_units(conn: Connection, groups: Sequence[int], begin: date, end: date) -> list[asyncpg.Record]:
    """Return how many events are of no known unit (first, with the code None), and how many of these named each code, the most frequent first.

    Of several groups the one with the most counts: they look at the same events.
    """
    return await conn.fetch(_UNKNOWN, list(groups), begin, end)
