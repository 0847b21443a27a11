from datetime import timedelta

from ioc.alerts.lateness import LATE_AFTER, Lateness, late_after_of
from tests.support.examples import at


def test_what_is_behind_the_newest_or_too_old_is_late() -> None:
    lateness = Lateness()
    assert not lateness.is_late(1, at(10), at(10))
    assert lateness.is_late(1, at(5), at(11))
    assert lateness.is_late(1, at(10), at(12)), "another value for the same time is a correction"
    assert not lateness.is_late(2, at(5), at(11)), "each series by itself"
    assert lateness.is_late(1, at(20), at(90), timedelta(seconds=60))
    assert lateness.is_late(1, at(15), at(91)), "what was too old to be judged still is the newest"


def test_a_station_may_say_how_late_is_too_late() -> None:
    assert late_after_of({"late_after_s": 60}) == timedelta(seconds=60)
    assert late_after_of({"unit": "m"}) == late_after_of(None) == LATE_AFTER
