from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import shapely

from ioc.alerts.silence import Matcher, Phase, Recurrence, Silence, can_update, silences_of, would_hide
from tests.support.examples import NOW, alert, at

COMMUNE = {"code": "24001", "valid_from": "2025-07-01"}
NIGHT = Recurrence(("mon", "fri"), time(22), time(6), "Asia/Ho_Chi_Minh")


def within(unit: dict[str, Any], code: str) -> bool:
    return str(unit["code"]).startswith(code)


def silence(*matchers: Matcher, name: str = "s1", begin: float = 0, end: float = 100, **more: Any) -> Silence:
    return Silence(name, matchers, at(begin), at(end), **more)


@pytest.mark.parametrize(
    ("name", "op", "values", "expected"),
    [
        ("rule", "=", ("flood",), True),
        ("rule", "!=", ("flood",), False),
        ("rule", "in", ("heat", "flood"), True),
        ("rule", "not in", ("heat", "flood"), False),
        ("rule", "like", ("fl*",), True),
        ("rule", "like", ("lo*",), False),
        ("rule", "not like", ("fl*",), False),
        ("rule", "like", ("fl",), False),
        ("kind", "=", ("threshold",), True),
        ("severity", ">=", ("moderate",), True),
        ("severity", ">=", ("severe",), False),
        ("severity", "<=", ("moderate",), True),
        ("severity", "<=", ("minor",), False),
        ("source", "=", ("hydro",), True),
        ("station", "=", ("hydro/dap-cau",), True),
        ("station", "like", ("*/dap-*",), True),
        ("property", "=", ("water_level",), True),
        ("subject", "like", ("hydro/*/water_level",), True),
        ("unit", "=", ("24",), True),
        ("unit", "=", ("36",), False),
        ("unit", "!=", ("24",), False),
        ("unit", "in", ("36", "24001"), True),
        ("unit", "not in", ("36", "37"), True),
    ],
)
def test_a_matcher_matches(name: str, op: str, values: tuple[str, ...], expected: bool) -> None:
    assert Matcher(name, op, values).matches(alert(unit=COMMUNE), within) is expected


def test_what_an_alert_does_not_have_is_the_empty_text() -> None:
    bare = alert(station=None, property=None, unit=None)
    for name in ("station", "property", "source"):
        assert Matcher(name, "=", ("",)).matches(bare, within)
        assert Matcher(name, "!=", ("x",)).matches(bare, within)
    assert Matcher("unit", "!=", ("24",)).matches(bare, within)
    assert not Matcher("unit", "=", ("24",)).matches(bare, within)


def test_all_matchers_have_to_hold_and_the_place_too() -> None:
    square = shapely.box(106, 21, 107, 22)
    flood, minor = Matcher("rule", "=", ("flood",)), Matcher("severity", "=", ("minor",))
    there = alert(unit=COMMUNE)
    assert silence(flood, unit="24", polygon=square).covers(there, within)
    assert not silence(flood, minor).covers(there, within)
    assert not silence(flood, unit="36").covers(there, within)
    assert not silence(flood, polygon=shapely.box(0, 0, 1, 1)).covers(there, within)
    assert not silence(flood, polygon=square).covers(alert(lon=None, lat=None), within)
    assert silence(flood, polygon=shapely.box(106.09, 21, 107, 22)).covers(there, within)  # on the edge
    assert not silence(flood, unit="24").covers(alert(unit=None), within)


def test_a_silence_hides_from_its_beginning_until_just_before_its_end() -> None:
    one = silence(Matcher("rule", "=", ("flood",)))
    phases = [one.phase(at(seconds)) for seconds in (-1, 0, 99, 100)]
    assert phases == [Phase.PENDING, Phase.ACTIVE, Phase.ACTIVE, Phase.EXPIRED]
    others = [silence(one.matchers[0], name=name) for name in ("s3", "s2")]
    assert silences_of(alert(), [*others, silence(Matcher("rule", "=", ("heat",)))], at(1), within) == ["s2", "s3"]
    assert silences_of(alert(), [one], at(100), within) == []


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23T21:59", False),  # a Monday
        ("2026-11-23T22:00", True),
        ("2026-11-24T05:59", True),
        ("2026-11-24T06:00", False),
        ("2026-11-24T23:00", False),
        ("2026-11-23T05:00", False),  # the night of Sunday
        ("2026-11-28T05:00", True),  # the night of Friday
    ],
)
def test_hours_past_midnight_belong_to_the_day_before(local: str, expected: bool) -> None:
    assert NIGHT.holds(datetime.fromisoformat(f"{local}+07:00")) is expected


def test_hours_follow_the_clock_on_the_wall_through_daylight_saving_time() -> None:
    hours = Recurrence(("sun",), time(2), time(3), "Europe/Berlin")
    spring, autumn = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    minutes = [timedelta(minutes=10 * n) for n in range(24 * 6)]
    assert sum(hours.holds(spring + each) for each in minutes) == 0  # the clock goes from 2 to 3
    assert sum(hours.holds(autumn + each) for each in minutes) == 12  # 2 to 3 comes twice
    work = Recurrence(("sun",), time(8), time(16), "Europe/Berlin")
    assert [work.holds(day.replace(hour=6, minute=30)) for day in (spring, autumn)] == [True, False]
    assert Recurrence(("sun",), time(0), time(0), "UTC").holds(spring)


def test_a_silence_of_certain_hours_hides_in_them_only() -> None:
    night = silence(Matcher("rule", "=", ("flood",)), begin=-86400 * 30, end=86400 * 30, recurrence=NIGHT)
    monday_night = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert night.holds(monday_night)
    assert not night.holds(NOW)
    assert would_hide(night, alert(fired_at=monday_night), within)
    assert not would_hide(night, alert(), within)
    assert would_hide(silence(Matcher("rule", "=", ("flood",)), begin=5, end=6), alert(), within)  # when it is in force does not matter


def edit(begin: float, end: float, **changed: Any) -> dict[str, Any]:
    usual = {"matchers": [1], "area": None, "recurrence": None, "comment": "a", "starts_at": at(begin), "ends_at": at(end)}
    return usual | changed


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # In force: the end may move, not into the past; the beginning stays.
        (edit(-10, 10), edit(-10, 20), True),
        (edit(-10, 10), edit(-10, 5), True),
        (edit(-10, 10), edit(-10, 0), True),
        (edit(-10, 10), edit(-10, -1), False),
        (edit(-10, 10), edit(-9, 10), False),
        (edit(-10, 10), edit(-10, 10, comment="b"), True),
        # To come: both may move, the beginning not into the past.
        (edit(10, 20), edit(5, 30), True),
        (edit(10, 20), edit(0, 30), True),
        (edit(10, 20), edit(-1, 30), False),
        # Over: it stays as it is.
        (edit(-10, -5), edit(-10, -5), False),
        (edit(-10, 0), edit(-10, 20), False),
        # What it hides never changes.
        (edit(-10, 10), edit(-10, 10, matchers=[2]), False),
        (edit(10, 20), edit(10, 20, area={"unit": "24"}), False),
        (edit(10, 20), edit(10, 20, recurrence={"from": "22:00"}), False),
    ],
)
def test_an_edit_in_place_leaves_what_was_hidden_as_it_was(before: dict[str, Any], after: dict[str, Any], expected: bool) -> None:
    assert can_update(before, after, NOW) is expected
