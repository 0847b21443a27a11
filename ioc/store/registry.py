"""Sources, stations and series: their numbers, their descriptions, and the newest time of each series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg
import msgspec

from ioc.domain.event import ServiceEvent
from ioc.domain.live import StationView
from ioc.domain.observation import SeriesKey, StationKey
from ioc.domain.station import PropertyDescription, SourceStatus, StationDescription
from ioc.domain.unit import UnitRef
from ioc.store.pool import Connection

_ADD_SOURCES = "INSERT INTO source (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
_LOAD_SOURCES = "SELECT id, name FROM source WHERE name = ANY($1::text[])"
_ADD_STATIONS = """
INSERT INTO station (source_id, code, name) SELECT s.id, t.code, t.code
FROM unnest($1::text[], $2::text[]) AS t (source, code) JOIN source s ON s.name = t.source ON CONFLICT DO NOTHING
"""
_LOAD_STATIONS = """
SELECT st.id, s.name AS source, st.code, st.name, st.kind, st.lon, st.lat, st.properties, st.interval_s, st.unit_id, p.time
FROM unnest($1::text[], $2::text[]) AS t (source, code) JOIN source s ON s.name = t.source JOIN station st ON st.source_id = s.id AND st.code = t.code
LEFT JOIN latest_position p ON p.station_id = st.id
"""
_ADD_SERIES = """
INSERT INTO series (station_id, property) SELECT * FROM unnest($1::int[], $2::text[]) ON CONFLICT DO NOTHING
"""
_LOAD_SERIES = """
SELECT se.id, se.station_id, se.property, l.time FROM unnest($1::int[], $2::text[]) AS t (station_id, property)
JOIN series se USING (station_id, property) LEFT JOIN latest_observation l ON l.series_id = se.id
"""
_DESCRIBE_STATION = """
UPDATE station SET name = $2, kind = $3, lon = $4, lat = $5, properties = $6, interval_s = $7, unit_id = $8 WHERE id = $1
"""
_SET_STATUS = "UPDATE source SET online = $2, status_at = $3 WHERE name = $1 AND (status_at IS NULL OR status_at <= $3)"
_SEE_SOURCES = """
UPDATE source s SET last_seen = greatest(s.last_seen, u.at) FROM unnest($1::text[], $2::timestamptz[]) AS u (name, at) WHERE s.name = u.name
"""


@dataclass(slots=True)
class StationEntry:
    """A registered station: its number, what it says about itself, and the event time of its newest position."""

    id: int
    view: StationView
    properties: dict[str, PropertyDescription]
    newest_position: datetime | None = None


@dataclass(slots=True)
class SeriesEntry:
    """A registered series and the event time of its newest observation, which only `Registry` moves forward."""

    id: int
    key: SeriesKey
    station: StationEntry
    newest: datetime | None

    @property
    def told(self) -> PropertyDescription | None:
        """What its station says about the property, None where it says nothing."""
        return self.station.properties.get(self.key.property)

    @property
    def description(self) -> StationView:
        """The station as it describes itself; another object after each new description."""
        return self.station.view


class EventTypes(Protocol):
    """Whoever knows what sources may send."""

    def fault_of(self, event: ServiceEvent, /) -> tuple[str, str] | None:
        """Return the reason why an event is not acceptable and a sentence that says so, None where it is."""
        ...


class Registry:
    """Numbers of sources, stations and series, read once and kept; what is missing is added. `event_types` None: any event may come."""

    def __init__(self, unit_of: Callable[[int], UnitRef | None], *, event_types: EventTypes | None = None) -> None:
        self._unit_of, self.event_types = unit_of, event_types
        self.sources: dict[str, int] = {}
        self.stations: dict[StationKey, StationEntry] = {}
        self.series: dict[SeriesKey, SeriesEntry] = {}
        self._is_outdated = False

    def forget(self) -> None:
        """Forget everything before the next batch, so that it is read again; the batch in hand goes on with what it has."""
        self._is_outdated = True

    def renew(self) -> None:
        """Forget what is to be forgotten; called between batches."""
        if self._is_outdated:
            self.sources.clear()
            self.stations.clear()
            self.series.clear()
            self._is_outdated = False

    def event_fault(self, event: ServiceEvent) -> tuple[str, str] | None:
        """Return the reason why an event is not acceptable and a sentence that says so, None where it is."""
        return None if self.event_types is None else self.event_types.fault_of(event)

    def description(self, series: SeriesKey) -> PropertyDescription | None:
        """Return what the station said about the property, None where it said nothing or the series is not registered."""
        entry = self.series.get(series)
        return None if entry is None else entry.told

    async def ensure_stations(self, conn: Connection, sources: Iterable[str], stations: Iterable[StationKey]) -> None:
        """Register the sources and stations that are new and load those that are not known here yet."""
        new_sources = sorted({name for name in (*sources, *(s.source for s in stations)) if name not in self.sources})
        if new_sources:
            await conn.execute(_ADD_SOURCES, new_sources)
            self.sources.update({row["name"]: row["id"] for row in await conn.fetch(_LOAD_SOURCES, new_sources)})
        new = sorted({key for key in stations if key not in self.stations})
        if new:
            columns = [key.source for key in new], [key.station for key in new]
            await conn.execute(_ADD_STATIONS, *columns)
            for row in await conn.fetch(_LOAD_STATIONS, *columns):
                self.stations[StationKey(row["source"], row["code"])] = self._entry(row)

    async def ensure_series(self, conn: Connection, keys: Iterable[SeriesKey]) -> None:
        """Register the series that are new, of stations that are known here, and load those that are not known here yet."""
        new = sorted({key for key in keys if key not in self.series})
        if not new:
            return
        by_id = {self.stations[key.of_station()].id: self.stations[key.of_station()] for key in new}
        columns = [self.stations[key.of_station()].id for key in new], [key.property for key in new]
        await conn.execute(_ADD_SERIES, *columns)
        for row in await conn.fetch(_LOAD_SERIES, *columns):
            station = by_id[row["station_id"]]
            key = SeriesKey(station.view.source, station.view.station, row["property"])
            self.series[key] = SeriesEntry(row["id"], key, station, row["time"])

    def _entry(self, row: asyncpg.Record) -> StationEntry:
        unit = None if row["unit_id"] is None else self._unit_of(row["unit_id"])
        view = StationView(
            source=row["source"],
            station=row["code"],
            name=row["name"],
            kind=row["kind"],
            lon=row["lon"],
            lat=row["lat"],
            unit=unit.as_json() if unit else None,
            properties=row["properties"],
            interval_s=row["interval_s"],
        )
        return StationEntry(row["id"], view, _descriptions(row["properties"]), row["time"])


def _descriptions(properties: dict[str, dict[str, object]]) -> dict[str, PropertyDescription]:
    return {name: msgspec.convert(described, PropertyDescription) for name, described in properties.items()}


async def describe_station(conn: Connection, station_id: int, told: StationDescription, unit: UnitRef | None) -> StationView:
    """Store what a station says about itself and return how it looks now."""
    properties = msgspec.to_builtins(told.properties)
    place = told.lon, told.lat
    await conn.execute(_DESCRIBE_STATION, station_id, told.name, told.kind, *place, properties, told.interval_s, unit.id if unit else None)
    return StationView(
        source=told.station.source,
        station=told.station.station,
        name=told.name,
        kind=told.kind,
        lon=told.lon,
        lat=told.lat,
        unit=unit.as_json() if unit else None,
        properties=properties,
        interval_s=told.interval_s,
    )


async def set_status(conn: Connection, status: SourceStatus, at: datetime) -> None:
    """Store that a source is online or offline by its own word or its last will."""
    await conn.execute(_SET_STATUS, status.source, status.online, at)


async def see_sources(conn: Connection, seen: Mapping[str, datetime]) -> None:
    """Store when these sources last sent something."""
    if seen:
        names = sorted(seen)
        await conn.execute(_SEE_SOURCES, names, [seen[name] for name in names])
