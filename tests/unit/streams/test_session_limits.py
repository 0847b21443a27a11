"""What a session does with a viewer that is slow, silent or gone."""

import asyncio
from typing import Any

import pytest

from ioc.domain.live import Changes
from ioc.errors import Unauthorized, Unavailable
from ioc.streams import frame
from tests.support.centre import WEST, Centre, closed, stalled
from tests.support.doubles import FakeSocket, Stopwatch
from tests.support.examples import alert, observation, position, station
from tests.support.viewer import Viewer


async def beat(socket: FakeSocket, stopwatch: Stopwatch, *, answer: bool = True) -> dict[str, Any]:
    """Let the time of a heartbeat pass and return it."""
    stopwatch.seconds += frame.HEARTBEAT_S
    told = await socket.next("hb")
    if answer:
        socket.say(type="pong")
    await asyncio.sleep(0.001)
    return told


async def test_viewer_whose_key_is_revoked_has_to_leave(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.session._ADMIT_EVERY_S", 0.005)
    socket = centre.connect()
    socket.say(type="hello", token="ioc_key")
    await socket.next("welcome")
    while len(centre.tokens) < 3:
        await asyncio.sleep(0.001)
    assert socket.closed_with is None
    centre.refusal = Unauthorized("this key is not in force")
    assert (await closed(centre, socket))[0] == 4401
    assert set(centre.tokens) == {"ioc_key"}


async def test_viewer_stays_while_nobody_can_tell_whether_its_key_is_in_force(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.session._ADMIT_EVERY_S", 0.005)
    socket = await centre.welcome()
    centre.refusal = Unavailable("the database does not answer")
    before = len(centre.tokens)
    while len(centre.tokens) < before + 3:
        await asyncio.sleep(0.001)
    assert socket.closed_with is None
    socket.say(type="sub", id="s", ch="state")
    assert (await socket.next("snap"))["id"] == "s"


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
    monkeypatch.setattr("ioc.streams.alert_log.MAX_LOGGED", 500)
    centre.mirror.apply(Changes(stations=[station(f"s{number}", lon=105 + number / 10) for number in range(50)]))
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
    assert len(session._dialogue._subscriptions()) <= frame.MAX_SUBSCRIPTIONS
    assert len(session._dialogue._answers) <= 64
    assert len(centre.hub.scene.alerts._events) <= 500
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
