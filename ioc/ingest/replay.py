"""Messages from quarantine go through ingest again; what is accepted now leaves it in the same transaction that stores it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import asyncpg

from ioc.domain.clock import Clock
from ioc.domain.live import AlertView, Changes
from ioc.ingest.batch import Message
from ioc.ingest.checks import Descriptions, check
from ioc.ingest.decode import Item, one_by_one
from ioc.ingest.outcome import Outcome, Reason, Rejection, Tally
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from ioc.store import quarantine
from ioc.store.faults import Fault, fault_of, refusal
from ioc.store.pool import Connection
from ioc.store.quarantine import Selection, StillBad

_MESSAGES = 200
_BYTES = 4 * 1024 * 1024
_REFUSED = frozenset({Reason.SIZE, Reason.RATE})

Within = Callable[[Connection, Tally], Awaitable[None]]
"""Called in the transaction of a batch when its rows are written, with what was counted."""


class BatchWriter(Protocol):
    """Whoever commits batches."""

    async def write(self, batch: Sequence[Decoded], *, within: Within | None = None) -> Changes:
        """Commit everything that `batch` causes, and what `within` adds to the transaction; what that raises undoes all."""
        ...


class Sifter(Protocol):
    """Whoever applies the policies of the sources."""

    async def sift(self, conn: Connection, batch: Sequence[Decoded]) -> Sequence[Decoded]:
        """Return `batch` with a rejection in the place of every item that is not let in."""
        ...


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of the chosen messages, and of their items that had not been accepted before."""

    messages: int = 0
    stored: int = 0
    duplicate: int = 0
    late: int = 0
    quarantined: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """A message in quarantine; `items` are the numbers of its items that were not accepted, None for the message as a whole."""

    id: int
    message: Message
    source: str
    items: list[int] | None

    @property
    def counted(self) -> int:
        """How many items the books have for it under quarantined."""
        return 1 if self.items is None else len(self.items)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a message amounts to now: the items that look well, and why the others do not."""

    kept: _Kept
    good: list[Item]
    bad: list[Rejection]

    @property
    def refused(self) -> int:
        """How many of its items are counted only from now on: all that were kept, or none."""
        return self.kept.counted if any(rejection.reason in _REFUSED for rejection in self.bad) else 0

    @property
    def remaining(self) -> int:
        """How many of its items stay in quarantine."""
        stays = self.still_bad()
        return 0 if stays is None else 1 if stays[1] is None else len(stays[1])

    def still_bad(self) -> StillBad | None:
        """Return how it stays in quarantine, None where it leaves."""
        if not self.bad or self.refused:
            return None
        first = self.bad[0]
        numbers = self.kept.items if first.item is None else [r.item for r in self.bad if r.item is not None]
        return self.kept.id, numbers, first.reason, first.detail


class NoRules:
    """A judge that judges nothing, for what is brought in beside a running service, whose rules know nothing of it."""

    def __init__(self) -> None:
        self.alerts: list[AlertView] = []

    def watches(self, series: object, /) -> bool:
        """Return that no rule looks at it."""
        _ = series
        return False

    def is_due(self, until: datetime, /) -> bool:
        """Return that nothing waits."""
        _ = until
        return False

    async def judge(self, conn: Connection, evidence: Sequence[object], *, until: datetime | None, now: datetime) -> NoRules:
        """Write nothing."""
        _ = conn, evidence, until, now
        return self

    def settle(self) -> None:
        """Change nothing."""


class _OutdatedError(Exception):
    """What was believed of a batch is not so any more: somebody else took messages out, or a station described itself anew."""


class Replayer:
    """Sends messages from quarantine through decoding, checks and the writer again.

    The books are balanced as if the items had fared so at their arrival: what is accepted now moves from quarantined to stored, duplicate or
    late in the minute of arrival, so that received stays what the source sent. An item without a time is of the moment at which it arrived.
    """

    def __init__(
        self,
        pool: Callable[[], asyncpg.Pool],
        *,
        writer: BatchWriter,
        known: Descriptions,
        gate: Sifter,
        clock: Clock,
        publish: Callable[[Changes], None] = lambda _changes: None,
    ) -> None:
        self._pool, self._writer, self._known, self._gate = pool, writer, known, gate
        self._clock, self._publish = clock, publish
        self._turn = asyncio.Lock()

    async def replay(self, chosen: Selection) -> ReplayReport:
        """Replay the chosen messages that are in quarantine now, oldest first, and report; doing so again changes nothing more.

        What was committed stays when the database goes away in between; calling it again does the rest.
        """
        async with self._turn:
            report = ReplayReport()
            async with self._pool().acquire() as conn:
                last = await quarantine.last_chosen(conn, chosen)
            after = 0
            while last is not None and (some := await self._next(chosen, after, last)):
                # Not to be cut short: the writer's memory follows the commit.
                report = await asyncio.shield(asyncio.ensure_future(self._settle(some, report)))
                after = some[-1].id
            return report

    async def _next(self, chosen: Selection, after: int, last: int) -> list[_Kept]:
        async with self._pool().acquire() as conn:
            rows = await quarantine.next_chosen(conn, chosen, after=after, up_to=last, limit=_MESSAGES, max_bytes=_BYTES)
        return [
            _Kept(r["id"], Message(r["topic"], r["payload"], r["arrived"], told_time=r["told_time"]), r["source"], r["items"]) for r in rows
        ]

    async def _settle(self, some: Sequence[_Kept], report: ReplayReport) -> ReplayReport:
        """Commit what became of `some`; where one of them is poison, or they change under our hands, go by halves."""
        for _ in range(2):
            try:
                return _add(report, len(some), await self._commit(await self._try(some)))
            except _OutdatedError:
                continue  # the first attempt has made their stations known, with the ranges that they describe
            except Exception as error:  # the lists of faults tell whose it is
                fault = fault_of(error)
                if fault is not Fault.MESSAGE and not (fault is Fault.HEAVY and len(some) > 1):
                    raise
                if len(some) == 1:
                    poison = [_Tried(some[0], [], [Rejection(Reason.PAYLOAD, refusal(error))])]
                    return _add(report, 1, await self._commit(poison))
                break
        if len(some) == 1:
            return report  # gone, or in other hands
        middle = len(some) // 2
        return await self._settle(some[middle:], await self._settle(some[:middle], report))

    async def _try(self, some: Sequence[_Kept]) -> list[_Tried]:
        async with self._pool().acquire() as conn:
            sifted = await self._gate.sift(conn, [read_message(kept.message) for kept in some])
        return [self._judge(kept, one_by_one(decoded.items)) for kept, decoded in zip(some, sifted, strict=True)]

    def _judge(self, kept: _Kept, items: Sequence[Item | Rejection]) -> _Tried:
        """Tell the well from the bad among the items that were not accepted before."""
        tried = _Tried(kept, [], [])
        if len(items) == 1 and isinstance(items[0], Rejection) and items[0].item is None:
            tried.bad.append(items[0])
            return tried
        for number in range(len(items)) if kept.items is None else kept.items:
            item = items[number] if number < len(items) else Rejection(Reason.SCHEMA, f"the message has no item {number}", number)
            arrived = kept.message.arrived
            verdict = item if isinstance(item, Rejection) else check(item, number, arrived=arrived, descriptions=self._known)
            if verdict is not None:
                tried.bad.append(verdict)
            elif not isinstance(item, Rejection):
                tried.good.append(item)
        return tried

    async def _commit(self, tried: Sequence[_Tried]) -> Tally:
        """Store the good items, settle the quarantine and the books, and return what was counted."""
        counted = Tally()

        async def settle(conn: Connection, tally: Tally) -> None:
            nonlocal counted
            counted = tally
            if tally.total(Outcome.QUARANTINED) or tally.total(Outcome.REFUSED):
                raise _OutdatedError
            if len(await quarantine.lock_quarantined(conn, [t.kept.id for t in tried])) != len(tried):
                raise _OutdatedError
            staying = [row for t in tried if (row := t.still_bad()) is not None]
            gone = sorted({t.kept.id for t in tried} - {row[0] for row in staying})
            await quarantine.settle_replay(conn, gone=gone, kept=staying, now=self._clock.now())
            await quarantine.add_ledger(conn, _moved(tried).rows())

        changes = await self._writer.write([Decoded(t.kept.message, t.good) for t in tried if t.good], within=settle)
        if not changes.is_empty:
            self._publish(changes)
        for t in tried:
            counted.add(t.kept.source, t.kept.message.arrived, Outcome.QUARANTINED, t.remaining)
            counted.add(t.kept.source, t.kept.message.arrived, Outcome.REFUSED, t.refused)
        return counted


def _moved(tried: Sequence[_Tried]) -> Tally:
    """Return what becomes of the counts of the minutes of arrival, but for the items that are counted anew."""
    moved = Tally()
    for t in tried:
        moved.add(t.kept.source, t.kept.message.arrived, Outcome.QUARANTINED, t.remaining - t.kept.counted)
        moved.add(t.kept.source, t.kept.message.arrived, Outcome.REFUSED, t.refused)
    return moved


def _add(report: ReplayReport, messages: int, counted: Tally) -> ReplayReport:
    more = {outcome.value: getattr(report, outcome.value) + counted.total(outcome) for outcome in Outcome}
    return replace(report, messages=report.messages + messages, **more)
