"""Facts added up over periods: of many groups, periods and units in one question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from ioc.store.pool import Connection


class Stretch(NamedTuple):
    """Facts that belong to the `nth` period asked for: of groups of what stands, or of the others."""

    nth: int
    stock: bool
    grain: str
    begin: date
    end: date


# A month is a page, a day is one of those in it.
_STRETCHES = """
JOIN unnest($3::int[], $4::bool[], $5::text[], $6::date[], $7::date[]) AS p (nth, stock, grain, begin, until) USING ({0})"""
_ON_DAYS = "f.month >= date_trunc('month', p.begin::timestamp)::date AND f.month < p.until"
_PARTS = """
CROSS JOIN LATERAL (
  SELECT f.amounts, f.keys, f.counts, f.events, f.newest WHERE p.grain = 'M'
  UNION ALL
  SELECT d.amounts, d.keys, d.counts, d.events, d.newest FROM unnest(f.days) d
  WHERE p.grain = 'D' AND f.month + d.day - 1 >= p.begin AND f.month + d.day - 1 < p.until) x
"""
_FROM = f"""
FROM unnest($1::int[], $2::bool[]) AS g (group_id, stock) {_STRETCHES.format("stock")}
JOIN indicator_fact f ON f.group_id = g.group_id AND {_ON_DAYS} {_PARTS}
"""
# One look into the index for each unit and stretch that is wanted, and no more.
_FROM_WANTED = f"""
FROM unnest($8::int[], $9::int[], $10::int[]) AS w (nth, group_id, unit_id)
JOIN unnest($1::int[], $2::bool[]) AS g (group_id, stock) USING (group_id) {_STRETCHES.format("nth, stock")}
CROSS JOIN (VALUES (false), (true)) AS b (below) CROSS JOIN LATERAL (
  SELECT * FROM indicator_fact f WHERE f.group_id = w.group_id AND f.below = b.below AND f.unit_id = w.unit_id AND {_ON_DAYS} OFFSET 0) f {_PARTS}
"""
_REPORTING = f"""
SELECT DISTINCT p.nth, g.group_id, u.unit_id
FROM unnest($8::int[], $9::int[]) AS w (nth, group_id)
JOIN unnest($1::int[], $2::bool[]) AS g (group_id, stock) USING (group_id) {_STRETCHES.format("nth, stock")}
CROSS JOIN unnest($10::int[], $11::bool[]) AS u (unit_id, below)
WHERE EXISTS (SELECT FROM indicator_fact f {_PARTS}
  WHERE f.group_id = g.group_id AND f.below = u.below AND f.unit_id = u.unit_id AND {_ON_DAYS} AND x.events > 0)
"""


class Asked(NamedTuple):
    """Which facts: of `groups` (numbers, each with whether it is of what stands) over stretches of days and months.

    `own` is without the units below; `wanted` tells of which period, group and unit each, None: of all.
    """

    groups: Sequence[tuple[int, bool]]
    stretches: Sequence[Stretch]
    own: bool
    wanted: Sequence[tuple[int, int, int]] | None

    def rows_from(self) -> str:
        """Return the SQL of what is asked for, with x the numbers of a month or a day of the page f."""
        return f"{_FROM if self.wanted is None else _FROM_WANTED} {'WHERE NOT f.below' if self.own else ''}"

    def arguments(self) -> list[list[object]]:
        """Return the arguments of that SQL."""
        return _columns(self.groups, self.stretches) + ([] if self.wanted is None else _columns(self.wanted))


def _columns(*tables: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for table in tables for column in zip(*table, strict=True)]


async def read_facts(conn: Connection, asked: Asked, *, width: int | None) -> list[asyncpg.Record]:
    """Return (nth, group_id, unit_id, slice, keys, amounts, events, newest): of groups without keys, or of such as have.

    Args:
        conn: a connection.
        asked: which facts.
        width: the largest number of measures of a group; missing ones are null, and rows are added up by period. None: of groups with keys, whose
            `amounts` are how many rows each key has in a month or a day of the period.
    """
    if width is None:
        told = f"SELECT nth, f.group_id, f.unit_id, f.slice, x.keys, x.counts AS amounts, x.events, x.newest {asked.rows_from()}"
    else:
        sums = ", ".join(f"sum(x.amounts[{place}])" for place in range(1, width + 1))
        told = f"""
SELECT nth, f.group_id, f.unit_id, f.slice, NULL AS keys, ARRAY[{sums}] AS amounts, sum(x.events)::bigint AS events, max(x.newest) AS newest
{asked.rows_from()} GROUP BY nth, f.group_id, f.unit_id, f.slice"""
    return await conn.fetch(told, *asked.arguments())


async def sum_own(
    conn: Connection, group: int, stretches: Sequence[tuple[str, date, date]], units: Sequence[int] | None, *, width: int
) -> list[int]:
    """Return the measures of a group over months (`M`) and days (`D`) from a day to before another, of these units themselves; None: of all."""
    sums = ", ".join(f"coalesce(sum(x.amounts[{place}]), 0)::bigint" for place in range(1, width + 1))
    row = await conn.fetchrow(
        f"""SELECT {sums} FROM unnest($2::text[], $3::date[], $4::date[]) AS p (grain, begin, until)
JOIN indicator_fact f ON f.group_id = $1 AND NOT f.below AND {_ON_DAYS} {_PARTS}
WHERE $5::int[] IS NULL OR f.unit_id = ANY($5)""",
        group, *(list(column) for column in zip(*stretches, strict=True)), None if units is None else list(units),
    )  # fmt: skip
    assert row is not None
    return list(row)


async def read_reporting(
    conn: Connection,
    groups: Sequence[tuple[int, bool]],
    stretches: Sequence[Stretch],
    wanted: Sequence[tuple[int, int]],
    units: Sequence[tuple[int, bool]],
) -> list[asyncpg.Record]:
    """Return (nth, group_id, unit_id) of those of `units` that have events, themselves (False) or in units below them (True), by `wanted` period and group."""
    if not wanted or not units:  # as before the first units are published
        return []
    return await conn.fetch(_REPORTING, *_columns(groups, stretches, wanted, units))
