"""Whatever the store says, each message is told as committed once, in order; only what the store refuses by itself goes to quarantine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ioc.domain.live import Changes
from ioc.ingest.batch import Message
from ioc.ingest.commit import Committer
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.work import Decoded
from tests.support.examples import NOW

PASSING = [asyncpg.DeadlockDetectedError("d"), asyncpg.DiskFullError("f"), ConnectionResetError(), asyncpg.InterfaceError("closed")]
POISON = [asyncpg.CheckViolationError("no"), asyncpg.InternalServerError("odd"), KeyError("x"), RuntimeError("unforeseen")]


@dataclass
class Store:
    """A writer that refuses batches with poison in them, takes `most` messages at a time, and fails as `says` it will, call by call."""

    poison: dict[int, Exception] = field(default_factory=dict)
    says: list[Exception | None] = field(default_factory=list)
    most: int = 1000
    stored: list[int] = field(default_factory=list)
    quarantined: dict[int, str] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    recovered: int = 0

    async def write(self, batch: Sequence[Decoded], /) -> Changes:
        self.tried.append(len(batch))
        said = self.says.pop(0) if self.says else None
        if said is not None:
            raise said
        if len(batch) > self.most:
            raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")
        refused = {message.mid: items[0] for message, items in batch if items}
        for message, _ in batch:
            if message.mid in self.poison and message.mid not in refused:
                raise self.poison[message.mid]
        for mid, rejection in refused.items():
            assert isinstance(rejection, Rejection)
            assert rejection.reason is Reason.PAYLOAD
            self.quarantined[mid] = rejection.detail
        self.stored += [message.mid for message, _ in batch if message.mid not in refused]
        return Changes()

    async def recover(self) -> None:
        self.recovered += 1

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def committer(self) -> Committer:
        return Committer(self, recover=self.recover, on_commit=lambda some, _: self.told.extend(m.mid for m, _ in some), sleep=self.sleep)


def batch(size: int) -> list[Decoded]:
    return [Decoded(Message("ioc/v1/s/obs/a/b", b"1", NOW, 1, mid, 1), []) for mid in range(size)]


@given(
    size=st.integers(1, 40),
    poison=st.dictionaries(st.integers(0, 39), st.sampled_from(POISON), max_size=8),
    says=st.lists(st.sampled_from([*PASSING, None]), max_size=12),
    most=st.integers(1, 40),
)
def test_each_message_is_told_once_in_order_and_the_poison_alone_is_in_quarantine(
    size: int, poison: dict[int, Exception], says: list[Exception | None], most: int
) -> None:
    poison = {mid: error for mid, error in poison.items() if mid < size}
    store = Store(poison, says, most)
    committer = store.committer()
    with capture_logs():  # a traceback for each poison takes longer than all the rest
        asyncio.run(committer.commit(batch(size)))
    assert store.told == list(range(size))
    assert sorted(store.quarantined) == sorted(poison)
    assert store.stored == [mid for mid in range(size) if mid not in poison]
    assert committer.trouble is None


@pytest.mark.parametrize("error", [*PASSING, TimeoutError()], ids=lambda error: type(error).__name__)
async def test_a_lone_message_waits_as_long_as_the_trouble_lasts(error: Exception) -> None:
    store = Store(says=[error] * 50)
    await store.committer().commit(batch(1))
    assert (store.stored, store.quarantined, len(store.pauses)) == ([0], {}, 50)
    assert store.pauses[-1] == max(store.pauses) == 5.0


async def test_what_takes_too_long_is_tried_twice_and_then_by_halves() -> None:
    store = Store(most=3)
    await store.committer().commit(batch(8))
    assert store.tried == [8, 8, 4, 4, 2, 2, 4, 4, 2, 2]
    assert store.stored == list(range(8))


async def test_a_quarantine_that_cannot_be_written_is_tried_again_and_the_message_is_not_told_before() -> None:
    no = asyncpg.CheckViolationError("no")
    store = Store({0: no}, says=[no, no, asyncpg.UndefinedTableError("no quarantine"), no, None])
    committer = store.committer()
    await committer.commit(batch(1))
    assert store.told == [0]
    assert store.quarantined == {0: "the store cannot keep it: CheckViolationError (23514): no"}
    assert len(store.tried) == 5


async def test_what_somebody_has_to_mend_is_named_while_it_lasts() -> None:
    store = Store(says=[asyncpg.InsufficientPrivilegeError("permission denied for table ledger")])
    committer = store.committer()
    seen = []

    async def look(seconds: float) -> None:
        seen.append(committer.trouble)

    committer._sleep = look
    await committer.commit(batch(3))
    assert seen == ["to be mended: InsufficientPrivilegeError (42501): permission denied for table ledger"]
    assert (committer.trouble, store.stored) == (None, [0, 1, 2])


async def test_memory_is_read_again_when_it_is_not_certain_what_was_stored_and_only_then() -> None:
    refused = Store({1: asyncpg.CheckViolationError("no")})
    await refused.committer().commit(batch(2))
    lost = Store(says=[ConnectionResetError()])
    await lost.committer().commit(batch(2))
    assert (refused.recovered, lost.recovered) == (0, 1)


async def test_a_database_that_cannot_be_read_blames_no_message() -> None:
    store = Store(says=[TimeoutError()])
    committer = store.committer()
    fails = [KeyError("a fault of ours"), asyncpg.CheckViolationError("odd"), None]

    async def recover() -> None:
        if error := fails.pop(0):
            raise error

    committer._recover = recover
    await committer.commit(batch(2))
    assert (store.stored, store.quarantined, fails) == ([0, 1], {}, [])
