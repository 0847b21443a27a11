"""All sessions of this process, and the mirror that they look at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ioc.domain.clock import Clock
from ioc.domain.live import AlertView
from ioc.streams import frame
from ioc.streams.mirror import Mirror
from ioc.streams.session import Session, Socket


class Hub:
    """Opens sessions, passes changes of alerts on to them, and closes them when the service stops."""

    def __init__(self, *, clock: Clock, health: Callable[[], str | None]) -> None:
        self.mirror = Mirror(on_alert=self._offer)
        self._clock, self._health = clock, health
        self._sessions: set[Session] = set()

    def __len__(self) -> int:
        return len(self._sessions)

    async def serve(self, socket: Socket, *, admit: Callable[[str | None], Awaitable[str]]) -> None:
        """Serve one socket to its end."""
        session = Session(socket, mirror=self.mirror, clock=self._clock, admit=admit, health=self._health)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    async def close(self) -> None:
        """Say goodbye to every viewer."""
        await asyncio.gather(*(session.close(frame.GOING_AWAY) for session in list(self._sessions)))

    def _offer(self, alert: AlertView) -> None:
        for session in self._sessions:
            session.offer(alert)
