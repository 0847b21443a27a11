from typing import Any

import pytest

from ioc.alerts.rule import Rule
from ioc.alerts.rule_file import parse_rule
from ioc.alerts.target_figures import TargetStanding, figures_of, missing_indicators
from tests.support.examples import NOW

ONE: dict[str, Any] = {
    "indicator": "on-time",
    "title": {"vi": "a", "en": "b"},
    "unit_id": 7,
    "unit": "356",
    "units": frozenset({"356", "36"}),
    "level": "district",
    "kind": "month",
    "period": "2023-05",
    "is_first": True,
    "is_over": True,
    "is_few": False,
    "status": "missed",
    "value": 90.0,
    "limit": 99.0,
    "direction": "at_least",
}


def standing(**members: Any) -> TargetStanding:
    return TargetStanding(**(ONE | members))


def rule(**members: Any) -> Rule:
    told = {"id": "off", "title": {"vi": "a", "en": "a"}, "target": {}, "above": [{"severity": "minor", "limit": 0}]} | members
    return parse_rule({name: value for name, value in told.items() if value is not None}, origin="test")


def at_risk(**members: Any) -> Rule:
    return rule(target={"on": "at_risk"}, above=None, severity="minor", **members)


@pytest.mark.parametrize(
    ("members", "shortfall"),
    [
        ({}, 9 / 99),
        ({"value": 99.5}, -0.5 / 99),
        ({"direction": "at_most", "value": 12.0, "limit": 10.0}, 0.2),
        ({"direction": "at_most", "value": 3.0, "limit": 0.0}, 3.0),
    ],
)
def test_shortfall_is_a_share_of_the_target(members: dict[str, Any], shortfall: float) -> None:
    assert standing(**members).shortfall == pytest.approx(shortfall)


def test_a_share_of_few_cases_raises_nothing_and_what_was_at_risk_is_not_said_to_be() -> None:
    (told,) = figures_of([rule()], [standing(is_few=True)], (), NOW)
    assert told.value == 0, "an alert of the period before is over"
    (told,) = figures_of([at_risk()], [standing(is_few=True, is_over=False, status="at_risk")], [("off", "on-time/unit:356")], NOW)
    assert told.value == 0


def test_rules_on_indicators_that_there_are_not_are_named() -> None:
    rules = [rule(id="any"), rule(id="known", target={"indicator": "on-time"}), rule(id="wrong", target={"indicator": "on-tim"})]
    assert missing_indicators(rules, {"on-time"}) == {"wrong": "on-tim"}


def test_a_finished_period_is_judged_by_its_shortfall_with_what_it_is_about() -> None:
    (told,) = figures_of([rule()], [standing()], (), NOW)
    assert (told.rule_id, told.subject.key, told.subject.unit_id, told.time) == ("off", "on-time/unit:356", 7, NOW)
    assert told.value == pytest.approx(9 / 99)
    assert told.context["period"] == "2023-05"
    assert told.context["at_least"] == 99.0


@pytest.mark.parametrize(
    ("target", "members", "judged"),
    [
        ({}, {"is_over": False}, 0),
        ({}, {"is_first": False}, 0),
        ({"period": "month"}, {"is_first": False}, 1),
        ({"period": "year"}, {}, 0),
        ({"indicator": "on-time"}, {}, 1),
        ({"indicator": "other"}, {}, 0),
        ({"levels": ["district", "commune"]}, {}, 1),
        ({"levels": ["province"]}, {}, 0),
    ],
)
def test_a_rule_chooses_indicator_period_and_level(target: dict[str, Any], members: dict[str, Any], judged: int) -> None:
    assert len(figures_of([rule(target=target)], [standing(**members)], (), NOW)) == judged


@pytest.mark.parametrize(("unit", "judged"), [("36", 1), ("356", 1), ("24", 0)])
def test_a_unit_is_chosen_with_all_below_it(unit: str, judged: int) -> None:
    assert len(figures_of([rule(select={"unit": unit})], [standing()], (), NOW)) == judged


@pytest.mark.parametrize(("status", "value"), [("at_risk", 1.0), ("met", 0.0)])
def test_at_risk_is_of_the_running_period_and_yes_or_no(status: str, value: float) -> None:
    running = standing(is_over=False, status=status, period="2023-06")
    (told,) = figures_of([at_risk()], [standing(), running], (), NOW)
    assert told.value == value


def test_a_risk_of_which_no_figure_speaks_any_more_is_over_and_a_miss_is_not() -> None:
    both = [rule(), at_risk(id="risk")]
    told = figures_of(both, [], [("off", "on-time/unit:356"), ("risk", "on-time/unit:356"), ("other", "x")], NOW)
    assert [(one.rule_id, one.value) for one in told] == [("risk", 0.0)]


def test_other_rules_judge_no_figures() -> None:
    other = rule(target=None, select={"property": "pm2_5"})
    assert figures_of([other], [standing()], (), NOW) == []
