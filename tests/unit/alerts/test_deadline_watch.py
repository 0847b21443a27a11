from datetime import UTC, datetime

import pytest

from ioc.alerts.conditions import Deadline
from ioc.alerts.deadline_watch import read_due
from ioc.alerts.rule import Rule
from tests.support.examples import at, rule, threshold
from tests.support.judging import Day, occurrence, short


def due_in(**told: object) -> Rule:
    return rule(threshold("minor", 0), threshold("severe", 60), rule_id="late", condition=Deadline("got", ["done"], **told))  # type: ignore[arg-type]


def dossier(second: float, kind: str, **told: object) -> object:
    return occurrence(second, kind, f"{kind}-{second}", **({"subject": "D1", "unit_id": 7} | told))


def live(judged: Rule, *told: object) -> tuple[Day, list[tuple[str, float]]]:
    day = Day([judged])
    return day, short(day.judge(told))  # type: ignore[arg-type]


def test_what_is_not_done_in_time_is_overdue_and_graver_later() -> None:
    day, found = live(due_in(within="30s"), dossier(0, "got"))
    assert found == []
    transitions = day.tick(1000)
    assert short(transitions) == [("fired", 30), ("worsened", 90)]
    assert (transitions[0].subject.key, transitions[0].subject.unit_id, transitions[0].context["due"]) == ("desk:D1", 7, at(30).isoformat())
    assert short(day.judge([dossier(1001, "done")])) == [("cleared", 1001)]  # type: ignore[list-item]
    assert day.engine.next_due() is None


@pytest.mark.parametrize(("second", "expected"), [(29, []), (30, []), (31, [("fired", 30), ("cleared", 31)])])
def test_what_is_done_just_then_is_in_time(second: float, expected: list[tuple[str, float]]) -> None:
    assert live(due_in(within="30s"), dossier(0, "got"), dossier(second, "done"))[1] == expected


def test_other_subjects_and_events_end_nothing() -> None:
    day, _ = live(
        due_in(within="30s"), dossier(0, "got"), dossier(5, "done", subject="D2"), dossier(5, "seen"), dossier(5, "done", subject=None)
    )
    assert short(day.tick(40)) == [("fired", 30)]


def test_later_date_ends_what_was_overdue_and_waits_anew() -> None:
    day, found = live(due_in(within="30s"), dossier(0, "got"), dossier(50, "got"))
    assert found == [("fired", 30), ("cleared", 50)]
    assert short(day.tick(100)) == [("fired", 80)]


def test_due_time_of_the_event_and_working_time() -> None:
    day, _ = live(due_in(due="by"), dossier(0, "got", by=at(45).isoformat()))
    assert day.engine.next_due() == at(45)
    day, _ = live(due_in(within="1wd"), dossier(0, "got"))
    assert day.engine.next_due() == datetime(2026, 11, 23, 10, tzinfo=UTC), "Monday at five in Hà Nội"
    day, _ = live(due_in(due="by"), dossier(0, "got"))
    assert day.engine.next_due() is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-22T05:00:00Z", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("2026-11-22T12:00:00", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, 17, tzinfo=UTC)),
        ("soon", None),
        (5, None),
        (None, None),
        ("9999-12-31", None),
        ("9998-12-31T00:00:00Z", None),
        ("0001-01-01T00:00:00+07:00", None),
    ],
)
def test_due_times_as_events_tell_them(told: object, expected: datetime | None) -> None:
    assert read_due(told) == expected
