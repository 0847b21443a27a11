from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ioc.alerts.working_time import WorkingTime

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-11-16T09:00", "1wd", "2026-11-17T17:00"),
        ("2026-11-27T16:59", "3wd", "2026-12-02T17:00"),
        ("2026-11-28T10:00", "1wd", "2026-11-30T17:00"),
        ("2026-11-23T09:00", "2wh", "2026-11-23T11:00"),
        ("2026-11-23T11:00", "2wh", "2026-11-23T14:30"),
        ("2026-11-23T06:00", "8wh", "2026-11-23T17:00"),
        ("2026-11-27T16:00", "2wh", "2026-11-30T08:30"),
        ("2026-04-29T09:00", "1wd", "2026-05-04T17:00"),
        ("2026-09-01T12:00", "1wd", "2026-09-03T17:00"),
    ],
    ids=[
        "next day",
        "over a weekend",
        "from a Saturday",
        "hours",
        "over lunch",
        "a whole day",
        "hours over a weekend",
        "holidays",
        "National Day",
    ],
)
def test_working_time(start: str, amount: str, end: str) -> None:
    assert WorkingTime().add(local(start), amount) == local(end)


def test_days_that_are_closed_or_worked_in_their_place() -> None:
    office = WorkingTime(closed=frozenset({date(2026, 11, 24)}), open=frozenset({date(2026, 11, 28)}))
    assert office.add(local("2026-11-23T09:00"), "1wd") == local("2026-11-25T17:00")
    assert office.add(local("2026-11-27T09:00"), "1wd") == local("2026-11-28T17:00")


def test_two_years_of_work_are_found_and_more_than_three_refused() -> None:
    assert WorkingTime().add(local("2026-11-23T09:00"), "480wd").year == 2028
    assert WorkingTime().add(local("2026-11-23T09:00"), "3840wh").year == 2028
    for amount in ("9999wd", "9999wh"):
        with pytest.raises(ValueError, match="longer than three years"):
            WorkingTime().add(local("2026-11-23T09:00"), amount)
