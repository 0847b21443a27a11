"""Published figures and their versions: what is superseded stays; within a day the newest counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import asyncpg

from ioc.domain.figure import COMPUTED, Result
from ioc.store.pool import Connection

_KEY = "indicator, kind, begin, unit_id, dimension, member"
_TOLD = ", ".join(("version", *(f'"{name}"' for name in COMPUTED), "status"))
_SAME_KEY = " AND ".join(f"v.{name} = f.{name}" for name in _KEY.split(", "))
_MAKE_TABLES = """
CREATE TEMP TABLE IF NOT EXISTS fresh_value (indicator text, kind text, begin date, unit_id int, dimension text, member text, version int,
  value numeric, part numeric, "of" numeric, events bigint, reported int, expected int, newest timestamptz, status text, "limit" numeric) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS changed_value (LIKE fresh_value, was text, is_gone boolean) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS value_scope (indicator text, kind text, begin date, unit_id int) ON COMMIT DELETE ROWS;
TRUNCATE fresh_value, changed_value, value_scope;
"""
_FIND_CHANGED = f"""
WITH present AS MATERIALIZED (
  SELECT v.* FROM value_scope s JOIN indicator_value v USING (indicator, kind, begin, unit_id) WHERE v.superseded IS NULL)
INSERT INTO changed_value ({_KEY}, {_TOLD}, "limit", was, is_gone)
SELECT {_KEY}, {", ".join(f"f.{name}" for name in _TOLD.split(", "))}, f."limit", p.status, f.version IS NULL FROM fresh_value f FULL JOIN present p USING ({_KEY})
WHERE ({", ".join(f"f.{name}" for name in _TOLD.split(", "))}) IS DISTINCT FROM ({", ".join(f"p.{name}" for name in _TOLD.split(", "))})
"""
_FORGET_GONE = f"""
DELETE FROM indicator_value v USING changed_value f WHERE {_SAME_KEY} AND v.superseded IS NULL AND f.is_gone AND v.published >= $1
"""
_SUPERSEDE = f"""
UPDATE indicator_value v SET superseded = $1 FROM changed_value f WHERE {_SAME_KEY} AND v.superseded IS NULL AND v.published < $1
"""
_PUBLISH = f"""
INSERT INTO indicator_value AS v ({_KEY}, {_TOLD}, published, computed_at) SELECT {_KEY}, {_TOLD}, $1, $2 FROM changed_value WHERE NOT is_gone
ON CONFLICT ({_KEY}, published) DO UPDATE SET superseded = NULL, computed_at = excluded.computed_at,
  {", ".join(f"{name} = excluded.{name}" for name in _TOLD.split(", "))}
