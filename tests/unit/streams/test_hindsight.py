"""What stations showed at a past moment."""

from __future__ import annotations

import asyncio
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from ioc.domain.live import Changes
from ioc.errors import BadInput, Unavailable
from ioc.streams import hindsight
from ioc.streams.hindsight import Hindsight
from ioc.streams.hub import Hub
from ioc.streams.routes import router
from tests.support.doubles import ManualClock
from tests.support.examples import NOW, alert, at, observation, station

GAUGE = "hydro/dap-cau"


class Archive:
    """A past in which a gauge shows the seconds since `NOW`, and an alert is open before half an hour ago."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.held = asyncio.Event()
        self.held.set()

    async def state_at(self, moment: datetime, *, known_then: bool) -> Changes:
        assert known_then, "what was known at the time is what a replay shows"
        self.asked.append(moment)
        await self.held.wait()
        seconds = (moment - NOW).total_seconds()
        return Changes(stations=[station()], observations=[observation(seconds, seconds)], alerts=[alert(1)] if moment < at(-1800) else [])

    async def changes_between(self, begin: datetime, end: datetime, *, known_then: bool) -> Changes:
        raise AssertionError("nobody plays anything")


def served(archive: Archive | None) -> httpx.AsyncClient:
    """The routes over a present in which the gauge shows 99, and that past."""
    clock = ManualClock(NOW)
    hub = Hub(clock=clock, health=lambda: None)
    hub.mirror.apply(Changes(stations=[station()], observations=[observation(0, 99)]))
    app = FastAPI()

    async def admit(*_: object) -> None:
        raise AssertionError("nobody opens a socket")

    app.include_router(router(hub, admit, archive and Hindsight(archive, clock)))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://centre")


async def test_stations_are_told_as_they_were_known_then_and_as_they_are_now() -> None:
    async with served(Archive()) as client:
        then = (await client.get("/v1/stations", params={"at": "2026-11-22T04:00:00Z", "state": "minor"})).json()["stations"]
        assert [(one["id"], one["values"]["water_level"]["value"]) for one in then] == [(GAUGE, -3600)]
        assert then[0]["state"] != "normal", "the alert of then counts"
        one = (await client.get(f"/v1/stations/{GAUGE}", params={"at": "2026-11-22T04:45:00Z"})).json()
        assert (one["values"]["water_level"]["value"], one["state"]) == (-900, "normal")
        assert (await client.get(f"/v1/stations/{GAUGE}")).json()["values"]["water_level"]["value"] == 99


async def test_who_asks_for_the_same_moment_shares_one_reading_and_old_moments_are_forgotten() -> None:
    archive = Archive()
    past = Hindsight(archive, ManualClock(NOW))
    first, same = await asyncio.gather(past.mirror_at(at(-60)), past.mirror_at(at(-60)))
    assert first is same
    assert len(archive.asked) == 1
    for second in range(hindsight.KEPT):
        await past.mirror_at(at(-second - 61))
    await past.mirror_at(at(-60))
    assert archive.asked.count(at(-60)) == 2


async def test_a_moment_of_which_more_may_come_to_be_known_is_read_each_time() -> None:
    archive = Archive()
    past = Hindsight(archive, ManualClock(NOW))
    for moment in (at(-1), at(-1), at(-61), at(-61)):
        await past.mirror_at(moment)
    assert archive.asked == [at(-1), at(-1), at(-61)]


async def test_moment_that_is_not_past_is_refused_with_the_time() -> None:
    with pytest.raises(BadInput, match="at 2026-11-22T05:00:01Z is not past: it is 2026-11-22T05:00:00Z"):
        await Hindsight(Archive(), ManualClock(NOW)).mirror_at(at(1))


async def test_more_moments_than_may_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hindsight, "MAX_WAITING", 2)
    archive = Archive()
    archive.held.clear()
    past = Hindsight(archive, ManualClock(NOW))
    waiting = [asyncio.create_task(past.mirror_at(at(-second))) for second in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="2 moments of the past are being read"):
        await past.mirror_at(at(-3))
    archive.held.set()
    assert [mirror.newest for mirror in await asyncio.gather(*waiting)] == [at(-1), at(-2)]


async def test_service_without_a_past_has_none_to_ask_for() -> None:
    async with served(None) as client:
        with pytest.raises(Unavailable, match="keeps no past"):
            await client.get("/v1/stations", params={"at": "2026-11-22T04:00:00Z"})
