"""The changes of alerts in the order in which they came: all that waits for viewers, once for all of them."""

from __future__ import annotations

from collections import deque

import msgspec

from ioc.domain.live import AlertView
from ioc.streams.filter import Filter

MAX_LOGGED = 4096
_ENCODE = msgspec.json.Encoder().encode


class AlertEvent:
    """A change of an alert: as it is, as it was while it was open, and the position at which it came."""

    __slots__ = ("_encoded", "alert", "before", "memo", "position")

    def __init__(self, alert: AlertView, before: AlertView | None, position: int) -> None:
        self.alert, self.before, self.position = alert, before, position
        self._encoded: bytes | None = None
        self.memo: dict[object, object] = {}  # frames made of it

    @property
    def encoded(self) -> bytes:
        """The alert as JSON."""
        if self._encoded is None:
            self._encoded = _ENCODE(self.alert)
        return self._encoded

    def concerns(self, wanted: Filter) -> bool:
        """Return whether a viewer with this filter has to hear of it: it is listed, or it was."""
        return wanted.fits_alert(self.alert) or (self.before is not None and wanted.fits_alert(self.before))

    def is_listed(self, wanted: Filter) -> bool:
        """Return whether the alert is in the list of such a viewer from now on."""
        return self.alert.is_open() and wanted.fits_alert(self.alert)


class AlertLog:
    """The newest `MAX_LOGGED` changes. They are numbered from 0; `end` is the number of the next one."""

    def __init__(self) -> None:
        self._events: deque[AlertEvent] = deque()
        self.end = 0
        self._lost = 0  # the position of the last one that was dropped

    @property
    def begin(self) -> int:
        """The number of the oldest change that is kept."""
        return self.end - len(self._events)

    def note(self, alert: AlertView, before: AlertView | None, position: int) -> None:
        """Keep a change, and drop the oldest where there are too many."""
        self._events.append(AlertEvent(alert, before, position))
        self.end += 1
        if len(self._events) > MAX_LOGGED:
            self._lost = self._events.popleft().position

    def event(self, number: int) -> AlertEvent:
        """Return a change that is kept."""
        return self._events[number - self.begin]

    def number_after(self, position: int) -> int | None:
        """Return the number of the first change after `position`, None where one of those was dropped."""
        if position < self._lost:
            return None
        number = self.end
        while number > self.begin and self.event(number - 1).position > position:
            number -= 1
        return number
