"""What the pipeline makes of trouble with the database, on every store level."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

import asyncpg
import pytest

from ioc.alerts.recorder import Recorder
from ioc.domain.live import Changes
from ioc.ingest.batch import Message
from ioc.ingest.decode import Item, decode
from ioc.ingest.outcome import Rejection
from ioc.ingest.pipeline import Pipeline
from ioc.ingest.rate import RateLimit
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Within, Writer
from ioc.store.pool import open_pool
from tests.integration.ingest.conftest import NOW, Desk
from tests.integration.ingest.test_writer import reading
from tests.support.databases import Database


class Broker:
    """Remembers what was acknowledged, in order."""

    def __init__(self) -> None:
        self.acknowledged: list[int] = []

    def acknowledge(self, messages: Iterable[tuple[int, int, int]], /) -> None:
        self.acknowledged += [mid for mid, _, _ in messages]

    def hold(self, wanted: bool, /) -> None:
        assert not wanted


class LosesAnswers(Writer):
    """Commits, and the first time the connection breaks before the answer comes: the database knows more than we remember."""

    lost = 1

    async def write(self, batch: Sequence[Decoded], *, within: Within | None = None, history: bool = False) -> Changes:
        engine = cast("Recorder", self._judge).engine
        if self.lost:
            engine.settle = lambda: None  # type: ignore[method-assign]
        newest = {key: entry.newest for key, entry in self._known.series.items()}
        changes = await super().write(batch, within=within, history=history)
        if self.lost:
            self.lost -= 1
            del engine.settle
            for key, entry in self._known.series.items():
                entry.newest = newest.get(key)
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return changes


@pytest.fixture
def told() -> list[Changes]:
    return []


async def _run(pipeline: Pipeline, until: Callable[[], bool]) -> None:
    running = asyncio.create_task(pipeline.run())
    async with asyncio.timeout(10):
        while not until():
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _message(number: int, payload: bytes) -> Message:
    return Message("ioc/v1/s/obs/g1/level", payload, NOW, 1, number, 1)


async def test_a_poison_message_is_found_kept_and_the_others_are_stored(desk: Desk, told: list[Changes]) -> None:
    await desk.pool.execute("ALTER TABLE observation ADD CONSTRAINT no_sevens CHECK (value <> 7)")
    broker = Broker()
    pipeline = _pipeline(desk.writer, broker, told)
    pipeline.take(_message(n, reading(n, n)) for n in range(1, 11))
    await _run(pipeline, lambda: len(broker.acknowledged) == 10)
    assert [row[0] for row in await desk.fetch("SELECT value FROM observation ORDER BY value")] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    ((reason, detail),) = await desk.fetch("SELECT reason, detail FROM quarantine")
    assert reason == "payload"
    assert "no_sevens" in detail
    assert (await desk.books())["quarantined"] == 1


async def test_a_lost_answer_to_a_commit_makes_neither_two_alerts_nor_one_that_nobody_clears(desk: Desk, told: list[Changes]) -> None:
    broker = Broker()
    writer = LosesAnswers(desk.pool, known=desk.writer._known, units=lambda: desk.units, judge=desk.writer._judge)
    pipeline = _pipeline(writer, broker, told)
    pipeline.take([_message(1, reading(12, 0))])
    await _run(pipeline, lambda: broker.acknowledged == [1])
    pipeline = _pipeline(writer, broker, told)
    pipeline.take([_message(2, reading(3, 1))])
    await _run(pipeline, lambda: broker.acknowledged == [1, 2])
    assert await desk.fetch("SELECT condition, version FROM alert") == [("normal", 2)]
    assert await desk.fetch("SELECT kind FROM alert_transition ORDER BY seq") == [("fired",), ("cleared",)]


async def test_what_nobody_foresaw_in_one_message_stops_no_other(desk: Desk, told: list[Changes], monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    monkeypatch.setattr("ioc.ingest.read.decode_grouped", _fails_on_seven)
    pipeline = _pipeline(desk.writer, broker, told)
    pipeline.take(_message(n, reading(n, n)) for n in range(6, 9))
    await _run(pipeline, lambda: len(broker.acknowledged) == 3)
    assert [row[0] for row in await desk.fetch("SELECT value FROM observation ORDER BY value")] == [6, 8]
    assert await desk.fetch("SELECT reason FROM quarantine") == [("payload",)]


async def test_two_that_lock_each_other_out_are_tried_again_and_nothing_is_quarantined(desk: Desk, told: list[Changes]) -> None:
    """The ledger row of this minute and a table that the batch needs before it, taken in the other order: PostgreSQL ends one of both."""
    await desk.write(("s/obs/g1/level", reading(1)))
    await desk.pool.execute("ALTER DATABASE " + await desk.pool.fetchval("SELECT current_database()") + " SET deadlock_timeout = '50ms'")
    await desk.pool.expire_connections()
    broker = Broker()
    pipeline = _pipeline(desk.writer, broker, told)
    other = await desk.pool.acquire()
    block = other.transaction()
    await block.start()
    await other.execute("SET LOCAL deadlock_timeout = '1h'")  # so that it is the batch that is ended
    await other.execute("SELECT FROM ledger FOR UPDATE")
    pipeline.take([_message(1, reading(2, 1))])
    running = asyncio.create_task(pipeline.run())
    await _until(desk, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    locking = asyncio.create_task(other.execute("SELECT FROM latest_observation FOR UPDATE"))
    async with asyncio.timeout(10):
        while pipeline.trouble is None:
            await asyncio.sleep(0.005)
        await locking
        assert "DeadlockDetectedError (40P01)" in str(pipeline.trouble)
        assert broker.acknowledged == []
        await block.rollback()
        while broker.acknowledged != [1]:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await desk.pool.release(other)
    assert await desk.fetch("SELECT count(*) FROM quarantine") == [(0,)]
    assert await desk.books() == {"received": 2, "stored": 2, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 0}


async def test_a_right_that_is_missing_is_named_and_waited_for(database: Database, desk: Desk, told: list[Changes]) -> None:
    role = f"ioc_{desk.pool.get_size()}_{id(told)}"
    everything = "ALL ON ALL TABLES IN SCHEMA public"
    await desk.pool.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT {everything} TO {role}; REVOKE INSERT ON ledger FROM {role}")
    await desk.pool.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    try:
        broker = Broker()
        desk.writer._pool = await _pool_as(database, role)
        pipeline = _pipeline(desk.writer, broker, told)
        pipeline.take(_message(n, reading(n, n)) for n in range(1, 4))
        running = asyncio.create_task(pipeline.run())
        async with asyncio.timeout(10):
            while pipeline.trouble is None:
                await asyncio.sleep(0.01)
            assert pipeline.trouble.startswith("to be mended: InsufficientPrivilegeError (42501): permission denied for table ledger")
            assert broker.acknowledged == []
            await desk.pool.execute(f"GRANT INSERT ON ledger TO {role}")
            while len(broker.acknowledged) < 3:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await desk.writer._pool.close()
        assert await desk.fetch("SELECT count(*) FROM quarantine") == [(0,)]
        assert await desk.fetch("SELECT count(*) FROM observation") == [(3,)]
    finally:
        await desk.pool.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_a_batch_that_takes_longer_than_the_limit_goes_in_by_halves(database: Database, desk: Desk, told: list[Changes]) -> None:
    """A tenth of a second for each message in the ledger, and not more than a quarter for a statement."""
    await desk.pool.execute("""
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.1 * NEW.received); RETURN NEW; END $$;
        CREATE TRIGGER dawdle BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION dawdle()
    """)
    broker = Broker()
    desk.writer._pool = await open_pool(database.dsn, size=2, timeout_s=0.25)
    pipeline = _pipeline(desk.writer, broker, told)
    pipeline.take(_message(n, reading(n, n)) for n in range(1, 9))
    await _run(pipeline, lambda: len(broker.acknowledged) == 8)
    await desk.writer._pool.close()
    assert broker.acknowledged == list(range(1, 9))
    assert await desk.fetch("SELECT count(*) FROM quarantine") == [(0,)]
    assert (await desk.books())["stored"] == 8


async def test_what_is_over_the_rate_is_refused_counted_and_told_and_the_books_balance(desk: Desk, told: list[Changes]) -> None:
    broker, limit = Broker(), RateLimit(1)
    pipeline = _pipeline(desk.writer, broker, told, limit)
    pipeline.take(_message(n, reading(n, n)) for n in range(1, 9))
    pipeline.take([Message("ioc/v1/quiet/obs/g1/level", reading(1), NOW, 1, 9, 1)])
    await _run(pipeline, lambda: len(broker.acknowledged) == 9)
    assert await desk.books() == {"received": 9, "stored": 6, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 3}
    limit.credit(8)
    pipeline.take(_message(n, reading(n, n)) for n in range(1, 9))  # delivered again: what was refused before passes, nothing is doubled
    await _run(pipeline, lambda: len(broker.acknowledged) == 17)
    assert await desk.books() == {"received": 17, "stored": 9, "duplicate": 5, "late": 0, "quarantined": 0, "refused": 3}
    assert await desk.fetch("SELECT count(*) FROM observation") == [(9,)]


async def _until(desk: Desk, query: str) -> None:
    async with asyncio.timeout(10):
        while not await desk.pool.fetchval(query):
            await asyncio.sleep(0.01)


async def _pool_as(database: Database, role: str) -> asyncpg.Pool:
    address = urlsplit(database.dsn)
    return await open_pool(address._replace(netloc=f"{role}:x@{address.hostname}:{address.port}").geturl(), size=2)


def _fails_on_seven(topic: str, payload: bytes, *, arrived: datetime) -> list[Item | Rejection]:
    if b"7" in payload.partition(b"value")[2]:
        raise RuntimeError("nobody foresaw this")
    return decode(topic, payload, arrived=arrived)


def _pipeline(writer: Writer, broker: Broker, told: list[Changes], rate_limit: RateLimit | None = None) -> Pipeline:
    async def recover() -> None:
        writer._known.forget()
        async with writer._pool.acquire() as conn:
            await writer._judge.restore(conn, NOW)  # type: ignore[attr-defined]

    return Pipeline(
        writer=writer, broker=broker, publish=told.append, batch_size=100, batch_age_s=0.01, recover=recover, rate_limit=rate_limit
    )
