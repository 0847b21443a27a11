"""One rule and one series as timelines: the value at each second, and what happened to the alert."""

import pytest

from ioc.alerts.conditions import Absence
from ioc.alerts.machine import NORMAL, Condition, Kind, State, begin_anew, due, elapse, holding, limits_ahead, step
from ioc.alerts.rule import Rule, Severity
from tests.support.examples import at, rule, threshold

FIRED, CLEARED, RECOVERING = Kind.FIRED, Kind.CLEARED, Kind.RECOVERING
WORSENED, EASED, RELAPSED = Kind.WORSENED, Kind.EASED, Kind.RELAPSED
LADDER = (threshold("minor", 60, 55), threshold("severe", 80, 70), threshold("extreme", 90))

Timeline = list[tuple[float, float, Kind | None]]


def tell(judged: Rule, timeline: Timeline) -> State:
    """Step through (second, value, what has to happen) and return the last state; only values count, not time."""
    state = State()
    for second, value, expected in timeline:
        state, kind = step(state, judged, value, at(second))
        assert kind is expected, f"at {second} s with {value}"
    return state


def test_breach_fires_at_once_without_for() -> None:
    state = tell(rule(), [(0, 80, None), (1, 80.001, FIRED), (2, 81, None)])
    assert state == State(Condition.FIRING, Severity.MODERATE, since=at(1))


@pytest.mark.parametrize(
    "timeline",
    [
        [(0, 81, None), (299, 81, None), (300, 81, FIRED)],
        [(0, 81, None), (299.999999, 81, None), (301, 81, FIRED)],
        [(0, 81, None), (240, 79, None), (241, 81, None), (540, 81, None), (541, 81, FIRED)],
        [(0, 81, None), (240, 80, None), (300, 81, None)],
    ],
    ids=["fires after exactly 300 s", "and not before", "one good value begins anew", "at the limit is not beyond it"],
)
def test_for(timeline: Timeline) -> None:
    tell(rule(hold_s=300), timeline)


def test_alert_begins_when_the_breach_began() -> None:
    state = tell(rule(hold_s=300), [(0, 79, None), (7, 81, None), (307, 81, FIRED)])
    assert state.since == at(7)


@pytest.mark.parametrize(
    "timeline",
    [
        [(0, 81, FIRED), (1, 79, RECOVERING), (60, 79, None), (61, 79, CLEARED), (62, 79, None)],
        [(0, 81, FIRED), (1, 79, RECOVERING), (31, 81, RELAPSED), (40, 79, RECOVERING), (99, 79, None), (100, 79, CLEARED)],
        [(0, 81, FIRED), (1, 79, RECOVERING), (7200, 79, CLEARED)],
        [(0, 81, FIRED), (1, 79, RECOVERING), (61, 79, CLEARED), (62, 81, FIRED)],
    ],
    ids=["clears after exactly 60 s", "a relapse begins the count anew", "after a silence", "and fires again"],
)
def test_keep_firing_for(timeline: Timeline) -> None:
    tell(rule(keep_s=60), timeline)


def test_pending_is_gone_at_once_though_firing_would_be_kept() -> None:
    assert tell(rule(hold_s=300, keep_s=60), [(0, 81, None), (10, 79, None)]) == NORMAL


def test_relapse_fires_at_once_without_waiting_for_for() -> None:
    state = tell(rule(hold_s=300, keep_s=60), [(0, 81, None), (300, 81, FIRED), (310, 79, RECOVERING), (320, 81, RELAPSED)])
    assert (state.condition, state.since, state.quiet_since) == (Condition.FIRING, at(0), None)


def test_hysteresis() -> None:
    """Fires beyond 80, clears at 70 and below."""
    tell(
        rule(threshold("moderate", 80, 70)), [(0, 81, FIRED), (1, 75, None), (2, 79, None), (3, 71, None), (4, 70, CLEARED), (5, 71, None)]
    )


def test_hysteresis_does_not_help_a_breach_to_begin() -> None:
    timeline: Timeline = [(0, 81, None), (5, 75, None), (10, 81, None), (15, 81, None), (20, 81, FIRED)]
    tell(rule(threshold("moderate", 80, 70), hold_s=10), timeline)


