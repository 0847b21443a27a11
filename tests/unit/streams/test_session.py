"""What a viewer says and is told."""

import asyncio

import pytest

from ioc.domain.live import Changes
from ioc.errors import Forbidden, IocError, Unauthorized, Unavailable
from tests.support.centre import WEST, Centre, closed, stalled
from tests.support.doubles import Stopwatch
from tests.support.examples import alert, observation, station
from tests.support.viewer import Viewer


async def test_hello_is_answered_with_what_the_viewer_may_and_how_far_it_may_go(centre: Centre) -> None:
    socket = centre.connect()
    socket.say(type="hello", token="ioc_key")
    told = await socket.next("welcome")
    assert told.pop("session")
    expected = {"type": "welcome", "epoch": centre.mirror.epoch, "hb_s": 5, "role": "operator"}
    limits = {
        "subs": 16,
        "commands": 8,
        "rate_hz": 10,
        "page": 2000,
        "frame_bytes": 65536,
        "tile_zoom": 11,
        "cells_below_z": 7,
        "cells_above": 3000,
    }
    assert told == expected | {"limits": limits}
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
        viewer.take_frame(await socket.next("snap", "d"))
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
    assert (told["type"], told["prev"]) == ("ev", 0)


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
    centre.mirror.apply(Changes(stations=[station(f"s{number}", lon=105 + number / 10) for number in range(20)]))
    socket, viewers = await centre.welcome(), [Viewer(f"v{number}") for number in range(16)]
    for viewer in viewers:
        socket.say(type="sub", id=viewer.subscription, ch="state")
    by_name = {viewer.subscription: viewer for viewer in viewers}
    while not all(viewer.is_whole for viewer in viewers):
        told = await socket.next()
        by_name[told["id"]].take_frame(told)
    assert [len(viewer.entities) for viewer in viewers] == [20] * 16
