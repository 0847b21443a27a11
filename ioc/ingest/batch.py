"""When a batch of messages is due: full, or its first message has waited long enough."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """A message as it came from the broker; `connection` and `mid` are what an acknowledgement needs (`qos` 0: none).

    `told_time` is the time that the MQTT 5 user property `time` tells for items which tell none themselves. `is_retained`: the broker had
    kept it and gave it with a new subscription, so it says nothing of how much its source sends.
    """

    topic: str
    payload: bytes
    arrived: datetime
    qos: int = 0
    mid: int = 0
    connection: int = 0
    told_time: str | None = None
    is_retained: bool = False


class Batch:
    """Messages that will be committed together, in the order of their arrival."""

    def __init__(self, *, size: int, age_s: float, max_bytes: int = 32 * 1024 * 1024) -> None:
        self._size, self._age_s, self._max_bytes = size, age_s, max_bytes
        self._bytes = 0
        self._began: float | None = None
        self.messages: list[Message] = []

    def add(self, message: Message, *, at: float) -> None:
        """Take `message` in; `at` is the reading of a monotonic clock, in seconds."""
        if self._began is None:
            self._began = at
        self.messages.append(message)
        self._bytes += len(message.payload)

    def is_full(self) -> bool:
        """Return whether it holds as many messages, or as many bytes, as it may."""
        return len(self.messages) >= self._size or self._bytes >= self._max_bytes

    def waits_s(self, *, at: float) -> float | None:
        """Return how many seconds it may still wait for company: 0 when it is due, None while it is empty."""
        if self._began is None:
            return None
        return 0.0 if self.is_full() else max(0.0, self._began + self._age_s - at)
