"""What operators do with alerts, on a database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ioc.alerts.question import AlertQuestion
from ioc.domain.clock import rfc3339
from ioc.errors import BadInput, Conflict, NotFound
from tests.support.databases import Database
from tests.support.desks import city_on, number


async def test_each_command_is_kept_with_who_when_and_why(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1)
        until = city.clock.now() + timedelta(hours=2)
        assert (await city.do("alert.ack", 1, if_version=1, comment="đã gọi trạm")).acknowledged_by == "lan"
        assert not (await city.do("alert.unack", 1, if_version=2)).acknowledged
        assert (await city.do("alert.assign", 1, if_version=3, assignee="minh")).assignee == "minh"
        assert (await city.do("alert.comment", 1, comment="nước còn lên")).comments == 1
        assert (await city.do("alert.shelve", 1, if_version=5, until=until)).shelved_until == until
        assert (await city.do("alert.unshelve", 1, if_version=6)).shelved_by is None
        closed = await city.do("alert.close", 1, if_version=7, reason="false_alarm", comment="cảm biến hỏng")
        assert (closed.closed_by, closed.close_reason, closed.condition, closed.is_open()) == ("lan", "false_alarm", "firing", False)
        assert [alert.version for alert in city.told] == [2, 3, 4, 5, 6, 7, 8]
        kinds = ["acknowledged", "unacknowledged", "assigned", "commented", "shelved", "unshelved", "closed"]
        assert await city.history(1) == [("fired", "engine"), *((kind, "lan") for kind in kinds)]
        steps = (await city.desk.show(str(number(1))))["transitions"]
        assert steps[1]["note"] == "đã gọi trạm"
        assert steps[5 - 1]["note"] == "nước còn lên"
        assert steps[3]["detail"] == {"assignee": "minh"}
        assert steps[7]["detail"] == {"reason": "false_alarm", "condition": "firing"}
        rows = await city.pool.fetch("SELECT * FROM audit ORDER BY id")
        assert (rows[0]["op"], rows[0]["actor"], rows[0]["came_from"]) == ("alert.ack", "lan", "10.0.0.7")
        assert [row["op"] for row in rows] == [f"alert.{w}" for w in ("ack", "unack", "assign", "comment", "shelve", "unshelve", "close")]
        assert (rows[0]["before"]["acknowledged_by"], rows[0]["after"]["acknowledged_by"]) == (None, "lan")
        assert (rows[6]["before"]["version"], rows[6]["after"]["close_reason"]) == (7, "false_alarm")


async def test_what_was_closed_too_early_is_opened_again_and_found_until_then(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1)
        await city.fire(2)
        await city.do("alert.ack", 1, if_version=1)
        await city.move(1, "cleared", "normal")
        city.clock.advance(minutes=1)
        since = city.clock.now()
        closed = await city.do("alert.close", 2, if_version=1, reason="resolved")
        told = await city.desk.find(AlertQuestion(open="false", changed_from=since))
        assert [alert["id"] for alert in told["alerts"]] == [str(number(2))]
        reopened = await city.do("alert.reopen", 2, if_version=closed.version, comment="nước còn cao")
        assert (reopened.is_open(), reopened.closed_by, reopened.close_reason, reopened.acknowledged) == (True, None, None, False)
        assert await city.do("alert.reopen", 2, if_version=reopened.version) == reopened
        with pytest.raises(Conflict, match="is at version 3, not 2"):
            await city.do("alert.close", 2, if_version=2, reason="resolved")
        # What is over and acknowledged would be open to nobody: it is not acknowledged any more.
        await city.do("alert.close", 1, if_version=3, reason="resolved")
        again = await city.do("alert.reopen", 1, if_version=4)
        assert (again.is_open(), again.condition, again.acknowledged) == (True, "normal", False)
        assert await city.history(2) == [("fired", "engine"), ("closed", "lan"), ("reopened", "lan")]
        row = await city.pool.fetchrow("SELECT before, after FROM audit WHERE op = 'alert.reopen' ORDER BY id LIMIT 1")
        assert row is not None
        assert (row["before"]["close_reason"], row["after"]["close_reason"]) == ("resolved", None)


async def test_a_command_of_an_older_version_is_refused_with_the_alert_as_it_stands(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        await city.move(1, "worsened", "firing", "severe", alarms=True)
        with pytest.raises(Conflict, match="is at version 2, not 1") as refused:
            await city.do("alert.ack", 1, if_version=1)
        assert refused.value.present is not None
        assert (refused.value.present["version"], refused.value.present["severity"]) == (2, "severe")
        assert await city.history(1) == [("fired", "engine"), ("worsened", "engine")]
        assert city.told == []
        with pytest.raises(NotFound):
            await city.do("alert.ack", 9, if_version=1)


async def test_doing_it_twice_is_doing_it_once(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        for _ in range(2):
            assert (await city.do("alert.ack", 1, if_version=1)).version == 2
            assert (await city.do("alert.ack", 1, by="minh", if_version=2)).acknowledged_by == "lan"
        with pytest.raises(Conflict):
            await city.do("alert.ack", 1, by="minh", if_version=1)
        for _ in range(2):
            assert (await city.do("alert.comment", 1, comment="một", idem="k1")).comments == 1
        with pytest.raises(Conflict, match=r"used for another command, alert\.comment"):
            await city.do("alert.comment", 1, comment="hai", idem="k1")
        assert (await city.do("alert.comment", 1, comment="một", by="minh", idem="k1")).comments == 2
        await city.move(1, "worsened", "firing", "severe", alarms=True)
        assert (await city.do("alert.comment", 1, comment="một", idem="k1")).comments == 2
        assert len(await city.history(1)) == 5


async def test_the_same_command_at_the_same_time_is_carried_out_once(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        found = await asyncio.gather(*(city.do("alert.comment", 1, comment="một", idem="k") for _ in range(4)))
        assert {alert.comments for alert in found} == {1}
        assert len(city.told) == 1


async def test_of_two_operators_at_the_same_time_one_is_refused(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(*range(1, 9))
        for n in range(1, 9):
            outcomes = await asyncio.gather(
                city.do("alert.assign", n, by="lan", if_version=1, assignee="lan"),
                city.do("alert.assign", n, by="minh", if_version=1, assignee="minh"),
                return_exceptions=True,
            )
            (kept,) = [one for one in outcomes if not isinstance(one, BaseException)]
            assert [type(one) for one in outcomes if isinstance(one, BaseException)] == [Conflict]
            assert (await city.alert(n)).assignee == kept.assignee


async def test_a_command_waits_for_the_batch_of_the_engine_and_is_refused_where_that_changed_the_alert(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1)
        async with city.pool.acquire() as conn:
            batch = conn.transaction()
            await batch.start()
            await city.move_on(conn, 1, "worsened", "firing", "extreme", alarms=True)
            waiting = asyncio.create_task(city.do("alert.ack", 1, if_version=1))
            await _until_somebody_waits(city.pool)
            await batch.commit()
        with pytest.raises(Conflict, match="version 2, not 1"):
            await waiting
        assert not (await city.alert(1)).acknowledged


async def test_an_alert_comes_back_from_the_shelf(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1, 2, 3)
        for n, hours in ((1, 1), (2, 2)):
            await city.do("alert.shelve", n, if_version=1, until=city.clock.now() + timedelta(hours=hours))
        assert await city.listed() == [3]
        assert await city.listed(shelved="true") == [2, 1]
        await city.upkeep.look()
        assert await city.listed() == [3]
        city.told.clear()
        city.clock.advance(hours=1)
        await asyncio.gather(city.upkeep.look(), city.upkeep.look())
        assert await city.listed() == [3, 1]
        assert await city.history(1) == [("fired", "engine"), ("shelved", "lan"), ("unshelved", "engine")]
        assert [(alert.id, alert.shelved_until) for alert in city.told] == [(str(number(1)), None)]
        # A process that was away while the time was over finds it when it starts.
        city.clock.advance(days=3)
        await city.upkeep.look()
        assert await city.listed() == [3, 2, 1]


async def test_a_worsened_alert_is_back_from_shelf_and_closing(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1, 2)
        await city.do("alert.shelve", 1, if_version=1, until=city.clock.now() + timedelta(hours=1))
        await city.do("alert.close", 2, if_version=1, reason="duplicate")
        assert await city.listed() == []
        for n in (1, 2):
            await city.move(n, "worsened", "firing", "extreme", alarms=True)
        assert await city.listed() == [2, 1]
        assert (await city.alert(2)).close_reason is None


async def test_what_cannot_be_done_is_refused_in_words(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        now = city.clock.now()
        for until in (now, now - timedelta(seconds=1), now + timedelta(days=7, seconds=1)):
            with pytest.raises(BadInput, match=f"until {rfc3339(until)} is not within 7 days after"):
                await city.do("alert.shelve", 1, if_version=1, until=until)
        with pytest.raises(BadInput, match="reason 'other' needs a comment"):
            await city.do("alert.close", 1, if_version=1, reason="other")
        await city.do("alert.close", 1, if_version=1, reason="other", comment="diễn tập của tỉnh")
        with pytest.raises(Conflict, match="is not open"):
            await city.do("alert.shelve", 1, if_version=2, until=now + timedelta(hours=1))
        assert (await city.do("alert.comment", 1, comment="ghi thêm")).comments == 1


async def test_an_alert_that_cleared_unseen_stays_listed_until_somebody_saw_it(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        await city.move(1, "cleared", "normal")
        assert await city.listed() == [1]
        await city.do("alert.ack", 1, if_version=2)
        assert await city.listed() == []
        assert await city.listed(open="any") == [1]


async def test_commands_of_the_stream_are_those_of_http(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1)
        told: dict[str, Any] = {"idem": "c-1", "actor": "lan"}
        alert = await city.desk.execute("alert.ack", {"id": str(number(1))}, if_version=1, **told)
        assert (alert["acknowledged_by"], alert["version"]) == ("lan", 2)
        assert (await city.desk.execute("alert.ack", {"id": str(number(1))}, if_version=1, **told))["version"] == 2
        comment = {"id": str(number(1)), "comment": "một"}
        assert (await city.desk.execute("alert.comment", comment, if_version=None, idem=None, actor="lan"))["comments"] == 1
        silence = {
            "matchers": [{"name": "rule", "value": "flood"}],
            "ends_at": rfc3339(city.clock.now() + timedelta(hours=1)),
            "comment": "bảo trì",
        }
        made = await city.desk.execute("silence.create", silence, if_version=None, idem="c-2", actor="lan")
        assert (made["phase"], made["alerts"]) == ("active", 1)
        again = await city.desk.execute("silence.create", silence, if_version=None, idem="c-2", actor="lan")
        assert again["id"] == made["id"]
        ended = await city.desk.execute("silence.expire", {"id": made["id"]}, if_version=1, idem=None, actor="lan")
        assert ended["phase"] == "expired"
        with pytest.raises(BadInput, match=r"op 'alert\.burn' is none of alert\.ack"):
            await city.desk.execute("alert.burn", {}, if_version=None, idem=None, actor="lan")
        with pytest.raises(BadInput, match="if_version"):
            await city.desk.execute("alert.ack", {"id": str(number(1))}, if_version=None, idem=None, actor="lan")


async def test_the_record_is_only_added_to(database: Database) -> None:
    async with city_on(database.dsn) as city:
        await city.fire(1)
        await city.do("alert.ack", 1, if_version=1)
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only added to"):
                await city.pool.execute(statement)


async def _until_somebody_waits(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(10):
        while not await pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
        ):
            await asyncio.sleep(0.01)
