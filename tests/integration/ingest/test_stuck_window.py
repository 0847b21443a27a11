"""A broker that loses acknowledgements: its window fills, it falls silent, and only a new connection makes it deliver again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from ioc.domain.clock import SystemClock
from ioc.domain.live import Changes
from ioc.ingest.batch import Message
from ioc.ingest.intake import Intake
from ioc.ingest.partitions import Partition
from ioc.ingest.pipeline import Pipeline
from ioc.ingest.work import Decoded
from ioc.mqtt import Endpoint
from tests.support.databases import Database

_WINDOW = 25
_CONNECT, _PUBACK, _SUBSCRIBE = 0x10, 0x40, 0x80


@dataclass
class ForgetfulBroker:
    """Speaks as much MQTT 3.1.1 as the service needs, on one session; loses every acknowledgement of the first connection."""

    queue: list[int]
    in_flight: list[int] = field(default_factory=list)
    connections: int = 0
    delivered: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while True:
                kind, length = await reader.readexactly(2)
                body = await reader.readexactly(await _whole_length(reader, length))
                if kind & 0xF0 == _CONNECT:
                    writer.write(bytes([0x20, 2, int(connection > 1), 0]))
                elif kind & 0xF0 == _SUBSCRIBE:
                    writer.write(b"\x90\x03" + body[:2] + b"\x01")
                    again, self.in_flight = self.in_flight, []
                    self._deliver(writer, again)
                elif kind & 0xF0 == _PUBACK and connection > 1:
                    self.in_flight.remove(int.from_bytes(body[:2]))
                self._deliver(writer, self.queue)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _deliver(self, writer: asyncio.StreamWriter, some: list[int]) -> None:
        while some and len(self.in_flight) < _WINDOW:
            mid = some.pop(0)
            self.in_flight.append(mid)
            self.delivered.append(mid)
            topic = b"ioc/v1/s/obs/a/b"
            body = len(topic).to_bytes(2) + topic + mid.to_bytes(2) + b"1"
            writer.write(bytes([0x32, len(body)]) + body)


async def _whole_length(reader: asyncio.StreamReader, first: int) -> int:
    length, place, byte = first & 0x7F, 7, first
    while byte & 0x80:
        (byte,) = await reader.readexactly(1)
        length |= (byte & 0x7F) << place
        place += 7
    return length


class Store:
    """Takes everything."""

    def __init__(self) -> None:
        self.stored: list[int] = []

    async def write(self, batch: Sequence[Decoded], /) -> Changes:
        self.stored += [message.mid for message, _ in batch]
        return Changes()


@pytest.fixture
async def forgetful() -> AsyncIterator[tuple[ForgetfulBroker, str]]:
    broker = ForgetfulBroker(list(range(1, 61)))
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    yield broker, f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def _nothing(*_args: object) -> None: ...


def _intake(url: str, database: Database, store: Store) -> Intake:
    partition = Partition(database.dsn, "p")
    clock = SystemClock()
    intake = Intake(Endpoint(url, 311), partition, topic_filter="ioc/v1/#", window=_WINDOW, clock=clock, take_over=_nothing)
    pipeline = Pipeline(writer=store, broker=intake.connection, publish=lambda _: None, batch_size=10, batch_age_s=0.01, recover=_nothing)
    intake.join(pipeline)
    return intake


async def test_lost_acknowledgements_are_noticed_and_everything_is_delivered(
    forgetful: tuple[ForgetfulBroker, str], any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.ingest.stall._SILENCE_S", 1.0)
    monkeypatch.setattr("ioc.ingest.intake._WATCH_EVERY_S", 0.1)
    broker, url = forgetful
    store = Store()
    intake = _intake(url, any_database, store)
    running = asyncio.create_task(intake.run())
    async with asyncio.timeout(20):
        while len(store.stored) < _WINDOW:
            await asyncio.sleep(0.02)
        assert (len(broker.in_flight), intake.connection.unacknowledged) == (_WINDOW, 0)  # all is done, and the broker does not know
        while broker.queue or broker.in_flight:
            await asyncio.sleep(0.02)
    assert sorted(set(store.stored)) == list(range(1, 61))
    assert intake.forced_reconnects == 1
    await asyncio.sleep(2.5)
    assert broker.connections <= 3  # at rest, at most once more for what the second connection brought
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_messages_that_somebody_forgot_are_delivered_again(
    forgetful: tuple[ForgetfulBroker, str], any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ioc.ingest.stall._FORGOTTEN_S", 0.5)
    monkeypatch.setattr("ioc.ingest.intake._WATCH_EVERY_S", 0.1)
    broker, url = forgetful
    store = Store()
    intake = _intake(url, any_database, store)
    assert intake.pipeline is not None
    take = intake.pipeline.take
    forgotten: list[Message] = []

    def forget_some(messages: list[Message]) -> None:
        forgotten.extend(m for m in messages if m.connection == 1 and m.mid % 2)
        take([m for m in messages if m not in forgotten])

    monkeypatch.setattr(intake.pipeline, "take", forget_some)
    running = asyncio.create_task(intake.run())
    async with asyncio.timeout(20):
        while broker.queue or broker.in_flight:
            await asyncio.sleep(0.02)
    assert forgotten
    assert sorted(set(store.stored)) == list(range(1, 61))
    assert intake.forced_reconnects == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
