"""What becomes of alerts as events of the centre itself."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from ioc.store import own_events
from tests.support.databases import Database
from tests.support.desks import City, city_on

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


async def events_of(city: City) -> list[Counter[str]]:
    """Return how many events of each type there are of the alerts 1 to 5."""
    async with city.pool.acquire() as conn:
        await own_events.take_in(conn, BEGINNING, city.clock.now())
    rows = await city.pool.fetch("SELECT subject, type FROM event WHERE type LIKE 'alert.%'")
    return [
        Counter(row["type"].removeprefix("alert.") for row in rows if int(row["subject"].replace("-", ""), 16) == n) for n in range(1, 6)
    ]


async def test_an_alert_is_resolved_when_it_is_open_no_more(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, 2, 3, 4)
        await city.move(1, "cleared", "normal")
        await city.do("alert.ack", 2, if_version=1)
        await city.do("alert.close", 3, if_version=1, reason="false_alarm")
        told = await events_of(city)
        assert [one["resolved"] for one in told] == [0, 0, 1, 0, 0]
        await city.do("alert.ack", 1, if_version=2)
        await city.move(2, "cleared", "normal")
        told = await events_of(city)
        assert [one["resolved"] for one in told] == [1, 1, 1, 0, 0]
        assert [one["fired"] for one in told] == [1, 1, 1, 1, 0]
        assert [one["acknowledged"] for one in told] == [1, 1, 0, 0, 0]
        assert await events_of(city) == told


async def test_an_alert_that_is_opened_again_was_not_resolved(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(1, 2)
        await city.do("alert.close", 1, if_version=1, reason="false_alarm")
        await city.do("alert.close", 2, if_version=1, reason="false_alarm")
        await events_of(city)
        await city.do("alert.reopen", 1, if_version=2)
        told = await events_of(city)
        assert [(one["resolved"], one["reopened"]) for one in told[:2]] == [(1, 1), (1, 0)]
        corrected = await city.pool.fetch("SELECT e.subject, e.type FROM event_correction c JOIN event e USING (source_id, id)")
        assert [(int(row["subject"].replace("-", ""), 16), row["type"]) for row in corrected] == [(1, "alert.resolved")]
        assert await city.pool.fetchval("SELECT count(*) FROM indicator_touch WHERE cardinality(subjects) = 1") == 1
        await city.do("alert.close", 1, if_version=3, reason="false_alarm")
        await events_of(city)
        assert await city.pool.fetchval("SELECT count(*) FROM event_correction") == 1, "closed again, it is resolved again"


async def test_an_alert_on_a_target_is_no_event(any_database: Database) -> None:
    async with city_on(any_database.dsn) as city:
        await city.fire(5)
        await city.pool.execute("UPDATE alert SET kind = 'target'")
        assert not (await events_of(city))[4]
