"""What operators do with alerts, as it is written: one statement a command, which changes the alert, its history and the record, or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ioc.store.pool import Connection

_AXIS = (
    "acknowledged_by",
    "acknowledged_at",
    "assignee",
    "shelved_until",
    "shelved_by",
    "closed_at",
    "closed_by",
    "close_reason",
    "comments",
)
_UNSHELVED = "shelved_until = NULL, shelved_by = NULL"
_IS_OPEN = "old.closed_at IS NULL AND (old.condition <> 'normal' OR old.acknowledged_at IS NULL)"


class _Way(NamedTuple):
    """How a command is carried out: its transition, what it sets, and of which alerts; `$6` is the detail."""

    kind: str
    changes: str
    allowed: str
    detail: str = "$6::jsonb"


_WAYS: Mapping[str, _Way] = {
    "alert.ack": _Way("acknowledged", "acknowledged_by = $2, acknowledged_at = $3", "old.acknowledged_at IS NULL"),
    "alert.unack": _Way("unacknowledged", "acknowledged_by = NULL, acknowledged_at = NULL", "old.acknowledged_at IS NOT NULL"),
    "alert.assign": _Way("assigned", "assignee = $6::jsonb->>'assignee'", "old.assignee IS DISTINCT FROM $6::jsonb->>'assignee'"),
    "alert.comment": _Way("commented", "comments = alert.comments + 1", "true"),
    "alert.shelve": _Way(
        "shelved",
        "shelved_until = ($6::jsonb->>'until')::timestamptz, shelved_by = $2",
        f"{_IS_OPEN} AND old.shelved_until IS DISTINCT FROM ($6::jsonb->>'until')::timestamptz",
    ),
    "alert.unshelve": _Way("unshelved", _UNSHELVED, "old.shelved_until IS NOT NULL"),
    "alert.close": _Way(
        "closed",
        f"closed_at = $3, closed_by = $2, close_reason = $6::jsonb->>'reason', {_UNSHELVED}",
        "old.closed_at IS NULL",
        "$6::jsonb || jsonb_build_object('condition', condition)",  # so that the history says whether it still held
    ),
    # Not acknowledged either: what is over and acknowledged would be open to nobody.
    "alert.reopen": _Way(
        "reopened",
        "closed_at = NULL, closed_by = NULL, close_reason = NULL, acknowledged_by = NULL, acknowledged_at = NULL",
        "old.closed_at IS NOT NULL",
        "coalesce($6::jsonb, '{}') || jsonb_build_object('condition', condition)",
    ),
}


def _axis(row: str) -> str:
    members = ", ".join(f"'{name}', {row}.{name}" for name in ("version", *_AXIS))
    return f"jsonb_build_object({members})"


def _statement(op: str, chosen: str) -> str:
    """Return the statement of a command to the alerts that `chosen` locks; a row that was waited for counts as it is after the wait."""
    way = _WAYS[op]
    return f"""
WITH old AS ({chosen}),
a AS (
  UPDATE alert SET {way.changes}, updated_at = greatest(alert.updated_at, $3), version = alert.version + 1
  FROM old WHERE alert.id = old.id AND ($4::int IS NULL OR old.version = $4) AND {way.allowed}
  RETURNING alert.*, {_axis("old")} AS before
), step AS (
  INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note, detail)
  SELECT id, version, $3, '{way.kind}', severity, value, $2, $5, {way.detail} FROM a
)
INSERT INTO audit (time, actor, came_from, op, target, args, before, after, idem)
SELECT $3, $2, $7, '{op}', id::text, $8, before, {_axis("a")}, $9 FROM a RETURNING target
"""


_ONE = "SELECT * FROM alert WHERE id = $1 FOR UPDATE"
_STATEMENTS = {op: _statement(op, _ONE) for op in _WAYS}
_SEEN = """
SELECT alert.* FROM alert JOIN unnest($1::uuid[], $10::int[]) AS u (id, version) ON u.id = alert.id
WHERE alert.version = u.version ORDER BY alert.id FOR UPDATE OF alert
"""
# In one order, as the engine takes its locks, so that none waits for the other.
_ACKNOWLEDGE_SEEN = _statement("alert.ack", _SEEN)
_VERSIONS = """
SELECT a.id, a.version, a.acknowledged_at IS NOT NULL AS acknowledged,
  EXISTS (SELECT FROM alert_transition t WHERE t.alert_id = a.id AND t.recorded >= $2) AS changed
FROM alert a WHERE a.id = ANY($1::uuid[]) ORDER BY a.id
"""
_UNSHELVE_DUE = f"""
WITH due AS (SELECT id FROM alert WHERE shelved_until <= $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED),
a AS (
  UPDATE alert SET {_UNSHELVED}, updated_at = greatest(updated_at, $1), version = version + 1
  FROM due WHERE alert.id = due.id RETURNING alert.*
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note)
SELECT id, version, $1, 'unshelved', severity, value, 'engine', 'its time is over' FROM a RETURNING alert_id
"""


class Written(NamedTuple):
    """A command as it is written: who, when and from where, what was said, and the key by which it is known when it is sent again."""

    actor: str
    now: datetime
    note: str | None
    detail: dict[str, Any] | None
    came_from: str | None
    args: dict[str, Any]
    idem: str | None


async def carry_out(conn: Connection, op: str, alert_id: uuid.UUID, command: Written, *, if_version: int | None) -> bool:
    """Carry out a command on an alert, of version `if_version` where one is named; return whether that changed it.

    Raises:
        asyncpg.UniqueViolationError: the actor has used the key `idem` before.
    """
    c = command
    done = await conn.fetchval(_STATEMENTS[op], alert_id, c.actor, c.now, if_version, c.note, c.detail, c.came_from, c.args, c.idem)
    return done is not None


async def acknowledge_seen(conn: Connection, seen: Sequence[tuple[uuid.UUID, int]], command: Written) -> list[uuid.UUID]:
    """Acknowledge those of the alerts (id, version) that nobody has acknowledged and that are of that version; return them."""
    c, (ids, versions) = command, ([each[0] for each in seen], [each[1] for each in seen])
    rows = await conn.fetch(_ACKNOWLEDGE_SEEN, ids, c.actor, c.now, None, c.note, c.detail, c.came_from, c.args, None, versions)
    return [uuid.UUID(row["target"]) for row in rows]


async def versions(conn: Connection, ids: Sequence[uuid.UUID], *, since: datetime) -> dict[uuid.UUID, tuple[int, bool, bool]]:
    """Return (version, whether acknowledged, whether anything was recorded at `since` or later) of those alerts that exist."""
    rows = await conn.fetch(_VERSIONS, list(ids), since)
    return {row["id"]: (row["version"], row["acknowledged"], row["changed"]) for row in rows}


async def unshelve_due(conn: Connection, now: datetime, *, limit: int) -> list[uuid.UUID]:
    """Take alerts whose time is over from the shelf, at most `limit`, and return them; those that somebody is changing come next time."""
    return [row["alert_id"] for row in await conn.fetch(_UNSHELVE_DUE, now, limit)]