def test_recovering_alert_has_to_cross_the_limit_itself_to_fire_again() -> None:
    tell(rule(threshold("moderate", 80, 70), keep_s=60), [(0, 81, FIRED), (1, 69, RECOVERING), (2, 79, None), (61, 79, CLEARED)])


def test_three_levels_step_up_and_down_as_one_alert() -> None:
    timeline: Timeline = [
        (0, 61, FIRED),
        (1, 81, WORSENED),
        (2, 91, WORSENED),
        (3, 91, None),
        (4, 90, EASED),
        (5, 71, None),  # severe holds until 70
        (6, 70, EASED),
        (7, 56, None),  # minor holds until 55
        (8, 95, WORSENED),
        (9, 55, CLEARED),
    ]
    assert tell(rule(*LADDER), timeline) == NORMAL


def test_severity_when_it_fires_is_the_one_that_holds_then() -> None:
    assert tell(rule(*LADDER, hold_s=10), [(0, 61, None), (5, 95, None), (10, 85, FIRED)]).severity is Severity.SEVERE


@pytest.mark.parametrize(("value", "kind", "severity"), [(61, RELAPSED, "minor"), (81, RELAPSED, "severe"), (95, WORSENED, "extreme")])
def test_relapse_to_a_graver_level_is_a_worsening(value: float, kind: Kind, severity: str) -> None:
    """Whoever acknowledged the milder one has not seen this."""
    state = tell(rule(*LADDER, keep_s=60), [(0, 85, FIRED), (1, 50, RECOVERING), (2, value, kind)])
    assert (state.condition, state.severity, state.quiet_since) == (Condition.FIRING, severity, None)


def test_recovering_alert_keeps_the_severity_that_it_had() -> None:
    assert tell(rule(*LADDER, keep_s=60), [(0, 85, FIRED), (1, 50, RECOVERING), (2, 50, None)]).severity is Severity.SEVERE


def test_below() -> None:
    cold = rule(threshold("minor", 5, 7), threshold("severe", 0), sign=-1)
    tell(cold, [(0, 5, None), (1, 4.9, FIRED), (2, 6.9, None), (3, -1, WORSENED), (4, 0, EASED), (5, 7, CLEARED)])


def test_what_is_due_comes_by_itself() -> None:
    pending = tell(judged := rule(hold_s=300, keep_s=60), [(0, 81, None)])
    assert due(pending, judged) == at(300)
    firing, kind = elapse(pending)
    assert (firing.condition, firing.since, kind, due(firing, judged)) == (Condition.FIRING, at(0), FIRED, None)
    recovering, _ = step(firing, judged, 10, at(400))
    assert due(recovering, judged) == at(460)
    assert elapse(recovering) == (NORMAL, CLEARED)
    assert due(NORMAL, judged) is None


def test_breach_with_a_hole_begins_anew_and_nothing_else_does() -> None:
    pending = tell(judged := rule(hold_s=300), [(0, 81, None)])
    assert due(begin_anew(pending, at(100)), judged) == at(400)
    firing, _ = elapse(pending)
    assert begin_anew(firing, at(100)) is firing


def test_levels_that_are_ahead() -> None:
    judged = rule(*LADDER, keep_s=60)
    firing = tell(judged, [(0, 85, FIRED)])
    assert limits_ahead(NORMAL, judged) == [60, 80, 90]
    assert limits_ahead(firing, judged) == [90]
    assert limits_ahead(step(firing, judged, 0, at(1))[0], judged) == [60, 80, 90], "a recovering one may relapse"


def test_limit_that_is_a_time_is_reached_as_soon_as_it_is_met() -> None:
    silent = rule(threshold("minor", 60), condition=Absence())
    assert holding(silent, 60, None) is Severity.MINOR
    assert holding(silent, 59.9, None) is None


@pytest.mark.parametrize(
    ("value", "held", "expected"),
    [
        (60, None, None),
        (61, None, "minor"),
        (95, None, "extreme"),
        (56, Severity.MINOR, "minor"),
        (55, Severity.MINOR, None),
        (75, Severity.MINOR, "minor"),
        (75, Severity.SEVERE, "severe"),
        (75, Severity.EXTREME, "severe"),
        (90, Severity.EXTREME, "severe"),
        (56, Severity.EXTREME, "minor"),
    ],
)
def test_gravest_severity_that_holds(value: float, held: Severity | None, expected: str | None) -> None:
    assert holding(rule(*LADDER), value, held) == expected
