"""All sessions of this process, and the present that they look at."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from ioc.domain.clock import Clock
from ioc.streams import frame
from ioc.streams.commands import Commands
from ioc.streams.figures import Boards
from ioc.streams.filter import UnitsBelow
from ioc.streams.mirror import Mirror
from ioc.streams.ports import Admit, Play, Socket
from ioc.streams.scene import Scene
from ioc.streams.session import Session

TICK_S = 0.025
HORIZON_S = 900.0
_SLICE = 400  # sessions in a row before others have their turn
_NOTE_EVERY_S = 60.0


class Hub:
    """Opens sessions, lets each send what is due, and closes them when the service stops.

    One loop looks after all sessions; it sends and never waits for a viewer. `commands` and `play` are what carries out commands and what
    shows the past, None where that is not to be had. `units_below` tells which units a filter means besides those that it names.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        health: Callable[[], str | None],
        commands: Commands | None = None,
        play: Play | None = None,
        units_below: UnitsBelow = lambda code: frozenset({code}),
    ) -> None:
        self._health, self.units_below = health, units_below
        self.scene = Scene(now=clock.now, told=self._mode)
        self.scene.on_alert = self.hear
        self.boards = self.scene.boards = Boards()
        self._commands, self._play = commands, play
        self._sessions: dict[Session, None] = {}
        self._news = asyncio.Event()
        self._pulse: asyncio.Task[None] | None = None
        self._notes: deque[tuple[float, int]] = deque()

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def mirror(self) -> Mirror:
        """The live state."""
        return self.scene.mirror

    async def serve(self, socket: Socket, *, admit: Admit) -> None:
        """Serve one socket to its end."""
        session = Session(socket, scene=self.scene, admit=admit, commands=self._commands, play=self._play, units_below=self.units_below)
        self._sessions[session] = None
        if self._pulse is None:
            self._pulse = asyncio.create_task(self._beat(), name="ioc.streams.pulse")
        try:
            await session.run()
        finally:
            self._sessions.pop(session)
            if not self._sessions and self._pulse is not None:
                self._pulse.cancel()
                self._pulse = None

    async def close(self) -> None:
        """Say goodbye to every viewer."""
        await asyncio.gather(*(session.close(frame.GOING_AWAY) for session in list(self._sessions)))

    async def _beat(self) -> None:
        """Let every session send what is due: at each tick, and at once when an alert or a figure changed."""
        while True:
            at = monotonic()
            has_news = self._news.is_set()
            self._news.clear()
            self._forget_old(at)
            for number, session in enumerate(list(self._sessions), 1):
                if has_news or session.is_due(at):
                    session.pump(at)
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
            await self._wait(TICK_S)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    def hear(self) -> None:
        """Take note that there is something that viewers are to be told at once."""
        self._news.set()

    def _forget_old(self, at: float) -> None:
        """Forget what left the view of somebody longer ago than anybody may resume."""
        if self._notes and at - self._notes[-1][0] < _NOTE_EVERY_S:
            return
        self._notes.append((at, self.mirror.position))
        while at - self._notes[0][0] > HORIZON_S:
            self.mirror.forget(self._notes.popleft()[1])

    def _mode(self) -> dict[str, Any]:
        why = self._health()
        return {"mode": "live"} if why is None else {"mode": "degraded", "why": why}
