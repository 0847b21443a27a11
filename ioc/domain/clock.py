"""The time, as an argument: only this module asks the machine what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """Return `instant` as RFC 3339 in UTC with `Z`; fractions only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The zone in which days begin for the people who use the centre."""


def local_day(instant: datetime) -> date:
    """Return the day that `instant` falls on where the centre is."""
    return instant.astimezone(LOCAL_ZONE).date()
