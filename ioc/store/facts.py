"""Facts of indicators: additive numbers by unit and day, and by month. A day is counted anew as a whole, so that doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from ioc.domain.clock import LOCAL_ZONE
from ioc.domain.measure import CaseSpec, FactGroup
from ioc.store import measure_sql
from ioc.store.measure_sql import COLUMNS
from ioc.store.pool import Connection

_ADD_GROUPS = "INSERT INTO indicator_group (digest) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
_LOAD_GROUPS = "SELECT id, digest, is_filled FROM indicator_group"
_SET_FILLED = "UPDATE indicator_group SET is_filled = $2 WHERE id = ANY($1::int[])"
_CLEAR = "DELETE FROM indicator_fact WHERE group_id = ANY($1::int[])"
_DROP_GROUPS = "DELETE FROM indicator_group WHERE id = ANY($1::int[])"
_DROP_DUE = "DELETE FROM indicator_due WHERE group_id = ANY($1::int[])"
_DUE_OF_GROUP = """
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT group_id, unit_id, begin FROM indicator_fact WHERE group_id = $1 AND grain = 'M' ON CONFLICT DO NOTHING
"""
_GONE = """
DELETE FROM indicator_fact f WHERE f.group_id = $1 AND f.grain = 'D' AND f.begin = ANY($2::date[]) AND NOT EXISTS (
  SELECT FROM fresh_fact x WHERE (x.begin, x.unit_id, x.unit_code, x.slice, x.key) = (f.begin, f.unit_id, f.unit_code, f.slice, f.key))
