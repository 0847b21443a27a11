"""Cases: what events of one subject make together, kept as a row each and made anew, whole, whenever an event of the subject comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from ioc.domain.clock import LOCAL_ZONE
from ioc.domain.measure import CaseSpec, CaseStep
from ioc.store.measure_sql import CODE_OF_EVENT, NOT_CORRECTED, UNIT_OF_EVENT, condition, quoted, text_of
from ioc.store.pool import Connection

_COLUMNS = "kind_id, source_id, subject, nth, unit_id, unit_code, times, due, closed, data, lon, lat, newest"
_ADD_KINDS = "INSERT INTO indicator_case_kind (digest) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
_LOAD_KINDS = "SELECT id, digest, is_filled FROM indicator_case_kind"
_SET_FILLED = "UPDATE indicator_case_kind SET is_filled = $2 WHERE id = $1"
_DROP = ("DELETE FROM indicator_case WHERE kind_id = ANY($1::int[])", "DELETE FROM indicator_case_kind WHERE id = ANY($1::int[])")
_MAKE_CHANGES = """
CREATE TEMP TABLE IF NOT EXISTS case_change (sign int, LIKE indicator_case) ON COMMIT DELETE ROWS;
DELETE FROM case_change;
"""
_TAKE_OUT = f"""
WITH gone AS (DELETE FROM indicator_case WHERE kind_id = $1 AND source_id = ANY($3::int[]) AND subject = ANY($2::text[]) RETURNING {_COLUMNS})
INSERT INTO case_change (sign, {_COLUMNS}) SELECT -1, {_COLUMNS} FROM gone
"""
_SUBJECTS = """
SELECT DISTINCT e.subject FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS t (source_id, type, begin, until)
JOIN event e ON e.source_id = t.source_id AND e.type = t.type AND e.time >= t.begin AND e.time < t.until WHERE e.subject IS NOT NULL LIMIT $5
"""


async def ensure_kinds(conn: Connection, digests: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Return number of, and whether all history is in, each kind of case by its digest; those that are new are added."""
    await conn.execute(_ADD_KINDS, list(digests))
    return await load_kinds(conn)


async def load_kinds(conn: Connection) -> dict[str, tuple[int, bool]]:
    """Return number of, and whether all history is in, each kind of case by its digest."""
    return {row["digest"]: (row["id"], row["is_filled"]) for row in await conn.fetch(_LOAD_KINDS)}


async def drop_kinds(conn: Connection, kinds: Sequence[int]) -> None:
    """Forget kinds of cases that nothing needs any more."""
    for statement in _DROP:
        await conn.execute(statement, list(kinds))


async def fill(conn: Connection, kind: int, case: CaseSpec, sources: Sequence[int]) -> None:
    """Make all cases of a kind from all history."""
    await conn.execute("SET LOCAL work_mem = '128MB'")
    await conn.execute("DELETE FROM indicator_case WHERE kind_id = $1", kind)
    # In the order of the index, or nearly so where texts are sorted by the rules of a language: it is then written in half the time.
    await conn.execute(f"INSERT INTO indicator_case ({_COLUMNS}) {_made(case, kind, only=False)} ORDER BY 2, 3, 4", list(sources))
    await conn.execute(_SET_FILLED, kind, True)


async def set_unfilled(conn: Connection, kind: int) -> None:
    """Have a kind of cases made from the beginning."""
    await conn.execute(_SET_FILLED, kind, False)


async def has_unknown_units(conn: Connection, kind: int) -> bool:
    """Return whether cases named units that were not known then and are known now."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM indicator_case c WHERE c.kind_id = $1 AND c.unit_id = 0 AND EXISTS (SELECT FROM unit u WHERE u.code = c.unit_code))",
        kind,
    )
    return found


async def subjects_of(conn: Connection, touched: Sequence[tuple[int, str, date]], *, limit: int) -> list[str]:
    """Return the subjects of the events of these sources, types and days, at most `limit`."""
    sources, types, days = (list(column) for column in zip(*touched, strict=True))
    begins = [datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE) for day in days]
    rows = await conn.fetch(_SUBJECTS, sources, types, begins, [begin + timedelta(days=1) for begin in begins], limit)
    return [row["subject"] for row in rows]


async def begin(conn: Connection) -> None:
    """Make ready for `remake`: the table `case_change` is empty then."""
    await conn.execute(_MAKE_CHANGES)


async def remake(conn: Connection, kind: int, case: CaseSpec, sources: Sequence[int], subjects: Sequence[str]) -> None:
    """Make the cases of `subjects` anew; the table `case_change` then has them, besides others, as they were (sign -1) and as they are (1)."""
    await conn.execute(_TAKE_OUT, kind, list(subjects), list(sources))
    made = f"INSERT INTO indicator_case ({_COLUMNS}) {_made(case, kind, only=True)} RETURNING {_COLUMNS}"
    await conn.execute(
        f"WITH made AS ({made}) INSERT INTO case_change (sign, {_COLUMNS}) SELECT 1, {_COLUMNS} FROM made", list(sources), list(subjects)
    )


def _made(case: CaseSpec, kind: int, *, only: bool) -> str:
    """Return the query of cases; $1 are sources, $2 subjects where `only` theirs are wanted."""
    types = ", ".join(quoted(one) for one in sorted({step.type for step in case.steps}))
    due = f"told_instant({text_of(case.due, 'e')})" if case.due else "NULL::timestamptz"
    events = f"""
