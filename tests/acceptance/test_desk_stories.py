"""What operators do with alerts and what becomes of it, over real processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import sleep

import httpx

from tests.acceptance.city import Frame, Screen, Story, field_system
from tests.acceptance.test_bad_input import wait_for


def soon(**duration: float) -> str:
    return (datetime.now(UTC) + timedelta(**duration)).isoformat()


async def fires(story: Story, screen: Screen, station: str, value: float = 5.0) -> Frame:
    """Let a station's value cross its limit and return the alert that the screen is told."""
    with field_system(story.broker, "town") as town:
        town.flush(town.publish(f"obs/{station}/level", value))
    told = await screen.until(lambda f: f["type"] == "ev" and f["alert"]["station"] == f"town/{station}")
    alert: Frame = told["alert"]
    return alert


async def test_a_shelved_alert_comes_back_also_to_a_process_that_was_not_there(story: Story) -> None:
    url = f"{story.service.url}/v1/alerts"
    async with Screen(story.service) as screen:
        first, second = await fires(story, screen, "gauge"), await fires(story, screen, "other")
        away = datetime.now(UTC) + timedelta(seconds=9)
        for alert, until in ((first, soon(seconds=4)), (second, away.isoformat())):
            told = {"if_version": alert["version"], "until": until, "comment": "chờ đội kỹ thuật"}
            httpx.post(f"{url}/{alert['id']}/shelve", json=told).raise_for_status()
        assert httpx.get(url).json()["alerts"] == []
        assert httpx.get(f"{url}?shelved=true").json()["total"] == 2
        is_back = lambda f: f["type"] == "ev" and f["alert"]["version"] == 3 and f["alert"]["shelved_until"] is None  # noqa: E731
        assert (await screen.until(is_back))["alert"]["id"] == first["id"]
    story.service.stop()
    sleep(max(0, (away - datetime.now(UTC)).total_seconds()))  # its time is over while nobody is there
    story.service.start()
    wait_for(lambda: httpx.get(url).json()["total"] == 2, within_s=15)
    steps = httpx.get(f"{url}/{second['id']}").json()["transitions"]
    assert [(step["kind"], step["actor"]) for step in steps] == [("fired", "engine"), ("shelved", "demo"), ("unshelved", "engine")]


async def test_an_alert_that_fires_into_a_silence_is_told_as_silenced(story: Story) -> None:
    body = {"matchers": [{"name": "rule", "value": "high"}], "ends_at": soon(seconds=6), "comment": "diễn tập"}
    async with Screen(story.service) as screen:
        before = await fires(story, screen, "gauge")
        silence = httpx.post(f"{story.service.url}/v1/silences", json=body).raise_for_status().json()
        assert silence["alerts"] == 1
        await screen.until(
            lambda f: f["type"] == "ev" and f["alert"]["id"] == before["id"] and f["alert"]["silenced_by"] == [silence["id"]]
        )
        fresh = await fires(story, screen, "other")
        assert (fresh["silenced_by"], fresh["version"]) == ([silence["id"]], 2)
        await screen.until(lambda f: f["type"] == "ev" and f["alert"]["id"] == fresh["id"] and f["alert"]["silenced_by"] == [], within_s=20)
        assert screen.rows()["town/other"]["state"] == "moderate"
    shown = httpx.get(f"{story.service.url}/v1/alerts/{fresh['id']}").json()
    assert [step["kind"] for step in shown["transitions"]] == ["fired", "silenced", "unsilenced"]


async def test_a_closed_alert_asks_again_when_it_gets_worse_and_the_next_shift_reads_all_that(story: Story) -> None:
    url = f"{story.service.url}/v1/alerts"
    async with Screen(story.service) as screen:
        alert = await fires(story, screen, "gauge")
        told = {"if_version": alert["version"], "reason": "false_alarm", "comment": "cảm biến bám rác"}
        closed = httpx.post(f"{url}/{alert['id']}/close", json=told).json()
        assert (closed["condition"], closed["close_reason"]) == ("firing", "false_alarm")
        assert httpx.get(url).json()["total"] == 0
        with field_system(story.broker, "town") as town:
            town.flush(town.publish("obs/gauge/level", 7.0))
        worse = (await screen.until(lambda f: f["type"] == "ev" and f["alert"]["severity"] == "severe"))["alert"]
        assert (worse["id"], worse["closed_at"]) == (alert["id"], None)
        seen = httpx.get(url).json()
        many = {"filter": {"rule": "high"}, "as_of": seen["as_of"]}
        assert httpx.post(f"{url}/acknowledge", json=many).json()["done"] == 1
    handed = httpx.get(f"{story.service.url}/v1/handover").json()
    assert {name: handed["counts"][name] for name in ("opened", "closed", "worsened", "acknowledged", "open")} == {
        "opened": 1,
        "closed": 1,
        "worsened": 1,
        "acknowledged": 1,
        "open": 1,
    }
    page = httpx.get(f"{story.service.url}/v1/handover?f=html").text
    assert "báo nhầm; khi đó vẫn đang diễn ra; cảm biến bám rác" in page
