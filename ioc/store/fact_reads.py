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


_FROM = """
FROM unnest($1::int[], $2::bool[]) AS g (group_id, stock)
JOIN unnest($3::int[], $4::bool[], $5::text[], $6::date[], $7::date[]) AS p (nth, stock, grain, begin, until) USING (stock)
JOIN indicator_fact f ON f.group_id = g.group_id AND f.grain = p.grain::"char" AND f.begin >= p.begin AND f.begin < p.until
"""


# One look into the index for each unit and stretch that is wanted, and no more.
_FROM_WANTED = """
FROM unnest($8::int[], $9::int[], $10::int[]) AS w (nth, group_id, unit_id)
JOIN unnest($1::int[], $2::bool[]) AS g (group_id, stock) USING (group_id)
JOIN unnest($3::int[], $4::bool[], $5::text[], $6::date[], $7::date[]) AS p (nth, stock, grain, begin, until) USING (nth, stock)
CROSS JOIN (VALUES (false), (true)) AS b (below) CROSS JOIN LATERAL (
  SELECT * FROM indicator_fact f WHERE f.group_id = w.group_id AND f.grain = p.grain::"char" AND f.below = b.below AND f.unit_id = w.unit_id
    AND f.begin >= p.begin AND f.begin < p.until OFFSET 0) f
"""


_REPORTING = """
SELECT DISTINCT p.nth, g.group_id, u.unit_id
FROM unnest($1::int[], $2::bool[]) AS g (group_id, stock)
JOIN unnest($3::int[], $4::bool[], $5::text[], $6::date[], $7::date[]) AS p (nth, stock, grain, begin, until) USING (stock)
CROSS JOIN unnest($8::int[], $9::bool[]) AS u (unit_id, below)
WHERE EXISTS (SELECT FROM indicator_fact f WHERE f.group_id = g.group_id AND f.grain = p.grain::"char" AND f.below = u.below AND f.unit_id = u.unit_id
  AND f.begin >= p.begin AND f.begin < p.until AND f.events > 0)
"""


async def read_facts(
    conn: Connection,
    groups: Sequence[tuple[int, bool]],
    stretches: Sequence[Stretch],
    *,
    width: int,
    own: bool,
    wanted: Sequence[tuple[int, int, int]] | None,
) -> list[asyncpg.Record]:
    """Return (nth, group_id, unit_id, slice, key, amounts, events, newest) added up by period.

    Args:
        conn: a connection.
        groups: numbers, each with whether it is of what stands.
        stretches: of which days and months.
        width: the largest number of measures of a group; missing ones are null.
        own: whether without the units below.
        wanted: of which period, group and unit each; None: of all.
    """
    sums = ", ".join(f"sum(f.amounts[{place}])" for place in range(1, width + 1))
    columns = [list(column) for column in zip(*groups, strict=True)] + [list(column) for column in zip(*stretches, strict=True)]
    return await conn.fetch(
        f"""
SELECT nth, f.group_id, f.unit_id, f.slice, f.key, ARRAY[{sums}] AS amounts, sum(f.events)::bigint AS events, max(f.newest) AS newest
{_FROM if wanted is None else _FROM_WANTED} {"WHERE NOT f.below" if own else ""} GROUP BY nth, f.group_id, f.unit_id, f.slice, f.key""",
        *columns,
        *([] if wanted is None else [list(column) for column in zip(*wanted, strict=True)]),
    )


async def sum_own(
    conn: Connection, group: int, stretches: Sequence[tuple[str, date, date]], units: Sequence[int] | None, *, width: int
) -> list[int]:
    """Return the measures of a group over months (`M`) and days (`D`) from a day to before another, of these units themselves; None: of all."""
    sums = ", ".join(f"coalesce(sum(f.amounts[{place}]), 0)::bigint" for place in range(1, width + 1))
    row = await conn.fetchrow(
        f"""SELECT {sums} FROM unnest($2::text[], $3::date[], $4::date[]) AS p (grain, begin, until)
JOIN indicator_fact f ON f.group_id = $1 AND f.grain = p.grain::"char" AND NOT f.below AND f.begin >= p.begin AND f.begin < p.until
WHERE $5::int[] IS NULL OR f.unit_id = ANY($5)""",
        group, *(list(column) for column in zip(*stretches, strict=True)), None if units is None else list(units),
    )  # fmt: skip
    assert row is not None
    return list(row)


async def read_reporting(
    conn: Connection, groups: Sequence[tuple[int, bool]], stretches: Sequence[Stretch], units: Sequence[tuple[int, bool]]
) -> list[asyncpg.Record]:
    """Return (nth, group_id, unit_id) of those of `units` that have events in the period, themselves (False) or in units below them (True)."""
    columns = [list(column) for column in zip(*groups, strict=True)] + [list(column) for column in zip(*stretches, strict=True)]
    return await conn.fetch(_REPORTING, *columns, [unit for unit, _ in units], [below for _, below in units])
