"""How many messages a source may send: a bucket for each source, in the time of arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ioc.ingest.outcome import Reason, Rejection

_BURST_S = 5.0
_SOURCES = 10_000


@dataclass(slots=True)
class _Bucket:
    """What a source may still send, in messages, at the moment of its last message."""

    left: float
    at: datetime


class RateLimit:
    """Lets `per_s` messages a second of each source pass, and for a moment as many more as five seconds bring; sources do not share.

    What is over it is refused: counted in the ledger, told to the source, acknowledged, and gone. A message that is delivered again after a
    crash is weighed again, whatever became of it before. If it was stored and is refused now, what was stored stays; if it was refused and
    passes now, it is stored, once. The ledger has an entry for each delivery, as it has for what is in quarantine, and always balances.

    What waited in the broker while nobody took it comes faster than it was sent, and is not the source's fault: `credit` makes up for it.
    """

    def __init__(self, per_s: float, *, burst_s: float = _BURST_S) -> None:
        self._per_s, self._most = per_s, max(1.0, per_s * burst_s)
        self._buckets: dict[str, _Bucket] = {}
        self._credit_s: dict[str | None, float] = {}

    def check(self, source: str, at: datetime) -> Rejection | None:
        """Count a message of `source` that arrived `at`, and return why it is refused, None where it may pass."""
        bucket = self._buckets.get(source) or self._first(source, at)
        passed_s = (at - bucket.at).total_seconds()
        if passed_s > 0:
            bucket.left = max(bucket.left, min(self._most, bucket.left + passed_s * self._per_s))
            bucket.at = at
        if bucket.left < 1:
            return Rejection(Reason.RATE, f"source {source} sends more than {self._per_s:g} messages a second")
        bucket.left -= 1
        return None

    def credit(self, seconds: float, source: str | None = None) -> None:
        """Let a source (None: every one) send what it could have sent in so many seconds, on top of the usual.

        Of the times when nobody took anything a source that was not heard of yet gets the last one: what waited longer came already.
        """
        if seconds <= 0:
            return
        for name, bucket in self._buckets.items():
            if source in (None, name):
                bucket.left += seconds * self._per_s
        if source is None:
            self._credit_s[None] = seconds
        elif source not in self._buckets:
            self._credit_s[source] = self._credit_s.get(source, 0.0) + seconds

    def _first(self, source: str, at: datetime) -> _Bucket:
        """Return the bucket of a source that was not heard of yet: full, and with its credit."""
        if len(self._buckets) >= _SOURCES:
            self._buckets.clear()
        credit_s = self._credit_s.get(None, 0.0) + self._credit_s.pop(source, 0.0)
        bucket = self._buckets[source] = _Bucket(self._most + credit_s * self._per_s, at)
        return bucket
