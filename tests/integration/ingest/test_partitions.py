"""The lock of a partition on a real database: who has it writes, nobody else can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest

from ioc.ingest.partitions import NotHeld, Partition
from tests.support.databases import Database


@dataclass
class Claimant:
    """A process that wants the partition, and what it was told."""

    partition: Partition
    took_over: int = 0
    told_taken: int = 0
    fails: list[Exception] = field(default_factory=list)

    async def claim(self) -> None:
        await self.partition.claim(self._take_over, on_taken=self._taken)

    async def write(self) -> int:
        pool = await self.partition.pool()
        async with pool.acquire() as conn:
            pid: int = await conn.fetchval("SELECT pg_backend_pid()")
            return pid

    async def _take_over(self, conn: asyncpg.Connection) -> None:
        if self.fails:
            raise self.fails.pop()
        with pytest.raises(NotHeld):  # nobody writes before memory is up to date
            await self.write()
        self.took_over += 1

    def _taken(self) -> None:
        self.told_taken += 1


@pytest.fixture
async def claimants(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Claimant, Claimant]]:
    monkeypatch.setattr("ioc.ingest.partitions._LOOK_EVERY_S", 0.05)
    both = (Claimant(Partition(any_database.dsn, "north")), Claimant(Partition(any_database.dsn, "north")))
    yield both
    for claimant in both:
        claimant.partition.close()


async def test_one_writes_and_the_other_is_told_once_and_waits(claimants: tuple[Claimant, Claimant]) -> None:
    first, second = claimants
    await first.claim()
    waiting = asyncio.create_task(second.claim())
    await asyncio.sleep(0.3)
    assert await first.write() == await first.write()  # always the connection that has the lock
    assert (second.told_taken, second.partition.is_taken, second.partition.is_held) == (1, True, False)
    with pytest.raises(NotHeld, match="another process has partition north"):
        await second.write()
    first.partition.close()
    async with asyncio.timeout(5):
        await waiting
    assert second.partition.is_held
    assert not second.partition.is_taken
    assert second.took_over == 1


async def test_partitions_of_other_names_are_nobodys_concern(claimants: tuple[Claimant, Claimant], any_database: Database) -> None:
    await claimants[0].claim()
    south = Claimant(Partition(any_database.dsn, "south"))
    async with asyncio.timeout(5):
        await south.claim()
    south.partition.close()


async def test_holder_whose_connection_is_ended_notices_and_cannot_write_on(
    claimants: tuple[Claimant, Claimant], any_database: Database
) -> None:
    first, second = claimants
    await first.claim()
    lost = asyncio.create_task(first.partition.lost())
    waiting = asyncio.create_task(second.claim())
    other = await asyncpg.connect(any_database.dsn)
    await other.execute("SELECT pg_terminate_backend($1)", await first.write())
    await other.close()
    async with asyncio.timeout(5):
        await asyncio.gather(lost, waiting)
    with pytest.raises(NotHeld):
        await first.write()


async def test_transaction_of_a_holder_is_undone_before_the_next_one_can_begin(
    claimants: tuple[Claimant, Claimant], any_database: Database
) -> None:
    first, second = claimants
    await first.claim()
    taken = asyncio.Event()
    writing = asyncio.create_task(_write_half(first, any_database, taken))
    async with asyncio.timeout(5):
        await second.claim()
    taken.set()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await writing
    second_pool = await second.partition.pool()
    assert await second_pool.fetchval("SELECT count(*) FROM source") == 0


async def _write_half(holder: Claimant, database: Database, taken: asyncio.Event) -> None:
    """Begin a transaction, lose the connection in the middle, and go on when somebody else has the lock."""
    pool = await holder.partition.pool()
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("INSERT INTO source (name) VALUES ('half-done')")
        other = await asyncpg.connect(database.dsn)
        await other.execute("SELECT pg_terminate_backend($1)", await conn.fetchval("SELECT pg_backend_pid()"))
        await other.close()
        await taken.wait()
        await conn.execute("SELECT 1")


async def test_trouble_while_taking_over_leaves_the_lock_to_whoever_can(claimants: tuple[Claimant, Claimant]) -> None:
    first, _ = claimants
    first.fails = [asyncpg.QueryCanceledError("slow")]
    async with asyncio.timeout(5):
        await first.claim()
    assert first.took_over == 1
    assert first.partition.trouble is None


async def test_holder_that_does_not_answer_is_given_up(claimants: tuple[Claimant, Claimant], monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = claimants
    await first.claim()
    monkeypatch.setattr("ioc.ingest.partitions._ANSWER_S", 0.0001)
    async with asyncio.timeout(10):
        await first.partition.lost()
    assert not first.partition.is_held
