"""What the pipeline makes of trouble with the database, on every store level."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import cast

import asyncpg
import pytest

from ioc.alerts.recorder import Recorder
from ioc.domain.live import Changes
from ioc.ingest.batch import Message
from ioc.ingest.decode import Item, decode
from ioc.ingest.outcome import Rejection
from ioc.ingest.pipeline import Pipeline
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Within, Writer
from tests.integration.ingest.conftest import NOW, Desk
from tests.integration.ingest.test_writer import reading


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
        standings = dict(engine._standings)
        newest = {key: entry.newest for key, entry in self._known.series.items()}
        changes = await super().write(batch, within=within, history=history)
        if self.lost:
            self.lost -= 1
            engine._standings = standings
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


def _fails_on_seven(topic: str, payload: bytes, *, arrived: datetime) -> list[Item | Rejection]:
    if b"7" in payload.partition(b"value")[2]:
        raise RuntimeError("nobody foresaw this")
    return decode(topic, payload, arrived=arrived)


def _pipeline(writer: Writer, broker: Broker, told: list[Changes]) -> Pipeline:
    async def recover() -> None:
        writer._known.forget()
        async with writer._pool.acquire() as conn:
            await writer._judge.restore(conn)  # type: ignore[attr-defined]

    return Pipeline(writer=writer, broker=broker, publish=told.append, batch_size=100, batch_age_s=0.01, recover=recover)
