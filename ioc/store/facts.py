"""Facts of indicators: additive numbers by unit and day, and by month; a unit's own, and those of the units below it.

What a step counts anew is compared with what was there, whole, so that doing it twice changes nothing; only the difference is then added to all
that is made of it: to the day, its month, and both of the units above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ioc.domain.clock import LOCAL_ZONE
from ioc.domain.measure import CaseSpec, FactGroup
from ioc.store import measure_sql
from ioc.store.measure_sql import COLUMNS, COUNTED_EVENT, NOT_CORRECTED
from ioc.store.pool import Connection

_KEY = "group_id, grain, below, unit_id, begin, unit_code, slice, key"
_OWN_KEY = "group_id, begin, unit_id, unit_code, slice, key"
_WORDS = ", ".join(f'{name} text COLLATE "C"' for name in ("unit_code", "slice", "key"))
_LIKE_FACTS = f"(group_id int, begin date, unit_id int, {_WORDS}, amounts numeric[], events bigint, newest timestamptz"
_MAKE_TABLES = f"""
CREATE TEMP TABLE IF NOT EXISTS fact_fresh {_LIKE_FACTS}) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS fact_change {_LIKE_FACTS}, is_older boolean NOT NULL DEFAULT false) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS fact_cell (type text, day date, unit_id int) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS event_counted (source_id int, type text, subject text, data jsonb, time timestamptz, day date, unit_id int, unit_code text)
  ON COMMIT DELETE ROWS;
DELETE FROM fact_fresh; DELETE FROM fact_change; DELETE FROM fact_cell; DELETE FROM event_counted;
SET LOCAL work_mem = '128MB';
"""
_CLEAR = "DELETE FROM indicator_fact WHERE group_id = $1"
# A day with no unit named is wanted whole.
_TAKE_EVENTS = f"""
INSERT INTO event_counted SELECT * FROM (
  SELECT c.* FROM unnest($1::text[], $2::timestamptz[]) AS t (type, begin)
  CROSS JOIN LATERAL ({COUNTED_EVENT} WHERE e.type = t.type AND e.time >= t.begin AND e.time < t.begin + interval '1 day' AND {NOT_CORRECTED}) c) x
WHERE (x.type, x.day, x.unit_id) IN (SELECT type, day, unit_id FROM fact_cell WHERE unit_id IS NOT NULL)
   OR (x.type, x.day) IN (SELECT type, day FROM fact_cell WHERE unit_id IS NULL)
"""
# As they were counted: without the level that stands before the values of the dimensions. Looked up cell by cell (OFFSET 0), never read as a whole.
_STORED_OWN = """
SELECT f.group_id, f.begin, f.unit_id, f.unit_code, substr(f.slice, length(coalesce(a.level, '')) + 1) AS slice, f.key, f.amounts, f.events, f.newest
FROM unnest($1::int[], $2::text[]) AS g (group_id, type) JOIN fact_cell c ON c.type = g.type AND c.unit_id IS {0} NULL
CROSS JOIN LATERAL (
  SELECT * FROM indicator_fact f WHERE f.group_id = g.group_id AND f.grain = 'D' AND NOT f.below AND f.begin = c.day {1} OFFSET 0) f
LEFT JOIN indicator_above a ON a.unit_id = f.unit_id AND a.above_id = f.unit_id
"""
_STORED = f"{_STORED_OWN.format('NOT', 'AND f.unit_id = c.unit_id')} UNION ALL {_STORED_OWN.format('', '')}"
_MARK = """
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT d.group_id, coalesce(a.above_id, d.unit_id), d.month
FROM (SELECT DISTINCT group_id, unit_id, date_trunc('month', begin)::date AS month FROM fact_change) d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id
ON CONFLICT DO NOTHING
"""
# What is older than it was is looked up again, from the days up: the newest of what is left cannot be told from the difference.
_RENEW_NEWEST = (
    """
UPDATE indicator_fact f SET newest = d.newest FROM fact_change d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id = d.unit_id
WHERE d.is_older AND f.group_id = d.group_id AND f.grain = 'D' AND NOT f.below AND f.unit_id = d.unit_id AND f.begin = d.begin
  AND f.unit_code = d.unit_code AND f.slice = coalesce(a.level, '') || d.slice AND f.key = d.key
