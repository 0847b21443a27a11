"""Figures as viewers are told them."""

from __future__ import annotations

from datetime import UTC, datetime

from ioc.domain.live import FigureView


def figure(name: str, value: float, *, minute: int = 0) -> FigureView:
    """Return a figure of a month."""
    at = datetime(2023, 6, 10, 3, minute, tzinfo=UTC)
    made = {"part": None, "of": None, "events": 1, "reported": None, "expected": None, "newest": at.replace(minute=0)}
    place = {"indicator": "received", "unit": "36", "kind": "month", "period": "2023-06", "running": True}
    return FigureView(id=name, value=value, status=None, target=None, version=1, computed_at=at, **place, **made)  # type: ignore[arg-type]
