"""Alerts as they are shown: those that are open, those that closed lately, and what happened to each. Those asked for: `alert_search`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg

from ioc.domain.live import AlertView
from ioc.domain.unit import UnitRef
from ioc.store.pool import Connection

ALERTS = """
SELECT a.*, r.definition, s.name AS source, st.code AS station, st.name AS station_name, st.properties
FROM alert a JOIN rule_version r ON r.rule_id = a.rule_id AND r.version = a.rule_version
LEFT JOIN station st ON st.id = a.station_id LEFT JOIN source s ON s.id = st.source_id
"""
_BY_ID = f"{ALERTS} WHERE a.id = ANY($1::uuid[])"
IS_OPEN = "a.closed_at IS NULL AND (a.condition <> 'normal' OR a.acknowledged_at IS NULL)"
_OPEN_ONES = f"{ALERTS} WHERE {IS_OPEN} ORDER BY a.fired_at DESC"
_CLOSED_SINCE = f"{ALERTS} WHERE a.updated_at >= $1 AND NOT ({IS_OPEN}) ORDER BY a.updated_at DESC LIMIT $2"
_TRANSITIONS = """
SELECT seq, time, recorded, kind, severity, value, actor, note, detail FROM alert_transition WHERE alert_id = $1 ORDER BY seq
"""

UnitOf = Callable[[int], UnitRef | None]


async def alerts_by_id(conn: Connection, ids: Sequence[uuid.UUID], unit_of: UnitOf) -> list[AlertView]:
    """Return these alerts, in the order asked for; one that does not exist is left out."""
    found = {row["id"]: view(row, unit_of) for row in await conn.fetch(_BY_ID, list(ids))} if ids else {}
    return [found[alert_id] for alert_id in ids if alert_id in found]


async def open_alerts(conn: Connection, unit_of: UnitOf) -> list[AlertView]:
    """Return every alert that holds or that nobody has acknowledged, newest first."""
    return [view(row, unit_of) for row in await conn.fetch(_OPEN_ONES)]


async def closed_alerts(conn: Connection, unit_of: UnitOf, *, since: datetime, limit: int) -> list[AlertView]:
    """Return the newest `limit` alerts that are no longer open and were until `since` or later."""
    return [view(row, unit_of) for row in await conn.fetch(_CLOSED_SINCE, since, limit)]


async def transitions(conn: Connection, alert_id: uuid.UUID) -> list[asyncpg.Record]:
    """Return what happened to an alert, in order."""
    return await conn.fetch(_TRANSITIONS, alert_id)


_AS_STORED = frozenset(AlertView.__struct_fields__) - {
    "id",
    "rule",
    "title",
    "description",
    "station",
    "uom",
    "unit",
    "acknowledged",
}


def view(row: asyncpg.Record, unit_of: UnitOf) -> AlertView:
    """Return an alert from a row of `ALERTS`."""
    unit = None if row["unit_id"] is None else unit_of(row["unit_id"])
    described = (row["properties"] or {}).get(row["property"]) or {}
    same = {name: row[name] for name in _AS_STORED}
    return AlertView(
        id=str(row["id"]),
        rule=row["rule_id"],
        title=row["definition"]["title"],
        description=row["definition"]["description"],
        station=None if row["station"] is None else f"{row['source']}/{row['station']}",
        uom=described.get("unit"),
        unit=unit.as_json() if unit else None,
        acknowledged=row["acknowledged_at"] is not None,
        **same,
    )