""",
    """
UPDATE indicator_fact f SET newest = x.newest FROM (
  SELECT d.group_id, d.begin, d.above_id, d.slice, d.key, max(o.newest) AS newest
  FROM (SELECT DISTINCT d.group_id, d.begin, a.above_id, a.level || d.slice AS slice, d.key FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id
    WHERE d.is_older AND a.above_id <> d.unit_id) d
  JOIN indicator_above b ON b.above_id = d.above_id AND b.unit_id <> d.above_id
  JOIN indicator_fact o ON o.group_id = d.group_id AND o.grain = 'D' AND NOT o.below AND o.unit_id = b.unit_id AND o.begin = d.begin AND o.slice = d.slice AND o.key = d.key
  GROUP BY 1, 2, 3, 4, 5) x
WHERE f.group_id = x.group_id AND f.grain = 'D' AND f.below AND f.unit_id = x.above_id AND f.begin = x.begin AND f.slice = x.slice AND f.key = x.key
""",
    """
UPDATE indicator_fact f SET newest = x.newest FROM (
  SELECT d.group_id, d.month, o.below, o.unit_id, o.unit_code, o.slice, o.key, max(o.newest) AS newest
  FROM (SELECT DISTINCT d.group_id, date_trunc('month', d.begin)::date AS month, a.above_id, a.level || d.slice AS slice, d.key
    FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id WHERE d.is_older) d
  JOIN indicator_fact o ON o.group_id = d.group_id AND o.grain = 'D' AND o.unit_id = d.above_id AND o.begin >= d.month AND o.begin < d.month + interval '1 month'
    AND o.slice = d.slice AND o.key = d.key
  GROUP BY 1, 2, 3, 4, 5, 6, 7) x
WHERE f.group_id = x.group_id AND f.grain = 'M' AND f.below = x.below AND f.unit_id = x.unit_id AND f.begin = x.month AND f.unit_code = x.unit_code
  AND f.slice = x.slice AND f.key = x.key
