"""Measures as SQL: conditions, numbers and keys over events, cases and readings. What the configuration says goes in as quoted literals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ioc.domain.measure import DUE, UNIT, CaseSpec, Condition, Elapsed, FactGroup, Key, Measure, Scalar

ZONE = "Asia/Ho_Chi_Minh"
SEPARATOR = "\x1f"
_SIGNS = {"at_least": ">=", "at_most": "<=", "over": ">", "under": "<"}


def quoted(text: str) -> str:
    """Return `text` as an SQL literal; NUL, which PostgreSQL cannot hold, does not come out of YAML."""
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def int_array(some: Sequence[int]) -> str:
    """Return numbers as the SQL of an array."""
    return f"ARRAY[{', '.join(map(str, some))}]::int[]"


def day_of(instant: str) -> str:
    """Return the SQL of the day, where the centre is, of an instant."""
    return f"({instant} AT TIME ZONE '{ZONE}')::date"


def member(path: str, row: str) -> str:
    """Return the SQL of a member of `data` as jsonb."""
    names = path.split(".")
    return f"{row}.data -> {quoted(names[0])}" if len(names) == 1 else f"{row}.data #> {quoted('{' + ','.join(names) + '}')}::text[]"


def text_of(path: str, row: str) -> str:
    """Return the SQL of a member of `data` as text, null where it is not there."""
    names = path.split(".")
    return f"{row}.data ->> {quoted(names[0])}" if len(names) == 1 else f"{row}.data #>> {quoted('{' + ','.join(names) + '}')}::text[]"


def number_of(path: str, row: str) -> str:
    """Return the SQL of a member of `data` as a number, null where it is none."""
    return f"CASE WHEN jsonb_typeof({member(path, row)}) = 'number' THEN ({text_of(path, row)})::numeric END"


def condition(one: Condition, row: str) -> str:
    """Return the SQL of a condition on `data`."""
    if one.operator == "exists":
        return f"({member(one.member, row)}) IS {'NOT ' if one.values[0] else ''}NULL"
    if one.operator in _SIGNS:
        return f"coalesce({number_of(one.member, row)} {_SIGNS[one.operator]} {one.values[0]!r}, false)"
    numbers = [value for value in one.values if isinstance(value, int | float) and not isinstance(value, bool)]
    texts = [value for value in one.values if value not in numbers or isinstance(value, bool)]
    either = []
    if texts:
        either.append(f"{text_of(one.member, row)} IN ({', '.join(quoted(_text(value)) for value in texts)})")
    if numbers:
        # Numbers in JSON are equal as numbers are, and taking one out of it would be dearer.
        same = ", ".join(f"{quoted(repr(value))}::jsonb" for value in numbers)
        either.append(f"({member(one.member, row)}) IN ({same})")
    return f"{'NOT ' if one.operator == 'not_in' else ''}coalesce({' OR '.join(either)}, false)"


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Rows:
    """How measures look at rows of one kind: `row` is their alias; `elapsed`, `step` and `flag` are for cases."""

    row: str
    case: CaseSpec | None = None

    def holds(self, measure: Measure) -> str:
        """Return the SQL of whether a row counts."""
        all_of = [condition(one, self.row) for one in measure.where]
        all_of += [f"{self._time(step)} IS NOT NULL" for step in measure.has]
        all_of += [f"{self._time(step)} IS NULL" for step in measure.lacks]
        all_of += [self._flag(flag) for flag in measure.flags]
        return " AND ".join(all_of) or "true"

    def amount(self, measure: Measure, extra: str = "") -> str:
        """Return the SQL of a measure as an aggregate."""
        holds = self.holds(measure) + (f" AND {extra}" if extra else "")
        what = self.value(measure)
        counted = "count(*)" if what is None else f"sum({what})"
        filtered = counted if holds == "true" else f"{counted} FILTER (WHERE {holds})"
        return filtered if what is None else f"coalesce({filtered}, 0)"

    def value(self, measure: Measure) -> str | None:
        """Return the SQL of what is added up of a row, None where rows are counted."""
        if measure.elapsed is not None:
            return self._elapsed(measure.elapsed)
        return None if measure.value is None else number_of(measure.value, self.row)

    def slice(self, group: FactGroup) -> str:
        """Return the SQL of the values of the group's dimensions, each after a separator."""
        return " || ".join(f"{quoted(SEPARATOR)} || coalesce({text_of(name, self.row)}, '')" for name in group.dimensions) or "''"

    def key(self, key: Key | None, subject: str, unit: str) -> str:
        """Return the SQL of the key, null where a row has none."""
        if key is None:
            return "''"
        if key.member == UNIT:
            return f"{unit}::text"
        if key.resolution is None:
            return f"coalesce({text_of(key.member, self.row) if key.member else subject}, '')"
        what = self._elapsed(key.elapsed) if key.elapsed is not None else number_of(key.member or "", self.row)
        return f"round(({what})::numeric / {key.resolution!r})::text"

    def _time(self, step: str) -> str:
        assert self.case is not None
        return f"{self.row}.due" if step == DUE else f"{self.row}.times[{self.case.place(step)}]"

    def _elapsed(self, told: Elapsed) -> str:
        begin, end = self._time(told.begin), self._time(told.end)
        if told.working:
            return f"{self._worked(told.end)} - {self._worked(told.begin)}"
        return f"extract(epoch FROM {end} - {begin})::numeric"

    def _flag(self, flag: str) -> str:
        assert self.case is not None
        if flag == "closed":
            return f"{self.row}.closed IS NOT NULL"
        if flag in ("on_time", "late"):
            return f"coalesce({self.row}.closed {'<=' if flag == 'on_time' else '>'} {self.row}.due, false)"
        times = [f"{self.row}.times[{number}]" for number in range(1, len(self.case.steps) + 1)]
        ordered = " AND ".join(f"{before} <= {after}" for before, after in pairwise(times)) or f"{times[0]} IS NOT NULL"
        return f"coalesce({ordered}, false)" if flag == "in_order" else f"NOT coalesce({ordered}, false)"

    def _worked(self, step: str) -> str:
        assert self.case is not None
        return f"{self.row}.worked_{0 if step == DUE else self.case.place(step)}"

    def with_working_time(self, group: FactGroup, rows_from: str) -> str:
        """Return `rows_from` with the working time until each step that the group needs it for; the calendar is joined once, not asked for each case."""
        told = [one.elapsed for one in (*group.measures, group.key) if one is not None and one.elapsed is not None and one.elapsed.working]
        steps = sorted({step for one in told for step in (one.begin, one.end)})
        if not steps:
            return rows_from
        here = "".join(f", {self._time(step)} AT TIME ZONE '{ZONE}' AS here_{n}" for n, step in enumerate(steps))
        columns = "".join(
            f", {_WORKING_TIME.format(day=f'd{n}', here=f'{self.row}.here_{n}')} AS {self._worked(step).partition('.')[2]}"
            for n, step in enumerate(steps)
        )
        days = "".join(f" LEFT JOIN working_day d{n} ON d{n}.day = {self.row}.here_{n}::date" for n in range(len(steps)))
        there = f"(SELECT {self.row}.*{here} FROM {rows_from} OFFSET 0) AS {self.row}"
        return f"(SELECT {self.row}.*{columns} FROM {there}{days} OFFSET 0) AS {self.row}"


