import asyncio
from typing import Any, cast

import pytest

from ioc.bus import Bus
from ioc.domain.live import Changes
from ioc.mqtt import Endpoint
from ioc.streams.feed import Feed
from ioc.streams.mirror import Mirror
from tests.support.doubles import LiveStore, ManualClock, RecordingConnection
from tests.support.examples import NOW, alert, observation


def bus_of() -> tuple[Bus, RecordingConnection]:
    """A bus whose connection keeps what is published."""
    bus = Bus(Endpoint("mqtt://127.0.0.1:1"), clock=ManualClock(NOW), on_changes=lambda _changes: None, on_state=lambda _connected: None)
    bus.connection = cast("Any", connection := RecordingConnection())
    return bus, connection


def test_changes_are_numbered_from_one_and_say_who_published_them_and_when() -> None:
    bus, connection = bus_of()
    for second in range(3):
        bus.publish(Changes(observations=[observation(second, second)]))
    told = connection.changes()
    assert [changes.number for changes in told] == [1, 2, 3]
    assert len({changes.publisher for changes in told}) == 1
    assert told[0].publisher
    assert {changes.time for changes in told} == {NOW}
    assert {topic for topic, _ in connection.published} == {"ioc/live/changes"}


def test_two_processes_are_two_publishers() -> None:
    (one, its), (other, others) = bus_of(), bus_of()
    one.publish(Changes(alerts=[alert(1)]))
    other.publish(Changes(alerts=[alert(1)]))
    assert its.changes()[0].publisher != others.changes()[0].publisher


async def test_beacon_repeats_the_newest_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.bus._BEACON_S", 0.001)
    bus, connection = bus_of()
    bus.publish(Changes(alerts=[alert(1)]))
    task = asyncio.create_task(bus.run())
    async with asyncio.timeout(2):
        while len(connection.published) < 4:
            await asyncio.sleep(0.001)
    bus.publish(Changes(alerts=[alert(2)]))
    told = connection.changes()
    assert [changes.number for changes in told[:4]] == [1, 1, 1, 1]
    assert [changes.is_empty for changes in told[:4]] == [False, True, True, True]
    assert told[-1].number == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_listener_sees_from_the_numbers_which_batch_the_network_lost() -> None:
    bus, connection = bus_of()
    for second in range(5):
        bus.publish(Changes(observations=[observation(second, second)]))
    for lost in range(5):
        feed = Feed(Mirror(), LiveStore(Changes()).load)
        feed.receive(Changes(publisher=connection.changes()[0].publisher, number=0))
        wanted: list[int] = []
        feed.heal = lambda wanted=wanted: wanted.append(1)  # type: ignore[method-assign, misc]
        for number, changes in enumerate(connection.changes()):
            if number != lost:
                feed.receive(changes)
        feed.receive(Changes(publisher=connection.changes()[0].publisher, number=5))
        assert len(wanted) == 1, f"batch {lost + 1} was lost"
