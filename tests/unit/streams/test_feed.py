import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ioc.domain.live import Changes
from ioc.streams.feed import Feed
from ioc.streams.mirror import Mirror
from tests.support.doubles import LiveStore, Stopwatch
from tests.support.examples import alert, observation, station


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.feed._RETRY_S", 0.001)


@asynccontextmanager
async def running(store: LiveStore) -> AsyncIterator[tuple[Feed, Mirror]]:
    """A feed on a connected bus that has read the live state once."""
    mirror = Mirror()
    feed = Feed(mirror, store.load)
    task = asyncio.create_task(feed.run())
    await store.asked_times(1)
    feed.connection_changed(connected=True)
    await store.asked_times(2)
    try:
        yield feed, mirror
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def batch(number: int, publisher: str = "p", *, seconds: float = 0) -> Changes:
    return Changes(publisher=publisher, number=number, observations=[observation(seconds or number, number)])


def beacon(number: int, publisher: str = "p") -> Changes:
    return Changes(publisher=publisher, number=number)


async def heals(store: LiveStore, feed: Feed, *heard: Changes) -> int:
    """How often the live state is read anew because of what was heard, once the publishers are known."""
    for publisher in ("p", "q"):
        feed.receive(beacon(0, publisher))
        for _ in range(5):
            await asyncio.sleep(0)
    before = len(store.asked)
    for changes in heard:
        feed.receive(changes)
        for _ in range(5):
            await asyncio.sleep(0)
    return len(store.asked) - before


async def test_live_state_is_read_at_the_start_and_when_the_bus_comes_back() -> None:
    store = LiveStore(Changes(stations=[station("a")]), Changes(stations=[station("b")]), Changes(stations=[station("c")]))
    async with running(store) as (feed, mirror):
        assert len(mirror) == 2
        feed.connection_changed(connected=False)
        feed.connection_changed(connected=True)
        await store.asked_times(3)
        assert len(mirror) == 3
        assert feed.heals == 3


async def test_trouble_says_why_the_mirror_may_be_behind() -> None:
    assert Feed(Mirror(), LiveStore(Changes()).load).trouble == "the live state is being read from the database"
    async with running(store := LiveStore(Changes())) as (feed, _):
        assert trouble(feed) is None
        feed.connection_changed(connected=False)
        assert trouble(feed) == "the broker does not answer"
        feed.connection_changed(connected=True)
        await store.asked_times(3)
        assert trouble(feed) is None


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([batch(1), batch(2), batch(3)], 0),
        ([batch(1), beacon(1), beacon(1), batch(2), beacon(2)], 0),
        ([beacon(0), beacon(0), batch(1)], 0),
        ([batch(1), batch(3)], 1),
        ([batch(1), beacon(2)], 1),
        ([beacon(4)], 1),
        ([batch(4)], 1),
        ([batch(4, "never heard of")], 1),
        ([beacon(4, "never heard of")], 1),
        ([batch(4), batch(5), beacon(5)], 1),
        ([batch(1), batch(1), batch(2), batch(1)], 0),
        ([batch(1), batch(3), batch(2), batch(4)], 1),
        ([batch(1), batch(5), batch(9)], 2),
        ([batch(1, "p"), batch(1, "q"), batch(2, "p"), batch(2, "q")], 0),
        ([batch(1, "p"), batch(3, "q"), batch(2, "p")], 1),
    ],
    ids=[
        "in order",
        "beacons repeat the number",
        "beacon before the first batch",
        "one lost",
        "the last one lost",
        "joined in a silence",
        "joined in the middle",
        "another process",
        "another process in a silence",
        "and then in order",
        "twice",
        "out of order",
        "two gaps",
        "two publishers",
        "one publisher joined in the middle",
    ],
)
async def test_number_left_out_means_that_one_was_lost(heard: list[Changes], expected: int) -> None:
    async with running(store := LiveStore(Changes())) as (feed, _):
        assert await heals(store, feed, *heard) == expected


@pytest.mark.parametrize("first", [beacon(0, "new"), batch(1, "new")])
async def test_process_that_was_never_heard_of_may_stand_for_one_that_died_before_it_could_tell(first: Changes) -> None:
    async with running(store := LiveStore(Changes())) as (feed, _):
        assert await heals(store, feed, first) == 1
        assert await heals(store, feed, beacon(first.number, "new")) == 0


async def test_what_was_lost_is_in_the_database() -> None:
    store = LiveStore(Changes())
    async with running(store) as (feed, mirror):
        feed.receive(batch(1))
        store.tell(Changes(observations=[observation(2, 2)]))
        assert await heals(store, feed, batch(3, seconds=1.5)) == 1
        entity = mirror.get("hydro/dap-cau")
        assert entity is not None
        assert entity.readings["water_level"][1] == 2


async def test_database_is_asked_about_the_alerts_that_are_believed_open() -> None:
    over = alert(1, version=2, condition="normal", acknowledged=True)
    store = LiveStore(Changes(alerts=[alert(1)]))
    async with running(store) as (feed, mirror):
        assert store.asked == [[], [alert(1).id]]
        store.tell(Changes(alerts=[over]))
        assert await heals(store, feed, beacon(7)) == 1
        assert [alert(1).id] in store.asked[2:]
        assert mirror.alerts == {}


async def test_reading_that_fails_is_tried_again_and_the_mirror_keeps_what_it_had() -> None:
    store = LiveStore(Changes(stations=[station("a")]))
    async with running(store) as (feed, mirror):
        store.tell(OSError("no route to host"))
        feed.receive(beacon(3))
        await store.asked_times(6)
        assert [entity.view.station for entity in mirror.entities()] == ["a"]
        assert "OSError: no route to host" in str(feed.trouble), "viewers are told that what they see may be old"
        store.tell(Changes(stations=[station("b")]))
        await store.asked_times(len(store.asked) + 1)
        assert len(mirror) == 2
        assert trouble(feed) is None
        assert feed.heals >= 3


def trouble(feed: Feed) -> str | None:
    """What is wrong now; mypy would take it for what it was a line before."""
    return feed.trouble


async def test_news_is_applied_while_the_database_is_read() -> None:
    mirror, gate = Mirror(), asyncio.Event()

    async def load(_believed_open: object) -> Changes:
        await gate.wait()
        return Changes(observations=[observation(1, 1)])

    task = asyncio.create_task((feed := Feed(mirror, load)).run())
    await asyncio.sleep(0)
    feed.receive(batch(1, seconds=5))
    assert len(mirror) == 1
    assert trouble(feed) == "the live state is being read from the database"
    gate.set()
    await asyncio.sleep(0.01)
    entity = mirror.get("hydro/dap-cau")
    assert entity is not None
    assert entity.readings["water_level"][1] == 1, "the batch of second 5 has value 1"
    assert entity.newest == observation(5, 0).time
    assert trouble(feed) == "the broker does not answer"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_publisher_that_falls_silent_may_have_died_before_it_could_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.feed._LOOK_EVERY_S", 0.001)
    monkeypatch.setattr("ioc.streams.feed.monotonic", clock := Stopwatch())
    async with running(store := LiveStore(Changes())) as (feed, _):
        assert await heals(store, feed, batch(1), batch(2)) == 0
        before = len(store.asked)
        clock.seconds += 6
        feed.receive(beacon(0, "q"))
        clock.seconds += 2
        await store.asked_times(before + 1)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert len(store.asked) == before + 1, "once"
        assert set(feed._numbers) == {"q"}
