"""The live state as the database holds it: what a mirror starts from, and what heals it after a gap."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ioc.domain.live import Changes, ObservationChange, PositionChange, StationView
from ioc.store import alerts
from ioc.store.alerts import UnitOf
from ioc.store.pool import Connection

_STATIONS = """
SELECT s.name AS source, st.code AS station, st.name, st.kind, st.lon, st.lat, st.properties, st.interval_s, st.unit_id
FROM station st JOIN source s ON s.id = st.source_id ORDER BY st.id
"""
_OBSERVATIONS = """
SELECT s.name, st.code, se.property, l.time, l.value FROM latest_observation l JOIN series se ON se.id = l.series_id
JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
"""
_POSITIONS = """
SELECT s.name AS source, st.code AS station, p.time, p.lon, p.lat, p.speed, p.heading, p.unit_id AS unit
FROM latest_position p JOIN station st ON st.id = p.station_id JOIN source s ON s.id = st.source_id
"""
_FIXED = "SELECT id, lon, lat, unit_id FROM station WHERE lon IS NOT NULL"
_PLACE = "UPDATE station SET unit_id = u.unit FROM unnest($1::int[], $2::int[]) AS u (id, unit) WHERE station.id = u.id"


async def load_live(conn: Connection, unit_of: UnitOf, believed_open: Iterable[str] = ()) -> Changes:
    """Return all stations with their newest readings, the open alerts, and those of `believed_open` that are not open any more."""

    def unit(number: int | None) -> dict[str, object] | None:
        ref = None if number is None else unit_of(number)
        return None if ref is None else ref.as_json()

    async with conn.transaction(isolation="repeatable_read", readonly=True):
        open_alerts = await alerts.open_alerts(conn, unit_of)
        closed = {uuid.UUID(alert) for alert in believed_open} - {uuid.UUID(alert.id) for alert in open_alerts}
        return Changes(
            stations=await station_views(conn, unit_of),
            observations=[ObservationChange(*row) for row in await conn.fetch(_OBSERVATIONS)],
            positions=[PositionChange(**{**row, "unit": unit(row["unit"])}) for row in map(dict, await conn.fetch(_POSITIONS))],
            alerts=[*open_alerts, *await alerts.alerts_by_id(conn, sorted(closed), unit_of)],
        )


async def station_views(conn: Connection, unit_of: UnitOf) -> list[StationView]:
    """Return all stations as they describe themselves."""
    told = []
    for row in await conn.fetch(_STATIONS):
        ref = None if row["unit_id"] is None else unit_of(row["unit_id"])
        told.append(StationView(**{k: v for k, v in row.items() if k != "unit_id"}, unit=None if ref is None else ref.as_json()))
    return told


async def fixed_stations(conn: Connection) -> list[tuple[int, float, float, int | None]]:
    """Return (station, lon, lat, unit) of every station that has a fixed place."""
    return [tuple(row) for row in await conn.fetch(_FIXED)]


async def place_stations(conn: Connection, units: dict[int, int | None]) -> None:
    """Give fixed stations their units: station -> unit."""
    if units:
        await conn.execute(_PLACE, list(units), list(units.values()))
