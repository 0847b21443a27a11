"""A hub with viewers, for tests of what passes between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ioc.access.roles import Caller, Role
from ioc.errors import IocError
from ioc.streams.commands import Commands
from ioc.streams.hub import Hub
from ioc.streams.ports import Play
from tests.support.doubles import FakeSocket, ManualClock
from tests.support.examples import NOW

WEST = {"bbox": [105.0, 20.0, 106.0, 22.0], "z": 9}


@dataclass
class Centre:
    """A hub to which viewers connect."""

    why: str | None = None
    refusal: IocError | None = None
    role: Role = Role.OPERATOR
    commands: Commands | None = None
    play: Play | None = None
    tokens: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.hub = Hub(clock=self.clock, health=lambda: self.why, commands=self.commands, play=self.play)
        self.mirror = self.hub.mirror
        self._tasks: list[asyncio.Task[None]] = []

    async def admit(self, token: str | None) -> Caller:
        self.tokens.append(token)
        if self.refusal:
            raise self.refusal
        return Caller("an operator", self.role)

    def connect(self) -> FakeSocket:
        socket = FakeSocket()
        self._tasks.append(asyncio.create_task(self.hub.serve(socket, admit=self.admit)))
        return socket

    async def welcome(self, **subscription: Any) -> FakeSocket:
        """Return a viewer that was let in, and has the first page of its subscription if it named one."""
        socket = self.connect()
        socket.say(type="hello")
        await socket.next("welcome")
        if subscription:
            socket.say(type="sub", **subscription)
            await socket.next("snap")
        return socket

    async def ended(self) -> None:
        """Wait until every session has ended by itself; raises what one of them raised."""
        async with asyncio.timeout(2):
            await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def stalled(socket: FakeSocket) -> AsyncIterator[None]:
    """A time in which the viewer does not read."""
    socket.stall()
    yield
    socket.resume()


async def closed(centre: Centre, socket: FakeSocket) -> tuple[int | None, list[str]]:
    """Return the code with which the session closed, and the types of the frames before it."""
    await centre.ended()
    assert len(centre.hub) == 0
    bye = socket.frames[-1]
    assert (bye["type"], bye["code"]) == ("bye", socket.closed_with)
    assert 500 <= bye["after_ms"] <= 3000
    return socket.closed_with, [told["type"] for told in socket.frames[:-1]]
