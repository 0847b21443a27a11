import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ioc.domain.live import Changes
from ioc.errors import Forbidden, IocError, Unauthorized, Unavailable
from ioc.streams import frame
from ioc.streams.hub import Hub
from tests.support.doubles import FakeSocket, ManualClock, Stopwatch
from tests.support.examples import NOW, alert, observation, position, station
from tests.support.viewer import Viewer

WEST = {"bbox": [105.0, 20.0, 106.0, 22.0], "z": 9}


@dataclass
class Centre:
    """A hub to which viewers connect."""

    why: str | None = None
    refusal: IocError | None = None
    tokens: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.hub = Hub(clock=self.clock, health=lambda: self.why)
        self.mirror = self.hub.mirror
        self._tasks: list[asyncio.Task[None]] = []

    async def admit(self, token: str | None) -> str:
        self.tokens.append(token)
        if self.refusal:
            raise self.refusal
        return "operator"

    def connect(self) -> FakeSocket:
        socket = FakeSocket()
        self._tasks.append(asyncio.create_task(self.hub.serve(socket, admit=self.admit)))
        return socket

    async def welcome(self, **subscription: Any) -> FakeSocket:
        """Return a viewer that was let in, and has the first page of its subscription if it named one."""
        socket = self.connect()
        socket.say(type="hello")
        await socket.next("welcome")
        if subscription:
            socket.say(type="sub", **subscription)
            await socket.next("snap")
        return socket

    async def ended(self) -> None:
        """Wait until every session has ended by itself; raises what one of them raised."""
        async with asyncio.timeout(2):
            await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    open_centre = Centre()
    yield open_centre
    await open_centre.stop()


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """Time as the session measures it stands still; it looks at it every few milliseconds."""
    monkeypatch.setattr("ioc.streams.session.monotonic", clock := Stopwatch())
    monkeypatch.setattr("ioc.streams.frame.HEARTBEAT_S", 0.005)
    return clock


@asynccontextmanager
async def stalled(socket: FakeSocket) -> AsyncIterator[None]:
    """A time in which the viewer does not read."""
    socket.stall()
    yield
    socket.resume()


async def closed(centre: Centre, socket: FakeSocket) -> tuple[int | None, list[str]]:
    """Return the code with which the session closed, and the types of the frames before it."""
    await centre.ended()
    assert len(centre.hub) == 0
    bye = socket.frames[-1]
    assert (bye["type"], bye["code"]) == ("bye", socket.closed_with)
    assert 500 <= bye["after_ms"] <= 3000
    return socket.closed_with, [told["type"] for told in socket.frames[:-1]]


async def test_hello_is_answered_with_what_the_viewer_may_and_how_far_it_may_go(centre: Centre) -> None:
    socket = centre.connect()
    socket.say(type="hello", token="ioc_key")
    told = await socket.next("welcome")
    assert told.pop("session")
    expected = {"type": "welcome", "epoch": centre.mirror.epoch, "hb_s": 5, "role": "operator"}
    assert told == expected | {"limits": {"subs": 16, "rate_hz": 10, "page": 2000}}
    assert centre.tokens == ["ioc_key"]