RETURNING f.unit_id, f.begin
"""
_REPLACE = f"""
INSERT INTO indicator_fact AS f (group_id, grain, {COLUMNS}) SELECT $1, 'D', {COLUMNS} FROM fresh_fact
ON CONFLICT (group_id, grain, begin, unit_id, unit_code, slice, key) DO UPDATE
SET amounts = excluded.amounts, events = excluded.events, newest = excluded.newest
WHERE (f.amounts, f.events, f.newest) IS DISTINCT FROM (excluded.amounts, excluded.events, excluded.newest)
RETURNING f.unit_id, f.begin
"""
_MARK = """
INSERT INTO indicator_due (group_id, unit_id, month) SELECT $1, * FROM unnest($2::int[], $3::date[]) ON CONFLICT DO NOTHING
"""
_CLEAR_MONTHS = """
DELETE FROM indicator_fact f USING unnest($2::int[], $3::date[]) AS t (unit_id, month)
WHERE f.group_id = $1 AND f.grain = 'M' AND f.begin = t.month AND f.unit_id = t.unit_id
"""
_RANGE_OF_TYPE = "SELECT min(time), max(time) FROM event WHERE type = $1"
_DAY = timedelta(days=1)


class GroupState(NamedTuple):
    """A group of facts in the store: its number, and whether all history is counted."""

    id: int
    is_filled: bool


async def ensure_groups(conn: Connection, digests: Sequence[str]) -> dict[str, GroupState]:
    """Return the state of each group by its digest; those that are new are added, empty."""
    await conn.execute(_ADD_GROUPS, list(digests))
    return await load_groups(conn)


async def load_groups(conn: Connection) -> dict[str, GroupState]:
    """Return the state of each group by its digest."""
    return {row["digest"]: GroupState(row["id"], row["is_filled"]) for row in await conn.fetch(_LOAD_GROUPS)}


async def drop_groups(conn: Connection, ids: Sequence[int]) -> None:
    """Forget groups that nothing needs any more."""
    for statement in (_CLEAR, _DROP_DUE, _DROP_GROUPS):
        await conn.execute(statement, list(ids))


async def fill_events(conn: Connection, number: int, group: FactGroup, sources: Sequence[int]) -> None:
    """Count all history of a group of events."""
    await conn.execute(_CLEAR, [number])
    known = await conn.fetchrow(_RANGE_OF_TYPE, group.type)
    if known is not None and known[0] is not None:
        begin, end = known
        query = measure_sql.of_events(group)
        await conn.execute(
            f"INSERT INTO indicator_fact (group_id, grain, {COLUMNS}) SELECT {number:d}, 'D', {COLUMNS} FROM ({query}) q",
            list(sources),
            begin,
            end + _DAY,
        )
    await _filled(conn, number, group)


async def fill_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], begin: datetime, end: datetime) -> None:
    """Count the readings from `begin` to before `end`."""
    await conn.execute(_CLEAR, [number])
    query = measure_sql.of_readings(group)
    await conn.execute(
        f"INSERT INTO indicator_fact (group_id, grain, {COLUMNS}) SELECT {number:d}, 'D', {COLUMNS} FROM ({query}) q",
        list(sources),
        begin,
        end,
    )
    await _filled(conn, number, group)


async def fill_cases(conn: Connection, number: int, group: FactGroup, case: CaseSpec, kind: int) -> None:
    """Count all cases of a kind."""
    await conn.execute(_CLEAR, [number])
    query = measure_sql.of_cases(group, case, f"(SELECT 1 AS sign, * FROM indicator_case WHERE kind_id = {kind:d}) AS c")
    await conn.execute(f"INSERT INTO indicator_fact (group_id, grain, {COLUMNS}) SELECT {number:d}, 'D', {COLUMNS} FROM ({query}) q")
    await _filled(conn, number, group)


async def _filled(conn: Connection, number: int, group: FactGroup) -> None:
    await conn.execute(f"{_months(group)} WHERE f.group_id = $1 AND f.grain = 'D' GROUP BY {_BY_MONTH}", number)
    await conn.execute(_DUE_OF_GROUP, number)
    await conn.execute(_SET_FILLED, [number], True)


async def set_unfilled(conn: Connection, ids: Sequence[int]) -> None:
    """Have groups counted from the beginning."""
    await conn.execute(_SET_FILLED, list(ids), False)


async def recount(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], days: Sequence[date]) -> None:
    """Count `days` of a group of events or readings anew; what has changed is due."""
    query = measure_sql.of_events(group) if group.type is not None else measure_sql.of_readings(group)
    await conn.execute("DROP TABLE IF EXISTS fresh_fact")
    for nth, (begin, end) in enumerate(_stretches(days)):
        into = "INSERT INTO fresh_fact" if nth else "CREATE TEMP TABLE fresh_fact ON COMMIT DROP AS"
        # A utility statement takes no parameters: the table is made empty first.
        if not nth:
            await conn.execute(f"{into} SELECT {COLUMNS} FROM indicator_fact LIMIT 0")
        await conn.execute(f"INSERT INTO fresh_fact SELECT {COLUMNS} FROM ({query}) q", list(sources), _instant(begin), _instant(end))
    await conn.execute("DELETE FROM fresh_fact WHERE NOT begin = ANY($1::date[])", list(days))
    changed = await conn.fetch(_GONE, number, list(days))
    changed += await conn.fetch(_REPLACE, number)
    await _mark(conn, number, group, {(row["unit_id"], row["begin"].replace(day=1)) for row in changed})


async def add_case_changes(conn: Connection, number: int, group: FactGroup, case: CaseSpec) -> None:
    """Take the cases of the table `case_change` out of the facts (sign -1) or into them (1); what has changed is due."""
    query = measure_sql.of_cases(group, case, "case_change AS c")
    width = len(group.measures)
    more = ", ".join(f"f.amounts[{place}] + excluded.amounts[{place}]" for place in range(1, width + 1))
    rows = await conn.fetch(f"""
INSERT INTO indicator_fact AS f (group_id, grain, {COLUMNS})
SELECT $1, 'D', {COLUMNS} FROM ({query}) q WHERE q.events <> 0 OR NOT 0 = ALL(q.amounts)
ON CONFLICT (group_id, grain, begin, unit_id, unit_code, slice, key) DO UPDATE
SET amounts = ARRAY[{more}], events = f.events + excluded.events, newest = greatest(f.newest, excluded.newest)
RETURNING unit_id, begin""", number)  # fmt: skip
    days = sorted({row["begin"] for row in rows})
    await conn.execute(
        "DELETE FROM indicator_fact WHERE group_id = $1 AND grain = 'D' AND begin = ANY($2::date[]) AND events = 0 AND 0 = ALL(amounts)",
        number,
        days,
    )
    await _mark(conn, number, group, {(row["unit_id"], row["begin"].replace(day=1)) for row in rows})


async def mark_all(conn: Connection, numbers: Sequence[int]) -> None:
    """Have all figures of groups computed anew from the facts that there are."""
    for number in numbers:
        await conn.execute(_DUE_OF_GROUP, number)


async def mark_since(conn: Connection, numbers: Sequence[int], month: date) -> None:
    """Have the figures of groups from a month on computed anew for every unit: time has passed."""
    await conn.execute(
        "INSERT INTO indicator_due SELECT DISTINCT group_id, unit_id, $2::date FROM indicator_fact WHERE group_id = ANY($1::int[]) AND grain = 'M' "
        "ON CONFLICT DO NOTHING",
        list(numbers),
        month,
    )  # fmt: skip


async def last_turn(conn: Connection) -> date | None:
    """Return the day on which what stands was computed last, None before the first."""
    day: date | None = await conn.fetchval("SELECT max(day) FROM indicator_turn")
    return day


async def note_turn(conn: Connection, day: date) -> None:
    """Note that what stands on the day is due."""
    await conn.execute("DELETE FROM indicator_turn")
    await conn.execute("INSERT INTO indicator_turn VALUES ($1)", day)


async def _mark(conn: Connection, number: int, group: FactGroup, changed: set[tuple[int, date]]) -> None:
    """Add the months of what has changed up again, and note that their figures are due."""
    if not changed:
        return
    units, months = (list(column) for column in zip(*sorted(changed), strict=True))
    await conn.execute(_CLEAR_MONTHS, number, units, months)
    await conn.execute(
        f"""{_months(group)} JOIN unnest($2::int[], $3::date[]) AS t (unit_id, month)
