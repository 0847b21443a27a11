"""Facts of indicators: additive numbers by unit and day, and by month; a unit's own, and those of the units below it.

What a step counts anew is compared with what was there, whole, so that doing it twice changes nothing; only the difference is then added to all
that is made of it: to the day, its month, and both of the units above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ioc.domain.clock import LOCAL_ZONE, local_day
from ioc.domain.measure import CaseSpec, FactGroup
from ioc.store import measure_sql
from ioc.store.fact_pages import add_amounts, add_counts, month_of, renew_newest
from ioc.store.measure_sql import COLUMNS, COUNTED_EVENT, NOT_CORRECTED
from ioc.store.pool import Connection

_CELL = "group_id, begin, unit_id, unit_code, slice"
_WORDS = ", ".join(f'{name} text COLLATE "C"' for name in ("unit_code", "slice", "key"))
_LIKE_FACTS = (
    f"(group_id int, begin date, unit_id int, {_WORDS}, amounts numeric[], events bigint, newest timestamptz, is_keyed boolean NOT NULL"
)
_MAKE_TABLES = f"""
CREATE TEMP TABLE IF NOT EXISTS fact_fresh {_LIKE_FACTS}) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS fact_change {_LIKE_FACTS}, is_older boolean NOT NULL DEFAULT false) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS fact_cell (type text, day date, unit_id int) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS event_counted (source_id int, type text, subject text, data jsonb, time timestamptz, day date, unit_id int, unit_code text)
  ON COMMIT DELETE ROWS;
TRUNCATE fact_fresh, fact_change, fact_cell, event_counted;
SET LOCAL work_mem = '128MB';
"""
_CLEAR = "DELETE FROM indicator_fact WHERE group_id = $1 AND month >= $2"
_BEGINNING = date(1, 1, 1)
_OLDEST_READING = """
SELECT min(first.time) FROM station st JOIN series se ON se.station_id = st.id AND se.property = $2
CROSS JOIN LATERAL (SELECT time FROM observation o WHERE o.series_id = se.id ORDER BY time LIMIT 1) first
WHERE st.source_id = ANY($1::int[]) AND ($3::text IS NULL OR st.kind = $3)
"""
_HAS_FACTS_BEFORE = """
SELECT EXISTS (SELECT FROM indicator_fact f CROSS JOIN unnest(f.days) d WHERE f.group_id = $1 AND NOT f.below AND f.month + d.day - 1 < $2)
"""
# A day with no unit named is wanted whole.
_TAKE_EVENTS = f"""
INSERT INTO event_counted SELECT * FROM (
  SELECT c.* FROM unnest($1::text[], $2::timestamptz[]) AS t (type, begin)
  CROSS JOIN LATERAL ({COUNTED_EVENT} WHERE e.type = t.type AND e.time >= t.begin AND e.time < t.begin + interval '1 day' AND {NOT_CORRECTED}) c) x
WHERE (x.type, x.day, x.unit_id) IN (SELECT type, day, unit_id FROM fact_cell WHERE unit_id IS NOT NULL)
   OR (x.type, x.day) IN (SELECT type, day FROM fact_cell WHERE unit_id IS NULL)
"""
# As they were counted: without the level that stands before the values of the dimensions. Looked up cell by cell (OFFSET 0), never read as a whole.
_STORED_OWN = f"""
SELECT f.group_id, c.day AS begin, f.unit_id, f.unit_code, substr(f.slice, length(coalesce(a.level, '')) + 1) AS slice, d.amounts, d.keys, d.counts, d.events, d.newest
FROM unnest($1::int[], $2::text[]) AS g (group_id, type) JOIN fact_cell c ON c.type = g.type AND c.unit_id IS {{0}} NULL
CROSS JOIN LATERAL (
  SELECT * FROM indicator_fact f WHERE f.group_id = g.group_id AND NOT f.below AND f.month = {month_of("c.day")} {{1}} OFFSET 0) f
CROSS JOIN LATERAL (SELECT * FROM unnest(f.days) d WHERE d.day = extract(day FROM c.day)) d
LEFT JOIN indicator_above a ON a.unit_id = f.unit_id AND a.above_id = f.unit_id
"""
_STORED = f"{_STORED_OWN.format('NOT', 'AND f.unit_id = c.unit_id')} UNION ALL {_STORED_OWN.format('', '')}"
# Of groups without keys the newest event is told with the numbers, of those with keys in a row of its own: it is kept by day and not by key.
_COMPARE = f"""
WITH stored AS MATERIALIZED ({_STORED}), fresh AS (SELECT * FROM fact_fresh WHERE group_id = ANY($1::int[])),
was AS (
  SELECT {_CELL}, '' AS key, amounts, events, newest, false AS is_keyed FROM stored WHERE keys IS NULL
  UNION ALL SELECT {_CELL}, k.key, ARRAY[k.n]::numeric[], k.n, NULL, true FROM stored CROSS JOIN unnest(keys, counts) AS k (key, n)),
