from typing import Any

from ioc.alerts.composite_watch import Whereabouts
from ioc.alerts.conditions import Composite
from ioc.alerts.engine import Surroundings
from tests.support.examples import GAUGE, rule, series, threshold
from tests.support.judging import Day, reading, short

LEVEL, RAIN = series(1), series(2, GAUGE._replace(property="rain"))
UNIT = Whereabouts("U1", 7, 106.2, 21.3)
FAR = series(3, GAUGE._replace(station="luc-nam", property="rain"))


def day(**told: Any) -> Day:
    members = [rule(rule_id="level"), rule(threshold("minor", 5), rule_id="rain", property="rain", hold_s=told.pop("wait", 0))]
    both = rule(threshold("severe", 0), rule_id="both", keep_s=told.pop("keep_s", 0), condition=Composite(**told))
    return Day([*members, both], lambda: Surroundings(unit_of=lambda subject: UNIT if subject.station else None))


def of_both(transitions: list[Any]) -> list[tuple[str, float]]:
    return short([t for t in transitions if t.rule.id == "both"])


def test_all_of_one_station() -> None:
    one = day(all=["level", "rain"])
    assert of_both(one.judge([reading(0, 99, LEVEL), reading(1, 9, FAR)])) == []
    assert of_both(one.judge([reading(2, 9, RAIN), reading(3, 1, LEVEL)])) == [("fired", 2), ("cleared", 3)]


def test_places_are_as_wide_as_the_scope() -> None:
    for scope, key in (("source", "hydro"), ("unit", "unit:U1"), ("everywhere", "everywhere")):
        transitions = day(all=["level", "rain"], scope=scope).judge([reading(0, 99, LEVEL), reading(1, 9, FAR)])
        assert [t.subject.key for t in transitions if t.rule.id == "both"] == [key]


def test_alert_of_a_unit_is_where_the_station_is_that_moved_it() -> None:
    transitions = day(all=["level", "rain"], scope="unit").judge([reading(0, 99, LEVEL), reading(1, 9, FAR)])
    (fired,) = [t for t in transitions if t.rule.id == "both"]
    assert (fired.subject.unit_id, fired.subject.lon, fired.subject.lat) == (7, 106.2, 21.3)


def test_any_and_none() -> None:
    told = [reading(0, 99, LEVEL), reading(1, 9, RAIN), reading(2, 1, RAIN), reading(3, 1, LEVEL)]
    assert of_both(day(any=["level", "rain"]).judge(told)) == [("fired", 0), ("cleared", 3)]
    assert of_both(day(all=["level"], none=["rain"]).judge(told)) == [("fired", 0), ("cleared", 1), ("fired", 2), ("cleared", 3)]


def test_it_begins_when_the_last_of_its_members_did_whoever_is_told_first() -> None:
    one = day(all=["level", "rain"], wait=10)
    one.judge([reading(0, 9, RAIN), reading(50, 99, LEVEL)])
    assert of_both(one.tick(60)) == [("fired", 50)]


def test_members_that_fire_are_known_after_a_restart() -> None:
    one = day(all=["level", "rain"], keep_s=30, scope="unit")
    one.judge([reading(0, 99, LEVEL)])
    one.restart()
    assert of_both(one.judge([reading(5, 9, RAIN), reading(6, 1, RAIN)])) == [("fired", 5), ("recovering", 6)]
    one.restart()
    (cleared,) = one.tick(60)
    assert (str(cleared.kind), cleared.subject.key) == ("cleared", "unit:U1")
