import uuid
from dataclasses import replace

import pytest

from ioc.alerts.conditions import Absence, Cluster, Composite, Deadline, Geofence, Window
from ioc.alerts.engine import Engine, subject_of
from ioc.alerts.machine import Condition, Kind, State
from ioc.alerts.rule import Severity
from ioc.alerts.standings import Standing, Subject, Transition
from ioc.domain.observation import SeriesKey
from tests.support.examples import GAUGE, at, rule, series, station, threshold
from tests.support.judging import Day, figure, reading, short

LADDER = (threshold("minor", 60), threshold("severe", 80))


def kinds(transitions: list[Transition]) -> list[tuple[str, Kind]]:
    return [(t.rule.id, t.kind) for t in transitions]


def test_one_reading_is_judged_by_every_rule_that_selects_its_series() -> None:
    day = Day(
        [
            rule(rule_id="over-80"),
            rule(threshold("minor", 60), rule_id="over-60"),
            rule(rule_id="of-rain", property="rain"),
            rule(rule_id="of-gauges", kind="river_gauge"),
            rule(rule_id="of-others", kind="rain_gauge"),
        ]
    )
    transitions = day.judge([reading(0, 85, series())])
    assert kinds(transitions) == [("over-80", Kind.FIRED), ("over-60", Kind.FIRED), ("of-gauges", Kind.FIRED)]
    assert len({t.alert_id for t in transitions}) == 3


def test_transition_says_what_happened() -> None:
    day = Day([judged := rule(*LADDER, hold_s=10)])
    day.judge([reading(0, 65, series(7))])
    (fired,) = day.judge([reading(10, 85, series(7))])
    assert fired == Transition(
        alert_id=fired.alert_id,
        rule=judged,
        subject=Subject(str(GAUGE), *GAUGE),
        kind=Kind.FIRED,
        condition=Condition.FIRING,
        severity=Severity.SEVERE,
        limit=80,
        value=85,
        time=at(10),
        started_at=at(0),
    )


def test_verdict_that_is_not_settled_changes_nothing() -> None:
    """The transaction was rolled back: judging again gives the same, also where a window was filled for the first time."""
    day = Day([rule(hold_s=10), rule(rule_id="sum", condition=Window("sum", "1h"))])
    first = [day.fail([reading(0, 85, series())]) for _ in range(3)]
    assert first[0] == first[1] == first[2]
    assert [row[1] for row in first[0]] == ["fired"]
    day.judge([reading(0, 40, series())])
    assert day.fail([reading(10, 40, series())]) == []


def test_settled_verdict_is_the_state_from_which_the_next_goes_on() -> None:
    day = Day([rule()])
    day.judge([reading(0, 85, series())])
    assert day.judge([reading(1, 86, series())]) == []
    assert kinds(day.judge([reading(2, 10, series())])) == [("flood", Kind.CLEARED)]


def test_same_breach_has_the_same_alert_in_every_process() -> None:
    def alert_id(*, at_s: float = 0, key: SeriesKey = GAUGE, rule_id: str = "flood") -> uuid.UUID:
        (fired,) = Day([rule(rule_id=rule_id)]).judge([reading(at_s, 85, series(key=key))])
        return fired.alert_id

    assert alert_id() == alert_id() == uuid.UUID("8f0e6e34-87d6-5618-8d3d-493bb4aaa0f7")
    others = {alert_id(at_s=1), alert_id(key=GAUGE._replace(station="luc-nam")), alert_id(rule_id="other")}
    assert len(others | {alert_id()}) == 4


def test_alert_keeps_its_id_through_all_that_happens_to_it() -> None:
    values = [85, 65, 85, 10, 90, 10, 10]
    transitions = Day([rule(*LADDER, keep_s=10)]).judge([reading(10 * n, v, series()) for n, v in enumerate(values)])
    expected = [Kind.FIRED, Kind.EASED, Kind.WORSENED, Kind.RECOVERING, Kind.RELAPSED, Kind.RECOVERING, Kind.CLEARED]
    assert [t.kind for t in transitions] == expected
    assert len({t.alert_id for t in transitions}) == 1


