import pytest

from ioc.domain.live import AlertView
from ioc.streams.alert_log import AlertEvent, AlertLog
from ioc.streams.filter import EVERYTHING, Filter
from tests.support.examples import alert


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> AlertLog:
    monkeypatch.setattr("ioc.streams.alert_log.MAX_LOGGED", 3)
    return AlertLog()


def note(log: AlertLog, *positions: int) -> None:
    for position in positions:
        log.note(alert(position), None, position)


def test_changes_are_numbered_and_the_oldest_are_dropped(log: AlertLog) -> None:
    assert (log.begin, log.end) == (0, 0)
    note(log, 10, 20, 30, 40)
    assert (log.begin, log.end) == (1, 4)
    assert [log.event(number).position for number in range(log.begin, log.end)] == [20, 30, 40]


@pytest.mark.parametrize(("position", "number"), [(9, None), (10, 1), (19, 1), (20, 2), (39, 3), (40, 4), (99, 4)])
def test_viewer_goes_on_after_its_position_unless_something_after_it_was_dropped(log: AlertLog, position: int, number: int | None) -> None:
    note(log, 10, 20, 30, 40)
    assert log.number_after(position) == number


def test_empty_log_has_dropped_nothing(log: AlertLog) -> None:
    assert log.number_after(0) == 0


SEVERE = Filter(state="severe")


@pytest.mark.parametrize(
    ("now", "before", "wanted", "concerns", "listed"),
    [
        (alert(1), None, EVERYTHING, True, True),
        (alert(1, condition="normal", acknowledged=True), alert(1), EVERYTHING, True, False),
        (alert(1), None, SEVERE, False, False),
        (alert(1, severity="severe"), alert(1), SEVERE, True, True),
        (alert(1), alert(1, severity="severe"), SEVERE, True, False),
    ],
    ids=["new", "over", "too mild", "worse now", "mild again"],
)
def test_event_concerns_whoever_lists_the_alert_or_did(
    now: AlertView, before: AlertView | None, wanted: Filter, concerns: bool, listed: bool
) -> None:
    event = AlertEvent(now, before, 1)
    assert (event.concerns(wanted), event.is_listed(wanted)) == (concerns, listed)
