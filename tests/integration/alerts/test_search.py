"""Alerts that are asked for, and the many of a storm acknowledged at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.alerts.commands import Actor
from ioc.alerts.question import AlertQuestion, ManyAcknowledged
from ioc.errors import BadInput, NotFound
from tests.support.databases import Database
from tests.support.desks import City, city_on, number

LAN = Actor("lan")


NOON = datetime(2026, 11, 22, 5, 1, tzinfo=UTC)
"""A minute after a city begins."""
FOUND: dict[str, tuple[dict[str, Any], set[int]]] = {
    "all": ({}, {1, 2, 3, 4}),
    "recovering": ({"condition": ["recovering"]}, {1}),
    "any condition": ({"condition": ["recovering", "firing"]}, {1, 2, 3, 4}),
    "severe": ({"severity": "severe"}, {3}),  # the first one has eased to moderate
    "acknowledged": ({"acknowledged": "true"}, {2}),
    "not acknowledged": ({"acknowledged": "false"}, {1, 3, 4}),
    "minh": ({"assignee": "Minh"}, {3}),
    "nobody": ({"assignee": ""}, {1, 2, 4}),
    "rule": ({"rule": "heat"}, {2}),
    "kind": ({"kind": "absence"}, {4}),
    "source": ({"source": "hydro"}, {1, 2, 3}),
    "station": ({"station": "hydro/dap-cau"}, {1, 2, 3}),
    "other station": ({"station": "hydro/other"}, set()),
    "province": ({"unit": "24"}, {1, 3}),
    "commune": ({"unit": "24002"}, {3}),
    "bbox": ({"bbox": "105,19,106,21"}, {2}),
    "over the antimeridian": ({"bbox": "106,19,-170,22"}, {1, 3}),
    "since": ({"begin": NOON}, {2, 3, 4}),
    "before": ({"end": NOON}, {1}),
    "words": ({"q": "dap CAU lu"}, {1, 3, 4}),
    "marks": ({"q": "nắng"}, {2}),
    "no such words": ({"q": "100%"}, set()),
}
"""Questions for the four alerts of `storm`, and which of them answer."""


async def storm(city: City) -> None:
    """Let four alerts fire and stand differently."""
    await city.fire(1, severity="extreme")
    city.clock.advance(minutes=1)
    assert city.clock.now() == NOON
    await city.fire(2, rule="heat", unit_id=4, lon=105.5, lat=20.0)
    await city.fire(3, severity="severe", unit_id=3)
    await city.fire(4, severity="minor", kind="absence", source=None, station=None, property=None, lon=None, lat=None, unit_id=None)
    await city.do("alert.ack", 2, if_version=1)
    await city.do("alert.assign", 3, if_version=1, assignee="Minh")
    await city.move(1, "recovering", "recovering")


async def test_alerts_are_found_by_how_they_stand_and_where(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await storm(city)
        found = {name: set(await city.listed(**asked)) for name, (asked, _) in FOUND.items()}
        assert found == {name: wanted for name, (_, wanted) in FOUND.items()}
        with pytest.raises(NotFound, match="there is no unit '77'"):
            await city.listed(unit="77")


async def test_pages_tell_every_alert_once_while_others_come(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(*range(1, 8))
        seen: list[str] = []
        cursor = None
        for page in range(4):
            answer = await city.desk.find(AlertQuestion(limit=2, cursor=cursor))
            assert answer["total"] == 7 + page
            assert answer["counts"] == {"minor": 0, "moderate": 7 + page, "severe": 0, "extreme": 0}
            seen += [alert["id"] for alert in answer["alerts"]]
            cursor = answer["next"]
            city.clock.advance(minutes=1)
            await city.fire(100 + page)
        assert cursor is None
        assert seen == [str(number(n)) for n in range(7, 0, -1)]
        with pytest.raises(BadInput, match="cursor 'x' is none"):
            await city.desk.find(AlertQuestion(cursor="x"))


async def test_a_storm_is_acknowledged_group_by_group(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(*range(1, 1201), unit_id=2)
        await city.fire(*range(2001, 2101), rule="heat", unit_id=4)
        seen = await city.desk.find(AlertQuestion(unit="24", limit=10))
        assert (seen["total"], len(seen["alerts"])) == (1200, 10)
        await city.move(7, "worsened", "firing", "severe", alarms=True)
        await city.fire(1500, unit_id=3)
        answer = await acknowledge(city, filter={"unit": "24"}, as_of=seen["as_of"], comment="bão số 5")
        assert answer == {
            "done": 1199,
            "unchanged": 0,
            "conflicts": [{"id": str(number(7)), "version": 2}, {"id": str(number(1500)), "version": 1}],
            "more": False,
        }
        assert set(await city.listed(unit="24", acknowledged="false")) == {7, 1500}
        assert len(await city.listed(acknowledged="false")) == 102
        assert len({alert.id for alert in city.told}) == 1199
        assert await city.history(3) == [("fired", "engine"), ("acknowledged", "lan")]
        assert await city.pool.fetchval("SELECT count(*) FROM audit WHERE op = 'alert.ack'") == 1199
        assert await city.pool.fetchval("SELECT args->'filter'->>'unit' FROM audit WHERE op = 'alert.ack_many'") == "24"


async def test_a_list_names_the_version_of_each(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, 2, 3)
        await city.do("alert.ack", 2, by="minh", if_version=1)
        await city.do("alert.comment", 3, comment="xem lại")
        told = [{"id": str(number(n)), "if_version": 1} for n in (1, 2, 3, 9)]
        wanted = {"done": 1, "unchanged": 1, "conflicts": [{"id": str(number(3)), "version": 2}, {"id": str(number(9)), "version": None}]}
        idem = Actor("lan", None, "b-1")
        for _ in range(2):
            assert await acknowledge(city, idem, alerts=told) == {**wanted, "more": False}
        assert (await city.alert(2)).acknowledged_by == "minh"
        assert await city.pool.fetchval("SELECT count(*) FROM audit WHERE op = 'alert.ack_many'") == 1
        mistakes: list[dict[str, Any]] = [{}, {"alerts": told, "filter": {}}, {"filter": {}}, {"alerts": told, "as_of": city.clock.now()}]
        for wrong in mistakes:
            with pytest.raises(BadInput):
                await acknowledge(city, **wrong)


async def test_what_an_open_transaction_has_written_counts_as_unseen(database: Database) -> None:
    """A batch that began before the list was read, and is committed after it, was not seen by whoever read the list."""
    async with city_on(database.dsn) as city:
        await city.fire(1, 2)
        async with city.pool.acquire() as conn, conn.transaction():
            await city.move_on(conn, 1, "eased", "firing", "minor")
            seen = await city.desk.find(AlertQuestion())
        answer = await acknowledge(city, filter={}, as_of=seen["as_of"])
        assert (answer["done"], [one["id"] for one in answer["conflicts"]]) == (1, [str(number(1))])


async def test_two_operators_share_a_storm(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(*range(1, 101))
        seen = await city.desk.find(AlertQuestion())
        answers = await asyncio.gather(*(acknowledge(city, Actor(name), filter={}, as_of=seen["as_of"]) for name in ("lan", "minh", "hoa")))
        assert sum(answer["done"] for answer in answers) == 100
        assert all(answer["conflicts"] == [] or answer["done"] == 0 for answer in answers)
        assert len(await city.history(50)) == 2


async def acknowledge(city: City, who: Actor = LAN, **told: Any) -> dict[str, Any]:
    return await city.bulk.acknowledge(ManyAcknowledged.model_validate(told), who)
