"""Whether a source is there, and how much of what it should send has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(hours=1)
"""The time over which reports are counted."""

_MISSED_INTERVALS = 3
_SILENT_AFTER_UNLESS_KNOWN = timedelta(minutes=15)


class Liveness(StrEnum):
    """What can be said of a source now."""

    ONLINE = "online"
    SILENT = "silent"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


def liveness(*, online: bool | None, last_seen: datetime | None, shortest_s: float | None, now: datetime) -> Liveness:
    """Return how a source stands at `now`.

    Args:
        online: what it, or its last will, said last; None: it never did. Its word that it is offline stands until it says otherwise.
        last_seen: when anything of it was last accepted; None: never.
        shortest_s: the shortest interval in seconds at which one of its stations reports; None: no station says. Silent is a source that
            nothing came from for three of them, for 15 minutes where there is none.
        now: the moment that is asked about.
    """
    if online is False:
        return Liveness.OFFLINE
    if last_seen is None:
        return Liveness.UNKNOWN
    patience = _SILENT_AFTER_UNLESS_KNOWN if shortest_s is None else timedelta(seconds=_MISSED_INTERVALS * shortest_s)
    return Liveness.SILENT if now - last_seen > patience else Liveness.ONLINE


def completeness(stations: Iterable[tuple[float, int]]) -> tuple[float, float | None]:
    """Return how many reports are expected in `WINDOW`, and the share of them that came (None where none are expected).

    Each station is (interval in seconds, distinct times reported in the window). What a station sends beyond what is expected of it does
    not make up for another's silence. Stations that report less often than the window is long say nothing here.
    """
    expected = came = 0.0
    for interval_s, reports in stations:
        due = WINDOW.total_seconds() / interval_s
        if due >= 1:
            expected += due
            came += min(due, reports)
    return expected, (came / expected if expected else None)
