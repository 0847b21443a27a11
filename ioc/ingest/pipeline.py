"""The order of things: collect, decode, commit, acknowledge, publish."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic
from typing import Protocol

from ioc.domain.live import Changes
from ioc.domain.station import StationDescription
from ioc.ingest.batch import Batch, Message
from ioc.ingest.commit import BatchWriter, Committer
from ioc.ingest.rate import RateLimit
from ioc.ingest.read import read_message
from ioc.ingest.topics import source_of
from ioc.ingest.work import Decoded

_LAST_COMMIT_S = 5.0
_HOLD_BYTES = 64 * 1024 * 1024


class Acknowledger(Protocol):
    """Whoever can tell the broker that messages are safe."""

    def acknowledge(self, messages: Iterable[tuple[int, int, int]], /) -> None:
        """Acknowledge messages told as (mid, qos, connection)."""
        ...

    def hold(self, wanted: bool, /) -> None:
        """Take nothing from the network while that is wanted."""
        ...


class Pipeline:
    """Takes messages and commits them in batches; a message is acknowledged only when all that it caused is committed.

    A batch is what has come while the one before it was being committed, at least what comes within `batch_age_s`: small and quick when
    little happens, large when much does. The next batch is decoded while the database works on the present one.
    """

    def __init__(
        self,
        *,
        writer: BatchWriter,
        broker: Acknowledger,
        publish: Callable[[Changes], None],
        batch_size: int,
        batch_age_s: float,
        recover: Callable[[], Awaitable[None]],
        rate_limit: RateLimit | None = None,
        on_batch: Callable[[int, float], None] = lambda _messages, _seconds: None,
    ) -> None:
        self._broker, self._publish, self._rate_limit = broker, publish, rate_limit
        self._batch_size, self._batch_age_s, self._on_batch = batch_size, batch_age_s, on_batch
        self._committer = Committer(writer, recover=recover, on_commit=self._committed)
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._working: dict[int, Message] = {}
        self._began = monotonic()
        self._came = asyncio.Event()
        self._decoded: asyncio.Queue[Sequence[Decoded]] = asyncio.Queue(1)

    def take(self, messages: Iterable[Message]) -> None:
        """Take messages from the broker; returns at once. When too much waits, the broker is asked to hold back."""
        for message in messages:
            self._waiting.append(message)
            self._waiting_bytes += len(message.payload)
        self._came.set()
        self._broker.hold(self._waiting_bytes > _HOLD_BYTES)

    def drop_before(self, connection: int) -> None:
        """Forget what waits from connections before this one: the broker delivers it again."""
        self._wait_for(message for message in self._waiting if not message.qos or message.connection >= connection)

    def drop_all(self) -> None:
        """Forget everything: another process has the partition, and the broker delivers to it. Only while `run` does not run."""
        self._working.clear()
        self._wait_for(())
        self._committer.trouble = None

    @property
    def depth(self) -> int:
        """How many messages wait for the next batch."""
        return len(self._waiting)

    @property
    def in_hand(self) -> int:
        """How many messages were taken and are neither committed nor dropped."""
        return len(self._waiting) + len(self._working)

    @property
    def trouble(self) -> str | None:
        """What keeps a batch from being committed, None while nothing does."""
        return self._committer.trouble

    async def run(self) -> None:
        """Work until cancelled; the batch in hand at that moment is committed and acknowledged first, if the store takes it.

        What is not done then is the first to be done by the next `run`.
        """
        self._decoded = asyncio.Queue(1)
        self._wait_for((*self._working.values(), *self._waiting))
        self._working.clear()
        decoding = asyncio.create_task(self._decode_loop(), name="ioc.ingest.decode")
        try:
            while True:
                batch = await self._next(decoding)
                commit = asyncio.create_task(self._store_all(batch), name="ioc.ingest.commit")
                try:
                    await asyncio.shield(commit)
                except asyncio.CancelledError:
                    await asyncio.wait([commit], timeout=0 if self.trouble else _LAST_COMMIT_S)
                    commit.cancel()
                    await asyncio.wait([commit])
                    raise
        finally:
            decoding.cancel()

    def _wait_for(self, messages: Iterable[Message]) -> None:
        self._waiting = deque(messages)
        self._waiting_bytes = sum(len(message.payload) for message in self._waiting)

    async def _next(self, decoding: asyncio.Task[None]) -> Sequence[Decoded]:
        """Return the next batch; raises what ended the decoding, which never ends by itself."""
        coming = asyncio.ensure_future(self._decoded.get())
        try:
            await asyncio.wait({coming, decoding}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            coming.cancel()
            raise
        if decoding.done() and not coming.done():
            coming.cancel()
            decoding.result()
        return await coming

    async def _decode_loop(self) -> None:
        while True:
            messages = await self._collect()
            await self._decoded.put([self._read(message) for message in messages])

    def _read(self, message: Message) -> Decoded:
        if self._rate_limit is not None and not message.is_retained:
            refused = self._rate_limit.check(source_of(message.topic), message.arrived)
            if refused is not None:
                return Decoded(message, [refused])
        return read_message(message)

    async def _collect(self) -> Sequence[Message]:
        batch = Batch(size=self._batch_size, age_s=self._batch_age_s)
        while True:
            at = monotonic()
            while self._waiting and not batch.is_full():
                message = self._waiting.popleft()
                self._working[id(message)] = message
                self._waiting_bytes -= len(message.payload)
                batch.add(message, at=at)
            self._broker.hold(self._waiting_bytes > _HOLD_BYTES)
            wait = batch.waits_s(at=at)
            if wait == 0:
                return batch.messages
            self._came.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._came.wait()
            except TimeoutError:
                return batch.messages

    async def _store_all(self, decoded: Sequence[Decoded]) -> None:
        """Store a batch; what stations say about themselves first, so that it counts for the readings that came with it."""
        told = [one for one in decoded if _describes(one)]
        rest = [one for one in decoded if not _describes(one)] if told else decoded
        for some in (told, rest):
            if some:
                self._began = monotonic()
                await self._committer.commit(some)

    def _committed(self, decoded: Sequence[Decoded], changes: Changes) -> None:
        """Acknowledge what is safe, and publish what it changed."""
        self._broker.acknowledge([(message.mid, message.qos, message.connection) for message, _ in decoded])
        for message, _ in decoded:
            self._working.pop(id(message), None)
        now = monotonic()
        self._on_batch(len(decoded), now - self._began)
        self._began = now
        if not changes.is_empty:
            self._publish(changes)


def _describes(decoded: Decoded) -> bool:
    return any(isinstance(item, StationDescription) for item in decoded.items)
