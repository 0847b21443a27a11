"""Keeps the boards of figures right: reads them when somebody begins to look, and whenever figures have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ioc.domain.live import FigureView
from ioc.errors import BadInput, NotFound
from ioc.streams.figures import MAX_FIGURES, Board, Boards, Choice

_log = structlog.get_logger()
_LOOK_EVERY_S = 0.5

Edition = Callable[[], Awaitable[object]]
"""Returns what differs whenever figures have changed."""
LoadFigures = Callable[[Choice, int], Awaitable[Sequence[FigureView]]]
"""Reads the present figures of a choice, of which there may be so many; raises BadInput, or NotFound for what there is not."""


class FigureFeed:
    """Feeds boards; `on_news` is called when one has changed."""

    def __init__(self, boards: Boards, *, edition: Edition, load: LoadFigures, on_news: Callable[[], None]) -> None:
        self._boards, self._edition, self._load, self._on_news = boards, edition, load, on_news

    async def run(self, passing: tuple[type[BaseException], ...]) -> None:
        """Look after the boards until cancelled; what is `passing` is logged and tried again."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.look()
            except passing as error:
                _log.warning("figures.not_read", why=f"{type(error).__name__}: {error}")

    async def look(self) -> None:
        """Read the boards that are not as figures are now; asks nothing while nobody looks."""
        boards = [(choice, board) for choice, board in self._boards.each() if board.fault is None]
        if not boards:
            return
        edition, has_news = await self._edition(), False
        for choice, board in boards:
            if board.edition != edition:
                has_news |= await self._read(choice, board, edition)
        if has_news:
            self._on_news()

    async def _read(self, choice: Choice, board: Board, edition: object) -> bool:
        try:
            figures = await self._load(choice, MAX_FIGURES)
        except (BadInput, NotFound) as error:
            board.fail(error.detail)
            return True
        return board.take(figures, edition)
