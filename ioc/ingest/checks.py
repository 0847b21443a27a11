"""Whether a well-formed item is plausible: its time against its arrival, its value against what the station described."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from ioc.domain.clock import rfc3339
from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey
from ioc.domain.station import PropertyDescription
from ioc.ingest.decode import Item
from ioc.ingest.outcome import Reason, Rejection

MAX_AHEAD = timedelta(minutes=10)
MAX_AGE_READING = timedelta(days=366)
MAX_AGE_EVENT = timedelta(days=20 * 366)


class Descriptions(Protocol):
    """Whoever knows what the stations said about their properties."""

    def description(self, series: SeriesKey) -> PropertyDescription | None:
        """Return the description of the series, None where its station gave none."""
        ...


def check(item: Item, number: int, *, arrived: datetime, descriptions: Descriptions) -> Rejection | None:
    """Return why `item`, the message's `number`-th, cannot be true, or None."""
    if isinstance(item, Observation):
        return _check_time(item.time, number, arrived, MAX_AGE_READING) or _check_range(item, number, descriptions)
    if isinstance(item, Position):
        return _check_time(item.time, number, arrived, MAX_AGE_READING)
    if isinstance(item, ServiceEvent):
        return _check_time(item.time, number, arrived, MAX_AGE_EVENT)
    return None


def _check_time(time: datetime, number: int, arrived: datetime, max_age: timedelta) -> Rejection | None:
    ahead = time - arrived
    if -max_age <= ahead <= MAX_AHEAD:
        return None
    if ahead > MAX_AHEAD:
        limit = int(MAX_AHEAD.total_seconds() / 60)
        return Rejection(Reason.FUTURE, f"time {rfc3339(time)} is more than {limit} minutes ahead of arrival at {rfc3339(arrived)}", number)
    return Rejection(Reason.TOO_OLD, f"time {rfc3339(time)} is more than {max_age.days} days before arrival", number)


def _check_range(item: Observation, number: int, descriptions: Descriptions) -> Rejection | None:
    described = descriptions.description(item.series)
    if described is None:
        return None
    low, high = described.min, described.max
    if (low is not None and item.value < low) or (high is not None and item.value > high):
        span = f"{'-∞' if low is None else low}..{'∞' if high is None else high}"
        return Rejection(Reason.RANGE, f"{item.series.property} {item.value} is outside {span}", number)
    return None
