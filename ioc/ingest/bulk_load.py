"""History is committed portion by portion through the writer that live ingest uses; a report says what became of every row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import asyncpg
import pyarrow as pa

from ioc.domain.clock import Clock
from ioc.domain.live import Changes, StationView
from ioc.errors import BadInput, IocError, Unavailable
from ioc.ingest.bulk_columns import take_batch
from ioc.ingest.bulk_files import Chunk
from ioc.ingest.bulk_portion import Portion
from ioc.ingest.bulk_report import Report
from ioc.ingest.bulk_rows import RowReader
from ioc.ingest.bulk_sieve import Described, Rehearsal, Sieve
from ioc.ingest.commit import Committer
from ioc.ingest.outcome import Outcome, Rejection, Tally
from ioc.ingest.replay import Sifter
from ioc.ingest.work import Decoded
from ioc.store.pool import Connection
from ioc.store.registry import EventTypes, Registry

_HOPELESS = 100
"""A file of which so many rows are read and none is good is not what it was taken for."""
_TRIES = 5

Within = Callable[[Connection, Tally], Awaitable[None]]


class HistoryWriter(Protocol):
    """Whoever commits batches."""

    async def write(self, batch: Sequence[Decoded], *, within: Within | None = None, history: bool = False) -> Changes:
        """Commit everything that `batch` causes, and what `within` adds to the transaction; what that raises undoes all."""
        ...


class _OutdatedError(Exception):
    """The writer rejected what was believed to be sound: a station has described itself, or a policy was changed, in between."""


class Loader:
    """Commits what comes of one file; `report` grows with each portion."""

    def __init__(
        self,
        writer: HistoryWriter,
        *,
        sieve: Sieve,
        recover: Callable[[], None],
        publish: Callable[[Changes], None] = lambda _changes: None,
        patience_s: float = 60.0,
        report: Report | None = None,
    ) -> None:
        """Take note who writes; `recover` is called when what is remembered of the store may be behind it."""
        self.report = report or Report()
        self._writer, self._sieve, self._publish = writer, sieve, publish
        self._patience_s, self._waited_s = patience_s, 0.0
        self._committer = Committer(self, recover=_called(recover), on_commit=self._committed, sleep=self._wait)

    async def load(
        self,
        coming: Iterator[Portion],
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[Report], None] = lambda _report: None,
    ) -> Report:
        """Commit one portion after the other, each whole; the next is read meanwhile, in a thread of its own. Ends early when `stop` says so.

        Raises:
            BadInput: the file is not what it should be; what was committed before stays, and the message says how far that went.
            Unavailable: the store does not take anything for too long.
        """
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "ioc.bulk")
        try:
            reading = loop.run_in_executor(thread, next, coming, None)
            while (portion := await reading) is not None:
                self._refuse_hopeless(portion)
                reading = loop.run_in_executor(thread, next, coming, None)
                # Not to be cut short: the writer's memory follows the commit.
                await asyncio.shield(asyncio.ensure_future(self._commit(portion)))
                progress(self.report)
                if stop():
                    break
        except IocError as error:
            raise type(error)(f"{error.detail}; {self.report.so_far()}") from error
        finally:
            thread.shutdown(wait=False, cancel_futures=True)
        return self.report

    async def write(self, batch: Sequence[Decoded], /) -> Changes:
        """Commit a portion, or a single row that is to be kept in quarantine; for the committer."""
        if not isinstance(batch, Portion):
            return await self._write(batch, [(d.message.mid, i) for d in batch for i in d.items if isinstance(i, Rejection)])
        for _ in range(_TRIES):
            sifted = await self._sieve.sift(batch)
            try:
                return await self._write(sifted.as_batch(), sifted.rejections())
            except _OutdatedError:
                continue  # the attempt has made the stations known, with the ranges that they describe
        raise _OutdatedError("what the stations describe changes all the time")

    async def _commit(self, portion: Portion) -> None:
        for span in portion.by_span() if len(portion) else ():
            await self._committer.commit(span)
            self._waited_s = 0.0
        self.report.items += len(portion)
        self.report.reached, self.report.position = portion.reached, portion.position

    async def _write(self, batch: Sequence[Decoded], rejections: Sequence[tuple[int, Rejection]]) -> Changes:
        """Commit, provided that the writer rejects what is rejected here and nothing else."""
        counted = Tally()

        async def balance(_conn: Connection, tally: Tally) -> None:
            nonlocal counted
            counted = tally
            if tally.total(Outcome.QUARANTINED) + tally.total(Outcome.REFUSED) != len(rejections):
                raise _OutdatedError

        changes = await self._writer.write(batch, within=balance, history=True)
        self.report.add(counted, rejections)
        return changes

    def _committed(self, _batch: Sequence[Decoded], changes: Changes) -> None:
        if not changes.is_empty:
            self._publish(changes)

    def _refuse_hopeless(self, portion: Portion) -> None:
        rejections = [] if self.report.reached or portion.parts or len(portion) < _HOPELESS else portion.rejections()
        if rejections and len(rejections) == len(portion):
            row, first = rejections[0]
            raise BadInput(f"none of the first {len(portion)} rows can be taken: row {row}: {first.reason}: {first.detail}")

    async def _wait(self, seconds: float) -> None:
        self._waited_s += seconds
        if self._waited_s > self._patience_s:
            raise Unavailable(f"the store takes nothing for {self._patience_s:g} s: {self._committer.trouble}")
        await asyncio.sleep(seconds)


def _called(recover: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def call() -> None:
        recover()

    return call


def portions(chunks: Iterator[Chunk], reader: RowReader, clock: Clock) -> Iterator[Portion]:
    """Yield the rows of a file as portions that can be committed."""
    for chunk in chunks:
        portion = Portion(clock.now())
        if isinstance(chunk.rows, pa.RecordBatch):
            take_batch(chunk.rows, chunk.first, reader, portion)
            portion.reached = chunk.first + chunk.rows.num_rows - 1
        else:
            for number, row in enumerate(chunk.rows, start=chunk.first):
                reader.take(number, row, portion)
            portion.reached = chunk.first + len(chunk.rows) - 1
        portion.position = chunk.position
        yield portion


def writing(
    writer: HistoryWriter,
    *,
    known: Registry,
    gate: Sifter,
    pool: Callable[[], asyncpg.Pool],
    publish: Callable[[Changes], None] = lambda _changes: None,
    patience_s: float = 60.0,
) -> Loader:
    """Return a loader that commits through `writer`, which goes by `known` and `gate` too."""
    return Loader(writer, sieve=Sieve(known, gate=gate, pool=pool), recover=known.forget, publish=publish, patience_s=patience_s)


def rehearsing(
    stations: Iterable[StationView], *, gate: Sifter, pool: Callable[[], asyncpg.Pool], event_types: EventTypes | None = None
) -> Loader:
    """Return a loader that writes nothing; `stations` tell the ranges, `event_types` what events may come."""
    described = Described(stations, event_types)
    return Loader(
        Rehearsal(described, pool), sieve=Sieve(described, gate=gate, pool=pool), recover=lambda: None, report=Report(is_rehearsal=True)
    )