async def test_no_hello_in_time_closes(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.session._HELLO_S", 0.01)
    assert await closed(centre, centre.connect()) == (4408, [])


@pytest.mark.parametrize("first", ['{"type":"pong"}', '{"type":"sub","id":"s","ch":"state"}', "hello", "", "{}", "\ud800", "[" * 9000])
async def test_wrong_first_frame_closes(centre: Centre, first: str) -> None:
    socket = centre.connect()
    socket.say_text(first)
    assert await closed(centre, socket) == (4400, [])


@pytest.mark.parametrize(
    ("refusal", "word", "code"),
    [
        (Unauthorized("this key is not in force"), "unauthorized", 4401),
        (Forbidden("the stream needs the role viewer"), "forbidden", 4403),
        (Unavailable("the database was not reached yet"), "unavailable", 1001),
    ],
)
async def test_viewer_that_is_not_let_in_is_told_why(centre: Centre, refusal: IocError, word: str, code: int) -> None:
    """A key that cannot be looked up now is not a wrong key: the viewer comes back."""
    centre.refusal = refusal
    socket = centre.connect()
    socket.say(type="hello")
    assert await closed(centre, socket) == (code, ["err"])
    assert (socket.frames[0]["code"], socket.frames[0]["detail"]) == (word, refusal.detail)


@pytest.mark.parametrize("text", ["", "{", '{"type":"shout"}', '{"type":"sub","id":"s"}', "[" * 5000, '{"x":"\ud800"}', '{"type":"hello"}'])
async def test_frame_that_is_not_understood_is_answered_and_the_connection_lives(centre: Centre, text: str) -> None:
    socket = await centre.welcome()
    socket.say_text(text)
    told = await socket.next("err")
    assert told["code"] == "frame"
    assert 0 < len(told["detail"]) <= 256
    socket.say(type="sub", id="s", ch="state")
    assert (await socket.next())["type"] == "snap"


@pytest.mark.parametrize("text", ["x" * 65_537, '"%s"' % ("đ" * 32_768)], ids=["characters", "bytes"])
async def test_frame_that_is_too_large_closes(centre: Centre, text: str) -> None:
    socket = await centre.welcome()
    socket.say_text(text)
    assert (await closed(centre, socket))[0] == 4413


async def test_first_frame_that_is_too_large_closes(centre: Centre) -> None:
    socket = centre.connect()
    socket.say_text(" " * 2**20)
    assert (await closed(centre, socket))[0] == 4413


async def test_frame_of_the_largest_size_is_read(centre: Centre) -> None:
    socket = await centre.welcome()
    frame_text = '{"type":"sub","id":"s","ch":"state"}'
    socket.say_text(frame_text + " " * (65_536 - len(frame_text)))
    assert (await socket.next())["type"] == "snap"


async def test_state_subscription_gets_a_snapshot_and_then_what_changes(centre: Centre) -> None:
    centre.mirror.apply(Changes(stations=[station("a"), station("b")]))
    socket, viewer = await centre.welcome(), Viewer("s")
    socket.say(type="sub", id="s", ch="state", rate_hz=10)
    viewer.take_frame(await socket.next())
    assert sorted(viewer.entities) == ["hydro/a", "hydro/b"]
    centre.mirror.apply(Changes(observations=[observation(0, 4.5, "a")]))
    viewer.take_frame(await socket.next())
    assert viewer.entities["hydro/a"]["values"]["water_level"][1] == 4.5
    assert viewer.position == centre.mirror.position


async def test_viewer_is_told_no_more_often_than_it_asked(centre: Centre, stopwatch: Stopwatch) -> None:
    socket = await centre.welcome(id="s", ch="state", rate_hz=10)
    await asyncio.sleep(0.01)
    for second in range(5):
        centre.mirror.apply(Changes(observations=[observation(second, second)]))
        await asyncio.sleep(0.001)
    assert "d" not in {told["type"] for told in socket.frames}
    stopwatch.seconds += 0.1
    assert (await socket.next("d"))["rows"][0][-1]["water_level"][1] == 4, "and then of the newest only"


async def test_alert_is_told_at_once(centre: Centre) -> None:
    socket, viewer = await centre.welcome(), Viewer("a")
    centre.mirror.apply(Changes(alerts=[alert(1)]))
    socket.say(type="sub", id="a", ch="alerts")
    viewer.take_frame(await socket.next())
    assert list(viewer.alerts) == [alert(1).id]
    for version in (2, 3, 4):
        centre.mirror.apply(Changes(alerts=[alert(1, version=version)]))
        viewer.take_frame(await socket.next())
    assert viewer.events == [(alert(1).id, version) for version in (2, 3, 4)]


async def test_alert_that_comes_while_another_is_being_sent_is_told_next_and_not_with_the_next_heartbeat(centre: Centre) -> None:
    socket = await centre.welcome(id="a", ch="alerts")
    async with stalled(socket):
        centre.mirror.apply(Changes(alerts=[alert(1)]))
        await asyncio.sleep(0.01)
        centre.mirror.apply(Changes(alerts=[alert(2)]))
    assert (await socket.next("ev"))["alert"]["id"] == alert(1).id
    assert (await socket.next("ev"))["alert"]["id"] == alert(2).id


async def test_another_view_is_answered_with_a_snapshot(centre: Centre) -> None:
    centre.mirror.apply(Changes(stations=[station("w", lon=105.5), station("e", lon=106.5)]))
    socket, viewer = await centre.welcome(), Viewer("s")
    socket.say(type="sub", id="s", ch="state")
    viewer.take_frame(await socket.next())
    socket.say(type="view", id="s", view=WEST)
    viewer.take_frame(await socket.next())
    assert list(viewer.entities) == ["hydro/w"]


async def test_last_of_many_quick_views_wins(centre: Centre) -> None:
    """Panning while the network is slow: as many views as there may be, and one snapshot for those that were not sent yet."""
    centre.mirror.apply(Changes(stations=[station("w", lon=105.5), station("e", lon=106.5)]))
    socket, viewer = await centre.welcome(), Viewer("s")
    async with stalled(socket):
        socket.say(type="sub", id="s", ch="state")
        for west in range(200):
            socket.say(type="view", id="s", view={"bbox": [west, 20, west + 0.1, 22]})
        socket.say(type="view", id="s", view=WEST)
        await asyncio.sleep(0.02)
    taken = 0
    while list(viewer.entities) != ["hydro/w"]:
        viewer.take_frame(await socket.next("snap"))
        taken += 1
    assert taken <= 3


@pytest.mark.parametrize("ch", [None, "alerts"])
async def test_view_of_no_state_subscription_is_answered_with_an_error(centre: Centre, ch: str | None) -> None:
    socket = await (centre.welcome(id="x", ch=ch) if ch else centre.welcome())
    socket.say(type="view", id="x", view=WEST)
    told = await socket.next("err")
    assert (told["code"], told["id"]) == ("unknown_id", "x")


async def test_subscription_that_ended_says_nothing_more(centre: Centre) -> None:
    socket = await centre.welcome(id="a", ch="alerts")
    socket.say(type="sub", id="s", ch="state", rate_hz=10)
    await socket.next("snap")
    socket.say(type="unsub", id="a")
    socket.say(type="unsub", id="s")
    socket.say(type="unsub", id="unknown")
    socket.say(type="sub", id="other", ch="state", rate_hz=10)
    await socket.next("snap")
    centre.mirror.apply(Changes(alerts=[alert(1)]))
    assert (await socket.next())["id"] == "other"


async def test_subscription_that_ends_before_its_snapshot_is_sent_says_nothing(centre: Centre) -> None:
    socket = await centre.welcome()
    async with stalled(socket):
        socket.say_text("whatever keeps it busy")
        await asyncio.sleep(0.01)
        socket.say(type="sub", id="s", ch="state")
        socket.say(type="unsub", id="s")
        socket.say(type="sub", id="other", ch="alerts")
        await asyncio.sleep(0.01)
    assert (await socket.next())["type"] == "err"
    assert (await socket.next())["id"] == "other"


async def test_no_change_of_another_view_comes_before_its_snapshot(centre: Centre, stopwatch: Stopwatch) -> None:
    centre.mirror.apply(Changes(stations=[station("w", lon=105.5), station("e", lon=106.5)]))
    socket = await centre.welcome(id="a", ch="alerts")
    socket.say(type="sub", id="s", ch="state", view=WEST, rate_hz=10)
    await socket.next("snap")
    await asyncio.sleep(0.01)
    async with stalled(socket):
        stopwatch.seconds += 1
        centre.mirror.apply(Changes(alerts=[alert(1)], observations=[observation(0, 1, "e"), observation(0, 1, "w")]))
        await asyncio.sleep(0.02)
        socket.say(type="view", id="s", view={"bbox": [106, 20, 107, 22]})
        await asyncio.sleep(0.01)
    assert [(told["type"], told["id"]) for told in [await socket.next(), await socket.next()]] == [("ev", "a"), ("snap", "s")]


async def test_same_id_again_begins_anew_also_on_another_channel(centre: Centre) -> None:
    socket = await centre.welcome(id="x", ch="state")
    socket.say(type="sub", id="x", ch="alerts")
    assert "alerts" in await socket.next("snap")
    centre.mirror.apply(Changes(alerts=[alert(1)]))
    told = await socket.next()
    assert (told["type"], told["seq"]) == ("ev", 1)


async def test_sixteen_subscriptions_and_no_more(centre: Centre) -> None:
    socket = await centre.welcome()
    for number in range(16):
        socket.say(type="sub", id=f"s{number}", ch=("state", "alerts")[number % 2])
        await socket.next("snap")
    socket.say(type="sub", id="one too many", ch="state")
    told = await socket.next("err")
    assert (told["code"], told["id"]) == ("too_many", "one too many")
    socket.say(type="sub", id="s3", ch="state")
    assert (await socket.next())["id"] == "s3", "one that is open may begin anew"
    socket.say(type="unsub", id="s0")
    socket.say(type="sub", id="after all", ch="state")
    assert (await socket.next("snap"))["id"] == "after all"


async def test_viewer_may_ask_for_many_large_snapshots_at_once(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 1)
    centre.mirror.apply(Changes(stations=[station(f"s{number}") for number in range(20)]))
    socket, viewers = await centre.welcome(), [Viewer(f"v{number}") for number in range(16)]
    for viewer in viewers:
        socket.say(type="sub", id=viewer.subscription, ch="state")
    for viewer in viewers:
        for _ in range(20):
            viewer.take_frame(await socket.next())
    assert [len(viewer.entities) for viewer in viewers] == [20] * 16


async def beat(socket: FakeSocket, stopwatch: Stopwatch, *, answer: bool = True) -> dict[str, Any]:
    """Let the time of a heartbeat pass and return it."""
    stopwatch.seconds += frame.HEARTBEAT_S
    told = await socket.next("hb")
    if answer:
        socket.say(type="pong")
    await asyncio.sleep(0.001)
    return told


async def test_heartbeat_tells_the_position_and_the_age_of_what_is_seen(centre: Centre, stopwatch: Stopwatch) -> None:
    socket = await centre.welcome()
    assert await socket.next("hb") == {"type": "hb", "t": "2026-11-22T05:00:00Z", "pos": 0, "lag_ms": None, "mode": "live"}
    centre.mirror.apply(Changes(observations=[observation(-90.5, 1)]))
    told = await beat(socket, stopwatch)
    assert (told["pos"], told["lag_ms"], told["mode"]) == (centre.mirror.position, 90_500, "live")
    centre.why = "the broker does not answer"
    centre.clock.advance(seconds=10)
    told = await beat(socket, stopwatch)
    assert told == {
        "type": "hb",
        "t": "2026-11-22T05:00:10Z",
        "pos": centre.mirror.position,
        "lag_ms": 100_500,
        "mode": "degraded",
        "why": "the broker does not answer",
    }
    centre.why = None
    told = await beat(socket, stopwatch)
    assert (told["mode"], "why" in told) == ("live", False)


async def test_reading_that_is_ahead_of_the_clock_has_no_negative_age(centre: Centre) -> None:
    centre.mirror.apply(Changes(observations=[observation(30, 1)]))
    socket = await centre.welcome()
    assert (await socket.next("hb"))["lag_ms"] == 0


async def test_viewer_that_never_answers_a_heartbeat_is_gone(centre: Centre, stopwatch: Stopwatch) -> None:
    socket = await centre.welcome()
    for _ in range(4):
        await beat(socket, stopwatch, answer=False)
    assert len(centre.hub) == 1
    stopwatch.seconds += frame.HEARTBEAT_S
    assert (await closed(centre, socket))[0] == 4408


async def test_viewer_that_answers_heartbeats_stays(centre: Centre, stopwatch: Stopwatch) -> None:
    socket = await centre.welcome()
    for _ in range(12):
        await beat(socket, stopwatch)
    assert len(centre.hub) == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.session._SEND_S", 0.05)
    monkeypatch.setattr("ioc.streams.session._CLOSE_S", 0.02)


@pytest.mark.usefixtures("impatient")
async def test_viewer_that_does_not_read_is_closed_as_too_slow(centre: Centre) -> None:
    socket = await centre.welcome(id="a", ch="alerts")
    socket.stall()
    centre.mirror.apply(Changes(alerts=[alert(1)]))
    await centre.ended()
    assert socket.closed_with == 4429
    assert len(centre.hub) == 0


@pytest.mark.usefixtures("impatient")
async def test_slow_viewer_does_not_slow_another(centre: Centre) -> None:
    slow, quick = await centre.welcome(id="a", ch="alerts"), await centre.welcome(id="a", ch="alerts")
    slow.stall()
    for version in range(1, 50):
        centre.mirror.apply(Changes(alerts=[alert(1, version=version)]))
        assert (await quick.next("ev"))["alert"]["version"] == version


async def test_what_waits_for_a_viewer_that_never_reads_is_bounded(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 1)
    centre.mirror.apply(Changes(stations=[station(f"s{number}") for number in range(50)]))
    socket = await centre.welcome(id="a", ch="alerts")
    (session,) = centre.hub._sessions
    socket.stall()
    for number in range(500):
        socket.say(type="sub", id=f"s{number % 15}", ch="state", rate_hz=10)
        socket.say(type="view", id=f"s{number % 15}", view=WEST)
    for version in range(1, 3000):
        centre.mirror.apply(Changes(alerts=[alert(version % 7, version=version)], observations=[observation(version, 1)]))
        if version % 100 == 0:
            await asyncio.sleep(0)
    assert len(session._states) + len(session._alerts) <= frame.MAX_SUBSCRIPTIONS
    assert len(session._fresh) <= frame.MAX_SUBSCRIPTIONS
    assert len(session._answers) <= 64
    assert len(session._alerts["a"]._waiting) <= 1000
    viewer = Viewer("a")
    viewer.take_frame(next(told for told in socket.frames if told["type"] == "snap"))
    socket.resume()
    while viewer.position is None or viewer.position < centre.mirror.position or len(viewer.alerts) < 7:
        told = await socket.next("ev", "reset", "snap")
        if told["id"] == "a":
            viewer.take_frame(told)
    assert {told["version"] for told in viewer.alerts.values()} == set(range(2993, 3000)), "and when it reads again it sees what is"


async def test_viewer_that_asks_and_never_reads_the_answers_is_closed(centre: Centre) -> None:
    socket = await centre.welcome()
    async with stalled(socket):
        for _ in range(200):
            socket.say_text("nonsense")
        await asyncio.sleep(0.02)
    assert (await closed(centre, socket))[0] == 4429


async def test_removal_is_not_lost_while_the_viewer_is_slow(centre: Centre) -> None:
    centre.mirror.apply(Changes(positions=[position(0, 105.5, 21)]))
    socket, viewer = await centre.welcome(), Viewer("s")
    socket.say(type="sub", id="s", ch="state", view=WEST, rate_hz=10)
    viewer.take_frame(await socket.next())
    async with stalled(socket):
        for second in range(1, 50):
            centre.mirror.apply(Changes(positions=[position(second, 105.5 + second / 50, 21)]))
            await asyncio.sleep(0.005)
    while viewer.position is None or viewer.position < centre.mirror.position:
        viewer.take_frame(await socket.next())
    assert viewer.entities == {}


async def test_viewer_that_hangs_up_is_forgotten(centre: Centre) -> None:
    socket = await centre.welcome(id="a", ch="alerts")
    assert len(centre.hub) == 1
    socket.hang_up()
    await centre.ended()
    assert len(centre.hub) == 0
    assert socket.closed_with is None
    centre.mirror.apply(Changes(alerts=[alert(1)]))


async def test_viewer_that_hangs_up_before_its_hello_is_forgotten(centre: Centre) -> None:
    centre.connect().hang_up()
    await centre.ended()
    assert len(centre.hub) == 0


async def test_service_that_stops_says_goodbye_to_everybody(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.session._CLOSE_S", 0.02)
    reading, stuck = await centre.welcome(), await centre.welcome(id="a", ch="alerts")
    stuck.stall()
    await centre.hub.close()
    await centre.ended()
    assert (reading.closed_with, stuck.closed_with) == (1001, 1001)
    assert reading.frames[-1]["code"] == 1001