""",
)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Cells:
    """Of which units and days events of each type are to be counted anew; None: of all units of the day."""

    by_day: dict[tuple[str, date], set[int] | None] = field(default_factory=dict)

    def add(self, type_: str, day: date, units: Sequence[int] | None) -> None:
        """Have these units of the day counted anew, all where that is not told."""
        before = self.by_day.get((type_, day), set())
        self.by_day[type_, day] = None if before is None or units is None else before | set(units)

    def whole_days(self) -> Counter[str]:
        """Return of how many whole days events are to be counted, by type."""
        return Counter(type_ for (type_, _), units in self.by_day.items() if units is None)

    def drop(self, type_: str) -> None:
        """Count no events of a type anew."""
        self.by_day = {place: units for place, units in self.by_day.items() if place[0] != type_}


async def begin(conn: Connection) -> None:
    """Make ready for what changes; what was there of it is forgotten."""
    await conn.execute(_MAKE_TABLES)


async def fill_events(conn: Connection, number: int, group: FactGroup, sources: Sequence[int]) -> None:
    """Count all history of a group of events."""
    rows = f"({COUNTED_EVENT} WHERE {NOT_CORRECTED}) e"
    await _fill(conn, number, group, measure_sql.of_events(group, sources, rows))


async def fill_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], begin_: datetime, end: datetime) -> None:
    """Count the readings from `begin_` to before `end`."""
    await _fill(conn, number, group, measure_sql.of_readings(group), list(sources), [begin_], [end])


async def fill_cases(conn: Connection, number: int, group: FactGroup, case: CaseSpec, kind: int) -> None:
    """Count all cases of a kind."""
    await _fill(
        conn, number, group, measure_sql.of_cases(group, case, f"(SELECT 1 AS sign, * FROM indicator_case WHERE kind_id = {kind:d}) AS c")
    )


async def _fill(conn: Connection, number: int, group: FactGroup, query: str, *arguments: object) -> None:
    await begin(conn)
    await conn.execute(_CLEAR, number)
    await conn.execute(
        f"INSERT INTO fact_change (group_id, {COLUMNS}) SELECT {number:d}, {COLUMNS} FROM ({query}) q {_SAYS_SOMETHING}", *arguments
    )
    await conn.execute(_added(len(group.measures), known=False))
    await conn.execute("UPDATE indicator_group SET is_filled = true WHERE id = $1", number)
    await conn.execute(_MARK)


async def take_events(conn: Connection, cells: Cells) -> None:
    """Take the events of the cells, for `count_events`; what is stored of the same cells is compared with what is counted of them."""
    rows = [(*place, unit) for place, units in cells.by_day.items() for unit in ([None] if units is None else sorted(units))]
    await conn.copy_records_to_table("fact_cell", records=rows, columns=("type", "day", "unit_id"))
    await conn.execute("ANALYZE fact_cell")
    await conn.execute(_TAKE_EVENTS, [type_ for type_, _ in cells.by_day], [_instant(day) for _, day in cells.by_day])


async def count_events(conn: Connection, groups: Mapping[int, tuple[FactGroup, Sequence[int]]]) -> None:
    """Count the events that were taken, of groups by their numbers, each with its sources; what has changed is then known to `add_changes`."""
    if not groups:
        return
    queries = [
        f"SELECT {number:d}, {COLUMNS} FROM ({measure_sql.of_events(group, sources, 'event_counted e')}) q"
        for number, (group, sources) in groups.items()
    ]
    await conn.execute(f"INSERT INTO fact_fresh (group_id, {COLUMNS}) {' UNION ALL '.join(queries)}")
    await _compare(
        conn, {number: group.type or "" for number, (group, _) in groups.items()}, max(len(group.measures) for group, _ in groups.values())
    )


async def count_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], days: Sequence[date]) -> None:
    """Count readings of these days, as `count_events` counts events."""
    begins, ends = zip(*_stretches(days), strict=True)
    query = f"SELECT {number:d}, {COLUMNS} FROM ({measure_sql.of_readings(group)}) q WHERE begin = ANY($4::date[])"
    instants = [_instant(day) for day in begins], [_instant(day) for day in ends]
    await conn.execute(f"INSERT INTO fact_fresh (group_id, {COLUMNS}) {query}", list(sources), *instants, list(days))
    await conn.copy_records_to_table("fact_cell", records=[(f"#{number}", day, None) for day in days], columns=("type", "day", "unit_id"))
    await _compare(conn, {number: f"#{number}"}, len(group.measures))


async def count_cases(conn: Connection, groups: Mapping[int, tuple[FactGroup, CaseSpec, int]]) -> None:
    """Take the cases of the table `case_change` out of the facts (sign -1) or into them (1), of groups with their cases and the number of these."""
    if not groups:
        return
    queries = [
        f"SELECT {number:d}, {COLUMNS} FROM ({measure_sql.of_cases(group, case, f'(SELECT * FROM case_change WHERE kind_id = {kind:d}) AS c')}) q {_SAYS_SOMETHING}"
        for number, (group, case, kind) in groups.items()
    ]
    await conn.execute(f"INSERT INTO fact_change (group_id, {COLUMNS}) {' UNION ALL '.join(queries)}")


async def add_changes(conn: Connection) -> None:
    """Add what has changed to days and months, of units and those above them, and note that their figures are due."""
    width: int | None = await conn.fetchval("SELECT max(cardinality(amounts)) FROM fact_change")
    if width is None:
        return
    await conn.execute("ANALYZE fact_change")
    nothing = await conn.fetch(_added(width, known=True))
    if nothing:
        columns = [list(column) for column in zip(*nothing, strict=True)]
        await conn.execute(_DELETE_NOTHING, *columns)
    if await conn.fetchval("SELECT EXISTS (SELECT FROM fact_change WHERE is_older)"):
        for statement in _RENEW_NEWEST:
            await conn.execute(statement)
    await conn.execute(_MARK)


_SAYS_SOMETHING = "WHERE q.events <> 0 OR NOT 0 = ALL(q.amounts)"
_DELETE_NOTHING = f"""
DELETE FROM indicator_fact f
USING unnest($1::int[], $2::text[]::"char"[], $3::boolean[], $4::int[], $5::date[], $6::text[], $7::text[], $8::text[]) AS x ({_KEY})
WHERE ({", ".join(f"f.{name}" for name in _KEY.split(", "))}) = ({", ".join(f"x.{name}" for name in _KEY.split(", "))})
"""


async def _compare(conn: Connection, types: Mapping[int, str], width: int) -> None:
    """Note how what was counted of groups (by number, with the type that their cells are told under) differs from what is stored."""
    apart = ", ".join(f"coalesce(n.amounts[{place}], 0) - coalesce(o.amounts[{place}], 0)" for place in range(1, width + 1))
    await conn.execute("ANALYZE fact_cell; ANALYZE fact_fresh")
    await conn.execute(
        f"""
