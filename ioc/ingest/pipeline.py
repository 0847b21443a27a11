"""The order of things: collect, decode, commit, acknowledge, publish."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic
from typing import Protocol

import asyncpg
import structlog

from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.domain.station import StationDescription
from ioc.ingest.batch import Batch, Message
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Writer

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
        writer: Writer,
        broker: Acknowledger,
        publish: Callable[[Changes], None],
        clock: Clock,
        batch_size: int,
        batch_age_s: float,
        recover: Callable[[], Awaitable[None]],
        on_batch: Callable[[int, float], None] = lambda _messages, _seconds: None,
    ) -> None:
        self._writer, self._broker, self._publish, self._clock, self._recover = writer, broker, publish, clock, recover
        self._batch_size, self._batch_age_s, self._on_batch = batch_size, batch_age_s, on_batch
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._came = asyncio.Event()
        self._decoded: asyncio.Queue[Sequence[Decoded]] = asyncio.Queue(1)
        self.trouble: str | None = None

    def take(self, messages: Iterable[Message]) -> None:
        """Take messages from the broker; returns at once. When too much waits, the broker is asked to hold back."""
        for message in messages:
            self._waiting.append(message)
            self._waiting_bytes += len(message.payload)
        self._came.set()
        self._broker.hold(self._waiting_bytes > _HOLD_BYTES)

    def drop_before(self, connection: int) -> None:
        """Forget what waits from connections before this one: the broker delivers it again."""
        kept = [message for message in self._waiting if not message.qos or message.connection >= connection]
        self._waiting_bytes = sum(len(message.payload) for message in kept)
        self._waiting = deque(kept)

    @property
    def depth(self) -> int:
        """How many messages wait for the next batch."""
        return len(self._waiting)

    async def run(self) -> None:
        """Work until cancelled; the batch in hand at that moment is committed and acknowledged first."""
        decoding = asyncio.create_task(self._decode_loop(), name="ioc.ingest.decode")
        try:
            while True:
                batch = await self._next(decoding)
                commit = asyncio.create_task(self._store_all(batch), name="ioc.ingest.commit")
                try:
                    await asyncio.shield(commit)
                except asyncio.CancelledError:
                    await asyncio.wait([commit], timeout=_LAST_COMMIT_S)
                    raise
        finally:
            decoding.cancel()

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
            await self._decoded.put([read_message(message) for message in messages])

    async def _collect(self) -> Sequence[Message]:
        batch = Batch(size=self._batch_size, age_s=self._batch_age_s)
        while True:
            at = monotonic()
            while self._waiting and not batch.is_full():
                message = self._waiting.popleft()
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
        if told:
            await self._store(told)
            decoded = [one for one in decoded if not _describes(one)]
        if decoded:
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
        self._broker.acknowledge([(message.mid, message.qos, message.connection) for message, _ in decoded])
        self._on_batch(len(decoded), monotonic() - began)
        if not changes.is_empty:
            self._publish(changes)

    async def _persist(self, decoded: Sequence[Decoded]) -> Changes:
        """Commit; while the database is away, wait and try again for as long as it takes."""
        tries = 0
        while True:
            try:
                if tries:
                    # The answer to the commit may be what was lost: what we remember is then behind what is stored.
                    await self._recover()
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


def _describes(decoded: Decoded) -> bool:
    return any(isinstance(item, StationDescription) for item in decoded.items)
