"""Facts of indicators: additive numbers by unit and day, and by month; a unit's own, and with those below it.

A day is counted anew as a whole, so that doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ioc.domain.clock import LOCAL_ZONE
from ioc.domain.measure import CaseSpec, FactGroup
from ioc.store import measure_sql
from ioc.store.indicator_reads import look_up
from ioc.store.measure_sql import COLUMNS
from ioc.store.pool import Connection

_KEY = "group_id, grain, rolled, unit_id, begin, unit_code, slice, key"
_ADD_GROUPS = "INSERT INTO indicator_group (digest) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
_LOAD_GROUPS = "SELECT id, digest, is_filled FROM indicator_group"
_SET_FILLED = "UPDATE indicator_group SET is_filled = $2 WHERE id = ANY($1::int[])"
_CLEAR = "DELETE FROM indicator_fact WHERE group_id = ANY($1::int[])"
_DROP_GROUPS = "DELETE FROM indicator_group WHERE id = ANY($1::int[])"
_DROP_DUE = "DELETE FROM indicator_due WHERE group_id = ANY($1::int[])"
_DUE_OF_GROUP = """
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT group_id, unit_id, begin FROM indicator_fact WHERE group_id = $1 AND grain = 'M' AND rolled ON CONFLICT DO NOTHING
"""
_RANGE_OF_TYPE = "SELECT min(time), max(time) FROM event WHERE type = $1"
_DAY = timedelta(days=1)
# What has changed, by unit and day, with those above.
_ABOVE = """
SELECT DISTINCT a.above_id, t.begin FROM unnest($2::int[], $3::date[]) AS t (unit_id, begin) JOIN indicator_above a ON a.unit_id = t.unit_id
"""
_CLEAR_ROLLED = f"""
DELETE FROM indicator_fact f USING ({_ABOVE}) x
WHERE f.group_id = $1 AND f.grain = 'D' AND f.rolled AND f.unit_id = x.above_id AND f.begin = x.begin
"""
_CLEAR_MONTHS = """
DELETE FROM indicator_fact f USING unnest($2::int[], $3::date[]) AS t (unit_id, month)
WHERE f.group_id = $1 AND f.grain = 'M' AND f.begin = t.month AND f.unit_id = t.unit_id
"""
_MARK = """
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT $1::int, a.above_id, t.month FROM unnest($2::int[], $3::date[]) AS t (unit_id, month) JOIN indicator_above a ON a.unit_id = t.unit_id
ON CONFLICT DO NOTHING
"""
_MONTHS_ABOVE = """
SELECT DISTINCT a.above_id AS unit_id, t.month FROM unnest($1::int[], $2::date[]) AS t (unit_id, month) JOIN indicator_above a ON a.unit_id = t.unit_id
"""
_HIERARCHY = """
WITH RECURSIVE above (unit_id, above_id, level) AS (
  SELECT id, id, level FROM unit UNION SELECT a.unit_id, u.parent_id, a.level FROM above a JOIN unit u ON u.id = a.above_id WHERE u.parent_id IS NOT NULL)