_SECOND_OF_DAY = "floor(date_part('epoch', {here}::time) + 0.5)::int"
_WORKING_TIME = f"""({{day}}.before_s
  + CASE WHEN {{day}}.spans[1] IS NULL THEN 0 ELSE least(greatest({_SECOND_OF_DAY}, {{day}}.spans[1]), {{day}}.spans[2]) - {{day}}.spans[1] END
  + CASE WHEN {{day}}.spans[3] IS NULL THEN 0 ELSE least(greatest({_SECOND_OF_DAY}, {{day}}.spans[3]), {{day}}.spans[4]) - {{day}}.spans[3] END)"""
UNIT_OF_EVENT = f"""
CROSS JOIN LATERAL (SELECT coalesce(e.unit_id, (
  SELECT w.id FROM unit w JOIN layer l ON l.id = w.layer WHERE e.unit_id IS NULL AND w.code = e.unit_code AND w.valid_from <= {day_of("e.time")}
    AND {day_of("e.time")} < coalesce(w.valid_to, 'infinity') ORDER BY l.position, l.id LIMIT 1), 0) AS id) AS u
"""
STRETCHES = "unnest($2::timestamptz[], $3::timestamptz[]) AS r (begin, until)"
CODE_OF_EVENT = "CASE WHEN u.id = 0 THEN coalesce(e.unit_code, '') ELSE '' END"
NOT_CORRECTED = "NOT EXISTS (SELECT FROM event_correction x WHERE x.source_id = e.source_id AND x.id = e.id)"
COLUMNS = "begin, unit_id, unit_code, slice, key, amounts, events, newest"
COUNTED_EVENT = f"""
SELECT e.source_id, e.type, e.subject, e.data, e.time, {day_of("e.time")} AS day, u.id AS unit_id, {CODE_OF_EVENT} AS unit_code
FROM event e {UNIT_OF_EVENT}"""
"""What is counted of an event, with the unit that it is of by now."""


