import uuid
from dataclasses import replace

import pytest

from ioc.alerts.engine import Engine, Standing, Transition
from ioc.alerts.machine import Condition, Kind, State
from ioc.alerts.rule import Severity
from ioc.domain.observation import SeriesKey
from tests.support.examples import GAUGE, at, rule, series, station, threshold

LADDER = (threshold("minor", 60), threshold("severe", 80))


def kinds(transitions: list[Transition]) -> list[tuple[str, Kind]]:
    return [(t.rule.id, t.kind) for t in transitions]


def test_one_sample_is_judged_by_every_rule_that_selects_its_series() -> None:
    engine = Engine(
        [
            rule(rule_id="over-80"),
            rule(threshold("minor", 60), rule_id="over-60"),
            rule(rule_id="of-rain", property="rain"),
            rule(rule_id="of-gauges", kind="river_gauge"),
            rule(rule_id="of-others", kind="rain_gauge"),
        ]
    )
    verdict = engine.judge([(series(), at(0), 85)])
    assert kinds(verdict.transitions) == [("over-80", Kind.FIRED), ("over-60", Kind.FIRED), ("of-gauges", Kind.FIRED)]
    assert {t.alert_id for t in verdict.transitions} == {s.alert_id for s in verdict.standings.values()}
    assert len({t.alert_id for t in verdict.transitions}) == 3


def test_transition_says_what_happened() -> None:
    engine = Engine([judged := rule(*LADDER, hold_s=10)])
    subject = series(7)
    engine.settle(engine.judge([(subject, at(0), 65)]))
    (fired,) = engine.judge([(subject, at(10), 85)]).transitions
    assert fired == Transition(
        alert_id=fired.alert_id,
        rule=judged,
        subject=subject,
        kind=Kind.FIRED,
        condition=Condition.FIRING,
        severity=Severity.SEVERE,
        limit=80,
        value=85,
        time=at(10),
        started_at=at(0),
    )


def test_alert_that_clears_is_told_with_the_severity_and_limit_that_it_had() -> None:
    engine = Engine([rule(*LADDER)])
    fired, cleared = engine.judge([(series(), at(0), 85), (series(), at(5), 10)]).transitions
    assert (cleared.kind, cleared.condition, cleared.severity, cleared.limit) == (Kind.CLEARED, Condition.NORMAL, Severity.SEVERE, 80)
    assert (cleared.alert_id, cleared.started_at, cleared.value) == (fired.alert_id, at(0), 10)


def test_verdict_that_is_not_settled_changes_nothing() -> None:
    """The transaction was rolled back: judging again gives the same."""
    engine = Engine([rule(hold_s=10)])
    engine.settle(engine.judge([(series(), at(0), 85)]))
    first = engine.judge([(series(), at(10), 85)])
    assert engine.judge([(series(), at(10), 85)]) == first
    assert kinds(first.transitions) == [("flood", Kind.FIRED)]


def test_settled_verdict_is_the_state_from_which_the_next_goes_on() -> None:
    engine = Engine([rule()])
    engine.settle(engine.judge([(series(), at(0), 85)]))
    assert engine.judge([(series(), at(1), 86)]).transitions == []
    assert kinds(engine.judge([(series(), at(1), 10)]).transitions) == [("flood", Kind.CLEARED)]


def test_samples_of_one_batch_are_judged_one_after_the_other() -> None:
    verdict = Engine([rule()]).judge([(series(), at(0), 85), (series(), at(1), 10), (series(), at(2), 90)])
    assert [t.kind for t in verdict.transitions] == [Kind.FIRED, Kind.CLEARED, Kind.FIRED]
    first, cleared, second = (t.alert_id for t in verdict.transitions)
    assert first == cleared != second


def test_same_breach_has_the_same_alert_in_every_process() -> None:
    def alert_id(*, at_s: float = 0, key: SeriesKey = GAUGE, rule_id: str = "flood") -> uuid.UUID:
        (fired,) = Engine([rule(rule_id=rule_id)]).judge([(series(key=key), at(at_s), 85)]).transitions
        return fired.alert_id

    assert alert_id() == alert_id() == uuid.UUID("8f0e6e34-87d6-5618-8d3d-493bb4aaa0f7")
    others = {alert_id(at_s=1), alert_id(key=GAUGE._replace(station="luc-nam")), alert_id(rule_id="other")}
    assert len(others | {alert_id()}) == 4


def test_alert_keeps_its_id_through_all_that_happens_to_it() -> None:
    values = [85, 65, 85, 10, 90, 10, 10]
    transitions = Engine([rule(*LADDER, keep_s=10)]).judge([(series(), at(10 * n), v) for n, v in enumerate(values)]).transitions
    expected = [Kind.FIRED, Kind.EASED, Kind.WORSENED, Kind.RECOVERING, Kind.RELAPSED, Kind.RECOVERING, Kind.CLEARED]
    assert [t.kind for t in transitions] == expected
    assert len({t.alert_id for t in transitions}) == 1


