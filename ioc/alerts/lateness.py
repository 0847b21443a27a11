"""Which readings are late: older than what their series already had, or too old when they came. The rules note them and never judge them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

LATE_AFTER = timedelta(days=1)
"""How old a reading may be at its arrival to be judged, where its station says nothing about it."""


class Lateness:
    """The newest time of each series so far."""

    def __init__(self) -> None:
        self._newest: dict[Hashable, datetime] = {}

    def is_late(self, series: Hashable, time: datetime, arrived: datetime, late_after: timedelta = LATE_AFTER) -> bool:
        """Return whether a reading is late, and let it be the newest of its series if it is ahead of all before; ask in order of arrival."""
        newest = self._newest.get(series)
        if newest is not None and time <= newest:
            return True
        self._newest[series] = time
        return arrived - time > late_after


def late_after_of(described: Mapping[str, Any] | None) -> timedelta:
    """Return how old a reading of a property that is described so may be."""
    told = (described or {}).get("late_after_s")
    return LATE_AFTER if told is None else timedelta(seconds=told)