INSERT INTO fact_change ({_OWN_KEY}, amounts, events, newest, is_older)
SELECT {_OWN_KEY}, (ARRAY[{apart}])[1:coalesce(cardinality(n.amounts), cardinality(o.amounts))],
  coalesce(n.events, 0) - coalesce(o.events, 0), n.newest, coalesce(n.newest < o.newest, true) AND o.events IS NOT NULL
FROM (SELECT * FROM fact_fresh WHERE group_id = ANY($1::int[])) n FULL JOIN ({_STORED}) o USING ({_OWN_KEY})
WHERE (n.amounts, n.events, n.newest) IS DISTINCT FROM (o.amounts, o.events, o.newest)""",
        list(types),
        list(types.values()),
    )


def _sums(width: int) -> str:
    """Return the SQL of arrays added up, place by place; groups have as many measures as they have, up to `width`."""
    return f"(ARRAY[{', '.join(f'sum(amounts[{place}])' for place in range(1, width + 1))}])[1:max(cardinality(amounts))]"


def _added(width: int, *, known: bool) -> str:
    """Return the statement that adds what has changed to the facts; where they are `known` already it returns the keys of those that come to nothing."""
    more = ", ".join(f"f.amounts[{place}] + excluded.amounts[{place}]" for place in range(1, width + 1))
    # A unit that was published a moment ago has nothing above it yet.
    days = f"""
WITH days AS MATERIALIZED (
  SELECT d.group_id, false AS below, d.unit_id, d.begin, d.unit_code, coalesce(a.level, '') || d.slice AS slice, d.key, d.amounts, d.events, d.newest
  FROM fact_change d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id = d.unit_id
  UNION ALL
  SELECT d.group_id, true, a.above_id, d.begin, '', a.level || d.slice, d.key, {_sums(width)}, sum(d.events)::bigint, max(d.newest)
  FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id <> d.unit_id GROUP BY d.group_id, a.above_id, d.begin, a.level, d.slice, d.key),
months AS (
  SELECT group_id, below, unit_id, date_trunc('month', begin)::date AS begin, unit_code, slice, key, {_sums(width)} AS amounts, sum(events)::bigint AS events, max(newest) AS newest
  FROM days GROUP BY 1, 2, 3, 4, 5, 6, 7),
put AS (
  INSERT INTO indicator_fact AS f (group_id, grain, below, unit_id, begin, unit_code, slice, key, amounts, events, newest)
  SELECT group_id, 'D', below, unit_id, begin, unit_code, slice, key, amounts, events, newest FROM days
  UNION ALL SELECT group_id, 'M', below, unit_id, begin, unit_code, slice, key, amounts, events, newest FROM months
"""
    if not known:
        return f"{days}) SELECT 1"
    return f"""{days}
  ON CONFLICT ({_KEY}) DO UPDATE
  SET amounts = (ARRAY[{more}])[1:cardinality(f.amounts)], events = f.events + excluded.events, newest = greatest(f.newest, excluded.newest)
  RETURNING {_KEY}, amounts, events)
SELECT group_id, grain::text, below, unit_id, begin, unit_code, slice, key FROM put WHERE events = 0 AND 0 = ALL(amounts)"""


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
