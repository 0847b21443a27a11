"""Readings of stations: the series they belong to, observations and positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class StationKey(NamedTuple):
    """A station within the source that reports for it."""

    source: str
    station: str

    def __str__(self) -> str:
        """Return `SOURCE/STATION`, the name used in the API and the stream."""
        return f"{self.source}/{self.station}"


class SeriesKey(NamedTuple):
    """One property of one station."""

    source: str
    station: str
    property: str

    def of_station(self) -> StationKey:
        """Return the station that this series belongs to."""
        return StationKey(self.source, self.station)

    def __str__(self) -> str:
        """Return `SOURCE/STATION/PROPERTY`, the name used in the API and the stream."""
        return f"{self.source}/{self.station}/{self.property}"


class Observation(NamedTuple):
    """One value of one series at one instant; `value` is finite and in the unit that the station describes."""

    series: SeriesKey
    time: datetime
    value: float


class Readings(NamedTuple):
    """Several values of one series from one message, in the order in which it tells them; `times` and `values` are of equal length."""

    series: SeriesKey
    times: list[datetime]
    values: list[float]

    def each(self) -> list[Observation]:
        """Return them one by one."""
        return [Observation(self.series, time, value) for time, value in zip(self.times, self.values, strict=True)]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a moving station was: degrees in WGS 84, `speed` in km/h, `heading` in degrees clockwise from north."""

    station: StationKey
    time: datetime
    lon: float
    lat: float
    speed: float | None = None
    heading: float | None = None
