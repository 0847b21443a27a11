"""What an operator sees when values cross limits, over real processes."""

from __future__ import annotations

import httpx

from tests.acceptance.city import Screen, Story, field_system


async def test_a_value_over_the_limit_fires_worsens_eases_and_clears_as_one_alert(story: Story) -> None:
    story.reads(0.0, "gauge", "level", 3.0)
    story.reads(0.5, "gauge", "level", 4.2).expects(0.5, 1.2, "high", "gauge", condition="firing", severity="moderate", limit=4)
    story.reads(1.5, "gauge", "level", 6.5).expects(1.5, 2.2, "high", "gauge", condition="firing", severity="severe", limit=6)
    story.reads(2.5, "gauge", "level", 5.0).expects(2.5, 3.2, "high", "gauge", condition="firing", severity="moderate")
    story.reads(3.5, "gauge", "level", 3.7)  # under the limit, not yet under the clear value
    story.reads(4.5, "gauge", "level", 3.4).expects(4.5, 5.2, "high", "gauge", condition="normal", acknowledged=False)
    seen = await story.plays()
    assert len({alert["id"] for alert in seen}) == 1
    assert [alert["version"] for alert in seen] == [1, 2, 3, 4]


async def test_a_breach_has_to_hold_and_a_recovery_has_to_last(story: Story) -> None:
    story.reads(0.0, "pump", "held", 11).reads(1.0, "pump", "held", 12).reads(1.9, "pump", "held", 12)
    story.reads(2.2, "pump", "held", 12).expects(2.2, 2.9, "long", "pump", condition="firing", severity="minor")
    story.reads(3.0, "pump", "held", 9).expects(3.0, 3.7, "long", "pump", condition="recovering")
    story.reads(3.5, "pump", "held", 12).expects(3.5, 4.2, "long", "pump", condition="firing")
    story.reads(4.5, "pump", "held", 9).expects(4.5, 5.2, "long", "pump", condition="recovering")
    story.reads(5.6, "pump", "held", 9).expects(5.6, 6.3, "long", "pump", condition="normal")
    await story.plays()


async def test_a_short_breach_is_no_alert(story: Story) -> None:
    story.reads(0.0, "pump", "held", 11).reads(1.5, "pump", "held", 9).reads(2.5, "pump", "held", 11)
    assert await story.plays() == []


async def test_a_late_value_moves_nothing(story: Story) -> None:
    story.reads(0.0, "gauge", "level", 3.0, stamped=0.0)
    story.reads(0.5, "gauge", "level", 9.0, stamped=-600.0)
    story.reads(1.0, "gauge", "level", 4.5).expects(1.0, 1.7, "high", "gauge", condition="firing", severity="moderate")
    story.reads(1.5, "gauge", "level", 1.0, stamped=-300.0)
    await story.plays()
    source = next(s for s in httpx.get(f"{story.service.url}/v1/sources").json()["sources"] if s["id"] == "town")
    assert source["ledger"] == {"received": 4, "stored": 2, "duplicate": 0, "late": 2, "quarantined": 0, "refused": 0}


async def test_an_acknowledged_alert_stays_so_for_everybody_and_after_a_restart(story: Story) -> None:
    service = story.service
    async with Screen(service) as screen:
        with field_system(story.broker, "town") as town:
            town.publish("obs/gauge/level", 5.0)
            fired = await screen.until(lambda f: f["type"] == "ev")
        alert = fired["alert"]
        url = f"{service.url}/v1/alerts/{alert['id']}/acknowledge"
        answer = httpx.post(url, json={"if_version": alert["version"], "comment": "đã cử người"})
        assert answer.status_code == 200
        assert answer.json()["acknowledged_by"] == "demo"
        told = await screen.until(lambda f: f["type"] == "ev" and f["alert"]["acknowledged"])
        assert told["prev"] == fired["seq"]
        again = httpx.post(url, json={"if_version": alert["version"]})
        assert (again.status_code, again.json()) == (200, answer.json())
    service.restart()
    shown = httpx.get(f"{service.url}/v1/alerts/{alert['id']}").json()
    assert shown["acknowledged"]
    assert [t["kind"] for t in shown["transitions"]] == ["fired", "acknowledged"]
    assert shown["transitions"][1]["note"] == "đã cử người"
    with field_system(story.broker, "town") as town:
        async with Screen(service) as screen:
            town.publish("obs/gauge/level", 5.1)  # still the same breach: nothing new to tell
            town.publish("obs/gauge/level", 7.0)  # worse: asks for a look again
            worse = await screen.until(lambda f: f["type"] == "ev")
    assert worse["alert"]["id"] == alert["id"]
    assert (worse["alert"]["severity"], worse["alert"]["acknowledged"]) == ("severe", False)
    late = httpx.post(url, json={"if_version": alert["version"]})
    assert late.status_code == 409
    assert late.json()["present"] == worse["alert"]


async def test_an_alert_that_cleared_unseen_stays_listed_until_it_is_acknowledged(story: Story) -> None:
    with field_system(story.broker, "town") as town:
        async with Screen(story.service) as screen:
            town.publish("obs/gauge/level", 5.0)
            await screen.until(lambda f: f["type"] == "ev")
            town.publish("obs/gauge/level", 1.0)
            cleared = await screen.until(lambda f: f["type"] == "ev" and f["alert"]["condition"] == "normal")
    (listed,) = httpx.get(f"{story.service.url}/v1/alerts").json()["alerts"]
    assert listed["id"] == cleared["alert"]["id"]
    url = f"{story.service.url}/v1/alerts/{listed['id']}/acknowledge"
    assert httpx.post(url, json={"if_version": listed["version"]}).status_code == 200
    assert httpx.get(f"{story.service.url}/v1/alerts").json()["alerts"] == []
