"""What a source is told about what was not accepted: at most one message a second for each reason, with a count of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from ioc.domain.clock import rfc3339
from ioc.ingest import shapes
from ioc.ingest.outcome import Reason
from ioc.ingest.topics import is_name

INTERVAL = timedelta(seconds=1)
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """One message to a source; `topic` and `detail` are of the last of the `count` items that it stands for."""

    source: str
    at: datetime
    topic: str
    reason: Reason
    detail: str
    count: int

    @property
    def to_topic(self) -> str:
        """The topic to publish it on."""
        return f"ioc/v1/{self.source}/feedback"

    def payload(self) -> bytes:
        """Return the message as JSON."""
        return msgspec.json.encode(shapes.Feedback(rfc3339(self.at), self.topic, self.reason, self.detail, self.count))


@dataclass(slots=True)
class _Kept:
    """What is known of one source and reason: when it was told last, and what it has not been told since."""

    told_at: datetime
    topic: str = ""
    detail: str = ""
    count: int = 0


class FeedbackLimiter:
    """Decides what is told now and what waits; nothing is lost from the counts as long as `due` is called about once a second."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Reason], _Kept] = {}

    def offer(self, source: str, topic: str, reason: Reason, detail: str, now: datetime) -> Feedback | None:
        """Return the message to send at once, or None when it waits for `due`; a source that has no name cannot be told."""
        if not is_name(source):
            return None
        kept = self._kept.get((source, reason))
        if kept is None and len(self._kept) >= MAX_KEPT:  # names that somebody makes up must not fill the memory
            return None
        if kept is not None and kept.told_at <= now < kept.told_at + INTERVAL:
            kept.topic, kept.detail, kept.count = topic, detail, kept.count + 1
            return None
        self._kept[source, reason] = _Kept(now)
        return Feedback(source, now, topic, reason, detail, 1 + (kept.count if kept else 0))

    def due(self, now: datetime) -> list[Feedback]:
        """Return what has waited for a second, and forget whoever was quiet for that long."""
        found = []
        for (source, reason), kept in list(self._kept.items()):
            if kept.told_at <= now < kept.told_at + INTERVAL:
                continue
            if kept.count:
                found.append(Feedback(source, now, kept.topic, reason, kept.detail, kept.count))
                self._kept[source, reason] = _Kept(now)
            else:
                del self._kept[source, reason]
        return found
