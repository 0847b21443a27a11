"""What the alert engine writes in the transaction of a batch: how rules stand, alerts as they are now, each transition; a statement a table."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ioc.store.pool import Connection
from ioc.store.readings import columns

_STATES = """
SELECT rule_id, subject, condition, severity, since, quiet_since, moved_at, stale, alert_id, value, context FROM alert_state
"""
_KEEP_STATES = """
INSERT INTO alert_state (rule_id, subject, condition, severity, since, quiet_since, moved_at, stale, alert_id, value, context)
SELECT u.rule_id, u.subject, u.condition, u.severity, u.since, u.quiet_since, u.moved_at, u.stale, u.alert_id, u.value,
  u.context
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::bool[], $9::uuid[],
  $10::float8[], $11::jsonb[])
  AS u (rule_id, subject, condition, severity, since, quiet_since, moved_at, stale, alert_id, value, context)
ON CONFLICT (rule_id, subject) DO UPDATE SET condition = excluded.condition, severity = excluded.severity, since = excluded.since,
  quiet_since = excluded.quiet_since, moved_at = excluded.moved_at, stale = excluded.stale, alert_id = excluded.alert_id,
  value = excluded.value, context = excluded.context
"""
_DROP_STATES = "DELETE FROM alert_state a USING unnest($1::text[], $2::text[]) AS u (rule_id, subject) WHERE (a.rule_id, a.subject) = (u.rule_id, u.subject)"
_OPEN = """
INSERT INTO alert (id, rule_id, rule_version, kind, subject, station_id, property, severity, condition, value, "limit", direction, reason,
  quality, flapping, context, lon, lat, unit_id, started_at, fired_at, cleared_at, updated_at, version)
SELECT u.id, u.rule_id, u.rule_version, u.kind, u.subject, st.id, u.property, u.severity, u.condition, u.value, u."limit", u.direction,
  u.reason, u.quality, u.flapping, u.context, coalesce(u.lon, p.lon, st.lon), coalesce(u.lat, p.lat, st.lat),
  coalesce(u.unit_id, CASE WHEN p.lon IS NULL THEN st.unit_id ELSE p.unit_id END),
  u.started_at, u.fired_at, u.cleared_at, u.updated_at, u.steps
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::float8[], $12::float8[], $13::text[], $14::text[], $15::text[], $16::bool[], $17::jsonb[], $18::float8[], $19::float8[], $20::int[],
  $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::timestamptz[], $25::int[])
  AS u (id, rule_id, rule_version, kind, subject, source, station, property, severity, condition, value, "limit", direction, reason,
    quality, flapping, context, lon, lat, unit_id, started_at, fired_at, cleared_at, updated_at, steps)
LEFT JOIN source s ON s.name = u.source LEFT JOIN station st ON st.source_id = s.id AND st.code = u.station
LEFT JOIN latest_position p ON p.station_id = st.id
"""
_MOVE = """
UPDATE alert a SET rule_version = u.rule_version, severity = u.severity, condition = u.condition,
  value = coalesce(u.value, a.value), "limit" = u."limit", reason = CASE WHEN u.value IS NULL THEN a.reason ELSE u.reason END,
   quality = u.quality, flapping = u.flapping, context = u.context, updated_at = greatest(a.updated_at, u.updated_at),
  late_corrections = a.late_corrections + u.late, version = a.version + u.steps,
  cleared_at = CASE WHEN u.condition = 'normal' THEN coalesce(u.cleared_at, a.cleared_at) END,
  acknowledged_at = CASE WHEN NOT u.alarms THEN a.acknowledged_at END, acknowledged_by = CASE WHEN NOT u.alarms THEN a.acknowledged_by END,
  shelved_until = CASE WHEN NOT u.alarms THEN a.shelved_until END, shelved_by = CASE WHEN NOT u.alarms THEN a.shelved_by END,
  closed_at = CASE WHEN NOT (u.alarms OR u.reopens) THEN a.closed_at END, closed_by = CASE WHEN NOT (u.alarms OR u.reopens) THEN a.closed_by END,
  close_reason = CASE WHEN NOT (u.alarms OR u.reopens) THEN a.close_reason END
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::text[], $9::bool[], $10::jsonb[],
  $11::timestamptz[], $12::timestamptz[], $13::int[], $14::int[], $15::bool[], $16::bool[])
  AS u (id, rule_version, severity, condition, value, "limit", reason, quality, flapping, context, cleared_at, updated_at, late, steps,
    alarms, reopens)
