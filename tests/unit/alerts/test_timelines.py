"""What operators of Prometheus, vmalert, ThingsBoard, Kapacitor and Alerta know, told again as days of our own engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ioc.alerts.conditions import Absence
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Transition
from tests.support.examples import GAUGE, at, rule, series, threshold
from tests.support.judging import Day, reading, short

OFTEN = series(1, GAUGE, interval_s=60)


def readings(told: dict[float, float], subject: object = OFTEN) -> list[object]:
    return [reading(second, value, subject) for second, value in told.items()]  # type: ignore[arg-type]


def live(
    judged: Rule, told: Mapping[int, float] | Mapping[float, float], end: float | None = None, *, restarts: Sequence[float] = ()
) -> list[tuple[str, float]]:
    """Judge values at seconds, ticking up to each; restart before those named."""
    day, found = Day([judged]), list[Transition]()
    for second, value in told.items():
        if second in restarts:
            day.restart()
        found += day.judge([reading(second, value, OFTEN)], until=at(second - 1))
    return short(found + (day.tick(end) if end is not None else []))


def test_prometheus_for_state_is_restored_and_no_restart_lengthens_or_shortens_a_wait() -> None:
    """TestForStateRestore: a wait that began before a restart ends when it would have; down time within freshness counts."""
    told = {0: 85.0, 60: 85.0, 120: 85.0, 240: 85.0, 300: 85.0}
    assert live(rule(hold_s=300), told, restarts=[60, 120, 240]) == live(rule(hold_s=300), told) == [("fired", 300)]


def test_prometheus_outage_longer_than_the_data_is_fresh_begins_the_wait_anew() -> None:
    """TestForStateRestore: beyond the tolerance the past does not count."""
    assert live(rule(hold_s=300), {0: 85.0, 60: 85.0, 600: 85.0, 660: 85.0}, 900, restarts=[600]) == []
    assert live(rule(hold_s=300), {0: 85.0, 600: 85.0, 720: 85.0, 840: 85.0, 900: 85.0}, restarts=[600]) == [("fired", 900)]


def test_prometheus_keep_firing_for_survives_a_restart() -> None:
    """TestKeepFiringFor, and what it leaves open: the wait is not forgotten when the process ends."""
    told = {0: 85.0, 60: 10.0, 120: 85.0, 180: 10.0, 240: 10.0}
    expected = [("fired", 0), ("recovering", 60), ("relapsed", 120), ("recovering", 180), ("cleared", 300)]
    assert live(rule(keep_s=120), told, 301, restarts=[120, 240]) == expected


def test_prometheus_pending_is_not_kept_though_firing_would_be() -> None:
    """TestPendingAndKeepFiringFor."""
    assert live(rule(hold_s=120, keep_s=600), {0: 85.0, 60: 10.0, 120: 10.0}, 900) == []


def test_prometheus_rule_that_reads_the_same_goes_on_and_its_neighbours_do_not_matter() -> None:
    """TestCopyState, TestUpdate and a rule that moved to another group: nothing happens to what is open."""
    day = Day([rule(), rule(threshold("minor", 60), rule_id="other")])
    day.judge([reading(0, 85, OFTEN)])
    moved = [rule(threshold("minor", 60), rule_id="other"), rule(rule_id="new", property="rain"), rule()]
    day.restart(moved)
    assert day.judge([reading(60, 85, OFTEN)]) == []
    assert short(day.judge([reading(120, 10, OFTEN)])) == [("cleared", 120), ("cleared", 120)]


def test_vmalert_exec_alert_is_pending_fires_clears_and_fires_again_as_another() -> None:
    """TestAlertingRule_Exec: single, empty and repeated results."""
    told = {0: 85.0, 60: 10.0, 120: 85.0, 180: 85.0, 240: 10.0, 300: 85.0, 360: 85.0}
    assert live(rule(hold_s=60), told) == [("fired", 180), ("cleared", 240), ("fired", 360)]


def test_vmalert_group_restore_does_not_take_silence_for_a_breach() -> None:
    """TestGroup_Restore, and what it leaves open: the hole of a restart is not filled with breaches."""
    day = Day([rule(hold_s=600)])
    day.judge([reading(0, 85, OFTEN)])
    day.restart()
    assert day.tick(3600) == []


def test_thingsboard_severity_is_updated_on_the_same_alarm() -> None:
    """AlarmRulesTest, severity update: worse, then better, then gone, one alarm."""
    ladder = rule(threshold("minor", 50), threshold("severe", 80))
    day = Day([ladder])
    transitions = day.judge([reading(60 * n, value, OFTEN) for n, value in enumerate([55, 85, 55, 10])])
    assert [str(t.kind) for t in transitions] == ["fired", "worsened", "eased", "cleared"]
    assert len({t.alert_id for t in transitions}) == 1


def test_thingsboard_duration_is_measured_on_the_clock_of_the_values() -> None:
    """AlarmRulesTest, duration: a value that says it is old does not make a breach of five minutes at once."""
    late = reading(-3600, 99, OFTEN)._replace(arrived=at(0))
    day = Day([rule(hold_s=300)])
    assert short(day.judge([late, reading(0, 99, OFTEN), reading(60, 99, OFTEN)], until=at(0))) == []


def test_thingsboard_value_older_than_all_that_counts_raises_nothing() -> None:
    """AlarmRulesTest, event before the default time: there it raises a live alarm, here it is late."""
    day = Day([rule()])
    day.judge([reading(0, 10, OFTEN)])
    assert day.judge([reading(-30 * 86_400, 999, OFTEN, late=True)]) == []


def test_late_value_is_noted_on_the_alert_that_it_contradicts_and_moves_nothing() -> None:
    day = Day([rule()])
    day.judge([reading(0, 85, OFTEN), reading(60, 86, OFTEN)])
    (note,) = day.judge([reading(30, 10, OFTEN, late=True), reading(40, 90, OFTEN, late=True)])
    assert (note.kind, note.condition, note.detail) == ("late_correction", "firing", {"time": at(30).isoformat(), "value": 10.0})


def test_thingsboard_no_data_grows_worse_with_its_age() -> None:
    """AlarmRulesTest, no-data: major, then critical, cleared by the next value; of a source, since it is silent as a whole."""
    silent = rule(threshold("moderate", 120), threshold("extreme", 600), condition=Absence(of="source"))
    assert live(silent, {0: 1.0, 900: 1.0}) == [("fired", 120), ("worsened", 600), ("cleared", 900)]


def test_feed_of_many_stations_that_stops_is_one_alert_and_its_return_none() -> None:
    """AL-07: every open alert is marked stale, one alert is about the source, and nothing fires again afterwards."""
    stations = [series(n, GAUGE._replace(station=f"g{n}"), interval_s=60) for n in range(20)]
    day = Day([rule(), rule(threshold("severe", 300), rule_id="dead", condition=Absence(of="source")),
               rule(threshold("severe", 300), rule_id="lost", condition=Absence())])  # fmt: skip
    day.judge([reading(0, 85, one) for one in stations])
    gone = day.tick(3600)
    assert sorted(str(t.kind) for t in gone) == ["fired", *["stale"] * 20]
    assert {(t.rule.id, t.time) for t in gone} == {("dead", at(300)), ("flood", at(180))}
    back = day.judge([reading(3700, 85, one) for one in stations])
    assert sorted(str(t.kind) for t in back) == ["cleared", *["fresh"] * 20]


def test_kapacitor_reset_levels_need_their_own_limit_to_come_down() -> None:
    """Alert_WithReset: each level is left at its own clear value, in steps."""
    ladder = rule(threshold("minor", 60, 50), threshold("severe", 80, 70), threshold("extreme", 90, 85))
    told = {n * 60.0: value for n, value in enumerate([61.0, 95.0, 86.0, 75.0, 65.0, 55.0, 49.0])}
    assert live(ladder, told) == [("fired", 0), ("worsened", 60), ("eased", 180), ("eased", 240), ("cleared", 360)]


def test_kapacitor_duration_of_an_alert_counts_from_the_first_bad_value() -> None:
    """AlertDuration."""
    day = Day([rule(hold_s=120)])
    (fired,) = day.judge([reading(60 * n, 85, OFTEN) for n in range(3)])
    assert (fired.started_at, fired.time) == (at(0), at(120))


def test_kapacitor_flapping_goes_on_as_one_alert_whose_last_state_is_told() -> None:
    """AlertFlapping: there the last notices of a run are lost; here the log is whole and says where it ended."""
    day = Day([rule()])
    transitions = day.judge([reading(60 * n, 85 if n % 2 == 0 else 10, OFTEN) for n in range(12)])
    assert [str(t.kind) for t in transitions] == ["fired", "cleared"] * 3 + ["relapsed", "cleared"] * 3
    assert len({t.alert_id for t in transitions}) == 3
    assert [t.flapping for t in transitions] == [False] * 6 + [True] * 6
    assert transitions[-1].condition == "normal"
    day.restart()
    (calm,) = day.judge([reading(2 * 3600, 85, OFTEN)])
    assert (str(calm.kind), calm.flapping) == ("fired", False)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({0: 85.0, 60: 10.0}, [("fired", "firing"), ("cleared", "normal")]),
        ({0: 85.0, 60: 95.0}, [("fired", "firing"), ("worsened", "firing")]),
        ({0: 95.0, 60: 85.0, 120: 10.0}, [("fired", "firing"), ("eased", "firing"), ("cleared", "normal")]),
    ],
)
def test_alerta_isa_18_2_condition_axis(told: dict[float, float], expected: list[tuple[str, str]]) -> None:
    """What the rules do never depends on who has acknowledged; only getting worse asks anew."""
    day = Day([rule(threshold("moderate", 80), threshold("extreme", 90))])
    found = day.judge([reading(second, value, OFTEN) for second, value in told.items()])
    assert [(str(t.kind), str(t.condition)) for t in found] == expected


def test_stale_is_marked_at_the_end_of_freshness_and_fresh_with_the_next_value() -> None:
    """AL-06: present for three intervals, to the second."""
    assert live(rule(), {0: 85.0, 180: 85.0, 361: 85.0}, 400) == [("fired", 0), ("stale", 360), ("fresh", 361)]


def test_deleted_rule_tells_nothing_more() -> None:
    """TestDeletedRuleMarkedStale: here the alert is closed when the rules are taken up; the engine knows nothing of it."""
    day = Day([rule()])
    day.judge([reading(0, 85, OFTEN)])
    day.restart([])
    assert day.judge([reading(60, 10, OFTEN)]) == []
