"""Stand-ins for what the code under test talks to: the clock, a viewer's socket, the broker, the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.domain.live import Changes, StationView, decode_changes
from ioc.domain.observation import SeriesKey
from ioc.streams.frame import Text
from ioc.streams.ports import SocketClosedError


class ManualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        """Go on by `timedelta(**duration)`."""
        self._now += timedelta(**duration)


class Stopwatch:
    """A monotonic clock in seconds that stands still until it is told to go on; put in the place of `time.monotonic`."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Series:
    """A series as the rules see it."""

    id: int
    key: SeriesKey
    description: StationView


class FakeSocket:
    """A viewer at the other end of a WebSocket: says frames, and keeps what it is sent in `frames`.

    While it is `stalled` it does not read, so that sending waits, as uvicorn does when the network is full.
    """

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self._reads = asyncio.Event()
        self._reads.set()
        self._came = asyncio.Event()
        self._looked_at = 0

    def say(self, **frame: Any) -> None:
        """Send a frame to the server."""
        self.say_text(msgspec.json.encode(frame).decode())

    def say_text(self, text: str) -> None:
        """Send anything to the server."""
        self._said.put_nowait(text)

    def hang_up(self) -> None:
        """Go away without a word."""
        self._said.put_nowait(None)

    def stall(self) -> None:
        """Stop reading."""
        self._reads.clear()

    def resume(self) -> None:
        """Read again."""
        self._reads.set()

    async def next(self, *kinds: str) -> dict[str, Any]:
        """Return the next frame of one of these types (any but heartbeats without a type), leaving out those before it."""
        async with asyncio.timeout(2):
            while True:
                self._came.clear()
                while self._looked_at < len(self.frames):
                    frame = self.frames[self._looked_at]
                    self._looked_at += 1
                    if frame["type"] in kinds or (not kinds and frame["type"] != "hb"):
                        return frame
                await self._came.wait()

    async def receive(self) -> str:
        said = None if self.closed_with is not None else await self._said.get()
        if said is None:
            raise SocketClosedError
        return said

    def offer(self, data: Text) -> bool:
        if self.closed_with is not None:
            raise SocketClosedError
        if not self._reads.is_set():
            return False
        self.frames.append(msgspec.json.decode(bytes(data)))
        self._came.set()
        return True

    async def send(self, data: Text) -> None:
        await self._reads.wait()
        if self.closed_with is not None:
            raise SocketClosedError
        self.offer(data)

    async def close(self, code: int) -> None:
        if self.closed_with is not None:
            raise SocketClosedError
        self.closed_with = code
        self._said.put_nowait(None)


@dataclass
class KeyCabinet:
    """The stored keys by their hash, as the door asks for them."""

    holders: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    asked: int = 0

    async def find(self, digest: bytes) -> tuple[str, str] | None:
        self.asked += 1
        return self.holders.get(digest)


class LiveStore:
    """The live state as a database would tell it; an answer that is an exception is raised. The last answer is given again and again."""

    def __init__(self, *answers: Changes | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[list[str]] = []
        self._loaded = asyncio.Condition()

    def tell(self, *answers: Changes | Exception) -> None:
        """Give these answers from now on."""
        self._answers = list(answers)

    async def load(self, believed_open: Iterable[str]) -> Changes:
        async with self._loaded:
            self.asked.append(list(believed_open))
            self._loaded.notify_all()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def asked_times(self, times: int) -> None:
        """Wait until it was asked so often, and what followed from the answer is done."""
        async with asyncio.timeout(2), self._loaded:
            await self._loaded.wait_for(lambda: len(self.asked) >= times)
        for _ in range(3):
            await asyncio.sleep(0)


class RecordingConnection:
    """A connection to a broker that keeps what is published."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def run(self) -> None:
        await asyncio.Event().wait()

    def publish(self, topic: str, payload: bytes) -> bool:
        self.published.append((topic, payload))
        return True

    def changes(self) -> list[Changes]:
        """Return what was published, decoded."""
        return [decode_changes(payload) for _, payload in self.published]
