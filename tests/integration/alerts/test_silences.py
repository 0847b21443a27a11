"""Silences on a database: what they hide, how that is recorded, and how they are edited."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.commands import Actor
from ioc.alerts.silence_form import Scope, SilenceEdit, SilenceEnd, SilenceIn
from ioc.errors import BadInput, Conflict, NotFound
from tests.support.databases import Database
from tests.support.desks import City, city_on, number

LAN = Actor("lan", "10.0.0.7")
FLOOD = {"matchers": [{"name": "rule", "value": "flood"}]}


async def silence(city: City, *, hours: float = 1, **told: Any) -> dict[str, Any]:
    wanted = {**FLOOD, "ends_at": city.clock.now() + timedelta(hours=hours), "comment": "bảo trì trạm", **told}
    return await city.silences.create(SilenceIn.model_validate(wanted), LAN)


async def test_a_silence_marks_alerts_and_lets_them_go(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1, 2)
        await city.fire(3, rule="heat")
        made = await silence(city)
        assert (made["phase"], made["alerts"], made["created_by"]) == ("active", 2, "lan")
        assert (await city.alert(1)).silenced_by == [made["id"]]
        assert await city.listed(silenced="true") == [2, 1]
        assert await city.listed(silenced="false") == [3]
        assert await city.listed() == [3, 2, 1]
        assert {alert.id: alert.silenced_by for alert in city.told} == {str(number(n)): [made["id"]] for n in (1, 2)}
        city.clock.advance(minutes=59)
        await city.upkeep.look()
        assert len(await city.history(1)) == 2
        city.clock.advance(minutes=1)
        await city.upkeep.look()
        assert await city.listed(silenced="true") == []
        assert await city.history(1) == [("fired", "engine"), ("silenced", "engine"), ("unsilenced", "engine")]
        steps = (await city.desk.show(str(number(1))))["transitions"]
        assert [step["detail"] for step in steps[1:]] == [{"silence": made["id"], "by": "lan", "comment": made["comment"]}] * 2
        assert await city.history(3) == [("fired", "engine")]


async def test_a_new_alert_is_marked_in_the_transaction_that_fires_it(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        made = await silence(city)
        await city.fire(1)
        await city.fire(2, rule="heat")
        async with city.pool.acquire() as conn, conn.transaction():
            before = [await city.alert(2), await city.alert(1)]
            after = await city.silencing.apply(conn, before, city.clock.now())
            assert [(alert.id, alert.silenced_by, alert.version) for alert in after] == [
                (str(number(2)), [], 1),
                (str(number(1)), [made["id"]], 2),
            ]
        assert (await city.alert(1)) == after[1]


async def test_an_alert_that_changed_meanwhile_is_marked_the_next_time(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        seen = await city.alert(1)
        await city.do("alert.ack", 1, if_version=1)
        made = await silence(city, starts_at=city.clock.now() + timedelta(minutes=1))
        city.clock.advance(minutes=1)
        async with city.pool.acquire() as conn:
            assert await city.silencing.apply(conn, [seen], city.clock.now()) == [seen]
            assert (await city.alert(1)).silenced_by == []
        await asyncio.gather(*(city.upkeep.look() for _ in range(3)))
        assert (await city.alert(1)).silenced_by == [made["id"]]
        assert [kind for kind, _ in await city.history(1)] == ["fired", "acknowledged", "silenced"]


async def test_two_silences_come_and_go_each_by_itself(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        first = await silence(city, hours=1)
        second = await silence(city, hours=2, matchers=[], area={"unit": "24"})
        assert (await city.alert(1)).silenced_by == sorted([first["id"], second["id"]])
        city.clock.advance(hours=1)
        await city.upkeep.look()
        assert (await city.alert(1)).silenced_by == [second["id"]]
        ended = await city.silences.expire(second["id"], SilenceEnd(if_version=1), LAN)
        assert (ended["phase"], ended["version"]) == ("expired", 2)
        assert (await city.alert(1)).silenced_by == []
        assert [kind for kind, _ in await city.history(1)] == ["fired", "silenced", "silenced", "unsilenced", "unsilenced"]


async def test_units_are_meant_with_all_below_and_polygons_by_place(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, unit_id=2)
        await city.fire(2, unit_id=1)
        await city.fire(3, unit_id=4)
        await city.fire(4, unit_id=None, lon=None, lat=None, station=None, source=None, property=None)
        square = {"type": "Polygon", "coordinates": [[[106, 21], [107, 21], [107, 22], [106, 22], [106, 21]]]}
        for scope, hidden in (
            ({"area": {"unit": "24"}}, {1, 2}),
            ({"area": {"unit": "24001"}}, {1}),
            ({"matchers": [{"name": "unit", "op": "!=", "value": "24"}]}, {3, 4}),
            ({"area": {"polygon": square}}, {1, 2, 3}),
        ):
            seen = await city.silences.preview(Scope.model_validate(scope))
            assert {uuid.UUID(alert["id"]).int for alert in seen["now"]["alerts"]} == hidden, scope
        with pytest.raises(NotFound, match="there is no unit '99'"):
            await city.silences.preview(Scope.model_validate({"area": {"unit": "99"}}))


async def test_a_preview_tells_what_it_hides_now_and_what_it_would_have_hidden(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, severity="extreme")
        city.clock.advance(days=6)
        await city.fire(2)
        await city.do("alert.close", 2, if_version=1, reason="resolved")
        await city.fire(3)
        city.clock.advance(days=2)
        seen = await city.silences.preview(Scope.model_validate(FLOOD))
        assert (seen["now"]["count"], seen["now"]["by_severity"]) == (2, {"extreme": 1, "moderate": 1})
        assert (seen["last_7_days"]["count"], seen["last_7_days"]["by_rule"]) == (2, {"flood": 2})
        assert await city.pool.fetchval("SELECT count(*) FROM silence") == 0
        assert (await city.alert(1)).silenced_by == []


async def test_an_edit_never_changes_what_was_hidden(database: Database) -> None:
    async with city_on(database.dsn) as city:
        made = await silence(city)
        city.clock.advance(minutes=10)
        wanted = {**FLOOD, "ends_at": city.clock.now() + timedelta(hours=3), "comment": "lâu hơn"}
        longer = await city.silences.edit(made["id"], SilenceEdit.model_validate({**wanted, "if_version": 1}), LAN)
        assert (longer["id"], longer["version"], longer["starts_at"], longer["comment"]) == (made["id"], 2, made["starts_at"], "lâu hơn")
        with pytest.raises(Conflict, match="at version 2, not 1") as refused:
            await city.silences.edit(made["id"], SilenceEdit.model_validate({**wanted, "if_version": 1}), Actor("minh"))
        assert refused.value.present is not None
        assert refused.value.present["updated_by"] == "lan"
        other = {**wanted, "matchers": [{"name": "rule", "value": "heat"}], "if_version": 2}
        anew = await city.silences.edit(made["id"], SilenceEdit.model_validate(other), LAN)
        assert (anew["replaces"], anew["phase"], anew["version"]) == (made["id"], "active", 1)
        assert (await city.silences.show(made["id"]))["phase"] == "expired"
        again = await city.silences.edit(made["id"], SilenceEdit.model_validate({**wanted, "if_version": 3}), LAN)
        assert again["replaces"] == made["id"]
        assert (await city.silences.show(made["id"]))["version"] == 3
        assert {each["id"] for each in await city.silences.list(None, 10)} == {anew["id"], again["id"]}
        ops = await city.pool.fetch("SELECT op, before, after FROM audit ORDER BY id")
        assert [row["op"] for row in ops] == ["silence.create", *["silence.edit"] * 3]
        assert (ops[2]["before"]["id"], ops[2]["after"]["id"]) == (made["id"], anew["id"])


async def test_times_that_cannot_be_are_refused(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        for hours in (0, -1, 24 * 366 + 1):
            with pytest.raises(BadInput, match="ends_at"):
                await silence(city, hours=hours)
        early = await silence(city, starts_at=city.clock.now() - timedelta(hours=1))
        assert early["starts_at"] == early["created_at"]


async def test_a_silence_of_the_night_hides_at_night_only(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:  # it is noon in Viet Nam
        await city.fire(1)
        await silence(city, hours=48, recurrence={"from": "22:00", "to": "06:00"})
        seen = []
        for _ in range(8):
            await city.upkeep.look()
            seen.append(bool((await city.alert(1)).silenced_by))
            city.clock.advance(hours=6)
        assert seen == [False, False, True, False, False, False, True, False]


async def test_an_alert_that_has_ended_is_not_hidden_anew(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, 2)
        await city.do("alert.close", 1, if_version=1, reason="resolved")
        made = await silence(city)
        assert (await city.alert(1)).silenced_by == []
        await city.do("alert.close", 2, if_version=2, reason="resolved")
        await city.upkeep.look(silences=True)
        assert (await city.alert(2)).silenced_by == [made["id"]]
        city.clock.advance(hours=2)
        await city.upkeep.look()
        assert (await city.alert(2)).silenced_by == []
