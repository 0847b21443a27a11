"""Rules as loaded, the state of each rule and series, alerts and their transitions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ioc.domain.live import AlertView
from ioc.domain.unit import UnitRef
from ioc.store.pool import Connection

_NEWEST_RULES = "SELECT DISTINCT ON (rule_id) rule_id, version, definition FROM rule_version ORDER BY rule_id, version DESC"
_ADD_RULE = "INSERT INTO rule_version (rule_id, version, definition) VALUES ($1, $2, $3)"
_STATES = """
SELECT s.rule_id, s.series_id, s.condition, s.severity, s.since, s.quiet_since, s.alert_id, l.time AS judged_at
FROM alert_state s LEFT JOIN latest_observation l USING (series_id)
"""
_KEEP_STATES = """
INSERT INTO alert_state (rule_id, series_id, condition, severity, since, quiet_since, alert_id)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::uuid[])
ON CONFLICT (rule_id, series_id) DO UPDATE SET condition = excluded.condition, severity = excluded.severity, since = excluded.since,
  quiet_since = excluded.quiet_since, alert_id = excluded.alert_id
"""
_OPEN = """
WITH a AS (
  INSERT INTO alert (id, rule_id, rule_version, series_id, severity, condition, value, "limit", direction, lon, lat, unit_id, started_at,
                     fired_at, updated_at, version)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce(p.lon, st.lon), coalesce(p.lat, st.lat),
    CASE WHEN p.lon IS NULL THEN st.unit_id ELSE p.unit_id END, $10, $11, $11, 1
  FROM series se JOIN station st ON st.id = se.station_id LEFT JOIN latest_position p ON p.station_id = st.id WHERE se.id = $4
  RETURNING id, version
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor) SELECT id, version, $11, $12, $5, $7, 'engine' FROM a
"""
_MOVE = """
WITH a AS (
  UPDATE alert SET severity = $2, condition = $3, value = $4, "limit" = $5, updated_at = $6::timestamptz, version = version + 1,
    cleared_at = CASE WHEN $7::text = 'cleared' THEN $6::timestamptz END,
    acknowledged_at = CASE WHEN $7 = 'worsened' THEN NULL ELSE acknowledged_at END,
    acknowledged_by = CASE WHEN $7 = 'worsened' THEN NULL ELSE acknowledged_by END
  WHERE id = $1 RETURNING id, version
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor) SELECT id, version, $6::timestamptz, $7::text, $2, $4, 'engine' FROM a
"""
_ACKNOWLEDGE = """
WITH a AS (
  UPDATE alert SET acknowledged_by = $2, acknowledged_at = $3, updated_at = $3, version = version + 1
  WHERE id = $1 AND acknowledged_at IS NULL AND ($4::int IS NULL OR version = $4) RETURNING id, version, severity, value
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note)
SELECT id, version, $3, 'acknowledged', severity, value, $2, $5 FROM a RETURNING seq
"""
_CLOSE_ORPHANS = """
WITH a AS (
  UPDATE alert SET condition = 'normal', cleared_at = $2, updated_at = $2, version = version + 1
  WHERE condition <> 'normal' AND rule_id <> ALL ($1::text[]) RETURNING id, version, severity, value
), s AS (DELETE FROM alert_state WHERE rule_id <> ALL ($1::text[]))
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note)
SELECT id, version, $2, 'cleared', severity, value, 'engine', 'the rule was removed' FROM a
"""
_ALERTS = """
SELECT a.*, r.definition, s.name AS source, st.code AS station, st.name AS station_name, st.properties, se.property
FROM alert a JOIN rule_version r ON r.rule_id = a.rule_id AND r.version = a.rule_version
JOIN series se ON se.id = a.series_id JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
"""
_BY_ID = f"{_ALERTS} WHERE a.id = ANY($1::uuid[])"
_OPEN_ONES = f"{_ALERTS} WHERE a.condition <> 'normal' OR a.acknowledged_at IS NULL ORDER BY a.fired_at DESC"
_FIND = f"""{_ALERTS}
WHERE ($1::text[] IS NULL OR a.condition = ANY($1)) AND ($2::bool IS NULL OR (a.acknowledged_at IS NOT NULL) = $2)
  AND ($3::text[] IS NULL OR a.severity = ANY($3)) ORDER BY a.fired_at DESC LIMIT $4