"is" AS (SELECT {_CELL}, key, amounts, events, CASE WHEN NOT is_keyed THEN newest END AS newest, is_keyed FROM fresh)
INSERT INTO fact_change ({_CELL}, key, is_keyed, amounts, events, newest, is_older)
SELECT {_CELL}, key, is_keyed, (ARRAY[{{apart}}])[1:coalesce(cardinality(n.amounts), cardinality(o.amounts))],
  coalesce(n.events, 0) - coalesce(o.events, 0), n.newest, NOT is_keyed AND o.events IS NOT NULL AND coalesce(n.newest < o.newest, true)
FROM "is" n FULL JOIN was o USING ({_CELL}, key, is_keyed) WHERE (n.amounts, n.events, n.newest) IS DISTINCT FROM (o.amounts, o.events, o.newest)
UNION ALL
SELECT {_CELL}, NULL, true, '{{{{0}}}}', 0, n.newest, o.newest IS NOT NULL AND coalesce(n.newest < o.newest, true)
FROM (SELECT {_CELL}, max(newest) AS newest FROM fresh WHERE is_keyed GROUP BY {_CELL}) n
FULL JOIN (SELECT {_CELL}, newest FROM stored WHERE keys IS NOT NULL) o USING ({_CELL}) WHERE n.newest IS DISTINCT FROM o.newest"""
_MARK = f"""
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT d.group_id, coalesce(a.above_id, d.unit_id), d.month
FROM (SELECT DISTINCT group_id, unit_id, {month_of("begin")} AS month FROM fact_change) d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id
ON CONFLICT DO NOTHING
"""
# What is older than it was is looked up, first in what was counted, then for the units above in those below: it cannot be told from the difference.
_RENEW_NEWEST = (
    renew_newest(f"""
SELECT group_id, false AS below, unit_id, {month_of("begin")} AS month, unit_code, coalesce(a.level, '') || slice AS slice, extract(day FROM begin)::smallint AS day, max(n.newest) AS newest
FROM (SELECT DISTINCT {_CELL} FROM fact_change WHERE is_older) d JOIN fact_fresh n USING ({_CELL})
LEFT JOIN indicator_above a USING (unit_id) WHERE a.above_id IS NULL OR a.above_id = unit_id GROUP BY 1, 2, 3, 4, 5, 6, 7"""),
    renew_newest(f"""
SELECT d.group_id, true AS below, d.above_id AS unit_id, d.month, '' AS unit_code, d.slice, d.day, max(x.newest) AS newest
FROM (SELECT DISTINCT d.group_id, {month_of("d.begin")} AS month, extract(day FROM d.begin)::smallint AS day, a.above_id, a.level || d.slice AS slice
  FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id WHERE d.is_older AND a.above_id <> d.unit_id) d
