"""Whether a well-formed item is plausible: its time against its arrival, its value against what the station described."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ioc.domain.clock import rfc3339
from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, Readings, SeriesKey
from ioc.domain.station import PropertyDescription
from ioc.ingest.decode import Item
from ioc.ingest.outcome import Reason, Rejection


@dataclass(frozen=True, slots=True)
class Limits:
    """How far from its arrival the time of an item may be."""

    ahead: timedelta = timedelta(minutes=10)
    age_reading: timedelta = timedelta(days=366)
    age_event: timedelta = timedelta(days=20 * 366)


_DETAIL_LIMIT = 256
LIVE = Limits()
HISTORY = Limits(age_reading=timedelta(days=200 * 366), age_event=timedelta(days=200 * 366))
"""For what is brought in as history."""


class Descriptions(Protocol):
    """Whoever knows what the stations said about their properties."""

    def description(self, series: SeriesKey) -> PropertyDescription | None:
        """Return the description of the series, None where its station gave none."""
        ...

    def event_fault(self, event: ServiceEvent) -> tuple[str, str] | None:
        """Return the reason why the system that sends the event does not know such ones, and a sentence that says so."""
        ...


def check(item: Item, number: int, *, arrived: datetime, descriptions: Descriptions, limits: Limits = LIVE) -> Rejection | None:
    """Return why `item`, the message's `number`-th, cannot be true, or None."""
    if isinstance(item, Observation):
        return _check_time(item.time, number, arrived, limits.ahead, limits.age_reading) or _check_range(item, number, descriptions)
    if isinstance(item, Position):
        return _check_time(item.time, number, arrived, limits.ahead, limits.age_reading)
    if isinstance(item, ServiceEvent):
        return _check_time(item.time, number, arrived, limits.ahead, limits.age_event) or _check_event(item, number, descriptions)
    return None


def are_plausible(readings: Readings, *, arrived: datetime, descriptions: Descriptions, limits: Limits = LIVE) -> bool:
    """Return whether `check` would find nothing wrong with any of `readings`."""
    if max(readings.times) - arrived > limits.ahead or arrived - min(readings.times) > limits.age_reading:
        return False
    described = descriptions.description(readings.series)
    if described is None:
        return True
    low, high = described.min, described.max
    return (low is None or low <= min(readings.values)) and (high is None or max(readings.values) <= high)


def _check_time(time: datetime, number: int, arrived: datetime, max_ahead: timedelta, max_age: timedelta) -> Rejection | None:
    ahead = time - arrived
    if -max_age <= ahead <= max_ahead:
        return None
    if ahead > max_ahead:
        limit = int(max_ahead.total_seconds() / 60)
        return Rejection(Reason.FUTURE, f"time {rfc3339(time)} is more than {limit} minutes ahead of arrival at {rfc3339(arrived)}", number)
    return Rejection(Reason.TOO_OLD, f"time {rfc3339(time)} is more than {max_age.days} days before arrival", number)


def _check_event(item: ServiceEvent, number: int, descriptions: Descriptions) -> Rejection | None:
    fault = descriptions.event_fault(item)
    return None if fault is None else Rejection(Reason(fault[0]), fault[1][:_DETAIL_LIMIT], number)


def _check_range(item: Observation, number: int, descriptions: Descriptions) -> Rejection | None:
    described = descriptions.description(item.series)
    if described is None:
        return None
    low, high = described.min, described.max
    if (low is not None and item.value < low) or (high is not None and item.value > high):
        span = f"{'-∞' if low is None else low}..{'∞' if high is None else high}"
        return Rejection(Reason.RANGE, f"{item.series.property} {item.value} is outside {span}", number)
    return None
