"""A command has one effect, whoever repeats it, wherever it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from ioc.errors import BadInput, Conflict, NotFound, Unavailable
from ioc.operations import Operation, Operations, Order
from ioc.store.pool import open_pool
from tests.support.databases import Database


@pytest.fixture
async def pool(any_database: Database) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(any_database.dsn)
    yield pool
    await pool.close()


class Counter:
    """Counts its effects."""

    def __init__(self) -> None:
        self.count = 0
        self.fails: Exception | None = None

    async def add(self, order: Order) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        if self.fails is not None:
            raise self.fails
        self.count += 1
        return {"count": self.count, "by": order.actor}

    def table(self) -> dict[str, Operation]:
        return {"count.add": self.add}


async def run(operations: Operations, idem: str = "the same key", actor: str = "an", op: str = "count.add", **args: Any) -> dict[str, Any]:
    return await operations.execute(op, args, if_version=None, idem=idem, actor=actor)


async def test_same_key_of_the_same_caller_has_one_effect_also_elsewhere_and_later(pool: asyncpg.Pool) -> None:
    counter = Counter()
    one, other = Operations(counter.table(), lambda: pool), Operations(counter.table(), lambda: pool)
    told = await asyncio.gather(*(run(process) for process in (one, other) for _ in range(5)))
    assert told == [{"count": 1, "by": "an"}] * 10
    assert counter.count == 1
    restarted = Operations(counter.table(), lambda: pool)
    assert await run(restarted) == {"count": 1, "by": "an"}
    assert await run(restarted, actor="binh") == {"count": 2, "by": "binh"}, "keys are the caller's own"
    assert await run(restarted, idem="another key") == {"count": 3, "by": "an"}


async def test_key_of_another_command_is_refused(pool: asyncpg.Pool) -> None:
    operations = Operations((counter := Counter()).table(), lambda: pool)
    await run(operations, n=1)
    with pytest.raises(Conflict, match=r"'the same key' was used for count\.add with other arguments"):
        await run(operations, n=2)
    assert counter.count == 1


async def test_command_that_failed_may_be_tried_again_under_the_same_key(pool: asyncpg.Pool) -> None:
    operations = Operations((counter := Counter()).table(), lambda: pool)
    counter.fails = BadInput("args.n is missing")
    with pytest.raises(BadInput):
        await run(operations)
    counter.fails = None
    assert (await run(operations))["count"] == 1


async def test_unknown_operation_names_those_there_are(pool: asyncpg.Pool) -> None:
    with pytest.raises(NotFound, match=r"there is no operation 'sing'; there are count\.add"):
        await run(Operations(Counter().table(), lambda: pool), op="sing")


async def test_database_that_is_away_is_told_as_such() -> None:
    def away() -> asyncpg.Pool:
        raise Unavailable("the database was not reached yet")

    with pytest.raises(Unavailable):
        await run(Operations(Counter().table(), away))