SELECT unit_id, above_id, level FROM above UNION ALL SELECT 0, 0, ''
"""


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
    if ids:
        for statement in (_CLEAR, _DROP_DUE, _DROP_GROUPS):
            await conn.execute(statement, list(ids))


async def set_unfilled(conn: Connection, ids: Sequence[int]) -> None:
    """Have groups counted from the beginning."""
    await conn.execute(_SET_FILLED, list(ids), False)


async def renew_hierarchy(conn: Connection) -> bool:
    """Take up which units belong to which; return whether that has changed, so that what was rolled up is wrong."""
    before = {tuple(row) for row in await conn.fetch("SELECT unit_id, above_id, level FROM indicator_above")}
    now = {tuple(row) for row in await conn.fetch(_HIERARCHY)}
    if before == now:
        return False
    await conn.execute("DELETE FROM indicator_above")
    await conn.copy_records_to_table("indicator_above", records=sorted(now), columns=("unit_id", "above_id", "level"))
    # A unit that was added changes nothing, unless something was counted of it before it was known whose it is.
    new = sorted({unit for unit, *_ in now - before})
    return bool(before - now) or await conn.fetchval("SELECT EXISTS (SELECT FROM indicator_fact WHERE unit_id = ANY($1::int[]))", new)


async def fill_events(conn: Connection, number: int, group: FactGroup, sources: Sequence[int]) -> None:
    """Count all history of a group of events."""
    await _clear(conn, number)
    known = await conn.fetchrow(_RANGE_OF_TYPE, group.type)
    if known is not None and known[0] is not None:
        await conn.execute(f"{_own(number)} ({measure_sql.of_events(group)}) q", list(sources), [known[0]], [known[1] + _DAY])
    await _filled(conn, number, group)


async def fill_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], begin: datetime, end: datetime) -> None:
    """Count the readings from `begin` to before `end`."""
    await _clear(conn, number)
    await conn.execute(f"{_own(number)} ({measure_sql.of_readings(group)}) q", list(sources), [begin], [end])
    await _filled(conn, number, group)


async def fill_cases(conn: Connection, number: int, group: FactGroup, case: CaseSpec, kind: int) -> None:
    """Count all cases of a kind."""
    await _clear(conn, number)
    query = measure_sql.of_cases(group, case, f"(SELECT 1 AS sign, * FROM indicator_case WHERE kind_id = {kind:d}) AS c")
    await conn.execute(f"{_own(number)} ({query}) q")
    await _filled(conn, number, group)


async def _clear(conn: Connection, number: int) -> None:
    await look_up(conn, only=True)
    await conn.execute(_CLEAR, [number])
    await look_up(conn, only=False)


def _own(number: int) -> str:
    return f"INSERT INTO indicator_fact (group_id, grain, rolled, {COLUMNS}) SELECT {number:d}, 'D', false, {COLUMNS} FROM"


async def _filled(conn: Connection, number: int, group: FactGroup) -> None:
    await look_up(conn, only=True)
    await conn.execute(f"{_rolled(group)} WHERE f.group_id = $1 AND f.grain = 'D' AND NOT f.rolled GROUP BY {_BY_ABOVE}", number)
    await conn.execute(f"{_months(group)} WHERE f.group_id = $1 AND f.grain = 'D' GROUP BY {_BY_MONTH}", number)
    await conn.execute(_DUE_OF_GROUP, number)
    await conn.execute(_SET_FILLED, [number], True)


async def recount(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], days: Sequence[date]) -> None:
    """Count `days` of a group of events or readings anew; what has changed is due."""
    query = measure_sql.of_events(group) if group.type is not None else measure_sql.of_readings(group)
    begins, ends = zip(*_stretches(days), strict=True)
    # What is gone and what is put are never the same key, so both may be done at once.
    changed = await conn.fetch(
        f"""
WITH fresh AS MATERIALIZED (SELECT {COLUMNS} FROM ({query}) q WHERE begin = ANY($4::date[])),
gone AS (
  DELETE FROM indicator_fact f WHERE f.group_id = {number:d} AND f.grain = 'D' AND NOT f.rolled AND f.begin = ANY($4::date[]) AND NOT EXISTS (
    SELECT FROM fresh x WHERE (x.begin, x.unit_id, x.unit_code, x.slice, x.key) = (f.begin, f.unit_id, f.unit_code, f.slice, f.key))
  RETURNING f.unit_id, f.begin),
put AS (
  INSERT INTO indicator_fact AS f (group_id, grain, rolled, {COLUMNS}) SELECT {number:d}, 'D', false, {COLUMNS} FROM fresh
  ON CONFLICT ({_KEY}) DO UPDATE SET amounts = excluded.amounts, events = excluded.events, newest = excluded.newest
  WHERE (f.amounts, f.events, f.newest) IS DISTINCT FROM (excluded.amounts, excluded.events, excluded.newest)
  RETURNING f.unit_id, f.begin)
SELECT unit_id, begin FROM gone UNION SELECT unit_id, begin FROM put""",
        list(sources), [_instant(day) for day in begins], [_instant(day) for day in ends], list(days),
    )  # fmt: skip
    await _settle_changes(conn, number, group, {(row["unit_id"], row["begin"]) for row in changed})


async def add_case_changes(conn: Connection, number: int, group: FactGroup, case: CaseSpec) -> None:
    """Take the cases of the table `case_change` out of the facts (sign -1) or into them (1); what has changed is due."""
    query = measure_sql.of_cases(group, case, "case_change AS c")
    more = ", ".join(f"f.amounts[{place}] + excluded.amounts[{place}]" for place in range(1, len(group.measures) + 1))
    rows = await conn.fetch(
        f"""