def of_events(group: FactGroup, sources: Sequence[int], rows_from: str) -> str:
    """Return the query of an event group's facts by day; `rows_from` are rows as of `COUNTED_EVENT` under the alias e."""
    assert group.type is not None
    rows = Rows("e")
    key = rows.key(group.key, "e.subject", "e.unit_id")
    only = f"AND {rows.holds(group.measures[0])}" if len(group.measures) == 1 and group.measures[0].value is None else ""
    amounts = ", ".join(rows.amount(one) for one in group.measures)
    wanted = f"e.type = {quoted(group.type)} AND e.source_id = ANY({int_array(sources)}) {only}"
    return f"""
SELECT e.day AS begin, e.unit_id, e.unit_code, e.slice, e.key, ARRAY[{amounts}]::numeric[] AS amounts, count(*) AS events, max(e.time) AS newest
FROM ({_once(f"e.*, {rows.slice(group)} AS slice, {key} AS key", rows_from, wanted)}) e WHERE e.key IS NOT NULL GROUP BY 1, 2, 3, 4, 5"""


def of_readings(group: FactGroup) -> str:
    """Return the query of the facts by day of readings, with parameters as `of_events`. Conditions are on the member `value`."""
    assert group.observed is not None
    number, value = number_of("value", "e"), f"({member('value', 'e')})"

    def swap(sql: str) -> str:
        return sql.replace(number, "o.value::numeric").replace(value, "to_jsonb(o.value::numeric)")

    rows = Rows("e")
    amounts = swap(", ".join(rows.amount(_of_value(one)) for one in group.measures))
    key = swap(rows.key(group.key, "st.code", "st.unit_id") if group.key is None or group.key.resolution else "st.code")
    kind = "" if group.station_kind is None else f"AND st.kind = {quoted(group.station_kind)}"
    only = f"AND {swap(rows.holds(_of_value(group.measures[0])))}" if group.key is not None else ""
    return f"""
SELECT {day_of("o.time")} AS begin, coalesce(st.unit_id, 0) AS unit_id, '' AS unit_code, '' AS slice, {key} AS key,
  ARRAY[{amounts}]::numeric[] AS amounts, count(*) AS events, max(o.time) AS newest
FROM station st JOIN series se ON se.station_id = st.id AND se.property = {quoted(group.observed)}
CROSS JOIN {STRETCHES} JOIN observation o ON o.series_id = se.id AND o.time >= r.begin AND o.time < r.until
WHERE st.source_id = ANY($1::int[]) {kind} {only} GROUP BY 1, 2, 3, 4, 5"""


