"""Keeps the mirror right: applies what the bus tells, and reads the database again after a gap."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

import structlog

from ioc.domain.live import Changes
from ioc.streams.mirror import Mirror

_log = structlog.get_logger()
_RETRY_S = 1.0
_SILENT_S = 7.0  # three of the numbers that a publisher repeats
_LOOK_EVERY_S = 1.0

Load = Callable[[Iterable[str]], Awaitable[Changes]]


class Feed:
    """Feeds one mirror; `load` reads the live state from the database, given the alerts that are believed open."""

    def __init__(self, mirror: Mirror, load: Load) -> None:
        self._mirror, self._load = mirror, load
        self._numbers: dict[str, int] = {}
        self._heard_s: dict[str, float] = {}
        self._wanted = asyncio.Event()
        self._connected = False
        self._failure: str | None = None
        self.is_loaded = False
        self.heals = 0

    @property
    def trouble(self) -> str | None:
        """Why the mirror may be behind, None while it is not."""
        if not self.is_loaded:
            return "the live state is being read from the database"
        return self._failure if self._connected else "the broker does not answer"

    def connection_changed(self, connected: bool) -> None:
        """Take note that the bus came or went; what it said in between is unknown, so it is read again."""
        self._connected = connected
        if connected:
            self.heal()

    def receive(self, changes: Changes) -> None:
        """Apply a batch; a number that was left out means that one was lost."""
        self._heard_s[changes.publisher] = monotonic()
        known = self._numbers.get(changes.publisher, 0)
        expected = known if changes.is_empty else known + 1
        if changes.number > expected or changes.publisher not in self._numbers:
            # A process that is new may have taken the place of one that died between a commit and its publication.
            _log.info("feed.reads_again", publisher=changes.publisher, number=changes.number, expected=expected)
            self.heal()
        self._numbers[changes.publisher] = max(known, changes.number)
        self._mirror.apply(changes)

    def heal(self) -> None:
        """Read the live state again soon."""
        self._wanted.set()

    def _forget_silent(self) -> None:
        """Notice publishers that have fallen silent: one that died between a commit and its publication leaves no gap in its numbers."""
        now = monotonic()
        silent = [publisher for publisher, heard_s in self._heard_s.items() if now - heard_s > _SILENT_S]
        for publisher in silent:
            _log.info("feed.reads_again", publisher=publisher, why="it has fallen silent")
            del self._heard_s[publisher], self._numbers[publisher]
        if silent:
            self.heal()

    async def _until_wanted(self) -> None:
        while not self._wanted.is_set():
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._wanted.wait()
            except TimeoutError:
                self._forget_silent()

    async def run(self) -> None:
        """Heal whenever that is wanted, and until it succeeds."""
        self.heal()
        while True:
            await self._until_wanted()
            self._wanted.clear()
            try:
                read_at, believed = self._mirror.position, list(self._mirror.alerts)
                told = await self._load(believed)
                self._mirror.apply(told, read_at=read_at)
            except Exception as error:  # noqa: BLE001 - whatever it is, the mirror stays as it was and we try again
                self._failure = f"the live state cannot be read from the database: {type(error).__name__}: {error}"
                _log.warning("feed.heal_failed", why=self._failure)
                await asyncio.sleep(_RETRY_S)
                self.heal()
            else:
                if self._mirror.alerts.keys() - {*believed, *(alert.id for alert in told.alerts)}:
                    self.heal()  # opened while the database was read, maybe by an old message: it was not asked whether they are closed
                self.heals += 1
                self.is_loaded, self._failure = True, None