INSERT INTO indicator_fact AS f (group_id, grain, rolled, {COLUMNS})
SELECT {number:d}, 'D', false, {COLUMNS} FROM ({query}) q WHERE q.events <> 0 OR NOT 0 = ALL(q.amounts)
ON CONFLICT ({_KEY}) DO UPDATE
SET amounts = ARRAY[{more}], events = f.events + excluded.events, newest = greatest(f.newest, excluded.newest)
RETURNING unit_id, begin"""
    )
    if not rows:
        return
    await conn.execute(
        "DELETE FROM indicator_fact WHERE group_id = $1 AND grain = 'D' AND NOT rolled AND begin = ANY($2::date[]) AND events = 0 AND 0 = ALL(amounts)",
        number,
        sorted({row["begin"] for row in rows}),
    )
    await _settle_changes(conn, number, group, {(row["unit_id"], row["begin"]) for row in rows})


async def _settle_changes(conn: Connection, number: int, group: FactGroup, changed: Collection[tuple[int, date]]) -> None:
    """Roll days that have changed up again, add up their months, and note that their figures are due."""
    if not changed:
        return
    units, days = (list(column) for column in zip(*sorted(changed), strict=True))
    await conn.execute(_CLEAR_ROLLED, number, units, days)
    await conn.execute(
        f"{_rolled(group)} JOIN ({_ABOVE}) x ON x.above_id = a.above_id AND x.begin = f.begin "
        f"WHERE f.group_id = $1 AND f.grain = 'D' AND NOT f.rolled GROUP BY {_BY_ABOVE}", number, units, days)  # fmt: skip
    by_month = sorted({(unit, day.replace(day=1)) for unit, day in changed})
    units, months = (list(column) for column in zip(*by_month, strict=True))
    # With the units themselves: while none is published nothing is above anything.
    above = sorted({*by_month, *(tuple(row) for row in await conn.fetch(_MONTHS_ABOVE, units, months))})
    all_units, all_months = (list(column) for column in zip(*above, strict=True))
    await conn.execute(_CLEAR_MONTHS, number, all_units, all_months)
    await conn.execute(
        f"""{_months(group)} JOIN unnest($2::int[], $3::date[]) AS t (unit_id, month)
ON f.unit_id = t.unit_id AND f.begin >= t.month AND f.begin < t.month + interval '1 month'
WHERE f.group_id = $1 AND f.grain = 'D' GROUP BY {_BY_MONTH}""", number, all_units, all_months)  # fmt: skip
    await conn.execute(_MARK, number, units, months)


_BY_MONTH = "f.group_id, f.rolled, 4, f.unit_id, f.unit_code, f.slice, f.key"
_BY_ABOVE = "f.group_id, f.begin, a.above_id, a.level, f.slice, f.key"


def _sums(group: FactGroup) -> str:
    return f"ARRAY[{', '.join(f'sum(f.amounts[{place}])' for place in range(1, len(group.measures) + 1))}]"


def _months(group: FactGroup) -> str:
    return f"""
INSERT INTO indicator_fact (group_id, grain, rolled, {COLUMNS})
SELECT f.group_id, 'M', f.rolled, date_trunc('month', f.begin)::date, f.unit_id, f.unit_code, f.slice, f.key, {_sums(group)}, sum(f.events), max(f.newest)
FROM indicator_fact f"""


def _rolled(group: FactGroup) -> str:
    """Return the start of a query that adds up what units and those below them have; `f` are their facts, `a` says whose they are."""
    slice_ = f"a.level || {measure_sql.quoted(measure_sql.SEPARATOR)} || f.slice" if group.dimensions else "a.level"
    return f"""
INSERT INTO indicator_fact (group_id, grain, rolled, {COLUMNS})
SELECT f.group_id, 'D', true, f.begin, a.above_id, '', {slice_}, f.key, {_sums(group)}, sum(f.events), max(f.newest)
FROM indicator_fact f JOIN indicator_above a ON a.unit_id = f.unit_id"""


async def take_stock(conn: Connection) -> None:
    """Let the database know what is in the tables that were filled: what it believes of empty ones makes every later question slow."""
    await conn.execute("ANALYZE indicator_fact")
    await conn.execute("ANALYZE indicator_case")
    await conn.execute("ANALYZE indicator_above")


async def mark_all(conn: Connection, numbers: Sequence[int]) -> None:
    """Have all figures of groups computed anew from the facts that there are."""
    for number in numbers:
        await conn.execute(_DUE_OF_GROUP, number)


async def mark_since(conn: Connection, numbers: Sequence[int], month: date) -> None:
    """Have the figures of groups in a month computed anew for every unit: time has passed."""
    await conn.execute(
        "INSERT INTO indicator_due SELECT DISTINCT group_id, unit_id, $2::date FROM indicator_fact "
        "WHERE group_id = ANY($1::int[]) AND grain = 'M' AND rolled ON CONFLICT DO NOTHING",
        list(numbers),
        month,
    )


async def last_turn(conn: Connection) -> date | None:
    """Return the day on which what stands was computed last, None before the first."""
    day: date | None = await conn.fetchval("SELECT max(day) FROM indicator_turn")
    return day


async def note_turn(conn: Connection, day: date) -> None:
    """Note that what stands on the day is due."""
    await conn.execute("DELETE FROM indicator_turn")
    await conn.execute("INSERT INTO indicator_turn VALUES ($1)", day)


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


async def due(conn: Connection) -> dict[int, dict[date, set[int]]]:
    """Return, for each group, the months and units of which figures are due."""
    found: dict[int, dict[date, set[int]]] = {}
    for row in await conn.fetch("SELECT group_id, unit_id, month FROM indicator_due"):
        found.setdefault(row["group_id"], {}).setdefault(row["month"], set()).add(row["unit_id"])
    return found


async def settle_due(conn: Connection) -> None:
    """Forget what was computed."""
    await conn.execute("DELETE FROM indicator_due")
