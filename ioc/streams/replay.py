"""The past played again: a scene of its own whose time runs at the wished speed, fed from the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol

import structlog

from ioc.domain.clock import Clock, rfc3339
from ioc.domain.live import Changes
from ioc.errors import BadInput, IocError, Unavailable
from ioc.streams import frame
from ioc.streams.scene import Scene

STEP_S = 0.2
MAX_REPLAYS = 8
_RETRY_S = 1.0
_log = structlog.get_logger()


class Past(Protocol):
    """What is stored; raises the errors of `ioc.errors`. `known_then`: only what had arrived by then counts."""

    async def state_at(self, at: datetime, *, known_then: bool) -> Changes:
        """Return the whole state as of a moment."""
        ...

    async def changes_between(self, begin: datetime, end: datetime, *, known_then: bool) -> Changes:
        """Return what changed after `begin` up to `end`."""
        ...


class Projector:
    """Plays the past for viewers; a few at once, since each asks the database again and again."""

    def __init__(self, past: Past, clock: Clock) -> None:
        self._past, self._clock = past, clock
        self._running: set[Film] = set()

    async def play(self, told: frame.Replay) -> Film:
        """Begin a replay; it ends with `stop`.

        Raises:
            BadInput: the period is empty, or not past yet.
            Unavailable: too many replays run, or the database does not answer.
        """
        now = self._clock.now()
        begin, end = told.begin, told.end or now
        if begin is None or not begin < end <= now:
            raise BadInput(f"from {_in_words(begin)} to {_in_words(end)} is no past period: it is {rfc3339(now)}")
        if len(self._running) >= MAX_REPLAYS:
            raise Unavailable(f"{MAX_REPLAYS} replays run already, no more are played at once")
        film = Film(self._past, begin, end, speed=told.speed, known_then=told.known == "then", on_stop=self._running.discard)
        self._running.add(film)
        try:
            await film.start()
        except BaseException:
            film.stop()
            raise
        return film


class Film:
    """One replay: its scene shows the state as of `at`, which goes on by `speed` seconds a second until `end`."""

    def __init__(
        self, past: Past, begin: datetime, end: datetime, *, speed: float, known_then: bool, on_stop: Callable[[Film], None]
    ) -> None:
        self._past, self.at, self.end, self.speed, self._known_then = past, begin, end, speed, known_then
        self._on_stop = on_stop
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self._why: str | None = None
        self._task: asyncio.Task[None] | None = None
        self.on_end: Callable[[], None] = _nobody  # called when the period is over
        self.scene = Scene(now=lambda: self.at, told=self._told)

    async def start(self) -> None:
        """Read the state of the beginning, and let the time run; raises what reading raises."""
        self.scene.mirror.apply(await self._past.state_at(self.at, known_then=self._known_then))
        self._task = asyncio.create_task(self._run(), name="ioc.streams.replay")

    def hold(self, held: bool) -> None:
        """Let the time stand still, or go on."""
        (self._goes_on.clear if held else self._goes_on.set)()

    def stop(self) -> None:
        """End it."""
        self._on_stop(self)
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self.at < self.end:
            await self._goes_on.wait()
            began = monotonic()
            until = min(self.end, self.at + timedelta(seconds=self.speed * STEP_S))
            changes = await self._read(lambda until=until: self._past.changes_between(self.at, until, known_then=self._known_then))  # type: ignore[misc]
            self.at = until
            self.scene.mirror.apply(changes)
            await asyncio.sleep(max(0.0, STEP_S - (monotonic() - began)))
        self.on_end()

    async def _read(self, ask: Callable[[], Awaitable[Changes]]) -> Changes:
        """Return what the store says; while it does not, the time stands still and heartbeats tell why."""
        while True:
            try:
                changes = await ask()
            except IocError as error:
                self._why = error.detail
                _log.warning("replay.not_read", why=error.detail)
                await asyncio.sleep(_RETRY_S)
            else:
                self._why = None
                return changes

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"mode": "replay", "speed": self.speed, "to": self.end, "ended": self.at >= self.end}
        return told if self._why is None else told | {"why": self._why}


def _nobody() -> None:
    """Tell nobody."""


def _in_words(at: datetime | None) -> str:
    return "nowhere" if at is None else rfc3339(at)
