"""A service event as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ioc.alerts.rule import Selector


class Occurrence(NamedTuple):
    """A stored event; `units` are the codes of its unit and of all above it, `members` its data where that is an object."""

    arrived: datetime
    time: datetime
    source: str
    id: str
    type: str
    subject: str | None
    lon: float | None
    lat: float | None
    unit_id: int | None
    units: frozenset[str]
    members: Mapping[str, Any]

    def fits(self, select: Selector) -> bool:
        """Return whether a rule looks at the event: by its source and its unit, the only ways in which events are told apart there."""
        return select.source in (None, self.source) and (select.unit is None or select.unit in self.units)
