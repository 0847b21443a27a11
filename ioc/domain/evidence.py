"""What a batch of messages tells the rules: stored readings, positions, events and statuses, each with the moment at which it arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
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


class Readings(NamedTuple):
    """Values of a series that one message brought, at least one, none of them late, each newer than the one before; `time` is that of the first."""

    arrived: datetime
    time: datetime
    series: Series
    times: Sequence[datetime]
    values: Sequence[float]

    def each(self) -> Iterator[Reading]:
        """Yield them one by one."""
        for time, value in zip(self.times, self.values, strict=True):
            yield Reading(self.arrived, time, self.series, value)


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
    """Whether a source, or its last will, says that it is there, or that it stops on purpose; `time` is when that arrived."""

    arrived: datetime
    time: datetime
    source: str
    online: bool
    is_planned: bool = False


_ARRIVAL = itemgetter(0, 1)
Evidence: TypeAlias = Reading | Readings | Sighting | Happening | Status


def in_order(evidence: list[Evidence]) -> list[Evidence]:
    """Return `evidence` in the order of its arrival; what one message brought, in order of time."""
    told = sorted(evidence, key=_ARRIVAL)
    mixed = {one.arrived for one, other in pairwise(told) if one.arrived == other.arrived}
    if mixed and any(type(one) is Readings and one.arrived in mixed for one in told):
        told = [each for one in told for each in (one.each() if type(one) is Readings and one.arrived in mixed else (one,))]
        told.sort(key=_ARRIVAL)
    return told