"""
_TRANSITIONS = """
INSERT INTO indicator_transition (indicator, unit_id, kind, begin, "from", "to", value, "limit", at)
SELECT indicator, unit_id, kind, begin, was, status, value, "limit", $1 FROM changed_value
WHERE dimension = '' AND status IS NOT NULL AND status IS DISTINCT FROM was ORDER BY begin, indicator, unit_id
"""
_NEXT_EDITION = "INSERT INTO indicator_edition (single, number) VALUES (true, 1) ON CONFLICT (single) DO UPDATE SET number = indicator_edition.number + 1"
_COLUMNS = (*_KEY.split(", "), *(name.strip('"') for name in _TOLD.split(", ")), "limit")


class ValueRow(NamedTuple):
    """A figure as it is kept; `limit`, which its target sets, is told with transitions of its status."""

    kind: str
    begin: date
    version: int
    figure: Result
    status: str | None
    limit: Decimal | None

    def record(self) -> tuple[object, ...]:
        """Return it as a row of the store."""
        one = self.figure
        told = one.value, one.part, one.of, one.events, one.reported, one.expected, one.newest
        return one.indicator, self.kind, self.begin, one.unit, one.dimension, one.member, self.version, *told, self.status, self.limit


class Scope(NamedTuple):
    """An indicator, period and unit that were computed: figures of it that did not come out again are gone."""

    indicator: str
    kind: str
    begin: date
    unit_id: int


async def publish(conn: Connection, rows: Sequence[ValueRow], scopes: Sequence[Scope], *, today: date, now: datetime) -> tuple[int, int]:
    """Make `rows` the present figures of `scopes`; return how many have changed or are gone, and how many transitions of status that were.

    Runs in the caller's transaction.
    """
    await conn.execute(_MAKE_TABLES)
    await conn.copy_records_to_table("fresh_value", records=[row.record() for row in rows], columns=_COLUMNS)
    await conn.copy_records_to_table("value_scope", records=scopes)
    await conn.execute("ANALYZE fresh_value; ANALYZE value_scope; SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = on")
    changed = _number_of(await conn.execute(_FIND_CHANGED))
    if not changed:
        return 0, 0
    await conn.execute("ANALYZE changed_value")
    transitions = _number_of(await conn.execute(_TRANSITIONS, now))
    await conn.execute(_FORGET_GONE, today)
    await conn.execute(_SUPERSEDE, today)
    await conn.execute(_PUBLISH, today, now)
    await conn.execute(_NEXT_EDITION)
    return changed, transitions


async def take_stock(conn: Connection) -> None:
    """Let the database know how many figures there are: what it believes of a table that was just filled makes every later question slow."""
    await conn.execute("ANALYZE indicator_value")


def _number_of(done: str) -> int:
    """Return how many rows a statement did something to."""
    return int(done.rpartition(" ")[2])


_WITH_STATUS = """
SELECT v.indicator, v.kind, v.begin, v.unit_id, v.value, v."of", v.status, v.computed_at FROM unnest($2::text[], $3::date[]) AS p (kind, begin)
JOIN indicator_value v ON v.indicator = ANY($1::text[]) AND v.kind = p.kind AND v.begin = p.begin
WHERE v.dimension = '' AND v.superseded IS NULL AND v.status IS NOT NULL
  AND ($4::timestamptz IS NULL OR v.computed_at >= $4)
"""


async def edition(conn: Connection) -> int:
    """Return a number that grows whenever figures have changed."""
    number: int = await conn.fetchval("SELECT coalesce(max(number), 0) FROM indicator_edition")
    return number


async def with_status(
    conn: Connection, indicators: Sequence[str], periods: Sequence[tuple[str, date]], since: datetime | None
) -> list[asyncpg.Record]:
    """Return (indicator, kind, begin, unit_id, value, of, status, computed_at) of the present figures of periods (kind, begin) that have a target.

    Only of those that were computed `since` then, where that is told.
    """
    return await conn.fetch(_WITH_STATUS, list(indicators), [kind for kind, _ in periods], [begin for _, begin in periods], since)


_PRESENT = """
SELECT indicator, unit_id, begin, value FROM indicator_value
WHERE kind = $1 AND indicator = ANY($2::text[]) AND begin = ANY($3::date[]) AND dimension = '' AND superseded IS NULL AND value IS NOT NULL
ORDER BY begin
"""


async def present_values(
    conn: Connection, kind: str, indicators: Sequence[str], begins: Sequence[date]
) -> Mapping[tuple[str, int], list[Decimal]]:
    """Return the figures of these periods by indicator and unit, the oldest first."""
    found: dict[tuple[str, int], list[Decimal]] = {}
    for row in await conn.fetch(_PRESENT, kind, list(indicators), list(begins)):
        found.setdefault((row["indicator"], row["unit_id"]), []).append(row["value"])
    return found


_SELECT = """
SELECT indicator, kind, begin, unit_id, dimension, member, published, superseded, version, value, part, "of", events, reported, expected, newest,
  status, computed_at FROM indicator_value
