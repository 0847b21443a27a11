"""What live collections need to know of the live state: a protocol that the mirror keeps, and a look at it that does not change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ioc.domain.live import AlertView, PositionChange, StationView

_AT_ONCE = 1_000


class LiveStation(Protocol):
    """A station as it is now; `readings` has time and value of each property's newest reading."""

    @property
    def view(self) -> StationView:
        """How it describes itself."""
        ...

    @property
    def position(self) -> PositionChange | None:
        """Where it was last, None where it stands still."""
        ...

    @property
    def lon(self) -> float | None:
        """Where it is now, None where that is not known."""
        ...

    @property
    def lat(self) -> float | None:
        """Where it is now, None where that is not known."""
        ...

    @property
    def unit(self) -> Mapping[str, Any] | None:
        """The unit that it is in, None where it is in none."""
        ...

    @property
    def state(self) -> str:
        """The gravest severity of its alerts that hold, `normal` without any."""
        ...

    @property
    def newest(self) -> datetime | None:
        """The time of the newest reading or position."""
        ...

    @property
    def readings(self) -> Mapping[str, tuple[datetime, float]]:
        """Time and value of the newest reading of each property."""
        ...


class LiveState(Protocol):
    """All stations and open alerts; `position` moves with every change."""

    @property
    def position(self) -> int:
        """How many changes there have been."""
        ...

    @property
    def alerts(self) -> Mapping[str, AlertView]:
        """The open alerts by id."""
        ...

    def entities(self) -> Iterable[LiveStation]:
        """Return all stations."""
        ...


class SeenStation(NamedTuple):
    """A station as it was when somebody looked."""

    id: str
    view: StationView
    position: PositionChange | None
    lon: float | None
    lat: float | None
    unit: Mapping[str, Any] | None
    state: str
    newest: datetime | None
    readings: tuple[tuple[str, tuple[datetime, float]], ...]


class Look(NamedTuple):
    """All that was seen when the live state was at `position`, stations in order of their ids."""

    position: int
    stations: list[SeenStation]
    alerts: list[AlertView]


async def look(state: LiveState) -> Look:
    """Return what is to be seen, a thousand stations at a time, so that nobody else waits; what changes meanwhile may be seen or not."""
    position, alerts, everything = state.position, list(state.alerts.values()), list(state.entities())
    seen: list[SeenStation] = []
    for begin in range(0, len(everything), _AT_ONCE):
        seen += [_seen(station) for station in everything[begin : begin + _AT_ONCE]]
        await asyncio.sleep(0)
    seen.sort(key=_id)
    return Look(position, seen, alerts)


def _seen(station: LiveStation) -> SeenStation:
    view, readings = station.view, tuple(station.readings.items())
    return SeenStation(view.id, view, station.position, station.lon, station.lat, station.unit, station.state, station.newest, readings)


def _id(station: SeenStation) -> str:
    return station.id
