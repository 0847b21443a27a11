"""Silences, and the alerts that they hide."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ioc.domain.live import AlertView
from ioc.store.alerts import ALERTS, IS_OPEN, UnitOf, view
from ioc.store.pool import Connection
from ioc.store.readings import columns

_COLUMNS = "id, version, matchers, area, recurrence, starts_at, ends_at, comment, created_by, created_at, updated_by, updated_at, replaces"
_ADD = f"""
INSERT INTO silence (id, matchers, area, recurrence, starts_at, ends_at, comment, created_by, created_at, updated_by, updated_at, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9, $10) RETURNING {_COLUMNS}
"""
_EDIT = f"""
UPDATE silence SET starts_at = $4, ends_at = $5, comment = $6, updated_by = $2, updated_at = $3, version = version + 1
WHERE id = $1 RETURNING {_COLUMNS}
"""
# One that has not begun ends at its beginning: it has hidden nothing.
_EXPIRE = f"""
UPDATE silence SET ends_at = greatest(starts_at, $3), updated_by = $2, updated_at = $3, version = version + 1
WHERE id = $1 RETURNING {_COLUMNS}
"""
_ONE = f"SELECT {_COLUMNS} FROM silence WHERE id = $1"
_LOCK = f"{_ONE} FOR UPDATE"
_NOT_OVER = f"SELECT {_COLUMNS} FROM silence WHERE ends_at > $1 ORDER BY id"
_LIST = f"""
SELECT {_COLUMNS} FROM silence WHERE ($1::timestamptz IS NULL OR ends_at > $1) AND ($2::timestamptz IS NULL OR starts_at < $2)
ORDER BY ends_at DESC, id LIMIT $3
"""
_MARKED = f"{ALERTS} WHERE a.silenced_by <> '{{}}'"
_CONCERNED = f"{_MARKED} OR ({IS_OPEN})"
_HIDDEN = f"SELECT s AS silence, count(*) AS alerts FROM alert a, unnest(a.silenced_by) AS s WHERE a.silenced_by <> '{{}}' AND {IS_OPEN} GROUP BY s"
_FIRED_SINCE = f"{ALERTS} WHERE a.fired_at >= $1 ORDER BY a.fired_at DESC LIMIT $2"
_MARK = """
WITH u AS (
  SELECT x.id, x.version, ARRAY(SELECT jsonb_array_elements_text(x.told->'ids')) AS ids
  FROM unnest($1::uuid[], $2::int[], $3::jsonb[]) AS x (id, version, told)
), old AS (
  SELECT a.id, a.version, a.silenced_by FROM alert a JOIN u ON u.id = a.id AND u.version = a.version ORDER BY a.id FOR UPDATE OF a
), steps AS (
  SELECT o.id, 'silenced' AS kind, s FROM old o JOIN u ON u.id = o.id, unnest(u.ids) AS s WHERE NOT s = ANY(o.silenced_by)
  UNION ALL SELECT o.id, 'unsilenced', s FROM old o JOIN u ON u.id = o.id, unnest(o.silenced_by) AS s WHERE NOT s = ANY(u.ids)
), numbered AS (SELECT id, kind, s, row_number() OVER (PARTITION BY id ORDER BY kind DESC, s) AS n FROM steps),
a AS (
  UPDATE alert SET silenced_by = u.ids, updated_at = greatest(alert.updated_at, $4),
    version = alert.version + (SELECT count(*) FROM numbered WHERE numbered.id = alert.id)::int
  FROM u JOIN old ON old.id = u.id WHERE alert.id = u.id AND alert.version = u.version RETURNING alert.id, old.version, severity, value
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, detail)
SELECT a.id, a.version + n.n, $4, n.kind, a.severity, a.value, 'engine', jsonb_strip_nulls(jsonb_build_object('silence', n.s, 'by', s.created_by, 'comment', s.comment))
FROM a JOIN numbered n ON n.id = a.id LEFT JOIN silence s ON s.id::text = n.s RETURNING alert_id
"""


class SilenceRow(NamedTuple):
    """What a silence says, as it is stored."""

    matchers: list[dict[str, Any]]
    area: dict[str, Any] | None
    recurrence: dict[str, Any] | None
    starts_at: datetime
    ends_at: datetime
    comment: str


async def add_silence(
    conn: Connection, silence_id: uuid.UUID, row: SilenceRow, *, actor: str, now: datetime, replaces: uuid.UUID | None = None
) -> asyncpg.Record:
    """Keep a new silence and return it."""
    return await _fetch(conn, _ADD, silence_id, *row, actor, now, replaces)


async def edit_silence(
    conn: Connection, silence_id: uuid.UUID, *, actor: str, now: datetime, starts_at: datetime, ends_at: datetime, comment: str
) -> asyncpg.Record:
    """Change when a silence is in force, and its comment; return it."""
    return await _fetch(conn, _EDIT, silence_id, actor, now, starts_at, ends_at, comment)


async def expire_silence(conn: Connection, silence_id: uuid.UUID, *, actor: str, now: datetime) -> asyncpg.Record:
    """End a silence now and return it."""
    return await _fetch(conn, _EXPIRE, silence_id, actor, now)


async def find_silence(conn: Connection, silence_id: uuid.UUID, *, lock: bool = False) -> asyncpg.Record | None:
    """Return a silence, None where there is none; `lock` keeps others from changing it until the transaction ends."""
    return await conn.fetchrow(_LOCK if lock else _ONE, silence_id)


async def silences_not_over(conn: Connection, now: datetime) -> list[asyncpg.Record]:
    """Return the silences that are or will be in force."""
    return await conn.fetch(_NOT_OVER, now)


async def list_silences(
    conn: Connection, *, ends_after: datetime | None, starts_before: datetime | None, limit: int
) -> list[asyncpg.Record]:
    """Return at most `limit` silences that end after and start before these instants, None meaning any; those that end last first."""
    return await conn.fetch(_LIST, ends_after, starts_before, limit)


async def concerned_alerts(conn: Connection, unit_of: UnitOf, *, marked_only: bool) -> list[AlertView]:
    """Return the alerts that are marked as silenced and, unless `marked_only`, those that are open."""
    return [view(row, unit_of) for row in await conn.fetch(_MARKED if marked_only else _CONCERNED)]


async def hidden_alerts(conn: Connection) -> dict[str, int]:
    """Return how many open alerts each silence hides now."""
    return {row["silence"]: row["alerts"] for row in await conn.fetch(_HIDDEN)}


async def alerts_since(conn: Connection, unit_of: UnitOf, *, since: datetime, limit: int) -> list[AlertView]:
    """Return the newest `limit` alerts that fired at `since` or later."""
    return [view(row, unit_of) for row in await conn.fetch(_FIRED_SINCE, since, limit)]


async def mark_silenced(conn: Connection, marks: Mapping[tuple[uuid.UUID, int], Sequence[str]], now: datetime) -> list[uuid.UUID]:
    """Set by which silences alerts (id, version) are hidden, with a transition for each that comes or goes; return those changed.

    An alert that has changed since that version is left alone.
    """
    if not marks:
        return []
    # As an object each: lists in a list would be taken for an array of two dimensions.
    rows = [(alert, version, {"ids": list(ids)}) for (alert, version), ids in sorted(marks.items())]
    changed = await conn.fetch(_MARK, *columns(rows), now)
    return list(dict.fromkeys(row["alert_id"] for row in changed))


async def _fetch(conn: Connection, statement: str, *values: Any) -> asyncpg.Record:
    row = await conn.fetchrow(statement, *values)
    assert row is not None
    return row
