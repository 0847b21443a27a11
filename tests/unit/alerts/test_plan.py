from datetime import timedelta

from ioc.alerts.conditions import Rate, Window
from ioc.alerts.plan import NOTHING, Plans
from tests.support.examples import rule, station


def plans(*rules: object, units: frozenset[str] = frozenset()) -> Plans:
    return Plans(rules, units_above=lambda _view: units, areas_around=lambda _view: frozenset())  # type: ignore[arg-type]


def test_series_that_are_alike_share_a_plan() -> None:
    found = plans(rule(rule_id="a"), rule(rule_id="b", station="luc-nam"))
    assert found.of(station("one"), "water_level") is found.of(station("two"), "water_level")
    assert found.of(station("luc-nam"), "water_level").rules == {"a", "b"}
    assert found.of(station("one"), "rain") is NOTHING


def test_rules_that_compare_the_same_aggregate_share_a_window() -> None:
    hour, day = Window("avg", "1h"), Window("avg", "1d")
    plan = plans(
        rule(rule_id="a"), rule(rule_id="b", condition=hour), rule(rule_id="c", condition=hour), rule(rule_id="d", condition=day),
        rule(rule_id="e", condition=Rate("2h", "1m")),
    ).of(station(), "water_level")  # fmt: skip
    assert [[one.id for one in signal.rules] for signal in plan.signals] == [["a"], ["b", "c"], ["d"], ["e"]]
    assert plan.length == timedelta(days=1)
    assert [signal.window.factor for signal in plan.signals if signal.window] == [1, 1, 60]


def test_rule_of_a_unit_looks_at_what_lies_in_it() -> None:
    judged = rule(unit="07")
    assert plans(judged, units=frozenset({"07", "07207"})).of(station(), "water_level").rules == {"flood"}
    assert plans(judged).of(station(), "water_level") is NOTHING
