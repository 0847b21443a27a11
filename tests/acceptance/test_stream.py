"""The stream of a running service: commands with one effect, and the past over the same socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from ioc.demo.broker import Broker
from ioc.stream_client import StreamClient
from tests.acceptance.city import Screen, field_system
from tests.support.services import Service


async def test_acknowledgement_over_the_stream_has_one_effect_and_the_past_can_be_seen_again(watched: Service, broker: Broker) -> None:
    key = "one intention"
    async with Screen(watched) as screen:
        with field_system(broker, "town") as town:
            town.flush(town.publish("obs/river/level", 2.5))
            await _shows(screen, 2.5)
            before = datetime.now(UTC)
            town.flush(town.publish("obs/river/level", 5))
            await _shows(screen, 5)
        alert = (await screen.until(lambda f: f["type"] == "ev"))["alert"]
        order = {"idem": key, "op": "alert.ack", "args": {"id": alert["id"], "comment": "a crew is on its way"}, "if_version": 1}
        await screen.say(type="cmd", id="c1", **order)
        done = await screen.until(lambda f: f["type"] == "res" and f["id"] == "c1")
        assert done["ok"], done
        assert [f["type"] for _, f in screen.frames if f["type"] in ("ev", "res")] == ["ev", "ev", "res"], "its event comes first"
        await _plays_the_past(screen, before)
    watched.restart()
    async with Screen(watched) as screen:
        await screen.say(type="cmd", id="c2", **order)
        again = await screen.until(lambda f: f["type"] == "res" and f["id"] == "c2")
        assert again["result"] == done["result"], "the stored result"
        await screen.say(type="cmd", id="c3", **{**order, "idem": "another one", "if_version": 7, "args": {"id": "nothing"}})
        assert (await screen.until(lambda f: f["type"] == "res" and f["id"] == "c3"))["code"] == "not_found"
        await screen.say(type="cmd", id="c4", idem="12345678", op="alert.shelve", args={})
        assert (await screen.until(lambda f: f["type"] == "res" and f["id"] == "c4"))["code"] in ("not_found", "bad_input")
    client = StreamClient(watched.stream_url, {"state": {"ch": "state"}}, keeps=False)
    async for told in client.frames():
        if told["type"] == "snap" and told["last"]:
            assert [row[0] for row in told["rows"]] == ["town/river"]
            break


async def _shows(screen: Screen, value: float) -> None:
    await screen.until(lambda f: "town/river" in screen.rows() and screen.rows()["town/river"]["values"]["level"][1] == value)


async def _plays_the_past(screen: Screen, moment: datetime) -> None:
    """At the moment before the flood the river was low; the replay goes on to the present, and then the present is shown again."""
    seen = len(screen.frames)
    await screen.say(type="replay", **{"from": moment.isoformat(), "speed": 5})

    def since(kind: str, **words: Any) -> Any:
        return lambda f: (
            f["type"] == kind and all(f.get(name) == word for name, word in words.items()) and f in [g for _, g in screen.frames[seen:]]
        )

    await screen.until(since("reset", id="state", why="replay"))
    snap = await screen.until(since("snap", id="state"))
    assert [row[-1]["level"][1] for row in snap["rows"]] == [2.5]
    assert (await screen.until(since("snap", id="alerts")))["alerts"] == []
    await screen.until(since("hb", mode="replay", ended=True))
    await asyncio.sleep(0.3)
    told = [f["alert"]["version"] for _, f in screen.frames[seen:] if f["type"] == "ev"]
    assert told == [1, 2], "what happened to the alert happens again"
    assert screen.rows()["town/river"]["values"]["level"][1] == 5
    await screen.say(type="replay")
    await screen.until(lambda f: f["type"] == "reset" and f is not None and sum(g["type"] == "reset" for _, g in screen.frames[seen:]) >= 4)