"""
_CLOSED_SINCE = (
    f"{_ALERTS} WHERE a.updated_at >= $1 AND NOT (a.condition <> 'normal' OR a.acknowledged_at IS NULL) ORDER BY a.updated_at DESC LIMIT $2"
)
_TRANSITIONS = "SELECT seq, time, recorded, kind, severity, value, actor, note FROM alert_transition WHERE alert_id = $1 ORDER BY seq"

StateRow = tuple[str, int, str, str | None, datetime | None, datetime | None, uuid.UUID | None]
UnitOf = Callable[[int], UnitRef | None]


class TransitionRow(NamedTuple):
    """What the engine decided about an alert, as it is written."""

    alert_id: uuid.UUID
    rule_id: str
    rule_version: int
    series_id: int
    kind: str
    condition: str
    severity: str
    value: float
    limit: float
    direction: str
    started_at: datetime
    time: datetime


async def keep_rules(conn: Connection, definitions: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Keep a new version of each rule that reads otherwise than its newest, and return the version of each."""
    newest = {row["rule_id"]: (row["version"], row["definition"]) for row in await conn.fetch(_NEWEST_RULES)}
    versions = {}
    for definition in definitions:
        rule_id = definition["id"]
        version, known = newest.get(rule_id, (0, None))
        if known != definition:
            version += 1
            await conn.execute(_ADD_RULE, rule_id, version, definition)
        versions[rule_id] = version
    return versions


async def states(conn: Connection) -> list[asyncpg.Record]:
    """Return how every rule stood for every series."""
    return await conn.fetch(_STATES)


async def keep_states(conn: Connection, rows: Sequence[StateRow]) -> None:
    """Keep rows of (rule, series, condition, severity, since, quiet_since, alert)."""
    if rows:
        await conn.execute(_KEEP_STATES, *(list(column) for column in zip(*rows, strict=True)))


async def record(conn: Connection, row: TransitionRow) -> None:
    """Write one transition of one alert, and the alert as it stands after it."""
    if row.kind == "fired":
        place = row.severity, row.condition, row.value, row.limit, row.direction
        await conn.execute(_OPEN, row.alert_id, row.rule_id, row.rule_version, row.series_id, *place, row.started_at, row.time, row.kind)
    else:
        await conn.execute(_MOVE, row.alert_id, row.severity, row.condition, row.value, row.limit, row.time, row.kind)


async def close_orphans(conn: Connection, rule_ids: list[str], now: datetime) -> None:
    """Clear the alerts of rules that are no more."""
    await conn.execute(_CLOSE_ORPHANS, rule_ids, now)


async def acknowledge(
    conn: Connection, alert_id: uuid.UUID, *, actor: str, now: datetime, if_version: int | None, note: str | None
) -> bool:
    """Acknowledge an alert that nobody has acknowledged, of version `if_version` where one is named; return whether that was so."""
    return await conn.fetchval(_ACKNOWLEDGE, alert_id, actor, now, if_version, note) is not None


async def alerts_by_id(conn: Connection, ids: Sequence[uuid.UUID], unit_of: UnitOf) -> list[AlertView]:
    """Return these alerts, in the order asked for; one that does not exist is left out."""
    found = {row["id"]: _view(row, unit_of) for row in await conn.fetch(_BY_ID, list(ids))} if ids else {}
    return [found[alert_id] for alert_id in ids if alert_id in found]


async def open_alerts(conn: Connection, unit_of: UnitOf) -> list[AlertView]:
    """Return every alert that holds or that nobody has acknowledged, newest first."""
    return [_view(row, unit_of) for row in await conn.fetch(_OPEN_ONES)]


async def closed_alerts(conn: Connection, unit_of: UnitOf, *, since: datetime, limit: int) -> list[AlertView]:
    """Return the newest `limit` alerts that are no longer open and were until `since` or later."""
    return [_view(row, unit_of) for row in await conn.fetch(_CLOSED_SINCE, since, limit)]


async def find_alerts(
    conn: Connection,
    unit_of: UnitOf,
    *,
    conditions: list[str] | None,
    acknowledged: bool | None,
    severities: list[str] | None,
    limit: int,
) -> list[AlertView]:
    """Return the newest `limit` alerts of any of the conditions and severities; None means any."""
    return [_view(row, unit_of) for row in await conn.fetch(_FIND, conditions, acknowledged, severities, limit)]


async def transitions(conn: Connection, alert_id: uuid.UUID) -> list[asyncpg.Record]:
    """Return what happened to an alert, in order."""
    return await conn.fetch(_TRANSITIONS, alert_id)


def _view(row: asyncpg.Record, unit_of: UnitOf) -> AlertView:
    unit = None if row["unit_id"] is None else unit_of(row["unit_id"])
    described = row["properties"].get(row["property"]) or {}
    station = f"{row['source']}/{row['station']}"
    return AlertView(
        id=str(row["id"]),
        rule=row["rule_id"],
        title=row["definition"]["title"],
        description=row["definition"]["description"],
        severity=row["severity"],
        condition=row["condition"],
        subject=f"{station}/{row['property']}",
        station=station,
        station_name=row["station_name"],
        property=row["property"],
        value=row["value"],
        limit=row["limit"],
        direction=row["direction"],
        uom=described.get("unit"),
        lon=row["lon"],
        lat=row["lat"],
        unit=unit.as_json() if unit else None,
        started_at=row["started_at"],
        fired_at=row["fired_at"],
        cleared_at=row["cleared_at"],
        updated_at=row["updated_at"],
        acknowledged=row["acknowledged_at"] is not None,
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=row["acknowledged_at"],
        version=row["version"],
    )