ON f.unit_id = t.unit_id AND f.begin >= t.month AND f.begin < t.month + interval '1 month'
WHERE f.group_id = $1 AND f.grain = 'D' GROUP BY {_BY_MONTH}""", number, units, months)  # fmt: skip
    await conn.execute(_MARK, number, units, months)


_BY_MONTH = "f.group_id, 3, f.unit_id, f.unit_code, f.slice, f.key"


def sums(group: FactGroup) -> str:
    """Return the SQL of the sums of a group's amounts."""
    return f"ARRAY[{', '.join(f'sum(f.amounts[{place}])' for place in range(1, len(group.measures) + 1))}]"


def _months(group: FactGroup) -> str:
    return f"""
INSERT INTO indicator_fact (group_id, grain, {COLUMNS})
SELECT f.group_id, 'M', date_trunc('month', f.begin)::date, f.unit_id, f.unit_code, f.slice, f.key, {sums(group)}, sum(f.events), max(f.newest)
FROM indicator_fact f"""


def _stretches(days: Sequence[date]) -> list[tuple[date, date]]:
    """Return the days as stretches; a gap of a week is not worth a question of its own."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] <= 7 * _DAY:
            found[-1] = found[-1][0], day + _DAY
        else:
            found.append((day, day + _DAY))
    return found


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


class Stretch(NamedTuple):
    """Facts that belong to the `nth` period asked for."""

    nth: int
    grain: str
    begin: date
    end: date


async def read_facts(
    conn: Connection, number: int, group: FactGroup, stretches: Sequence[Stretch], *, units: Sequence[int] | None = None
) -> list[asyncpg.Record]:
    """Return (nth, unit_id, unit_code, slice, key, amounts, events, newest) of a group, added up by period; of `units`, None: of all."""
    nth, grain, begin, end = (list(column) for column in zip(*stretches, strict=True))
    return await conn.fetch(
        f"""
SELECT p.nth, f.unit_id, f.unit_code, f.slice, f.key, {sums(group)} AS amounts, sum(f.events)::bigint AS events, max(f.newest) AS newest
FROM unnest($2::int[], $3::text[], $4::date[], $5::date[]) AS p (nth, grain, begin, until)
JOIN indicator_fact f ON f.group_id = $1 AND f.grain = p.grain::"char" AND f.begin >= p.begin AND f.begin < p.until
WHERE $6::int[] IS NULL OR f.unit_id = ANY($6)
GROUP BY p.nth, f.unit_id, f.unit_code, f.slice, f.key""",
        number, nth, grain, begin, end, None if units is None else list(units),
    )  # fmt: skip


async def due(conn: Connection) -> Mapping[int, dict[date, set[int]]]:
    """Return, for each group, the months and units of which figures are due."""
    found: dict[int, dict[date, set[int]]] = {}
    for row in await conn.fetch("SELECT group_id, unit_id, month FROM indicator_due"):
        found.setdefault(row["group_id"], {}).setdefault(row["month"], set()).add(row["unit_id"])
    return found


async def settle_due(conn: Connection, groups: Sequence[int] | None = None) -> None:
    """Forget what was computed."""
    await conn.execute("DELETE FROM indicator_due WHERE $1::int[] IS NULL OR group_id = ANY($1)", None if groups is None else list(groups))
