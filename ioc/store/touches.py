"""Which days the facts of indicators have to be counted anew for: told in the transaction that stored something of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import asyncpg

from ioc.store.pool import Connection

READINGS = (0, "")
"""The source and the type under which days of readings are told."""
NAMED_AT_MOST = 200
"""So many units or subjects of one source, type and day are told one by one; where there are more, the whole day is counted anew."""
_TOUCH = "INSERT INTO indicator_touch (source_id, type, day) SELECT * FROM unnest($1::int[], $2::text[], $3::date[])"
_CORRECT = """
INSERT INTO event_correction (source_id, id, by_id) SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING
"""
_TOUCH_CORRECTED = """
INSERT INTO indicator_touch (source_id, type, day, units, subjects)
SELECT e.source_id, e.type, (e.time AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, CASE WHEN e.unit_id IS NOT NULL THEN ARRAY[e.unit_id] END,
  CASE WHEN e.subject IS NULL THEN '{}'::text[] ELSE ARRAY[e.subject] END
FROM unnest($1::int[], $2::text[]) AS c (source_id, id) JOIN event_key k USING (source_id, id)
JOIN event e ON e.source_id = k.source_id AND e.id = k.id AND e.time = k.time
"""
_TOUCHED = "SELECT id, source_id, type, day, units, subjects FROM indicator_touch WHERE $2 OR type <> '' ORDER BY id LIMIT $1"
_SETTLE = "DELETE FROM indicator_touch WHERE id <= $1 AND id = ANY($2::bigint[])"
_COUNT = "SELECT count(*) FROM (SELECT FROM indicator_touch LIMIT 100000) t"
_UNKNOWN = """
INSERT INTO indicator_touch (source_id, type, day)
SELECT DISTINCT s.id, t.type, f.month + d.day - 1 FROM indicator_fact f CROSS JOIN unnest(f.days) d
JOIN unnest($1::int[], $2::text[]) AS t (group_id, type) USING (group_id) CROSS JOIN LATERAL (SELECT min(id) AS id FROM source) s
WHERE f.unit_id = 0 AND NOT f.below AND EXISTS (SELECT FROM unit u WHERE u.code = f.unit_code)
"""


async def touch(conn: Connection, days: Iterable[tuple[int, str, date]]) -> None:
    """Note that something of these sources, types and days was stored."""
    rows = sorted(set(days))
    if rows:
        await conn.execute(_TOUCH, *(list(column) for column in zip(*rows, strict=True)))


class Touched:
    """Of which units and subjects the events of one source, type and day were; None among units is one that nobody knows."""

    __slots__ = ("subjects", "units")

    def __init__(self) -> None:
        self.units: set[int | None] = set()
        self.subjects: set[str | None] = set()


async def touch_events(conn: Connection, some: Mapping[tuple[int, str, date], Touched]) -> None:
    """Note that events of these sources, types and days were stored: of which units and subjects, where they are few."""
    rows = [(*place, None if None in told.units else _named(told.units), _named(told.subjects - {None})) for place, told in some.items()]
    if rows:
        await conn.copy_records_to_table("indicator_touch", records=rows, columns=("source_id", "type", "day", "units", "subjects"))


def _named(some: Collection[int | None] | Collection[str | None]) -> list[int | str | None] | None:
    return None if len(some) > NAMED_AT_MOST else list(some)


async def correct_events(conn: Connection, corrections: Sequence[tuple[int, str, str]]) -> None:
    """Note that events (source, id) are replaced by another of their source; whether they are there yet or come later."""
    if corrections:
        sources, ids, by = (list(column) for column in zip(*corrections, strict=True))
        await conn.execute(_CORRECT, sources, ids, by)
        await conn.execute(_TOUCH_CORRECTED, sources, ids)


async def touched(conn: Connection, *, limit: int, readings: bool) -> list[asyncpg.Record]:
    """Return (id, source_id, type, day, units, subjects) of what is to be counted, the oldest first; of readings only where they are asked for."""
    return await conn.fetch(_TOUCHED, limit, readings)


async def settle(conn: Connection, ids: Sequence[int]) -> None:
    """Forget what was counted."""
    await conn.execute(_SETTLE, max(ids), list(ids))


async def waiting(conn: Connection) -> int:
    """Return how much is to be counted, up to 100,000."""
    n: int = await conn.fetchval(_COUNT)
    return n


async def touch_unknown(conn: Connection, groups: Sequence[tuple[int, str]]) -> None:
    """Have the days counted anew on which events named units that are known by now; `groups` are numbers with their event types."""
    if groups:
        await conn.execute(_UNKNOWN, *(list(column) for column in zip(*groups, strict=True)))
