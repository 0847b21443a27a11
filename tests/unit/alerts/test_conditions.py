from datetime import timedelta

import pytest

from ioc.alerts.conditions import Absence, Composite, Geofence, duration_of, fits, is_yes_or_no, seconds_of, spell


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0), ("90s", 90), ("15m", 900), ("36h", 129_600), ("7d", 604_800)])
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
    assert duration_of(text) == timedelta(seconds=seconds)
    assert seconds_of(spell(seconds)) == seconds


def test_duration_is_spelt_in_its_largest_unit() -> None:
    assert [spell(seconds) for seconds in (59, 120, 7200, 86_400)] == ["59s", "2m", "2h", "1d"]


def test_conditions_that_hold_or_do_not() -> None:
    assert is_yes_or_no(Composite(all=["a"]))
    assert is_yes_or_no(Geofence("l", "enter"))
    assert not any(map(is_yes_or_no, (None, Absence(), Geofence("l", "speeding"))))


def test_data_fits_what_is_wanted() -> None:
    assert fits({}, {})
    assert fits({"topic": ["water", "light"], "open": True}, {"topic": "light", "open": True, "more": [1]})
    assert not fits({"topic": "water"}, {"topic": "light"})
    assert not fits({"topic": "water"}, {"topic": ["water"]})
    assert not fits({"topic": "water"}, {})


def test_composite_names_its_members() -> None:
    assert Composite(["a"], ["b"], ["c"]).members() == ["a", "b", "c"]
