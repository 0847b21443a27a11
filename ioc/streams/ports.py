"""What a session needs of the world around it: a socket, who looks, and what plays the past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from ioc.streams import frame
from ioc.streams.scene import Scene


class SocketClosedError(Exception):
    """The other side is gone."""


class Socket(Protocol):
    """As much of a WebSocket as a session needs."""

    async def receive(self) -> str:
        """Return the next text frame; raises SocketClosedError."""
        ...

    def offer(self, data: frame.Text) -> bool:
        """Send a text frame if the other side takes it now; return whether it was sent; raises SocketClosedError."""
        ...

    async def send(self, data: frame.Text) -> None:
        """Send a text frame; waits while the other side does not read; raises SocketClosedError."""
        ...

    async def close(self, code: int) -> None:
        """Close with a code of docs/stream.md."""
        ...


class Viewer(Protocol):
    """Who looks: as they are written beside what they do, and what they may."""

    @property
    def name(self) -> str:
        """Whose key it is."""
        ...

    @property
    def role(self) -> str:
        """The role of the key now."""
        ...

    def may(self, op: str) -> bool:
        """Return whether they may carry out a command."""
        ...


Admit = Callable[[str | None], Awaitable[Viewer]]


class Player(Protocol):
    """A replay that runs."""

    scene: Scene
    on_end: Callable[[], None]

    def hold(self, held: bool) -> None:
        """Let it stand still, or go on."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


Play = Callable[[frame.Replay], Awaitable[Player]]