def _of_value(measure: Measure) -> Measure:
    return measure if measure.value is None else Measure(where=measure.where, value="value")


def of_cases(group: FactGroup, case: CaseSpec, rows_from: str) -> str:
    """Return the query of the facts that cases make; `rows_from` are rows of cases with their `sign`, 1 or -1, under the alias c."""
    rows = Rows("c", case)
    key = rows.key(group.key, "c.subject", "c.unit_id")
    if group.is_stock:
        return _of_stock(group, rows, key, rows_from)
    moment = "c.due" if group.at == DUE else f"c.times[{case.place(group.at or '')}]"
    newest = "c.times[1]" if group.at == DUE else moment  # what is due has not happened yet
    only = f"AND {rows.holds(group.measures[0])}" if len(group.measures) == 1 and group.measures[0].elapsed is None else ""
    amounts = ", ".join(_signed(rows, one) for one in group.measures)
    told = f"c.*, {day_of(moment)} AS begin, {rows.slice(group)} AS slice, {key} AS key"
    return f"""
SELECT c.begin, c.unit_id, c.unit_code, c.slice, c.key,
  ARRAY[{amounts}]::numeric[] AS amounts, sum(c.sign) AS events, max({newest}) FILTER (WHERE c.sign = 1) AS newest
FROM ({_once(told, rows.with_working_time(group, rows_from), f"{moment} IS NOT NULL {only}")}) c WHERE c.key IS NOT NULL GROUP BY 1, 2, 3, 4, 5"""


def _once(what: str, rows_from: str, wanted: str) -> str:
    """Return a query whose expressions are not put in at each place where their names stand, and so are worked out once for each row."""
    return f"SELECT {what} FROM {rows_from} WHERE {wanted} OFFSET 0"


def _signed(rows: Rows, measure: Measure, sign: str = "c.sign", extra: str = "true") -> str:
    what = rows.value(measure)
    return f"coalesce(sum({sign}{'' if what is None else f' * ({what})'}) FILTER (WHERE {extra} AND {rows.holds(measure)}), 0)"


def _of_stock(group: FactGroup, rows: Rows, key: str, rows_from: str) -> str:
    """Return the facts of what stands: more on the day on which it begins to, less on the day on which it ends."""
    spells = []
    for number, measure in enumerate(group.measures, start=1):
        begin, end = "c.began", "c.ended"
        if measure.stock == "overdue":  # from the day after the one on which it was due
            begin = "greatest(c.was_due + 1, c.began)"
            end = f"CASE WHEN c.was_due IS NOT NULL AND c.ended >= {begin} THEN c.ended END"
            begin = f"CASE WHEN c.was_due IS NOT NULL AND (c.closed IS NULL OR {end} IS NOT NULL) THEN {begin} END"
        spells += [f"({number}, {begin}, 1)", f"({number}, {end}, -1)"]
    days = f"{day_of('c.times[1]')} AS began, {day_of('c.closed')} AS ended, {day_of('c.due')} AS was_due"
    told = f"c.*, {days}, {rows.slice(group)} AS slice, {key} AS key"
    amounts = ", ".join(
        _signed(rows, one, "(c.sign * x.sign)", f"x.measure = {number}") for number, one in enumerate(group.measures, start=1)
    )
    return f"""
SELECT x.day AS begin, c.unit_id, c.unit_code, c.slice, c.key,
  ARRAY[{amounts}]::numeric[] AS amounts, coalesce(sum(c.sign) FILTER (WHERE x.sign = 1), 0) AS events,
  max(CASE WHEN x.sign = 1 THEN c.times[1] ELSE c.closed END) FILTER (WHERE c.sign = 1) AS newest
FROM ({_once(told, rows.with_working_time(group, rows_from), "c.times[1] IS NOT NULL")}) c CROSS JOIN LATERAL (VALUES {", ".join(spells)}) AS x (measure, day, sign)
WHERE x.day IS NOT NULL AND c.key IS NOT NULL GROUP BY 1, 2, 3, 4, 5"""