"""


class Wanted(NamedTuple):
    """Which figures: None means any. `known` is a day: the figures as they stood at its end."""

    indicators: Sequence[str] | None = None
    kind: str | None = None
    begins: Sequence[date] | None = None
    units: Sequence[int] | None = None
    dimension: str | None = ""
    known: date | None = None


async def find_values(conn: Connection, wanted: Wanted, *, limit: int = 100_000) -> list[asyncpg.Record]:
    """Return the figures, by indicator, period and unit."""
    conditions: list[str] = []
    arguments: list[Any] = []
    for condition, value in (
        ("indicator = ANY({0}::text[])", wanted.indicators),
        ("kind = {0}", wanted.kind),
        ("begin = ANY({0}::date[])", wanted.begins),
        ("unit_id = ANY({0}::int[])", wanted.units),
        ("dimension = {0}", wanted.dimension),
        ("published <= {0} AND (superseded IS NULL OR superseded > {0})", wanted.known),
    ):
        if value is not None:
            arguments.append(list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value)
            conditions.append(condition.format(f"${len(arguments)}"))
    if wanted.known is None:
        conditions.append("superseded IS NULL")
    return await conn.fetch(
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY indicator, begin, unit_id, dimension, member LIMIT {limit:d}", *arguments
    )


async def versions_of(conn: Connection, indicator: str, kind: str, begin: date, unit_id: int) -> list[asyncpg.Record]:
    """Return every version of one figure, the oldest first."""
    return await conn.fetch(
        f"{_SELECT} WHERE indicator = $1 AND kind = $2 AND begin = $3 AND unit_id = $4 AND dimension = '' ORDER BY published",
        indicator,
        kind,
        begin,
        unit_id,
    )


async def newest_begin(conn: Connection, kind: str, today: date) -> date | None:
    """Return when the newest period of the kind begins of which there are figures, not after today."""
    begin: date | None = await conn.fetchval(
        "SELECT max(begin) FROM indicator_value WHERE kind = $1 AND begin <= $2 AND superseded IS NULL", kind, today
    )
    return begin


async def transitions(conn: Connection, *, since: datetime | None, indicator: str | None, limit: int) -> list[asyncpg.Record]:
    """Return the newest `limit` transitions of status."""
    return await conn.fetch(
        """SELECT id, indicator, unit_id, kind, begin, "from", "to", value, "limit", at FROM indicator_transition
WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::text IS NULL OR indicator = $2) ORDER BY id DESC LIMIT $3""",
        since,
        indicator,
        limit,
    )


_LOAD_VERSIONS = """
SELECT DISTINCT ON (indicator) indicator, version, digest, total, done, ready_at, loaded_at FROM indicator_version ORDER BY indicator, version DESC
"""
_ADD_VERSION = """
INSERT INTO indicator_version (indicator, version, digest, definition, loaded_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""


async def newest_versions(conn: Connection) -> Mapping[str, asyncpg.Record]:
    """Return the newest version of each indicator's definition."""
    return {row["indicator"]: row for row in await conn.fetch(_LOAD_VERSIONS)}


async def add_version(conn: Connection, indicator: str, version: int, digest: str, definition: object, now: datetime) -> None:
    """Note that a definition holds from now on."""
    await conn.execute(_ADD_VERSION, indicator, version, digest, definition, now)


async def definition_versions(conn: Connection, indicator: str) -> list[asyncpg.Record]:
    """Return every version of a definition, the oldest first."""
    return await conn.fetch(
        "SELECT version, definition, loaded_at, total, done, ready_at FROM indicator_version WHERE indicator = $1 ORDER BY version",
        indicator,
    )


async def note_progress(conn: Connection, left: Mapping[str, int], now: datetime) -> None:
    """Note how many months each indicator has left to be computed; the first number told is all there was to do."""
    names, numbers = list(left), list(left.values())
    await conn.execute(
        """UPDATE indicator_version v SET total = greatest(coalesce(v.total, 0), t.n), done = greatest(coalesce(v.total, 0), t.n) - t.n,
  ready_at = CASE WHEN t.n = 0 THEN $3::timestamptz END
FROM unnest($1::text[], $2::int[]) AS t (indicator, n)
WHERE v.indicator = t.indicator AND v.ready_at IS NULL AND v.version = (SELECT max(version) FROM indicator_version w WHERE w.indicator = v.indicator)""",
        names,
        numbers,
        now,
    )
