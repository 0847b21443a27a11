from datetime import UTC, datetime, timedelta

import pytest

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.domain.station import PropertyDescription, SourceStatus, StationDescription
from ioc.ingest.checks import check
from ioc.ingest.decode import Item
from ioc.ingest.outcome import Reason, Rejection
from tests.support.examples import GAUGE, NOW

STATION = StationKey("hydro", "dap-cau")


class Described:
    """Stations that described one property."""

    def __init__(self, described: PropertyDescription | None = None) -> None:
        self._described = described

    def description(self, series: SeriesKey) -> PropertyDescription | None:
        return self._described if series == GAUGE else None

    def event_fault(self, event: ServiceEvent) -> tuple[str, str] | None:
        return ("schema", "data.n of odd: 1 is not of type string") if event.type == "odd" else None


def observation(time: datetime = NOW, value: float = 4.5) -> Observation:
    return Observation(GAUGE, time, value)


def position(time: datetime) -> Position:
    return Position(STATION, time, 106, 21)


def event(time: datetime) -> ServiceEvent:
    return ServiceEvent("egov", "1", "dossier", time)


def judged(item: Item, described: PropertyDescription | None = None) -> Reason | None:
    rejection = check(item, 3, arrived=NOW, descriptions=Described(described))
    if rejection is None:
        return None
    assert rejection.item == 3
    assert rejection.detail
    return rejection.reason


@pytest.mark.parametrize("item", [observation, position, event])
def test_time_may_be_ten_minutes_ahead_of_arrival_and_no_more(item: type) -> None:
    assert judged(item(NOW + timedelta(minutes=10))) is None
    assert judged(item(NOW + timedelta(minutes=10, microseconds=1))) is Reason.FUTURE
    assert judged(item(NOW + timedelta(days=365))) is Reason.FUTURE
    assert judged(item(datetime.max.replace(tzinfo=UTC))) is Reason.FUTURE


@pytest.mark.parametrize("item", [observation, position])
def test_reading_may_be_366_days_old(item: type) -> None:
    assert judged(item(NOW - timedelta(days=366))) is None
    assert judged(item(NOW - timedelta(days=366, microseconds=1))) is Reason.TOO_OLD
    assert judged(item(datetime(1970, 1, 1, tzinfo=UTC))) is Reason.TOO_OLD
    assert judged(item(datetime.min.replace(tzinfo=UTC))) is Reason.TOO_OLD


def test_event_may_be_twenty_years_old() -> None:
    assert judged(event(NOW.replace(year=2007))) is None
    assert judged(event(NOW - timedelta(days=20 * 366, microseconds=1))) is Reason.TOO_OLD
    assert judged(event(datetime(1970, 1, 1, tzinfo=UTC))) is Reason.TOO_OLD


@pytest.mark.parametrize(
    ("low", "high", "value", "reason"),
    [
        (0, 10, 0, None),
        (0, 10, 10, None),
        (0, 10, -0.001, Reason.RANGE),
        (0, 10, 10.001, Reason.RANGE),
        (None, 10, -1e300, None),
        (None, 10, 11, Reason.RANGE),
        (0, None, 1e300, None),
        (0, None, -1, Reason.RANGE),
        (None, None, 1e300, None),
    ],
)
def test_value_keeps_to_the_range_that_the_station_described(
    low: float | None, high: float | None, value: float, reason: Reason | None
) -> None:
    assert judged(observation(value=value), PropertyDescription(min=low, max=high)) is reason


def test_value_of_a_property_that_nobody_described_is_believed() -> None:
    assert judged(observation(value=1e300)) is None


def test_rejection_names_value_and_limit() -> None:
    far = check(observation(value=11), 0, arrived=NOW, descriptions=Described(PropertyDescription(max=10)))
    assert far == Rejection(Reason.RANGE, "water_level 11 is outside -∞..10", 0)
    early = check(observation(NOW + timedelta(hours=1)), 0, arrived=NOW, descriptions=Described())
    detail = "time 2026-11-22T06:00:00Z is more than 10 minutes ahead of arrival at 2026-11-22T05:00:00Z"
    assert early == Rejection(Reason.FUTURE, detail, 0)


@pytest.mark.parametrize("item", [StationDescription(STATION, "n", "k"), SourceStatus("hydro", online=True)])
def test_what_a_source_says_about_itself_is_not_checked_against_time(item: Item) -> None:
    assert judged(item) is None


def test_an_event_that_its_system_does_not_know_is_rejected_with_the_reason() -> None:
    rejection = check(ServiceEvent("egov", "1", "odd", NOW), 2, arrived=NOW, descriptions=Described())
    assert rejection == Rejection(Reason.SCHEMA, "data.n of odd: 1 is not of type string", 2)
