"""When something is due, by key; one that is set anew is due at the earlier of both times until it is taken out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush

from ioc.alerts.journal import Journal


class Timers:
    """A heap of (when, key); what is taken out comes back when the batch that took it is taken back."""

    def __init__(self, journal: Journal) -> None:
        self._heap: list[tuple[datetime, str]] = []
        self._when: dict[str, datetime] = {}
        self._journal = journal

    def __len__(self) -> int:
        return len(self._when)

    def __contains__(self, key: str) -> bool:
        return key in self._when

    def set(self, key: str, when: datetime) -> None:
        """Make `key` due at `when`, unless it is due earlier already. Waking once too often does no harm, so this is not taken back."""
        known = self._when.get(key)
        if known is None or when < known:
            self._when[key] = when
            heappush(self._heap, (when, key))

    def next(self) -> datetime | None:
        """Return when the first is due."""
        while self._heap and self._when.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, until: datetime, *, inclusive: bool = True) -> Iterator[tuple[datetime, str]]:
        """Yield and take out what is due up to `until`, in order of time and key; what is set meanwhile comes too."""
        while (when := self.next()) is not None and (when < until or (inclusive and when == until)):
            _, key = heappop(self._heap)
            del self._when[key]
            self._journal.did(lambda key=key, when=when: self.set(key, when))  # type: ignore[misc]
            yield when, key
