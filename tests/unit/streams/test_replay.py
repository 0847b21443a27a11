"""The past over the same socket: the same subscriptions, another time."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from ioc.domain.live import Changes
from ioc.errors import Unavailable
from ioc.streams.replay import Projector
from tests.support.centre import Centre
from tests.support.doubles import FakeSocket, ManualClock
from tests.support.examples import NOW, alert, at, observation, station
from tests.support.viewer import Viewer

FROM, TO = "2026-11-22T04:00:00Z", "2026-11-22T04:01:00Z"


class Archive:
    """A past in which a gauge rises by one each second, and an alert changes each ten seconds."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime, bool]] = []
        self.fails = False

    async def state_at(self, moment: datetime, *, known_then: bool) -> Changes:
        if self.fails:
            raise Unavailable("the past cannot be read")
        return Changes(stations=[station()], observations=[observation((moment - NOW).total_seconds(), 0)])

    async def changes_between(self, begin: datetime, end: datetime, *, known_then: bool) -> Changes:
        self.asked.append((begin, end, known_then))
        if self.fails:
            raise Unavailable("the past cannot be read")
        second = (end - at(-3600)).total_seconds()
        return Changes(
            observations=[observation((end - NOW).total_seconds(), second)],
            alerts=[alert(1, version=version) for version in range(1, int(second // 10) + 1)],
        )


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr("ioc.streams.replay.STEP_S", 0.01)
    monkeypatch.setattr("ioc.streams.replay._RETRY_S", 0.01)
    return Archive()


@pytest.fixture
async def centre(archive: Archive) -> Any:
    centre = Centre(play=Projector(archive, ManualClock(NOW)).play)
    centre.mirror.apply(Changes(observations=[observation(0, 99)]))
    yield centre
    await centre.stop()


async def playing(centre: Centre, **changed: Any) -> FakeSocket:
    """A viewer of state and alerts that has asked for a replay."""
    socket = await centre.welcome(id="s", ch="state", rate_hz=10)
    socket.say(type="sub", id="a", ch="alerts")
    await socket.next("snap")
    socket.say(**({"type": "replay", "from": FROM, "to": TO, "speed": 600} | changed))
    return socket


async def test_same_subscriptions_show_the_past_until_it_ends_and_then_the_present_again(centre: Centre) -> None:
    socket, state, alerts = await playing(centre), Viewer("s"), Viewer("a")
    ended = False
    while not ended or state.entities["hydro/dap-cau"]["values"]["water_level"][1] != 60 or len(alerts.events) < 6:
        told = await socket.next("reset", "snap", "d", "ev", "hb")
        if told["type"] == "hb":
            ended = ended or told.get("ended", False)
        else:
            (state if told["id"] == "s" else alerts).take_frame(told)
    assert (state.why, state.entities["hydro/dap-cau"]["t"]) == ("replay", "2026-11-22T04:01:00Z")
    assert alerts.events == [(alert(1).id, version) for version in range(1, 7)], "every change, in order"
    socket.say(type="replay")
    while state.position is None or state.epoch != centre.mirror.epoch:
        told = await socket.next("reset", "snap")
        if told["id"] == "s":
            state.take_frame(told)
    assert state.entities["hydro/dap-cau"]["values"]["water_level"][1] == 99


async def test_heartbeat_tells_the_time_that_is_shown(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = await playing(centre)
    told = await socket.next("hb")
    while told["mode"] != "replay":
        told = await socket.next("hb")
    assert FROM <= told["t"] <= TO
    assert (told["speed"], told["to"]) == (600, TO)


async def test_pause_lets_the_time_stand_still(centre: Centre, archive: Archive) -> None:
    socket = await playing(centre, speed=1)
    await socket.next("reset")
    socket.say(type="pause")
    await asyncio.sleep(0.03)
    before = len(archive.asked)
    await asyncio.sleep(0.05)
    assert len(archive.asked) <= before + 1
    socket.say(type="resume")
    while len(archive.asked) < before + 3:
        await asyncio.sleep(0.005)


async def test_time_of_a_replay_has_no_gap(centre: Centre, archive: Archive) -> None:
    await playing(centre, known="now")
    while not archive.asked or archive.asked[-1][1] < at(-3540):
        await asyncio.sleep(0.005)
    assert [begin for begin, _, _ in archive.asked[1:]] == [end for _, end, _ in archive.asked[:-1]]
    assert archive.asked[0][0] == at(-3600)
    assert {known_then for _, _, known_then in archive.asked} == {False}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"from": TO, "to": FROM}, "from 2026-11-22T04:01:00Z to 2026-11-22T04:00:00Z is no past period: it is 2026-11-22T05:00:00Z"),
        ({"to": "2026-11-22T06:00:00Z"}, "from 2026-11-22T04:00:00Z to 2026-11-22T06:00:00Z is no past period: it is 2026-11-22T05:00:00Z"),
    ],
)
async def test_period_that_is_not_past_is_refused(centre: Centre, changed: dict[str, Any], why: str) -> None:
    socket = await playing(centre, **changed)
    told = await socket.next("err")
    assert (told["code"], told["detail"]) == ("replay", why)


async def test_past_that_cannot_be_read_is_told_and_the_present_goes_on(centre: Centre, archive: Archive) -> None:
    archive.fails = True
    socket = await playing(centre)
    assert (await socket.next("err"))["detail"] == "the past cannot be read"
    centre.mirror.apply(Changes(observations=[observation(1, 100)]))
    assert (await socket.next("d"))["rows"][0][-1]["water_level"][1] == 100


async def test_only_so_many_replays_run_and_one_that_its_viewer_left_makes_room(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.replay.MAX_REPLAYS", 1)
    first = await playing(centre, speed=0.1)
    await first.next("reset")
    second = await playing(centre)
    assert "1 replays run already" in (await second.next("err"))["detail"]
    first.hang_up()
    while len(centre.hub) > 1:
        await asyncio.sleep(0.005)
    second.say(**{"type": "replay", "from": FROM, "to": TO, "speed": 600})
    assert (await second.next("reset"))["why"] == "replay"


async def test_of_two_replays_asked_for_at_once_the_last_is_shown(centre: Centre, archive: Archive) -> None:
    socket = await playing(centre, speed=0.1)
    socket.say(**{"type": "replay", "from": "2026-11-22T03:00:00Z", "to": TO, "speed": 0.1})
    told = await socket.next("hb")
    while not (told["mode"] == "replay" and told["t"].startswith("2026-11-22T03:00:0")):
        told = await socket.next("hb", "snap")
        told.setdefault("mode", "")
    socket.say(type="replay")
    socket.say(**{"type": "replay", "from": FROM, "to": TO, "speed": 600})
    socket.say(type="replay")
    await socket.next("reset")
    await asyncio.sleep(0.05)
    (session,) = centre.hub._sessions
    assert session._scene is centre.hub.scene
