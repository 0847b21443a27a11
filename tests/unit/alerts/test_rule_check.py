from typing import Any

import msgspec
import pytest

from ioc.alerts.conditions import Composite
from ioc.alerts.rule_check import RuleIn, check_together, checked
from ioc.errors import ConfigurationError
from tests.support.examples import rule, threshold

LEVEL = [{"severity": "minor", "limit": 1}]
LATE = [{"severity": "minor", "limit": "15m"}]
DUE = {"event": "a", "until": ["b"], "within": "1h"}


def told(**members: Any) -> RuleIn:
    return msgspec.convert({"id": "r", "title": {"vi": "a", "en": "b"}, **members}, RuleIn)


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"rate": {"over": "1h"}, "absence": {}}, "f:1: rule r has the conditions rate, absence; one at most"),
        ({"above": LEVEL}, "`select` has to name the property"),
        ({"above": LATE, "absence": {}, "select": {"property": "p"}}, "about no property"),
        ({"above": LEVEL, "absence": {}}, "limit 1.0 is not a duration such as 15m"),
        ({"above": LATE, "select": {"property": "p"}}, "limit '15m' is not a number"),
        ({"below": LATE, "absence": {}}, "takes limits above, not below"),
        ({"above": [{"severity": "minor", "limit": "0s"}], "absence": {}}, "a limit of nothing is always met"),
        ({"above": [{"severity": "minor", "limit": -1}], "absence": {"unit": "intervals"}}, "a limit of nothing is always met"),
        ({"above": LATE, "absence": {"offline": True}}, "offline goes with of: source"),
        ({"above": LATE, "absence": {"of": "source"}, "select": {"kind": "bus"}}, "of: source can select by source only"),
        ({"above": LEVEL, "geofence": {"layer": "l", "on": "enter"}}, "it takes `severity` and no limits"),
        ({"severity": "minor", "geofence": {"layer": "l", "on": "inside"}}, "on: inside needs `for`"),
        ({"severity": "minor", "geofence": {"layer": "l", "on": "enter", "limit_from": "x"}}, "limit_from goes with on: speeding"),
        ({"severity": "minor", "above": LEVEL}, "`severity` goes with conditions that hold or do not"),
        ({"above": LATE, "deadline": {**DUE, "due": "d"}}, "needs either `due`"),
        ({"above": LATE, "deadline": {**DUE, "until": []}}, "`until` names no event"),
        ({"above": LATE, "deadline": {**DUE, "within": "9999wd"}}, "9999wd is longer than two years of work"),
        ({"above": LATE, "deadline": {**DUE, "within": "3841wh"}}, "3841wh is longer than two years of work"),
        ({"above": LEVEL, "window": {"function": "avg", "over": "0s"}, "select": {"property": "p"}}, "0s is no time to look back"),
        ({"above": LEVEL, "rate": {"over": "1h", "per": "0s"}, "select": {"property": "p"}}, "per 0s is no time"),
        ({"severity": "minor", "composite": {}}, "names no rule"),
        ({"severity": "minor", "composite": {"none": ["a"]}}, "names rules that must not fire and none that must"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(members: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        checked(told(**members), "f:1")
    assert error.value.detail.startswith("f:1: rule r")
    assert complaint in error.value.detail


def together(**members: list[str]) -> None:
    check_together(
        [rule(threshold("minor", 0), rule_id=name, condition=Composite(all=some) if some else None) for name, some in members.items()]
    )


def test_rules_are_told_once_and_speak_of_rules_that_are_there() -> None:
    together(a=["b", "c"], b=["c"], c=[])
    with pytest.raises(ConfigurationError, match="rule a speaks of the rule 'z', which there is not"):
        together(a=["z"])
    with pytest.raises(ConfigurationError, match=r"in a circle: (a -> b -> a|b -> a -> b)"):
        together(a=["b"], b=["a"])
    with pytest.raises(ConfigurationError, match="rule id a is used twice"):
        check_together([rule(rule_id="a"), rule(rule_id="b"), rule(rule_id="a")])


def test_rules_that_speak_of_each_other_many_times_over_are_checked_at_once() -> None:
    """Each rule names both of the next step: a million million paths, and no circle."""
    steps = {f"{side}{n}": [f"a{n + 1}", f"b{n + 1}"] if n < 40 else [] for n in range(41) for side in "ab"}
    together(**steps)
    together(**{f"r{n}": [f"r{n + 1}"] if n < 3000 else [] for n in range(3001)})
