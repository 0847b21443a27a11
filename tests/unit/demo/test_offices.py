"""The software of the simulated offices: what it sends is what the shipped systems take, and the same whenever it is made."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from ioc.demo.office_day import PROVINCE, Day, Event, communes
from ioc.demo.office_past import Known, read_known, write_known, write_past
from ioc.demo.offices import SOURCES, Offices, Work, body_of
from ioc.domain.event import ServiceEvent
from ioc.indicators.catalogue import load_plan
from ioc.indicators.event_types import EventTypes

SDI = Path(__file__).parents[3] / "sdi"
SINCE = date(2026, 8, 1)
BEGIN = datetime(2026, 7, 31, 17, tzinfo=UTC)
END = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def season() -> list[Event]:
    return Offices(1, SINCE).events(BEGIN, END)


def test_every_event_is_one_that_its_system_takes(season: list[Event]) -> None:
    types = EventTypes(list(load_plan(SDI).systems.values()))
    assert {event.source for event in season} == set(SOURCES)
    for event in season:
        sent = ServiceEvent(
            source=event.source, type=event.type, id=event.id, time=event.time, subject=event.subject,
            data=msgspec.json.encode(event.data).decode(),
        )  # fmt: skip
        assert types.fault_of(sent) is None, event


def test_every_system_but_the_centre_and_its_layers_sends_something(season: list[Event]) -> None:
    sent = {event.type for event in season}
    silent = {name for name, system in load_plan(SDI).systems.items() if not sent & {event.type for event in system.events}}
    assert silent == {"operations-centre", "spatial-data"}


def test_communes_and_the_province_are_scored(season: list[Event]) -> None:
    for type_ in ("score.assessed", "dti.assessed"):
        assert {event.unit for event in season if event.type == type_} == {PROVINCE, *(commune.code for commune in communes(1))}


def test_events_are_in_order_have_ids_of_their_own_and_lie_in_the_time_asked_for(season: list[Event]) -> None:
    assert [event.time for event in season] == sorted(event.time for event in season)
    assert len({(event.source, event.id) for event in season}) == len(season)
    assert all(BEGIN <= event.time < END for event in season)
    assert {event.unit for event in season} <= {PROVINCE, *(commune.code for commune in communes(1))}


def test_two_looks_see_what_one_sees(season: list[Event]) -> None:
    offices, middle = Offices(1, SINCE), datetime(2026, 10, 3, 4, 5, 6, tzinfo=UTC)
    assert [*offices.events(BEGIN, middle), *offices.events(middle, END)] == season
    assert Offices(2, SINCE).events(BEGIN, middle) != offices.events(BEGIN, middle)


def test_every_case_begins_with_its_first_step(season: list[Event]) -> None:
    begun: dict[str, set[str]] = defaultdict(set)
    for event in season:
        first = {"dossier.resolved": "dossier.received", "task.done": "task.assigned", "report.answered": "report.received"}.get(event.type)
        assert first is None or first in begun[event.subject], event
        begun[event.subject].add(event.type)


def test_some_systems_are_silent_for_days_and_dossiers_never_are(season: list[Event]) -> None:
    def longest(source: str) -> timedelta:
        times = [event.time for event in season if event.source == source]
        return max(b - a for a, b in pairwise(times))

    assert longest("bg-dvc") < timedelta(days=1.5)
    assert max(longest(source) for source in ("bg-kho", "bg-lgsp", "bg-portal", "bg-mc", "bg-opendata")) > timedelta(days=8)


def test_work_is_published_once_and_never_ahead_of_the_clock() -> None:
    offices, now = Offices(1, SINCE), datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    work, sent = Work(offices, now), []
    for second in range(0, 3600, 2):
        then = now + timedelta(seconds=second)
        for message in work.messages(then):
            body = json.loads(message.payload)
            assert datetime.fromisoformat(body["time"]) < then
            assert message.topic.startswith(f"ioc/v1/{message.source}/event/")
            sent.append(body)
    expected = [json.loads(msgspec.json.encode(body_of(event))) for event in offices.events(now, now + timedelta(seconds=3595))]
    assert sent == expected[: len(sent)]
    assert len(sent) > 10


def test_the_past_goes_on_where_it_was_noted(tmp_path: Path) -> None:
    note, file = tmp_path / "offices.json", tmp_path / "past.gz"
    known = read_known(note, END)
    assert (known.since, known.until) == (date(2025, 10, 1), datetime(2025, 9, 30, 17, tzinfo=UTC))
    write_known(note, Known(known.since, END - timedelta(days=1)))
    later = read_known(note, END)
    assert write_past(file, 1, later, END) == len(Offices(1, known.since).events(END - timedelta(days=1), END)) > 0
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert {"source", "type", "id", "time", "subject", "unit", "data"} <= set(rows[0])
    note.write_text("cut off {")
    assert read_known(note, END) == known


def test_nothing_is_known_of_offices_before_the_communes_were_as_they_are() -> None:
    assert Offices(1, date(2024, 1, 1)).events(datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 6, 30, 12, tzinfo=UTC)) == []


def test_a_day_is_the_same_for_the_same_seed_and_quiet_on_weekends() -> None:
    assert Day(1, "x", date(2026, 11, 27)).number(10) == Day(1, "x", date(2026, 11, 27)).number(10)
    assert sum(Day(1, "x", date(2026, 11, 28)).number(100) for _ in range(3)) < 60