def test_only_standings_that_differ_are_kept() -> None:
    engine = Engine([rule(hold_s=10)])
    gauge, quiet = series(1), series(2, GAUGE._replace(station="luc-nam"))
    assert set(engine.judge([reading(0, 85, gauge), reading(0, 10, quiet)]).kept) == {("flood", str(GAUGE))}, "a normal series needs no row"
    engine.settle()
    assert engine.judge([reading(5, 85, gauge), reading(5, 10, quiet)]).kept == {}
    engine.settle()
    assert set(engine.judge([reading(10, 10, gauge)]).kept) == {("flood", str(GAUGE))}, "back to normal has to be written too"
    assert Engine([rule(hold_s=10)]).judge([reading(0, 85, gauge), reading(1, 10, gauge)]).kept == {}, "nothing of what came and went"


@pytest.mark.parametrize(("interval_s", "second"), [(10.0, 30), (9.9, None), (None, 30)])
def test_hole_of_more_than_three_intervals_begins_the_breach_anew(interval_s: float | None, second: float | None) -> None:
    gauge = series(interval_s=interval_s)
    transitions = Day([rule(hold_s=30)]).judge([reading(0, 85, gauge), reading(30, 85, gauge)])
    assert short(transitions) == ([] if second is None else [("fired", second)])


def test_station_that_describes_itself_anew_gets_the_rules_that_then_select_it() -> None:
    day = Day([rule(kind="river_gauge")])
    gauge = series(kind="unknown")
    day.judge([reading(0, 85, gauge)])
    gauge.description = station(kind="river_gauge")
    assert kinds(day.judge([reading(1, 85, gauge)])) == [("flood", Kind.FIRED)]


def test_window_keeps_its_readings_when_the_station_describes_itself_anew_and_another_rule_joins() -> None:
    mean = rule(rule_id="mean", condition=Window("avg", "1h", min_samples=3))
    day = Day([mean, rule(threshold("minor", 500), rule_id="of-gauges", kind="river_gauge")])
    gauge = series(kind="unknown")
    day.judge([reading(0, 99, gauge), reading(1, 99, gauge)])
    gauge.description = station(kind="river_gauge")
    assert kinds(day.judge([reading(2, 99, gauge)])) == [("mean", Kind.FIRED)]


def test_alert_is_cleared_when_the_rule_looks_at_the_series_no_more() -> None:
    day = Day([rule(kind="river_gauge")])
    day.judge([reading(0, 99, series())])
    pump = series(kind="pump")
    (cleared,) = day.judge([reading(1, 98, pump), reading(2, 99, pump)])
    assert (cleared.kind, cleared.time, cleared.value) == (Kind.CLEARED, at(1), 98)
    assert cleared.reason == "the rule looks at this series no more"
    assert day.judge([reading(3, 99, pump)]) == []


@pytest.mark.parametrize(
    ("state", "value", "kind"),
    [
        (State(Condition.PENDING, Severity.MODERATE, at(-10)), 85, Kind.FIRED),
        (State(Condition.FIRING, Severity.MODERATE, at(-10)), 85, None),
        (State(Condition.FIRING, Severity.MODERATE, at(-10)), 10, Kind.RECOVERING),
        (State(Condition.RECOVERING, Severity.MODERATE, at(-10), at(-5)), 10, Kind.CLEARED),
        (State(Condition.RECOVERING, Severity.MODERATE, at(-10), at(-4)), 10, None),
    ],
)
def test_restored_engine_goes_on_where_the_other_left_off(state: State, value: float, kind: Kind | None) -> None:
    alert_id = None if state.condition is Condition.PENDING else uuid.uuid4()
    engine = Engine([rule(hold_s=10, keep_s=5)])
    engine.restore([("flood", str(GAUGE), Standing(state, alert_id, moved_at=at(-10)))])
    transitions = engine.judge([reading(0, value, series(1))]).transitions
    assert [t.kind for t in transitions] == ([] if kind is None else [kind])
    assert all(alert_id in (None, t.alert_id) and t.started_at == at(-10) for t in transitions)


