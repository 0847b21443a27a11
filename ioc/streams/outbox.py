"""What one connection still has to be told, whatever it does: bounded, without I/O.

State is conflated: a subscription remembers up to where the viewer has been told, and what it shows. Alerts are never conflated: they queue,
and a queue that is full becomes a reset with a new snapshot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from ioc.domain.live import AlertView
from ioc.streams import frame
from ioc.streams.mirror import Mirror
from ioc.streams.view import EVERYTHING, View

MAX_QUEUED_ALERTS = 1000
Item = TypeVar("Item")


class StateSubscription:
    """The state of the entities in a view; `due_s` is when the next delta may go, on a monotonic clock."""

    def __init__(self, name: str, *, view: View | None, rate_hz: float) -> None:
        self.name, self.interval_s, self.due_s = name, 1 / rate_hz, 0.0
        self._view = view or EVERYTHING
        self._seq = 0
        self._told = 0
        self._shown: set[str] = set()

    def look_at(self, view: View) -> None:
        """Take another view; a snapshot has to follow."""
        self._view = view

    def snapshot(self, mirror: Mirror, now: datetime) -> list[bytes]:
        """Return the pages of all that is in the view and begin the chain anew."""
        inside = [entity for entity in mirror.entities() if self._view.holds(entity.lon, entity.lat)]
        self._shown = {entity.view.id for entity in inside}
        self._seq, self._told = 0, mirror.position
        pages = list(_pages([entity.row() for entity in inside]))
        return [
            frame.state_snapshot(
                self.name, rows, page=number, last=number == len(pages) - 1, epoch=mirror.epoch, position=mirror.position, now=now
            )
            for number, rows in enumerate(pages)
        ]

    def delta(self, mirror: Mirror, now: datetime) -> bytes | None:
        """Return what the viewer has not been told yet, None when there is nothing."""
        rows: list[bytes] = []
        removed: list[str] = []
        for entity in mirror.since(self._told):
            if self._view.holds(entity.lon, entity.lat):
                rows.append(entity.row())
                self._shown.add(entity.view.id)
            elif entity.view.id in self._shown:
                removed.append(entity.view.id)
                self._shown.discard(entity.view.id)
        self._told = mirror.position
        if not rows and not removed:
            return None
        self._seq += 1
        return frame.state_delta(self.name, rows, removed, seq=self._seq, position=mirror.position, now=now)


class AlertSubscription:
    """Every change of every alert, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._seq = 0
        self._waiting: deque[tuple[AlertView, int]] = deque()
        self._overflowed = False

    def snapshot(self, mirror: Mirror, now: datetime) -> list[bytes]:
        """Return the pages of all open alerts and begin the chain anew."""
        self._waiting.clear()
        self._seq, self._overflowed = 0, False
        pages = list(_pages(list(mirror.alerts.values())))
        return [
            frame.alert_snapshot(
                self.name, alerts, page=number, last=number == len(pages) - 1, epoch=mirror.epoch, position=mirror.position, now=now
            )
            for number, alerts in enumerate(pages)
        ]

    def offer(self, alert: AlertView, position: int) -> None:
        """Queue a change; never waits."""
        if len(self._waiting) >= MAX_QUEUED_ALERTS:
            self._waiting.clear()
            self._overflowed = True
        if not self._overflowed:
            self._waiting.append((alert, position))

    def drain(self, mirror: Mirror, now: datetime) -> list[bytes]:
        """Return the frames that are due: the queued changes, or a reset and a snapshot after an overflow."""
        if self._overflowed:
            return [frame.encode("reset", id=self.name, why="more alerts changed than could wait"), *self.snapshot(mirror, now)]
        frames = []
        while self._waiting:
            alert, position = self._waiting.popleft()
            self._seq += 1
            frames.append(frame.alert_event(self.name, alert, seq=self._seq, position=position, now=now))
        return frames


def _pages(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Cut `items` into pages; no items are one empty page."""
    rest = iter(items)
    yield list(islice(rest, frame.PAGE_ROWS))
    while page := list(islice(rest, frame.PAGE_ROWS)):
        yield page
