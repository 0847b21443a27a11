"""What a batch of messages tells the rules: stored readings, positions, events and statuses, each with the moment at which it arrived."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from ioc.domain.event import ServiceEvent
from ioc.domain.live import StationView
from ioc.domain.observation import SeriesKey


class Series(Protocol):
    """A series as the rules see it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def key(self) -> SeriesKey:
        """Its name."""
        ...

    @property
    def description(self) -> StationView:
        """Its station as it describes itself; another object after each new description."""
        ...


class Reading(NamedTuple):
    """A value of a series; a late one, or a correction, is noted and never judged."""

    arrived: datetime
    time: datetime
    series: Series
    value: float
    is_late: bool = False


class Sighting(NamedTuple):
    """Where a moving station was; `speed` in km/h."""

    arrived: datetime
    time: datetime
    station: StationView
    lon: float
    lat: float
    speed: float | None


class Happening(NamedTuple):
    """A service event that was not there before, and the unit in which it lies."""

    arrived: datetime
    time: datetime
    event: ServiceEvent
    unit_id: int | None


class Status(NamedTuple):
    """Whether a source, or its last will, says that it is there; `time` is when that arrived."""

    arrived: datetime
    time: datetime
    source: str
    online: bool


Evidence: TypeAlias = Reading | Sighting | Happening | Status


def in_order(evidence: list[Evidence]) -> list[Evidence]:
    """Return `evidence` in the order of its arrival; what one message brought, in order of time."""
    return sorted(evidence, key=lambda one: one[:2])
