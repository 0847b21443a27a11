"""Queries over service events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from ioc.domain.clock import LOCAL_ZONE
from ioc.store.pool import Connection

UNIT_THEN = "#unit"
"""Asks for groups by the number of the unit that the event is of, by its place or by the code that it names, as of its day; no member is called so."""

_COLUMNS = {
    "type": "e.type",
    "source": "s.name",
    "unit": "coalesce(u.code, e.unit_code)",
    UNIT_THEN: f"""coalesce(e.unit_id, (
      SELECT w.id FROM unit w JOIN layer l ON l.id = w.layer WHERE w.code = e.unit_code AND w.valid_from <= (e.time AT TIME ZONE '{LOCAL_ZONE}')::date
        AND (e.time AT TIME ZONE '{LOCAL_ZONE}')::date < coalesce(w.valid_to, 'infinity') ORDER BY l.position, l.id LIMIT 1))""",
}
_FROM = "FROM event e JOIN source s ON s.id = e.source_id LEFT JOIN unit u ON u.id = e.unit_id"
_LIST = f"""
SELECT s.name AS source, e.id, e.type, e.time, e.subject, e.unit_code, e.unit_id, e.lon, e.lat, e.data {_FROM}
"""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None means any. `begin` is inclusive, `end` exclusive; `unit` is a code, with all units below it; `unit_ids` are numbers."""

    type: str | None = None
    source: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    unit: str | None = None
    unit_ids: Sequence[int] | None = None


_UNIT_AND_BELOW = """
(e.unit_code = {0} OR e.unit_id IN (
  WITH RECURSIVE below AS (SELECT id FROM unit WHERE code = {0} UNION SELECT c.id FROM unit c JOIN below b ON c.parent_id = b.id)
  SELECT id FROM below))
"""


def _where(wanted: EventFilter, arguments: list[Any]) -> str:
    conditions = []
    for condition, value in (
        ("e.type = {0}", wanted.type),
        ("s.name = {0}", wanted.source),
        ("e.time >= {0}", wanted.begin),
        ("e.time < {0}", wanted.end),
        (_UNIT_AND_BELOW, wanted.unit),
        ("e.unit_id = ANY({0}::int[])", wanted.unit_ids),
    ):
        if value is not None:
            arguments.append(value)
            conditions.append(condition.format(f"${len(arguments)}"))
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


_KNOWS_UNIT = "SELECT EXISTS (SELECT FROM unit WHERE code = $1) OR EXISTS (SELECT FROM event WHERE unit_code = $1)"


async def knows_unit(conn: Connection, code: str) -> bool:
    """Return whether any layer has, or any event names, a unit of this code."""
    answer: bool = await conn.fetchval(_KNOWS_UNIT, code)
    return answer


async def count_without_unit(conn: Connection, wanted: EventFilter) -> int:
    """Return how many events, whatever their unit, lie in no unit that was published for their day: a sum by unit lacks them."""
    arguments: list[Any] = []
    where = _where(replace(wanted, unit=None, unit_ids=None), arguments)
    n: int = await conn.fetchval(f"SELECT count(*) {_FROM} {where} {'AND' if where else 'WHERE'} e.unit_id IS NULL", *arguments)
    return n


async def find_events(conn: Connection, wanted: EventFilter, *, limit: int) -> list[asyncpg.Record]:
    """Return the newest `limit` events."""
    arguments: list[Any] = []
    where = _where(wanted, arguments)
    return await conn.fetch(f"{_LIST} {where} ORDER BY e.time DESC, e.id LIMIT {limit:d}", *arguments)


async def count_events(
    conn: Connection, wanted: EventFilter, *, group_by: Sequence[str], sum_of: str | None, limit: int
) -> list[asyncpg.Record]:
    """Return a row per group, the largest first: its `group_by` values as `g0`, `g1`, …, then `count` and, where asked for, `sum`.

    A name that is not a column of events is a member of their data; values that are not numbers count as nothing in the sum.
    """
    arguments: list[Any] = []
    where = _where(wanted, arguments)
    groups = []
    for number, name in enumerate(group_by):
        if name not in _COLUMNS:
            arguments.append(name)
        groups.append(f"{_COLUMNS.get(name, f'e.data ->> ${len(arguments)}')} AS g{number}")
    outputs = [*groups, "count(*) AS count"]
    if sum_of is not None:
        arguments.append(sum_of)
        place = f"${len(arguments)}"
        outputs.append(f"sum(CASE WHEN jsonb_typeof(e.data -> {place}) = 'number' THEN (e.data ->> {place})::numeric END) AS sum")
    by = f"GROUP BY {', '.join(f'g{number}' for number in range(len(groups)))}" if groups else ""
    return await conn.fetch(f"SELECT {', '.join(outputs)} {_FROM} {where} {by} ORDER BY count DESC LIMIT {limit:d}", *arguments)
