"""What can become of an item: the closed lists of outcomes and reasons, and the counts that must balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """Every item ends as exactly one of these."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    LATE = "late"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


_OUTCOMES = tuple(Outcome)
_MINUTE = timedelta(minutes=1)


class Reason(StrEnum):
    """Why an item was not accepted; see docs/mqtt.md."""

    TOPIC = "topic"
    PAYLOAD = "payload"
    TIME = "time"
    FUTURE = "future"
    TOO_OLD = "too_old"
    VALUE = "value"
    RANGE = "range"
    UNKNOWN_STATION = "unknown_station"
    UNKNOWN_TYPE = "unknown_type"
    SCHEMA = "schema"
    SIZE = "size"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Rejection:
    """An item that is not accepted; `item` counts from 0 within its message, None means the message as a whole."""

    reason: Reason
    detail: str
    item: int | None = None


class Tally:
    """Counts of outcomes per source and minute of arrival; what was received is their sum by construction."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, datetime, Outcome]] = Counter()
        self._minute = self._next = datetime.min.replace(tzinfo=UTC)

    def add(self, source: str, arrived: datetime, outcome: Outcome, n: int = 1) -> None:
        """Count `n` more items of `source` that ended as `outcome`."""
        if not self._minute <= arrived < self._next:  # what is counted together mostly came in one minute
            self._minute = arrived.replace(second=0, microsecond=0)
            self._next = self._minute + _MINUTE
        self._counts[source, self._minute, outcome] += n

    def rows(self) -> list[tuple[str, datetime, int, int, int, int, int, int]]:
        """Return (source, minute, received, stored, duplicate, late, quarantined, refused) in order."""
        by_minute: dict[tuple[str, datetime], Counter[Outcome]] = {}
        for (source, minute, outcome), n in self._counts.items():
            by_minute.setdefault((source, minute), Counter())[outcome] += n
        rows = []
        for (source, minute), counts in sorted(by_minute.items()):
            stored, duplicate, late, quarantined, refused = (counts[outcome] for outcome in _OUTCOMES)
            rows.append((source, minute, counts.total(), stored, duplicate, late, quarantined, refused))
        return rows

    def total(self, outcome: Outcome) -> int:
        """Return how many items of all sources ended as `outcome`."""
        return sum(n for (_, _, kind), n in self._counts.items() if kind is outcome)
