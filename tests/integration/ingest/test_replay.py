"""What is in quarantine goes through ingest again: once, with balanced books, whatever it was kept for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.recorder import Recorder
from ioc.alerts.rule_file import parse_rules
from ioc.domain.clock import rfc3339
from ioc.domain.live import Changes
from ioc.domain.observation import StationKey
from ioc.errors import IocError
from ioc.ingest.gate import Gate
from ioc.ingest.policy import Policy
from ioc.ingest.replay import Replayer, ReplayReport
from ioc.ingest.writer import Writer
from ioc.store import quarantine, sources
from ioc.store.quarantine import Selection
from ioc.store.registry import Registry
from tests.integration.ingest.conftest import NOW, RULES, Desk
from tests.support.doubles import ManualClock

EVERYTHING = Selection()


def described(low: float, high: float) -> bytes:
    return f'{{"name": "G", "kind": "gauge", "properties": {{"level": {{"min": {low}, "max": {high}}}}}}}'.encode()


def reading(value: float, minutes: float = 0.0) -> bytes:
    return f'{{"time": "{rfc3339(NOW + timedelta(minutes=minutes))}", "value": {value}}}'.encode()


@dataclass
class Office:
    """A writer with its policies, and a replayer that shares its memory."""

    desk: Desk
    gate: Gate
    replayer: Replayer
    published: list[Changes] = field(default_factory=list)

    async def replay(self, chosen: Selection = EVERYTHING) -> ReplayReport:
        return await self.replayer.replay(chosen)

    async def kept(self) -> list[tuple[Any, ...]]:
        return await self.desk.fetch("SELECT items, reason, tries FROM quarantine ORDER BY id")

    async def policy(self, source: str, policy: Policy | None) -> None:
        async with self.desk.pool.acquire() as conn:
            await sources.set_policy(conn, source, policy)
        self.gate.forget()

    async def approve(self, source: str, station: str) -> bool:
        async with self.desk.pool.acquire() as conn:
            return await sources.approve_station(conn, StationKey(source, station))


async def open_office(desk: Desk, usual: Policy = Policy.OPEN) -> Office:
    known, gate = Registry(desk.units.ref), Gate(usual)
    recorder = Recorder(lambda: parse_rules(RULES, file="rules.yaml"), desk.units.ref)
    async with desk.pool.acquire() as conn:
        await recorder.start(conn, NOW)
    desk.writer = Writer(desk.pool, known=known, units=lambda: desk.units, judge=recorder, gate=gate)
    published: list[Changes] = []
    clock = ManualClock(NOW + timedelta(hours=1))
    replayer = Replayer(lambda: desk.pool, writer=desk.writer, known=known, gate=gate, clock=clock, publish=published.append)
    return Office(desk, gate, replayer, published)


@pytest.fixture
async def office(desk: Desk) -> Office:
    return await open_office(desk)


async def assert_size_is_right(desk: Desk) -> None:
    ((messages, size),) = await desk.fetch("SELECT count(*), coalesce(sum(size), 0)::bigint FROM quarantine")
    async with desk.pool.acquire() as conn:
        told = await quarantine.quarantine_size(conn)
    assert (told.messages, told.bytes) == (messages, size)


async def test_a_value_out_of_range_is_stored_once_its_station_describes_another_range(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(("s/obs/g/level", reading(7)), ("s/obs/g/level", reading(3, 1)))
    assert await office.replay() == ReplayReport(messages=1, quarantined=1)
    assert await office.kept() == [([0], "range", 1)]
    await desk.write(("s/station/g", described(0, 9)))
    assert await office.replay() == ReplayReport(messages=1, late=1)
    assert await desk.fetch("SELECT value FROM observation ORDER BY time") == [(7.0,), (3.0,)]
    assert await desk.books() == {"received": 4, "stored": 3, "duplicate": 0, "late": 1, "quarantined": 0, "refused": 0}
    assert await office.replay() == ReplayReport()
    assert await desk.books() == {"received": 4, "stored": 3, "duplicate": 0, "late": 1, "quarantined": 0, "refused": 0}
    await assert_size_is_right(desk)


async def test_a_replayed_value_fires_only_where_it_is_the_newest(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)), ("s/station/h", described(0, 5)))
    await desk.write(("s/obs/g/level", reading(12)), ("s/obs/g/level", reading(3, 1)), ("s/obs/h/level", reading(12)))
    await desk.write(("s/station/g", described(0, 50)), ("s/station/h", described(0, 50)))
    assert await office.replay() == ReplayReport(messages=2, stored=1, late=1)
    (changes,) = office.published
    assert [alert.station for alert in changes.alerts] == ["s/h"]


async def test_only_the_items_that_were_not_accepted_count_again(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    values = ",".join(reading(value, minute).decode() for minute, value in enumerate((1, 7, 2, 99)))
    await desk.write(("s/obs/g/level", f"[{values}, 3, 4]".encode()))
    before = await desk.books()
    await desk.write(("s/station/g", described(0, 9)))
    report = await office.replay(Selection(reason="range"))
    assert (report.messages, report.late, report.stored, report.quarantined) == (1, 1, 0, 1)
    assert ([3], "range", 1) in await office.kept()
    after = await desk.books()
    assert after["received"] == before["received"] + 1  # the second description
    assert after["quarantined"] == before["quarantined"] - 1
    assert after["received"] == sum(n for name, n in after.items() if name != "received")


async def test_a_reading_without_a_time_is_of_the_moment_at_which_it_arrived(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(("s/obs/g/level", b"7"), arrived=NOW + timedelta(minutes=3))
    await desk.write(("s/station/g", described(0, 9)))
    assert (await office.replay()).stored == 1
    assert await desk.fetch("SELECT time, arrived FROM observation") == [(NOW + timedelta(minutes=3), NOW + timedelta(minutes=3))]
    assert await desk.fetch("SELECT stored FROM ledger WHERE minute = '2026-11-22 05:03Z'") == [(1,)]


async def test_the_time_that_a_message_told_beside_its_payload_is_kept(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    row = (NOW, "s", "ioc/v1/s/obs/g/level", [0], "range", "", b"4", "2026-11-22T04:30:00Z")
    async with desk.pool.acquire() as conn:
        await quarantine.add_quarantine(conn, [row])
    assert (await office.replay()).stored == 1
    assert await desk.fetch("SELECT time, arrived FROM observation") == [(NOW - timedelta(minutes=30), NOW)]


async def test_what_was_stored_meanwhile_is_a_duplicate(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(("s/obs/g/level", reading(7)))
    await desk.write(("s/station/g", described(0, 9)))
    await desk.write(("s/obs/g/level", reading(7)))
    assert await office.replay() == ReplayReport(messages=1, duplicate=1)
    assert await desk.fetch("SELECT count(*) FROM observation") == [(1,)]


async def test_a_message_that_cannot_be_read_stays_with_its_reason_and_its_tries(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/obs/g/level", b"not JSON"), ("s/event/e", b'{"id": 5}'), ("s/obs/g/level", reading(1)))
    books = await desk.books()
    for _ in range(2):
        assert await office.replay() == ReplayReport(messages=2, quarantined=2)
    assert await office.kept() == [(None, "payload", 2), ([0], "schema", 2)]
    assert await desk.books() == books
    await assert_size_is_right(desk)


async def test_filters_choose_what_is_replayed(office: Office) -> None:
    desk = office.desk
    for source in ("s", "t"):
        await desk.write((f"{source}/obs/g/level", b"x"), (f"{source}/obs/g/level", b'"y"'))
    await desk.write(("s/obs/g/level", b"late x"), arrived=NOW + timedelta(days=1))
    assert (await office.replay(Selection(source="s", reason="value"))).messages == 1
    assert (await office.replay(Selection(begin=NOW + timedelta(hours=1)))).messages == 1
    assert (await office.replay(Selection(end=NOW))).messages == 0
    assert (await office.replay(Selection(ids=[2]))).messages == 1
    assert (await office.replay()).messages == 5


async def test_many_messages_are_replayed_in_several_batches(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(*(("s/obs/g/level", reading(6 + n % 2 * 10, n / 100)) for n in range(450)))
    await desk.write(("s/station/g", described(0, 9)))
    report = await office.replay()
    assert (report.messages, report.stored + report.late, report.quarantined) == (450, 225, 225)
    assert await desk.fetch("SELECT count(*) FROM observation") == [(225,)]
    await assert_size_is_right(desk)


async def test_nothing_leaves_the_quarantine_when_the_store_fails_at_the_end(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(("s/obs/g/level", reading(7)))
    await desk.write(("s/station/g", described(0, 9)))
    await desk.pool.execute("ALTER TABLE ledger ADD CONSTRAINT never CHECK (late = 0 AND stored < 3) NOT VALID")
    report = await office.replay()  # what no single message can be is taken for what it is: this one cannot be kept
    assert report.quarantined == 1
    assert await desk.fetch("SELECT count(*) FROM observation") == [(0,)]
    assert await office.kept() == [([0], "payload", 1)]
    await desk.pool.execute("ALTER TABLE ledger DROP CONSTRAINT never")
    assert await office.replay() == ReplayReport(messages=1, stored=1)


async def test_a_fresh_process_knows_the_ranges_before_it_judges(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(*(("s/obs/g/level", reading(value, value / 10)) for value in (7, 20)))
    await desk.write(("s/station/g", described(0, 9)))
    fresh = await open_office(desk)
    assert await fresh.replay() == ReplayReport(messages=2, stored=1, quarantined=1)
    assert await fresh.kept() == [([0], "range", 1)]


async def test_stations_of_a_pending_source_wait_for_approval_and_a_replay_brings_them_in(office: Office) -> None:
    desk = office.desk
    await desk.write(("s/obs/old/level", reading(1)))
    await office.policy("s", Policy.PENDING)
    await desk.write(
        ("s/station/new", described(0, 9)),
        ("s/obs/new/level", reading(2)),
        ("s/obs/old/level", reading(3, 1)),
        ("s/event/e", b'{"id": "1"}'),
    )
    assert await office.kept() == [([0], "unknown_station", 0)] * 2
    assert await desk.fetch("SELECT code FROM station") == [("old",)]
    assert await desk.fetch("SELECT count(*) FROM event") == [(1,)]
    async with desk.pool.acquire() as conn:
        (waiting,) = await sources.waiting_stations(conn, "s")
    assert (waiting["station"], waiting["messages"]) == ("new", 2)
    assert await office.replay() == ReplayReport(messages=2, quarantined=2)
    assert await office.approve("s", "new")
    assert not await office.approve("s", "new")
    assert await office.replay() == ReplayReport(messages=2, stored=2)
    assert await desk.fetch("SELECT code, kind FROM station ORDER BY code") == [("new", "gauge"), ("old", "unknown")]
    await desk.write(("s/obs/new/level", reading(4, 5)))
    assert await desk.books() == {"received": 6, "stored": 6, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 0}


async def test_where_new_sources_are_closed_nothing_registers_by_itself(desk: Desk) -> None:
    office = await open_office(desk, Policy.CLOSED)
    await desk.write(("s/obs/g/level", reading(1)), ("s/event/e", b'{"id": "1"}'), ("s/status", b"online"))
    assert await office.kept() == [([0], "unknown_station", 0)] * 3
    assert await desk.fetch("SELECT count(*) FROM source") == [(0,)]
    await office.policy("s", None)  # registered, and closed as usual: its events and its status are let in
    assert await office.replay() == ReplayReport(messages=3, stored=2, quarantined=1)
    await office.policy("s", Policy.OPEN)
    assert await office.replay() == ReplayReport(messages=1, stored=1)


async def test_replaying_something_that_somebody_else_took_is_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = office.desk
    await desk.write(("s/station/g", described(0, 5)))
    await desk.write(("s/obs/g/level", reading(7)), ("s/obs/g/level", reading(8, 1)))
    await desk.write(("s/station/g", described(0, 9)))
    took = quarantine.next_chosen

    async def then_drop(*arguments: Any, **options: Any) -> Any:
        rows = await took(*arguments, **options)
        async with desk.pool.acquire() as conn:
            await quarantine.drop_quarantined(conn, Selection(ids=[row["id"] for row in rows[:1]]))
        return rows

    monkeypatch.setattr("ioc.ingest.replay.quarantine.next_chosen", then_drop)
    assert await office.replay() == ReplayReport(messages=1, stored=1)
    assert await desk.fetch("SELECT value FROM observation") == [(8.0,)]
    await assert_size_is_right(desk)


async def test_a_database_that_goes_away_is_told(office: Office) -> None:
    await office.desk.pool.close()
    with pytest.raises((IocError, Exception), match="pool is clos"):
        await office.replay()