def test_only_standings_that_differ_by_more_than_the_last_judgement_are_kept() -> None:
    engine = Engine([rule(hold_s=10)])
    gauge, quiet = series(1), series(2, GAUGE._replace(station="luc-nam"))
    first = engine.judge([(gauge, at(0), 85), (quiet, at(0), 10)])
    assert set(first.standings) == {("flood", 1), ("flood", 2)}
    assert set(first.kept) == {("flood", 1)}, "a normal series needs no row"
    engine.settle(first)
    still = engine.judge([(gauge, at(5), 85), (quiet, at(5), 10)])
    assert still.kept == {}
    engine.settle(still)
    assert set(engine.judge([(gauge, at(10), 85)]).kept) == {("flood", 1)}
    assert set(engine.judge([(gauge, at(10), 10)]).kept) == {("flood", 1)}, "back to normal has to be written too"


def test_breach_and_recovery_within_one_batch_need_no_row() -> None:
    assert Engine([rule(hold_s=10)]).judge([(series(), at(0), 85), (series(), at(1), 10)]).kept == {}


def test_hole_of_more_than_three_intervals_begins_the_breach_anew() -> None:
    for interval_s, kind in ((10.0, Kind.FIRED), (9.9, None), (None, Kind.FIRED)):
        gauge = series(interval_s=interval_s)
        transitions = Engine([rule(hold_s=30)]).judge([(gauge, at(0), 85), (gauge, at(30), 85)]).transitions
        assert [t.kind for t in transitions] == ([] if kind is None else [kind])


def test_station_that_describes_itself_anew_gets_the_rules_that_then_select_it() -> None:
    engine = Engine([rule(kind="river_gauge")])
    gauge = series(kind="unknown")
    engine.settle(engine.judge([(gauge, at(0), 85)]))
    gauge.description = station(kind="river_gauge")
    assert kinds(engine.judge([(gauge, at(1), 85)]).transitions) == [("flood", Kind.FIRED)]


@pytest.mark.parametrize(
    ("state", "value", "kind"),
    [
        (State(Condition.PENDING, Severity.MODERATE, at(-10), judged_at=at(-1)), 85, Kind.FIRED),
        (State(Condition.FIRING, Severity.MODERATE, at(-10), judged_at=at(-1)), 85, None),
        (State(Condition.FIRING, Severity.MODERATE, at(-10), judged_at=at(-1)), 10, Kind.RECOVERING),
        (State(Condition.RECOVERING, Severity.MODERATE, at(-10), at(-5), at(-1)), 10, Kind.CLEARED),
        (State(Condition.RECOVERING, Severity.MODERATE, at(-10), at(-4), at(-1)), 10, None),
    ],
)
def test_restored_engine_goes_on_where_the_other_left_off(state: State, value: float, kind: Kind | None) -> None:
    alert_id = None if state.condition is Condition.PENDING else uuid.uuid4()
    engine = Engine([rule(hold_s=10, keep_s=5)])
    engine.restore([("flood", 1, Standing(state, alert_id))])
    transitions = engine.judge([(series(1), at(0), value)]).transitions
    assert [t.kind for t in transitions] == ([] if kind is None else [kind])
    assert all(alert_id in (None, t.alert_id) and t.started_at == at(-10) for t in transitions)


def test_rule_whose_thresholds_changed_goes_on_with_the_alert() -> None:
    """The severity that held is none of the rule's any more: the value decides, and the alert stays the same one."""
    alert_id = uuid.uuid4()
    state = State(Condition.FIRING, Severity.EXTREME, at(-10), judged_at=at(-1))
    for value, kind, limit in ((65, Kind.EASED, 60), (10, Kind.CLEARED, 60)):
        engine = Engine([rule(*LADDER)])
        engine.restore([("flood", 1, Standing(state, alert_id))])
        (transition,) = engine.judge([(series(1), at(0), value)]).transitions
        assert (transition.alert_id, transition.kind, transition.limit) == (alert_id, kind, limit)


def test_restoring_replaces_what_was_known() -> None:
    engine = Engine([rule()])
    engine.settle(engine.judge([(series(), at(0), 85)]))
    engine.restore([])
    assert kinds(engine.judge([(series(), at(1), 85)]).transitions) == [("flood", Kind.FIRED)]


def test_standing_of_another_series_of_the_same_rule_is_its_own() -> None:
    engine = Engine([rule(hold_s=10)])
    one, other = series(1), replace(series(2), key=GAUGE._replace(station="luc-nam"))
    verdict = engine.judge([(one, at(0), 85), (other, at(5), 85), (one, at(10), 85), (other, at(10), 85)])
    assert [(t.subject.id, t.kind) for t in verdict.transitions] == [(1, Kind.FIRED)]


def test_alert_is_cleared_when_the_rule_looks_at_the_series_no_more() -> None:
    engine = Engine([rule(kind="river_gauge")])
    engine.settle(engine.judge([(series(), at(0), 99)]))
    pump = series(kind="pump")
    verdict = engine.judge([(pump, at(1), 99), (pump, at(2), 99)])
    assert [(t.kind, t.time) for t in verdict.transitions] == [(Kind.CLEARED, at(1))]
    engine.settle(verdict)
    assert engine.judge([(pump, at(3), 99)]).transitions == []
