"""What a viewer of figures still has to be told: as of state, the latest of each, conflated; a position on a board, not a queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from math import floor

from ioc.streams import frame
from ioc.streams.figures import Board
from ioc.streams.frame import Text
from ioc.streams.window import Part

_ROUNDING = 1e-6


class FigureSubscription:
    """The figures of a board; `due_s` is when the next delta may go, on a monotonic clock. `is_over` once it was refused."""

    def __init__(self, name: str, board: Board, *, epoch: str, now: Callable[[], datetime], rate_hz: float = frame.DEFAULT_RATE_HZ) -> None:
        self.name, self.interval_s, self.due_s = name, 1 / rate_hz, 0.0
        self.is_paused = self.is_over = False
        self._board, self._epoch, self._now = board, epoch, now
        self._told = 0
        self._pages: Iterator[Text] | None = None
        self._has_begun = False
        self._reset: str | None = None

    def reset(self, why: str) -> None:
        """Begin anew with a `reset` and a snapshot."""
        self._reset, self._pages, self._has_begun = why, None, False

    @property
    def is_urgent(self) -> bool:
        """Whether a snapshot is under way, whose next page may go at once."""
        return self._reset is not None or self._pages is not None or (self._board.is_loaded and not self._has_begun)

    @property
    def is_behind(self) -> bool:
        """Whether anything has changed that its viewer was not told."""
        return self._has_begun and self._told != self._board.position and not self.is_paused

    def next_frame(self, at: float) -> Text | None:
        """Return what is due at the moment `at`, None when there is nothing."""
        if self._board.fault is not None:
            self.is_over = True
            return frame.encode("err", code="filter", detail=self._board.fault, id=self.name)
        if self._reset is not None:
            why, self._reset = self._reset, None
            return frame.encode("reset", id=self.name, why=why)
        if not self._board.is_loaded:
            return None
        if not self._has_begun:
            self._pages, self._has_begun = self._snapshot(), True
        if self._pages is not None:
            if (page := next(self._pages, None)) is not None:
                return page
            self._pages = None
        return self._delta(at) if self.is_behind and at >= self.due_s else None

    def _delta(self, at: float) -> Text | None:
        prev, part = self._told, self._board.changes(self._told)
        self._told = self._board.position
        # At multiples of the interval, as state goes.
        self.due_s = (floor(at / self.interval_s + _ROUNDING) + 1) * self.interval_s
        return frame.figure_delta(self.name, part, prev=prev, position=self._told, now=self._now())

    def _snapshot(self) -> Iterator[Text]:
        """Yield the pages of all figures as they are when the first page is asked for; what changes later is told after the last."""
        part, position, now = self._board.changes(0), self._board.position, self._now()
        self._told = position
        for number, begin in enumerate(range(0, max(1, part.number), frame.PAGE_ROWS)):
            rows = part.rows[begin : begin + frame.PAGE_ROWS]
            last = begin + frame.PAGE_ROWS >= part.number
            page = Part(rows, len(rows), ())
            yield frame.figure_snapshot(self.name, page, number=number, last=last, epoch=self._epoch, position=position, now=now)
