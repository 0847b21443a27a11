"""Up to when time has passed for the rules: it stands still while messages wait that may say what happened meanwhile.

Rules wait by event time. After a restart, or while the store or the broker is away, what happened lies in the queue of the broker; to let
waits run out before it is read would tell of silences and breaches that never were. So time begins to pass once everything was taken that
was there, and passes a little behind the clock, since messages take their time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ioc.alerts.engine import GRACE
from ioc.domain.clock import Clock

_IDLE_FOR = timedelta(seconds=2)


class Pulse:
    """Whether this process has taken everything that was there, and so knows what time it is for the rules."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._idle_since: datetime | None = None
        self._is_current = False
        self._connection: int | None = None

    def stop(self) -> None:
        """What waits at the broker is not known: time stands still."""
        self._idle_since, self._is_current = None, False

    def beat(self, *, is_idle: bool, connection: int) -> datetime | None:
        """Return up to when time has passed, None while that is not known.

        `is_idle` says that the broker is there and nothing waits here; another `connection` than before brings what has waited there.
        """
        now = self._clock.now()
        if connection != self._connection:
            self.stop()
            self._connection = connection
        if is_idle:
            self._idle_since = self._idle_since or now
            self._is_current |= now - self._idle_since >= _IDLE_FOR
        elif not self._is_current:
            self._idle_since = None
        return now - GRACE if self._is_current and is_idle else None

    def passed(self, arrived: datetime) -> datetime | None:
        """Return up to when time had passed before something arrived, None while that is not known."""
        return arrived - GRACE if self._is_current else None
