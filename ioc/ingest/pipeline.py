"""The order of things: collect, decode, commit, acknowledge, publish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

import asyncpg
import structlog

from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.ingest.batch import Batch, Message
from ioc.ingest.decode import decode
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.writer import Decoded, Writer

_log = structlog.get_logger()

_POISON = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
    LookupError,
    TypeError,
)
"""What a single message can cause. Everything else that the database says is taken for passing trouble and tried again, so that nothing is lost."""

_PATIENCE_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Acknowledger(Protocol):
    """Whoever can tell the broker that a message is safe."""

    def acknowledge(self, mid: int, qos: int, connection: int, /) -> None:
        """Acknowledge one message."""
        ...


class Pipeline:
    """Takes messages one by one and commits them in batches; a message is acknowledged only when all that it caused is committed."""

    def __init__(
        self,
        *,
        writer: Writer,
        broker: Acknowledger,
        publish: Callable[[Changes], None],
        clock: Clock,
        batch_size: int,
        batch_age_s: float,
        on_batch: Callable[[int, float], None] = lambda _messages, _seconds: None,
    ) -> None:
        self._writer, self._broker, self._publish, self._clock = writer, broker, publish, clock
        self._batch_size, self._batch_age_s, self._on_batch = batch_size, batch_age_s, on_batch
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()
        self.trouble: str | None = None

    def take(self, topic: str, payload: bytes, qos: int, mid: int, connection: int) -> None:
        """Take a message from the broker; returns at once."""
        self._waiting.put_nowait(Message(topic, payload, self._clock.now(), qos, mid, connection))

    @property
    def depth(self) -> int:
        """How many messages wait for the next batch."""
        return self._waiting.qsize()

    async def run(self) -> None:
        """Work until cancelled; the batch in hand at that moment is committed and acknowledged first."""
        while True:
            batch = await self._collect()
            commit = asyncio.ensure_future(self._commit(batch.messages))
            try:
                await asyncio.shield(commit)
            except asyncio.CancelledError:
                await asyncio.wait([commit], timeout=5)
                raise

    async def _collect(self) -> Batch:
        batch = Batch(size=self._batch_size, age_s=self._batch_age_s)
        batch.add(await self._waiting.get(), at=monotonic())
        while wait := batch.waits_s(at=monotonic()):
            if self._waiting.empty():
                try:
                    batch.add(await asyncio.wait_for(self._waiting.get(), wait), at=monotonic())
                except TimeoutError:
                    break
            else:
                batch.add(self._waiting.get_nowait(), at=monotonic())
        return batch

    async def _commit(self, messages: Sequence[Message]) -> None:
        decoded = [Decoded(message, decode(message.topic, message.payload, arrived=message.arrived)) for message in messages]
        await self._store(decoded)

    async def _store(self, decoded: Sequence[Decoded]) -> None:
        """Commit, acknowledge and publish `decoded`; where one of them is poison, find it by halves and keep it in quarantine."""
        began = monotonic()
        try:
            changes = await self._persist(decoded)
        except _POISON as error:
            if len(decoded) > 1:
                middle = len(decoded) // 2
                await self._store(decoded[:middle])
                await self._store(decoded[middle:])
                return
            (only,) = decoded
            _log.exception("ingest.poison", topic=only.message.topic)
            rejection = Rejection(Reason.PAYLOAD, f"the store cannot keep it: {type(error).__name__}: {error}"[:256].replace("\0", "�"))
            changes = await self._persist([Decoded(only.message, [rejection])])
        for message in (d.message for d in decoded):
            self._broker.acknowledge(message.mid, message.qos, message.connection)
        self._on_batch(len(decoded), monotonic() - began)
        if not changes.is_empty:
            self._publish(changes)

    async def _persist(self, decoded: Sequence[Decoded]) -> Changes:
        """Commit; while the database is away, wait and try again for as long as it takes."""
        tries = 0
        while True:
            try:
                changes = await self._writer.write(decoded)
            except _POISON:
                raise
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                self.trouble = f"{type(error).__name__}: {error}"
                _log.warning("ingest.retry", messages=len(decoded), tries=tries, why=self.trouble)
                await asyncio.sleep(_PATIENCE_S[min(tries, len(_PATIENCE_S) - 1)])
                tries += 1
            else:
                self.trouble = None
                return changes