def test_standings_of_rules_that_are_no_more_are_left_out() -> None:
    engine = Engine([rule()])
    engine.restore([("gone", str(GAUGE), Standing(State(Condition.FIRING, Severity.MINOR, at(0)), uuid.uuid4()))])
    assert len(engine.standings) == 0


def test_rule_whose_thresholds_changed_goes_on_with_the_alert() -> None:
    """The severity that held is none of the rule's any more: the value decides, and the alert stays the same one."""
    alert_id = uuid.uuid4()
    state = State(Condition.FIRING, Severity.EXTREME, at(-10))
    for value, kind, limit in ((65, Kind.EASED, 60), (10, Kind.CLEARED, 60)):
        engine = Engine([rule(*LADDER)])
        engine.restore([("flood", str(GAUGE), Standing(state, alert_id, moved_at=at(-10)))])
        (transition,) = engine.judge([reading(0, value, series(1))]).transitions
        assert (transition.alert_id, transition.kind, transition.limit) == (alert_id, kind, limit)


def test_standing_of_another_series_of_the_same_rule_is_its_own() -> None:
    one, other = series(1), replace(series(2), key=GAUGE._replace(station="luc-nam"))
    told = [reading(0, 85, one), reading(5, 85, other), reading(10, 85, one), reading(10, 85, other)]
    assert [(t.subject.station, t.kind) for t in Day([rule(hold_s=10)]).judge(told)] == [("dap-cau", Kind.FIRED)]


def test_figure_is_judged_for_the_subject_that_it_names() -> None:
    day, subject = Day([rule(threshold("minor", 0.1), rule_id="kpi")]), Subject("unit:U1", unit_id=1)
    (fired,) = day.judge([figure(0, "kpi", subject, 0.2), figure(0, "unknown", subject, 9)])
    assert (fired.subject, fired.value, fired.context) == (subject, 0.2, {"note": "computed"})


def test_what_is_due_happens_in_order_of_time_whatever_it_is() -> None:
    day = Day([rule(hold_s=80), rule(threshold("minor", 40), rule_id="silent", condition=Absence(of="source"))])
    day.judge([reading(0, 99, series(interval_s=60))])
    assert day.engine.next_due() == at(40)
    assert short(day.tick(300)) == [("fired", 40), ("fired", 80), ("stale", 180)]
    assert day.engine.next_due() is None


@pytest.mark.parametrize(
    ("condition", "key", "context", "expected"),
    [
        (None, "hydro/g1/level", {}, Subject("hydro/g1/level", "hydro", "g1", "level")),
        (Geofence("zones", "enter"), "buses/b1@zones/park", {}, Subject("buses/b1@zones/park", "buses", "b1")),
        (Absence(), "hydro/g1", {}, Subject("hydro/g1", "hydro", "g1")),
        (Absence(of="source"), "hydro", {}, Subject("hydro", "hydro")),
        (Composite(all=["a"]), "hydro/g1", {}, Subject("hydro/g1", "hydro", "g1")),
        (Composite(all=["a"], scope="source"), "hydro", {}, Subject("hydro", "hydro")),
        (Composite(all=["a"], scope="unit"), "unit:07", {"lon": 1, "lat": 2, "unit_id": 3}, Subject("unit:07", lon=1, lat=2, unit_id=3)),
        (Composite(all=["a"], scope="everywhere"), "everywhere", {}, Subject("everywhere")),
        (Cluster("e", 9, "1h"), "cluster/x/1", {"lon": 1, "lat": 2, "unit_id": 3}, Subject("cluster/x/1", lon=1, lat=2, unit_id=3)),
        (Deadline("e", ["f"], "due"), "desk:D1", {"source": "desk", "unit_id": 3}, Subject("desk:D1", "desk", unit_id=3)),
    ],
)
def test_subject_of_an_earlier_run(condition: object, key: str, context: dict[str, object], expected: Subject) -> None:
    assert subject_of(rule(condition=condition), key, context) == expected  # type: ignore[arg-type]
