"""Whether a layer is as new as its owner promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from ioc.domain.clock import rfc3339
from ioc.geo.entry import CatalogueEntry, Rhythm

Freshness: TypeAlias = Literal["fresh", "due", "overdue"]

# Months and years of the longest kind: nobody is late on the 31st.
_PERIODS: dict[Rhythm, timedelta] = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
    "annual": timedelta(days=366),
}
GRACE = 0.5
"""So much of a period a layer is due before it is overdue."""


def due_at(rhythm: Rhythm, checked_at: datetime) -> datetime | None:
    """Return when a layer that was last published or confirmed at `checked_at` is due again; None where it has no rhythm."""
    period = _PERIODS.get(rhythm)
    return checked_at + period if period else None


def freshness(rhythm: Rhythm, checked_at: datetime, now: datetime) -> Freshness | None:
    """Return `fresh` until a period of `rhythm` is over, then `due`, `overdue` half a period later; None where it has no rhythm."""
    due = due_at(rhythm, checked_at)
    if due is None or now < due:
        return None if due is None else "fresh"
    return "due" if now < due + GRACE * (due - checked_at) else "overdue"


def freshness_of(entry: CatalogueEntry, checked_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Return `freshness` and `due_at` of a layer whose content was last published or confirmed at `checked_at`; None where it never was."""
    if checked_at is None:
        return {"freshness": None, "due_at": None}
    due = due_at(entry.update_rhythm, checked_at)
    return {"freshness": freshness(entry.update_rhythm, checked_at, now), "due_at": rfc3339(due) if due else None}
