"""A centre to which viewers connect, and its time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.centre import Centre
from tests.support.doubles import Stopwatch


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    open_centre = Centre()
    yield open_centre
    await open_centre.stop()


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """Time as the session measures it stands still; it looks at it every few milliseconds."""
    clock = Stopwatch()
    for module in ("session", "hub"):
        monkeypatch.setattr(f"ioc.streams.{module}.monotonic", clock)
    monkeypatch.setattr("ioc.streams.hub.TICK_S", 0.002)
    return clock