JOIN indicator_above b ON b.above_id = d.above_id AND b.unit_id <> d.above_id
JOIN indicator_fact o ON o.group_id = d.group_id AND NOT o.below AND o.unit_id = b.unit_id AND o.month = d.month AND o.slice = d.slice
CROSS JOIN LATERAL (SELECT u.newest FROM unnest(o.days) u WHERE u.day = d.day) x GROUP BY 1, 2, 3, 4, 5, 6, 7"""),
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


async def fill_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], end: datetime) -> None:
    """Count the readings to before `end`.

    Of days of which readings were dropped since they were counted the facts stay: from the month that follows the oldest reading all is counted anew.
    """
    oldest: datetime | None = await conn.fetchval(_OLDEST_READING, list(sources), group.observed, group.station_kind)
    day = local_day(oldest or end)
    since = _BEGINNING
    if await conn.fetchval(_HAS_FACTS_BEFORE, number, day):
        since = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    begin_ = _instant(since) if since > _BEGINNING else datetime(2000, 1, 1, tzinfo=LOCAL_ZONE)
    await _fill(conn, number, group, measure_sql.of_readings(group), list(sources), [begin_], [max(begin_, end)], since=since)


async def fill_cases(conn: Connection, number: int, group: FactGroup, case: CaseSpec, kind: int) -> None:
    """Count all cases of a kind."""
    await _fill(
        conn, number, group, measure_sql.of_cases(group, case, f"(SELECT 1 AS sign, * FROM indicator_case WHERE kind_id = {kind:d}) AS c")
    )


async def _fill(conn: Connection, number: int, group: FactGroup, query: str, *arguments: object, since: date = _BEGINNING) -> None:
    await begin(conn)
    # What is counted by expressions looks like more groups than there are, for which the database would rather sort all rows.
    await conn.execute("SET LOCAL enable_sort = off")
    await conn.execute(_CLEAR, number, since)
    keyed = group.key is not None
    await conn.execute(
        f"INSERT INTO fact_change (group_id, is_keyed, {COLUMNS}) SELECT {number:d}, {keyed}, {COLUMNS} FROM ({query}) q {_SAYS_SOMETHING}",
        *arguments,
    )
    await conn.execute(add_counts(known=False) if keyed else add_amounts(len(group.measures), known=False))
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
        f"SELECT {number:d}, {group.key is not None}, {COLUMNS} FROM ({measure_sql.of_events(group, sources, 'event_counted e')}) q"
        for number, (group, sources) in groups.items()
    ]
    await conn.execute(f"INSERT INTO fact_fresh (group_id, is_keyed, {COLUMNS}) {' UNION ALL '.join(queries)}")
    await _compare(
        conn, {number: group.type or "" for number, (group, _) in groups.items()}, max(len(group.measures) for group, _ in groups.values())
    )


async def count_readings(conn: Connection, number: int, group: FactGroup, sources: Sequence[int], days: Sequence[date]) -> None:
    """Count readings of these days, as `count_events` counts events."""
    begins, ends = zip(*_stretches(days), strict=True)
    query = f"SELECT {number:d}, {group.key is not None}, {COLUMNS} FROM ({measure_sql.of_readings(group)}) q WHERE begin = ANY($4::date[])"
    instants = [_instant(day) for day in begins], [_instant(day) for day in ends]
    await conn.execute(f"INSERT INTO fact_fresh (group_id, is_keyed, {COLUMNS}) {query}", list(sources), *instants, list(days))
    await conn.copy_records_to_table("fact_cell", records=[(f"#{number}", day, None) for day in days], columns=("type", "day", "unit_id"))
    await _compare(conn, {number: f"#{number}"}, len(group.measures))


async def count_cases(conn: Connection, groups: Mapping[int, tuple[FactGroup, CaseSpec, int]]) -> None:
    """Take the cases of the table `case_change` out of the facts (sign -1) or into them (1), of groups with their cases and the number of these."""
    if not groups:
        return
    queries = [
        f"SELECT {number:d}, {group.key is not None}, {COLUMNS} FROM ({measure_sql.of_cases(group, case, f'(SELECT * FROM case_change WHERE kind_id = {kind:d}) AS c')}) q {_SAYS_SOMETHING}"
        for number, (group, case, kind) in groups.items()
    ]
    await conn.execute(f"INSERT INTO fact_change (group_id, is_keyed, {COLUMNS}) {' UNION ALL '.join(queries)}")


async def add_changes(conn: Connection) -> None:
    """Add what has changed to days and months, of units and those above them, and note that their figures are due."""
    known = await conn.fetchrow(_KINDS)
    assert known is not None
    if known["width"] is None and not known["keyed"]:
        return
    await conn.execute("ANALYZE fact_change")
    if known["width"] is not None:
        await conn.execute(add_amounts(known["width"], known=True))
    if known["keyed"]:
        await conn.execute(add_counts(known=True))
    if known["older"]:
        for statement in _RENEW_NEWEST:
            await conn.execute(statement)
    await conn.execute(_MARK)


_SAYS_SOMETHING = "WHERE q.events <> 0 OR NOT 0 = ALL(q.amounts)"
_KINDS = """
SELECT max(cardinality(amounts)) FILTER (WHERE NOT is_keyed) AS width, coalesce(bool_or(is_keyed), false) AS keyed, coalesce(bool_or(is_older), false) AS older
FROM fact_change
"""


async def _compare(conn: Connection, types: Mapping[int, str], width: int) -> None:
    """Note how what was counted of groups (by number, with the type that their cells are told under) differs from what is stored."""
    apart = ", ".join(f"coalesce(n.amounts[{place}], 0) - coalesce(o.amounts[{place}], 0)" for place in range(1, width + 1))
    await conn.execute("ANALYZE fact_cell; ANALYZE fact_fresh")
    await conn.execute(_COMPARE.format(apart=apart), list(types), list(types.values()))


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
