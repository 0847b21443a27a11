"""What viewers look at: a mirror, the log of its alerts, the windows that viewers share, and its time. The present is one, each replay another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from ioc.domain.live import AlertView
from ioc.streams import frame
from ioc.streams.alert_log import AlertLog
from ioc.streams.cells import CellCounts, cell_zoom, open_window
from ioc.streams.figures import Boards
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.frame import Text
from ioc.streams.mirror import Mirror
from ioc.streams.view import WHOLE, Area, View
from ioc.streams.window import Window


class Scene:
    """A mirror and what is made of it; `now` is its time, `told` what a heartbeat says of it beside time, position and age."""

    def __init__(self, *, now: Callable[[], datetime], told: Callable[[], dict[str, Any]]) -> None:
        self.mirror = Mirror(on_alert=self._note)
        self.alerts = AlertLog()
        self.boards: Boards | None = None  # the past has none
        self.now, self._told = now, told
        self.on_alert: Callable[[], None] = _nobody
        self._windows: WeakValueDictionary[tuple[Area, int | None, Filter], Window] = WeakValueDictionary()
        self._counts: WeakValueDictionary[tuple[int, Filter], CellCounts] = WeakValueDictionary()
        self._beat: tuple[float, Text] | None = None

    def window(self, view: View | None, wanted: Filter) -> Window:
        """Return what a view shows, the same for all who look at the same tiles with the same filter."""
        wanted = EVERYTHING if wanted == EVERYTHING else wanted
        zoom = cell_zoom(self.mirror, view, wanted)
        key = (view.area if view else WHOLE, zoom, wanted)
        found = self._windows.get(key)
        if found is None:
            counts = None if zoom is None else self._counts_of(zoom, wanted)
            found = self._windows[key] = open_window(self.mirror, view, wanted, counts)
        return found

    def _counts_of(self, zoom: int, wanted: Filter) -> CellCounts:
        """Return the counts of all windows of a zoom and a filter: whoever pans takes them along."""
        found = self._counts.get((zoom, wanted))
        if found is None:
            found = self._counts[zoom, wanted] = CellCounts(self.mirror, zoom, wanted)
        return found

    def heartbeat(self, at: float) -> Text:
        """Return the heartbeat of the moment `at` on a monotonic clock, the same for all."""
        if self._beat is None or self._beat[0] != at:
            now, newest = self.now(), self.mirror.newest
            lag_ms = None if newest is None else max(0, round((now - newest).total_seconds() * 1000))
            members = {"t": now, "pos": self.mirror.position, "lag_ms": lag_ms, **self._told()}
            self._beat = at, frame.heartbeat(**members)
        return self._beat[1]

    def _note(self, alert: AlertView, before: AlertView | None) -> None:
        self.alerts.note(alert, before, self.mirror.position)
        self.on_alert()


def _nobody() -> None:
    """Tell nobody."""
