"""Times that a message does not state item by item: the MQTT 5 user property `time`, and items that would all get the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from ioc.domain.observation import Observation, Position
from ioc.ingest import fields
from ioc.ingest.outcome import Reason, Rejection

Judged = TypeVar("Judged")


def time_of_message(told: str | None, arrived: datetime) -> datetime | Rejection:
    """Return the time for items that state none: what the user property `time` tells, or the time of arrival where there is none."""
    if told is None:
        return arrived
    try:
        return fields.read_time(_number(told), arrived)
    except fields.Refusal as refusal:
        return Rejection(refusal.reason, f"user property {refusal.detail}")


def refuse_shared_times(items: Sequence[Judged], arrived: datetime) -> list[Judged | Rejection]:
    """Reject readings and positions without a time of their own where a message has several of one series or station.

    They would all be of the moment `arrived`, so that only one could be stored and nobody could say which. `arrived` is the very object that
    was given to decoding: an item that holds it was given no time.
    """
    untimed = [item for item in items if _is_untimed(item, arrived)]
    if len(untimed) <= 1:
        return [*items]
    count = Counter(_subject(item) for item in untimed)
    return [
        _refusal(number, n) if _is_untimed(item, arrived) and (n := count[_subject(item)]) > 1 else item
        for number, item in enumerate(items)
    ]


def _is_untimed(item: object, arrived: datetime) -> bool:
    return isinstance(item, (Observation, Position)) and item.time is arrived


def _subject(item: object) -> object:
    return item.series if isinstance(item, Observation) else getattr(item, "station", None)


def _refusal(number: int, n: int) -> Rejection:
    return Rejection(
        Reason.TIME, f"{n} items for the same without a time would all be of the moment of arrival: give each its time", number
    )


def _number(told: str) -> str | float:
    try:
        return float(told)
    except ValueError:
        return told