WHERE a.id = u.id RETURNING a.id, a.version
"""
_ADD_STEPS = """
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note, detail)
SELECT u.alert_id, u.seq, u.time, u.kind, u.severity, u.value, 'engine', u.note, u.detail
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::float8[], $7::text[], $8::jsonb[])
  AS u (alert_id, seq, time, kind, severity, value, note, detail)
"""


class StateRow(NamedTuple):
    """How a rule stands for a subject."""

    rule_id: str
    subject: str
    condition: str
    severity: str | None
    since: datetime | None
    quiet_since: datetime | None
    moved_at: datetime | None
    stale: bool
    alert_id: uuid.UUID | None
    value: float
    context: dict[str, Any]


class Step(NamedTuple):
    """One transition of an alert."""

    kind: str
    time: datetime
    severity: str
    value: float | None
    note: str | None
    detail: dict[str, Any] | None


class AlertRow(NamedTuple):
    """An alert after a batch, with the steps that it took there.

    `fired_at` is None where it was there before the batch, `value` where nothing but notes came; `alarms` says that it asks anew for whoever had acknowledged, shelved or closed
    it, `reopens` that it came again after it had cleared.
    """

    id: uuid.UUID
    rule_id: str
    rule_version: int
    kind: str
    subject: str
    source: str | None
    station: str | None
    property: str | None
    severity: str
    condition: str
    value: float | None
    limit: float
    direction: str
    reason: str | None
    quality: str
    flapping: bool
    context: dict[str, Any]
    lon: float | None
    lat: float | None
    unit_id: int | None
    started_at: datetime
    fired_at: datetime | None
    cleared_at: datetime | None
    updated_at: datetime
    late: int
    alarms: bool
    reopens: bool
    steps: Sequence[Step]


async def states(conn: Connection) -> list[asyncpg.Record]:
    """Return how every rule stands for every subject that is not simply normal."""
    return await conn.fetch(_STATES)


async def keep_states(conn: Connection, kept: Sequence[StateRow], dropped: Sequence[tuple[str, str]]) -> None:
    """Keep how rules stand, and forget those of (rule, subject) that are simply normal again."""
    if dropped:
        await conn.execute(_DROP_STATES, *columns(dropped))
    if kept:
        await conn.execute(_KEEP_STATES, *columns(kept))


async def record(conn: Connection, alerts: Iterable[AlertRow]) -> None:
    """Write alerts as they stand after a batch, and each step that they took, numbered on from what they had."""
    new: list[AlertRow] = []
    known: list[AlertRow] = []
    for alert in sorted(alerts, key=lambda a: a.id):  # in one order, so that two writers never wait for each other
        (known if alert.fired_at is None else new).append(alert)
    first = {alert.id: 1 for alert in new}
    if new:
        await conn.execute(_OPEN, *columns([(*a[:24], len(a.steps)) for a in new]))
    if known:
        moved = [
            (a.id, a.rule_version, a.severity, a.condition, a.value, a.limit, a.reason, a.quality, a.flapping, a.context)  # noqa: RUF005
            + (a.cleared_at, a.updated_at, a.late, len(a.steps), a.alarms, a.reopens)
            for a in known
        ]
        taken = {a.id: len(a.steps) for a in known}
        for row in await conn.fetch(_MOVE, *columns(moved)):
            first[row["id"]] = row["version"] - taken[row["id"]] + 1
    steps = [
        (a.id, first[a.id] + number, s.time, s.kind, s.severity, s.value, s.note, s.detail)
        for a in (*new, *known)
        if a.id in first
        for number, s in enumerate(a.steps)
    ]
    if steps:
        await conn.execute(_ADD_STEPS, *columns(steps))
