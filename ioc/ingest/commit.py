"""One batch is committed whatever happens: tried again, halved, or, for a lone message that the store cannot keep, put into quarantine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from typing import Protocol

import asyncpg
import structlog

from ioc.domain.live import Changes
from ioc.errors import Unavailable
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.work import Decoded
from ioc.store.faults import Fault, fault_of, in_words, refusal

_log = structlog.get_logger()
_PATIENCE_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_TRIES_OF_MANY = {Fault.PASSING: inf, Fault.LASTING: inf, Fault.HEAVY: 2, Fault.DOUBTFUL: 3, Fault.MESSAGE: 1}
_TRIES_OF_ONE = _TRIES_OF_MANY | {Fault.HEAVY: inf}


class BatchWriter(Protocol):
    """Whoever commits batches: all that one causes, or nothing."""

    async def write(self, batch: Sequence[Decoded], /) -> Changes:
        """Commit and return what changed; raises what the database raises, and then nothing is done, unless the answer was lost."""
        ...


class _RefusedError(Exception):
    """The store does not take these messages together; the cause says why."""


class Committer:
    """Commits batches and tells of each part that is safe, in order; nothing that it was given is ever dropped.

    `on_commit` is called once for each message. `trouble` is what keeps a batch waiting, None while nothing does.
    """

    def __init__(
        self,
        writer: BatchWriter,
        *,
        recover: Callable[[], Awaitable[None]],
        on_commit: Callable[[Sequence[Decoded], Changes], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._writer, self._recover, self._on_commit, self._sleep = writer, recover, on_commit, sleep
        self._is_unsure = False
        self.trouble: str | None = None

    async def commit(self, batch: Sequence[Decoded]) -> None:
        """Commit `batch`, however long it takes; what one message causes is found by halves and kept in quarantine in its place."""
        try:
            changes = await self._persist(batch, _TRIES_OF_MANY if len(batch) > 1 else _TRIES_OF_ONE)
        except _RefusedError as refused:
            cause = refused.__cause__ or refused
        else:
            self._on_commit(batch, changes)
            return
        if len(batch) > 1:
            middle = len(batch) // 2
            await self.commit(batch[:middle])
            await self.commit(batch[middle:])
            return
        (only,) = batch
        _log.error(
            "ingest.poison",
            topic=only.message.topic,
            why=in_words(cause),
            exc_info=None if isinstance(cause, asyncpg.PostgresError) else cause,
        )
        quarantined = [Decoded(only.message, [Rejection(Reason.PAYLOAD, refusal(cause))])]
        self._on_commit(batch, await self._persist(quarantined, {}))

    async def _persist(self, batch: Sequence[Decoded], tries: dict[Fault, float]) -> Changes:
        """Commit; try again as often as `tries` has it for the fault, for ever where it does not say."""
        tried = 0
        while True:
            try:
                changes = await self._attempt(batch)
            except Exception as error:  # every one is somebody's fault, and the list says whose
                tried += 1
                fault = fault_of(error)
                # Only when the database itself refused the rows is it certain that nothing was stored and nothing in memory has moved.
                self._is_unsure |= fault is not Fault.MESSAGE or not isinstance(error, asyncpg.PostgresError)
                if tried >= tries.get(fault, inf):
                    raise _RefusedError from error
                self.trouble = f"{'to be mended: ' if fault is Fault.LASTING else ''}{in_words(error)}"
                _log.warning("ingest.retry", messages=len(batch), tried=tried, fault=fault.value, why=self.trouble)
                await self._sleep(_PATIENCE_S[min(tried, len(_PATIENCE_S)) - 1])
            else:
                self.trouble = None
                return changes

    async def _attempt(self, batch: Sequence[Decoded]) -> Changes:
        if self._is_unsure:
            # The answer to a commit may be what was lost: what we remember is then behind what is stored.
            try:
                await self._recover()
            except Exception as error:
                raise Unavailable(f"what is stored could not be read: {in_words(error)}") from error
            self._is_unsure = False
        return await self._writer.write(batch)
