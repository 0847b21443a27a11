from datetime import datetime
from typing import Any

import pytest

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.ingest.message_time import refuse_shared_times, time_of_message
from ioc.ingest.outcome import Reason, Rejection
from tests.support.examples import GAUGE, NOW, at

BUS = StationKey("buses", "1")
RAIN = SeriesKey("hydro", "dap-cau", "rain")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, NOW),
        ("2026-11-22T05:00:10Z", at(10)),
        ("2026-11-22T12:00:10+07:00", at(10)),
        ("1795323610", at(10)),
        ("1795323610000", at(10)),
    ],
)
def test_message_has_the_time_of_its_user_property_or_of_arrival(told: str | None, expected: datetime) -> None:
    assert time_of_message(told, NOW) == expected


@pytest.mark.parametrize("told", ["", "noon", "2026-11-22T05:00:10", "nan", "1e999", "\0", "5:00"])
def test_user_property_that_is_no_time_rejects_the_message(told: str) -> None:
    rejection = time_of_message(told, NOW)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.item) == (Reason.TIME, None)
    assert "user property" in rejection.detail
    assert "\0" not in rejection.detail


def verdicts(*items: Any) -> list[Any]:
    return [(one.reason, one.item) if isinstance(one, Rejection) else one for one in refuse_shared_times(list(items), NOW)]


def test_one_item_of_a_series_may_go_without_a_time() -> None:
    items = [Observation(GAUGE, NOW, 1), Observation(GAUGE, at(1), 2), Observation(RAIN, NOW, 3), Position(BUS, NOW, 1, 2)]
    assert verdicts(*items) == items


def test_several_of_one_series_without_a_time_are_all_rejected() -> None:
    timed, other = Observation(GAUGE, at(1), 2), Observation(RAIN, NOW, 3)
    found = verdicts(Observation(GAUGE, NOW, 1), timed, Observation(GAUGE, NOW, 3), other)
    assert found == [(Reason.TIME, 0), timed, (Reason.TIME, 2), other]
    assert verdicts(Position(BUS, NOW, 1, 2), Position(BUS, NOW, 1, 2)) == [(Reason.TIME, 0), (Reason.TIME, 1)]


def test_time_that_was_told_may_be_that_of_arrival() -> None:
    """Two items that state the same time are a duplicate, and whoever stores them says so."""
    items = [Observation(GAUGE, at(0), 1), Observation(GAUGE, at(0), 2)]
    assert verdicts(*items) == items


def test_events_and_rejections_are_left_alone() -> None:
    rejection = Rejection(Reason.VALUE, "x", 0)
    event = ServiceEvent("egov", "1", "t", NOW)
    assert refuse_shared_times([rejection, event, event], NOW) == [rejection, event, event]