SELECT e.source_id, e.subject COLLATE "C" AS subject, e.time, e.id COLLATE "C" AS id, u.id AS unit_id, {CODE_OF_EVENT} AS unit_code, e.data, e.lon, e.lat, {due} AS due, {_step(case.steps)} AS step
FROM event e {UNIT_OF_EVENT}
WHERE e.type IN ({types}) AND e.source_id = ANY($1::int[]) AND e.subject IS NOT NULL AND {NOT_CORRECTED} {"AND e.subject = ANY($2::text[])" if only else ""}"""
    if case.latest:
        return f"""
SELECT {kind:d}, source_id, subject, row_number() OVER w, unit_id, unit_code, ARRAY[time], NULL::timestamptz, lead(time) OVER w, data, lon, lat, time
FROM ({events} OFFSET 0) e WHERE step = 1 WINDOW w AS (PARTITION BY source_id, subject ORDER BY time, id)"""
    closes = case.place(case.closes) if case.closes else 0
    others = "".join(f", min(time) FILTER (WHERE step = {place}) AS t{place}" for place in range(2, len(case.steps) + 1))
    times = ", ".join(["f.time", *(f"r.t{place}" for place in range(2, len(case.steps) + 1))])
    return f"""
WITH numbered AS MATERIALIZED (
  SELECT source_id, subject, time, id, unit_id, unit_code, due, step, CASE WHEN step = 1 THEN data END AS data, lon, lat, {_nth(case, closes)} AS nth
  FROM ({events} OFFSET 0) e WHERE step IS NOT NULL)
SELECT {kind:d}, r.source_id, r.subject, r.nth, coalesce(f.unit_id, r.unit_id), coalesce(f.unit_code, r.unit_code), ARRAY[{times}]::timestamptz[],
  r.due, {f"r.t{closes}" if closes > 1 else "f.time" if closes else "NULL::timestamptz"}, coalesce(f.data, '{{}}'), f.lon, f.lat, r.newest
FROM (SELECT source_id, subject, nth, max(unit_id) AS unit_id, max(unit_code) AS unit_code, max(due) AS due, max(time) AS newest{others}
  FROM numbered GROUP BY source_id, subject, nth) r
LEFT JOIN (SELECT DISTINCT ON (source_id, subject, nth) * FROM numbered WHERE step = 1 ORDER BY source_id, subject, nth, time, id) f
  USING (source_id, subject, nth) WHERE r.nth > 0"""


def _step(steps: Sequence[CaseStep]) -> str:
    whens = []
    for number, step in enumerate(steps, start=1):
        holds = " AND ".join([f"e.type = {quoted(step.type)}", *(condition(one, "e") for one in step.where)])
        whens.append(f"WHEN {holds} THEN {number}")
    return f"CASE {' '.join(whens)} END"


def _nth(case: CaseSpec, closes: int) -> str:
    """Return the SQL of which case of its subject an event belongs to: an opening begins another one when the one before is closed."""
    if not case.repeats:
        return "1"
    window = "PARTITION BY source_id, subject ORDER BY time, step, id"
    return (
        f"(sum((step = 1)::int) OVER ({window}))::int"
        if not closes
        else f"(1 + (sum((step = {closes})::int) OVER ({window})) - (step = {closes})::int)::int"
    )


async def list_cases(
    conn: Connection, kind: int, *, units: Sequence[int] | None, is_open: bool | None, overdue_at: datetime | None,
    lacks: Sequence[int] = (), has: Sequence[int] = (), out_of_order: bool = False, opened: tuple[datetime, datetime] | None = None, limit: int = 1000,
) -> list[asyncpg.Record]:  # fmt: skip
    """Return cases, the most recently changed first; `units` None: of all, `has` and `lacks` are numbers of steps from 1, `opened` from and before when."""
    conditions = ["kind_id = $1", "($2::int[] IS NULL OR unit_id = ANY($2))"]
    arguments: list[Any] = [kind, None if units is None else list(units)]
    if is_open is not None:
        conditions.append(f"closed IS {'' if is_open else 'NOT '}NULL")
    if overdue_at is not None:
        arguments.append(overdue_at)
        conditions.append(f"due < ${len(arguments)} AND closed IS NULL")
    if opened is not None:
        arguments += opened
        conditions.append(f"times[1] >= ${len(arguments) - 1} AND times[1] < ${len(arguments)}")
    conditions += [f"times[{place:d}] IS NULL" for place in lacks] + [f"times[{place:d}] IS NOT NULL" for place in has]
    if out_of_order:
        conditions.append(
            "EXISTS (SELECT FROM generate_subscripts(times, 1) i WHERE times[i] < (SELECT max(times[j]) FROM generate_series(1, i - 1) j))"
        )
    return await conn.fetch(
        f"SELECT source_id, subject, nth, unit_id, unit_code, times, due, closed, data, lon, lat, newest FROM indicator_case "
        f"WHERE {' AND '.join(conditions)} ORDER BY newest DESC LIMIT {limit:d}", *arguments)  # fmt: skip
