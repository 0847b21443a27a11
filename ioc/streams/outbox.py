"""What one subscription still has to be told, whatever its viewer does: a position, not a queue; without I/O.

State is conflated: what changed since a position, each entity once. Alerts are never conflated: a subscription remembers how far in the log
of all changes it has come, and where the log does not reach back so far it begins anew with a `reset`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

import msgspec

from ioc.domain.live import AlertView
from ioc.streams import frame
from ioc.streams.entity import Entity
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.frame import Text
from ioc.streams.scene import Scene
from ioc.streams.view import View
from ioc.streams.window import NOTHING, Part, Window

_ROUNDING = 1e-6
_ENCODE = msgspec.json.Encoder().encode


class StateSubscription:
    """The state of the entities in a view; `due_s` is when the next delta may go, on a monotonic clock.

    With `resume_at`, the position up to which its viewer was told by an earlier connection, it goes on from there, or resets.
    """

    def __init__(
        self,
        name: str,
        scene: Scene,
        *,
        view: View | None = None,
        wanted: Filter = EVERYTHING,
        rate_hz: float = frame.DEFAULT_RATE_HZ,
        vseq: int | None = None,
        resume_at: int | None = None,
    ) -> None:
        self.name, self.interval_s, self.due_s = name, 1 / rate_hz, 0.0
        self.is_paused, self.is_urgent = False, True
        self._scene, self._view, self._filter = scene, view, wanted
        self._window = scene.window(view, wanted)
        self._next_window: Window | None = None
        self._vseq = vseq
        self._snapshot: _Snapshot | None = None
        self._seq = self._told = resume_at or 0
        self._resumes = resume_at is not None
        self._reset: str | None = None
        if resume_at is None:
            self._snapshot = _Snapshot(self._window, scene)
        else:
            self._reset = self._refusal(resume_at)

    def look_at(self, view: View, vseq: int | None = None) -> None:
        """Take another view; of several before the next frame the last wins."""
        self._view, self._vseq, self.is_urgent = view, vseq, True
        self._next_window = self._scene.window(view, self._filter)

    def move_to(self, scene: Scene, why: str) -> None:
        """Show another scene from now on."""
        self._scene, self._next_window, self._resumes = scene, None, False
        self._window = scene.window(self._view, self._filter)
        self.reset(why)

    def reset(self, why: str) -> None:
        """Begin anew with a `reset` and a snapshot."""
        self._reset, self._snapshot, self.is_urgent = why, None, True

    @property
    def is_behind(self) -> bool:
        """Whether anything has changed that its viewer was not told."""
        return self._told != self._scene.mirror.position and not self.is_paused

    def next_frame(self, at: float) -> Text | None:
        """Return what is due at the moment `at`, None when there is nothing."""
        if self.is_urgent and (data := self._urgent(at)) is not None:
            return data
        if at < self.due_s or self.is_paused or self._told == self._scene.mirror.position:
            return None
        if self._told < self._scene.mirror.horizon:
            self.reset("horizon")
            return self._urgent(at)
        return self._delta(at)

    def _urgent(self, at: float) -> Text | None:
        """Return what goes whatever the rate: a reset, a page, the answer to another view or to a return; None when there is no such thing."""
        if self._reset is not None:
            why, self._reset, self._resumes = self._reset, None, False
            self._begin(self._next_window or self._window)
            return frame.encode("reset", id=self.name, why=why)
        if self._told < self._scene.mirror.horizon and self._snapshot is None:
            self.reset("horizon")
            return self._urgent(at)
        if self._next_window is not None and (panned := self._pan(at)):
            return panned
        if self._snapshot is not None:
            return self._page(self._snapshot, at)
        if self._resumes:
            return self._resumed(at)
        self.is_urgent = False
        return None

    def _refusal(self, position: int) -> str | None:
        mirror = self._scene.mirror
        if position < mirror.horizon:
            return "horizon"
        return "future" if position > mirror.position else None

    def _begin(self, window: Window) -> None:
        self._window, self._next_window = window, None
        self._snapshot, self.is_urgent = _Snapshot(window, self._scene), True

    def _page(self, snapshot: _Snapshot, at: float) -> Text:
        number, part, last = snapshot.next_page()
        position = self._scene.mirror.position if last else snapshot.position
        if last:
            self._snapshot = None
            self._told_up_to(position, at)
        return frame.state_snapshot(
            self.name,
            self._window,
            part,
            page=number,
            last=last,
            epoch=self._scene.mirror.epoch,
            position=position,
            now=self._scene.now(),
            vseq=self._vseq,
        )

    def _pan(self, at: float) -> Text | None:
        """Return the difference between the old view and the new one; begin a snapshot where that is not worth it."""
        new, old = self._next_window, self._window
        assert new is not None
        if new is old and self._snapshot is None:
            part = new.changes(self._told)
        elif self._snapshot is None and new.can_follow(old):
            part = new.changes_from(old, self._told)
        else:
            part = None
        if part is None or part.number > frame.PAGE_ROWS:
            self._begin(new)
            return None
        self._window, self._next_window = new, None
        if not (part.number or part.removed or self._resumes) and self._vseq is None:
            self._told = self._scene.mirror.position  # nothing to tell, nobody asked for an answer
            return None
        return self._tell(part, at, vseq=self._vseq, resumed=self._take_resumes())

    def _resumed(self, at: float) -> Text | None:
        part = self._window.changes(self._told)
        if part.number > frame.MAX_DELTA_ROWS or not self._window.can_resume(self._told):
            self._resumes = False
            self._begin(self._window)
            return self.next_frame(at)
        return self._tell(part, at, resumed=self._take_resumes())

    def _take_resumes(self) -> bool:
        resumes, self._resumes = self._resumes, False
        return resumes

    def _delta(self, at: float) -> Text | None:
        mirror, window = self._scene.mirror, self._window
        if window.memo_at != mirror.position:
            window.memo.clear()
            window.memo_at = mirror.position
        key = (self.name, self._told, self._seq)
        made = window.memo.get(key)
        if made is None:
            part = window.changes(self._told)
            if part.number > frame.MAX_DELTA_ROWS:
                self._begin(window)
                return self.next_frame(at)
            made = window.memo[key] = NOTHING if part is NOTHING or not (part.number or part.removed) else self._frame(part)
        if not isinstance(made, Text):
            self._told = mirror.position
            return None
        self._told_up_to(mirror.position, at)
        return made

    def _tell(self, part: Part, at: float, *, vseq: int | None = None, resumed: bool = False) -> Text:
        data = self._frame(part, vseq=vseq, resumed=resumed)
        self._told_up_to(self._scene.mirror.position, at)
        return data

    def _frame(self, part: Part, *, vseq: int | None = None, resumed: bool = False) -> Text:
        position, now = self._scene.mirror.position, self._scene.now()
        return frame.state_delta(self.name, self._window, part, prev=self._seq, position=position, now=now, vseq=vseq, resumed=resumed)

    def _told_up_to(self, position: int, at: float) -> None:
        self._told = self._seq = position
        # At multiples of the interval, so that viewers of one rate are told at the same moments, and a frame serves many.
        self.due_s = (floor(at / self.interval_s + _ROUNDING) + 1) * self.interval_s


class _Snapshot:
    """A snapshot that is taken page by page, while changes go on.

    Its position is noted first, the entities are looked at later; the last page says also what changed in between. So after the last page
    the viewer has what is, and while it reads slowly nothing waits for it but the way through the tiles.
    """

    def __init__(self, window: Window, scene: Scene) -> None:
        self._window = window
        self.position = scene.mirror.position
        self._walk = window.walk()
        self._rest: list[Entity] = []
        self._number = 0
        self._has_begun = False

    def next_page(self) -> tuple[int, Part, bool]:
        """Return number and content of the next page, and whether it is the last."""
        page = list(self._fill())
        number, self._number = self._number, self._number + 1
        last = len(page) < frame.PAGE_ROWS
        rows = [entity.row() for entity in page]
        if not last:
            return number, Part(rows, len(rows), ()), False
        if number == 0 and not self._has_begun:
            return number, self._window.changes(0), True
        since = self._window.changes(self.position)
        return number, Part([*rows, *since.rows], len(rows) + since.number, since.removed), True

    def _fill(self) -> Iterator[Entity]:
        """Yield the entities of a page; of one that has moved on since it was found the last page tells."""
        wanted = frame.PAGE_ROWS
        while wanted:
            if not self._rest:
                self._rest = next(self._walk, [])
                if not self._rest:
                    return
            self._has_begun = True
            taken, self._rest = self._rest[:wanted], self._rest[wanted:]
            wanted -= len(taken)
            yield from taken


class AlertSubscription:
    """Every change of every alert that fits the filter, in order."""

    def __init__(self, name: str, scene: Scene, *, wanted: Filter = EVERYTHING, resume_at: int | None = None) -> None:
        self.name, self.due_s, self.is_paused = name, 0.0, False
        self._scene, self._filter = scene, wanted
        self._number = self._seq = 0
        self._pages: Iterator[Text] | None = None
        self._reset: str | None = None
        self._resumes = False
        if resume_at is None:
            self._pages = self._snapshot()
        else:
            self._resume(resume_at)

    def move_to(self, scene: Scene, why: str) -> None:
        """Show another scene from now on."""
        self._scene = scene
        self.reset(why)

    def reset(self, why: str) -> None:
        """Begin anew with a `reset` and a snapshot."""
        self._reset, self._pages = why, None

    @property
    def is_urgent(self) -> bool:
        """Whether a snapshot is under way, whose next page may go at once."""
        return self._pages is not None or self._reset is not None

    def next_frame(self, _at: float) -> Text | None:
        """Return what is due, None when there is nothing."""
        log = self._scene.alerts
        if self._reset is None and self._pages is None and self._number < log.begin:
            self._reset = "overload"
        if self._reset is not None:
            why, self._reset, self._resumes = self._reset, None, False
            self._pages = self._snapshot()
            return frame.encode("reset", id=self.name, why=why)
        if self._pages is not None:
            if (page := next(self._pages, None)) is not None:
                return page
            self._pages = None
        if self._resumes:
            self._resumes = False
            return frame.encode("d", id=self.name, seq=self._seq, prev=self._seq, pos=self._seq, t=self._scene.now(), resumed=True)
        return None if self.is_paused else self._next_event()

    def _next_event(self) -> Text | None:
        log = self._scene.alerts
        while self._number < log.end:
            event = log.event(self._number)
            self._number += 1
            if event.concerns(self._filter):
                prev, self._seq = self._seq, event.position
                return frame.alert_event(self.name, event, prev=prev, listed=event.is_listed(self._filter), now=self._scene.now())
        return None

    def _resume(self, position: int) -> None:
        number = self._scene.alerts.number_after(position)
        if position > self._scene.mirror.position or number is None:
            self._reset = "horizon" if number is None else "future"
        else:
            self._number, self._seq, self._resumes = number, position, True

    def _snapshot(self) -> Iterator[Text]:
        """Yield the pages of all open alerts as they are when the first page is asked for; what changes later is told after the last."""
        mirror = self._scene.mirror
        self._number, self._seq = self._scene.alerts.end, mirror.position
        position, now = mirror.position, self._scene.now()
        listed: list[AlertView] = [alert for alert in mirror.alerts.values() if self._filter.fits_alert(alert)]
        for number, begin in enumerate(range(0, max(1, len(listed)), frame.PAGE_ROWS)):
            some = [_ENCODE(alert) for alert in listed[begin : begin + frame.PAGE_ROWS]]
            last = begin + frame.PAGE_ROWS >= len(listed)
            yield frame.alert_snapshot(self.name, some, page=number, last=last, epoch=mirror.epoch, position=position, now=now)


Subscription = StateSubscription | AlertSubscription
