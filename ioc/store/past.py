"""The state as it was at a past moment, and what changed between two: from what is stored, with what was known then or what is known now.

What was known at a moment is what had arrived by then: `arrived` is stored beside each reading, and `corrected_observation` has the values that
readings had before they were corrected. Stations have no history: they are described as they are now, and stand where they stand now.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from ioc.domain.alert_story import Standing, Step, after
from ioc.domain.live import AlertView, Changes, ObservationChange, PositionChange
from ioc.errors import Unavailable
from ioc.store.alerts import UnitOf, alerts_by_id
from ioc.store.faults import STORE_TROUBLE
from ioc.store.live import station_views
from ioc.store.pool import Connection

_NAMED = """
FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
"""
_STATE_NOW_KNOWN = f"""
SELECT s.name, st.code, se.property, o.time, o.value {_NAMED},
LATERAL (SELECT time, value FROM observation WHERE series_id = se.id AND time <= $1 ORDER BY time DESC LIMIT 1) AS o
"""
_STATE_THEN_KNOWN = f"""
SELECT s.name, st.code, se.property, o.time, o.value {_NAMED},
LATERAL (
  (SELECT time, value, arrived FROM observation
   WHERE series_id = se.id AND time <= $1::timestamptz + interval '1 day' AND arrived <= $1 ORDER BY time DESC LIMIT 1)
  UNION ALL
  (SELECT time, value, arrived FROM corrected_observation
   WHERE series_id = se.id AND time <= $1::timestamptz + interval '1 day' AND arrived <= $1 ORDER BY time DESC, arrived DESC LIMIT 1)
  ORDER BY time DESC, arrived DESC LIMIT 1
) AS o
"""
_CHANGED_NOW_KNOWN = f"""
SELECT s.name, st.code, se.property, o.time, o.value FROM (
  SELECT DISTINCT ON (series_id) series_id, time, value FROM observation WHERE time > $1 AND time <= $2 ORDER BY series_id, time DESC
) AS o {_NAMED.replace("FROM series se", "JOIN series se ON se.id = o.series_id")}
"""
_CHANGED_THEN_KNOWN = f"""
SELECT s.name, st.code, se.property, o.time, o.value FROM (
  SELECT DISTINCT ON (series_id) series_id, time, value FROM (
    SELECT series_id, time, value, arrived FROM observation WHERE arrived > $1 AND arrived <= $2
    UNION ALL
    SELECT series_id, time, value, arrived FROM corrected_observation WHERE arrived > $1 AND arrived <= $2
  ) AS known ORDER BY series_id, time DESC, arrived DESC
) AS o {_NAMED.replace("FROM series se", "JOIN series se ON se.id = o.series_id")}
"""
_PLACED = "s.name AS source, st.code AS station, p.time, p.lon, p.lat, p.speed, p.heading, p.unit_id AS unit"
_POSITIONS_NOW_KNOWN = f"""
SELECT {_PLACED} FROM latest_position l JOIN station st ON st.id = l.station_id JOIN source s ON s.id = st.source_id,
LATERAL (SELECT * FROM position WHERE station_id = st.id AND time <= $1 ORDER BY time DESC LIMIT 1) AS p
"""
_POSITIONS_THEN_KNOWN = f"""
SELECT {_PLACED} FROM latest_position l JOIN station st ON st.id = l.station_id JOIN source s ON s.id = st.source_id,
LATERAL (
  SELECT * FROM position WHERE station_id = st.id AND time <= $1::timestamptz + interval '1 day' AND arrived <= $1 ORDER BY time DESC LIMIT 1
) AS p
"""
_MOVED_NOW_KNOWN = f"""
SELECT {_PLACED} FROM (
  SELECT DISTINCT ON (station_id) * FROM position WHERE time > $1 AND time <= $2 ORDER BY station_id, time DESC
) AS p JOIN station st ON st.id = p.station_id JOIN source s ON s.id = st.source_id
"""
_MOVED_THEN_KNOWN = _MOVED_NOW_KNOWN.replace("time > $1 AND time <= $2", "arrived > $1 AND arrived <= $2")
_TRANSITIONS = """
SELECT t.alert_id, t.seq, t.time, t.recorded, t.kind, t.severity, t.value, t.actor, t.detail FROM alert_transition t JOIN alert a ON a.id = t.alert_id
WHERE a.updated_at >= $1::timestamptz - interval '1 day' OR a.condition <> 'normal' OR a.acknowledged_at IS NULL ORDER BY t.alert_id, t.seq
"""
_TRANSITIONS_OF = """
SELECT alert_id, seq, time, recorded, kind, severity, value, actor, detail FROM alert_transition
WHERE alert_id IN (SELECT alert_id FROM alert_transition WHERE recorded > $1 AND recorded <= $2) ORDER BY alert_id, seq
"""
_TRANSITIONS_AT = _TRANSITIONS_OF.replace("recorded > $1 AND recorded <= $2", "time > $1 AND time <= $2")


class StoredPast:
    """The past as the database has it, over a pool of connections."""

    def __init__(self, pool: Callable[[], asyncpg.Pool], unit_of: UnitOf) -> None:
        self._pool, self._unit_of = pool, unit_of

    async def state_at(self, at: datetime, *, known_then: bool) -> Changes:
        """Return the whole state as of a moment; raises Unavailable."""
        return await self._ask(lambda conn: state_at(conn, at, self._unit_of, known_then=known_then))

    async def changes_between(self, begin: datetime, end: datetime, *, known_then: bool) -> Changes:
        """Return what changed after `begin` up to `end`; raises Unavailable."""
        return await self._ask(lambda conn: changes_between(conn, begin, end, self._unit_of, known_then=known_then))

    async def _ask(self, question: Callable[[Connection], Awaitable[Changes]]) -> Changes:
        try:
            async with self._pool().acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
                return await question(conn)
        except (*STORE_TROUBLE, asyncpg.QueryCanceledError) as error:
            raise Unavailable(f"the past cannot be read from the database: {type(error).__name__}") from error


async def state_at(conn: Connection, at: datetime, unit_of: UnitOf, *, known_then: bool) -> Changes:
    """Return all stations with their newest readings, and the alerts that were open, as of the moment `at`."""
    observations = await conn.fetch(_STATE_THEN_KNOWN if known_then else _STATE_NOW_KNOWN, at)
    positions = await conn.fetch(_POSITIONS_THEN_KNOWN if known_then else _POSITIONS_NOW_KNOWN, at)
    told = _alerts_of(await _described(conn, await conn.fetch(_TRANSITIONS, at), unit_of), None, at, known_then=known_then)
    newest = {alert.id: alert for alert in told}
    return Changes(
        stations=await station_views(conn, unit_of),
        observations=[ObservationChange(*row) for row in observations],
        positions=_positions(positions, unit_of),
        alerts=[alert for alert in newest.values() if alert.is_open()],
    )


async def changes_between(conn: Connection, begin: datetime, end: datetime, unit_of: UnitOf, *, known_then: bool) -> Changes:
    """Return what changed after `begin` up to `end`: the newest of each series and station, and every change of every alert in order."""
    observations = await conn.fetch(_CHANGED_THEN_KNOWN if known_then else _CHANGED_NOW_KNOWN, begin, end)
    positions = await conn.fetch(_MOVED_THEN_KNOWN if known_then else _MOVED_NOW_KNOWN, begin, end)
    transitions = await conn.fetch(_TRANSITIONS_OF if known_then else _TRANSITIONS_AT, begin, end)
    return Changes(
        observations=[ObservationChange(*row) for row in observations],
        positions=_positions(positions, unit_of),
        alerts=_alerts_of(await _described(conn, transitions, unit_of), begin, end, known_then=known_then),
    )


def _positions(rows: Iterable[Any], unit_of: UnitOf) -> list[PositionChange]:
    told = []
    for row in map(dict, rows):
        ref = None if row["unit"] is None else unit_of(row["unit"])
        told.append(PositionChange(**{**row, "unit": None if ref is None else ref.as_json()}))
    return told


async def _described(conn: Connection, rows: list[Any], unit_of: UnitOf) -> list[tuple[AlertView, list[Any]]]:
    """Return each alert as it is now with its transitions in order."""
    steps: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        steps.setdefault(row["alert_id"], []).append(row)
    return [(alert, steps[uuid.UUID(alert.id)]) for alert in await alerts_by_id(conn, sorted(steps), unit_of)]


def _alerts_of(told: list[tuple[AlertView, list[Any]]], begin: datetime | None, end: datetime, *, known_then: bool) -> list[AlertView]:
    """Return how the alerts stood after each transition after `begin` up to `end`, in the order of these."""
    found = []
    for alert, steps in told:
        for step, shown in zip(steps, _story(alert, steps), strict=True):
            at = step["recorded"] if known_then else step["time"]
            if at <= end and (begin is None or at > begin):
                found.append((at, shown))
    return [shown for _, shown in sorted(found, key=lambda one: (one[0], one[1].id, one[1].version))]


def _story(alert: AlertView, rows: list[Any]) -> list[AlertView]:
    """Return how an alert stood after each of its transitions."""
    told, standing, value = [], Standing(), alert.value
    for row in rows:
        step = Step(row["kind"], row["time"], row["recorded"], row["severity"], row["actor"], detail=row["detail"])
        standing = after(standing, step)
        value = value if row["value"] is None else row["value"]
        members = {
            "version": row["seq"],
            "severity": standing.severity,
            "condition": standing.condition,
            "value": value,
            "updated_at": row["time"],
            "cleared_at": standing.cleared_at,
            "acknowledged": standing.acknowledged_by is not None,
            "acknowledged_by": standing.acknowledged_by,
            "acknowledged_at": standing.acknowledged_at,
            "assignee": standing.assignee,
            "shelved_until": standing.shelved_until,
            "shelved_by": standing.shelved_by,
            "closed_at": standing.closed_at,
            "closed_by": standing.closed_by,
            "silenced_by": sorted(standing.silenced_by),
        }
        told.append(msgspec.structs.replace(alert, **members))
    return told
