from typing import Any

import pytest

from ioc.alerts.conditions import Geofence
from ioc.alerts.engine import Surroundings
from ioc.alerts.geofence_watch import by_layer
from ioc.alerts.rule import AreaChoice, Rule
from tests.support.examples import rule, threshold
from tests.support.judging import Day, Squares, bus, short, sighting

AREAS = Squares({"zones": {"park": (0, 0, 1)}})
BUS = bus()
IN, OUT = (0.5, 0.5), (5.0, 5.0)


def day(**told: Any) -> Day:
    condition = Geofence("zones", **{name: told.pop(name) for name in ("on", "limit_from", "features") if name in told})
    return Day([rule(*told.pop("levels", [threshold("minor", 0)]), condition=condition, **told)], lambda: Surroundings(areas=AREAS))


def live(one: Day, *places: tuple[float, float], every: float = 10) -> list[tuple[str, float]]:
    return short(one.judge([sighting(every * n, *place, BUS) for n, place in enumerate(places)]))


def test_entering_and_leaving() -> None:
    assert live(day(on="enter"), OUT, IN, IN, OUT) == [("fired", 10), ("cleared", 30)]
    assert live(day(on="leave"), OUT, IN, IN, OUT, IN) == [("fired", 30), ("cleared", 40)]
    assert live(day(on="leave"), OUT, OUT) == [], "it was never inside"
    assert live(day(on="enter", features=["school"]), OUT, IN) == []


def test_inside_for_too_long_by_a_position_or_by_time() -> None:
    assert live(day(on="inside", hold_s=15), IN, IN, IN) == [("fired", 15)]
    one = day(on="inside", hold_s=25)
    assert live(one, IN) == []
    assert short(one.tick(31)) == [("fired", 25)]
    silent = day(on="inside", hold_s=31)
    live(silent, IN)
    assert silent.tick(1000) == [], "nobody knows whether it is there yet"


@pytest.mark.parametrize("kind", ["enter", "leave"])
def test_hole_between_positions_begins_the_wait_anew(kind: str) -> None:
    first = (IN,) if kind == "enter" else (IN, OUT)
    one, there = day(on=kind, hold_s=60), first[-1]
    start = 10.0 * (len(first) - 1)
    live(one, *first)
    one.judge([sighting(start + 55, *there, BUS)])
    assert one.tick(start + 80) == []
    assert short(one.judge([sighting(start + 55 + 30 * n, *there, BUS) for n in (1, 2, 3)])) == [("fired", start + 115)]


def test_recovery_ends_with_the_next_position_after_a_hole() -> None:
    one = day(on="enter", keep_s=60)
    assert live(one, IN, OUT) == [("fired", 0), ("recovering", 10)]
    assert one.tick(100) == []
    assert short(one.judge([sighting(110, *OUT, BUS)])) == [("cleared", 110)]


def test_wait_that_was_broken_off_does_not_hide_the_next() -> None:
    one = day(on="inside", hold_s=20)
    live(one, IN, OUT, IN)
    assert one.tick(25) == []
    assert short(one.tick(45)) == [("fired", 40)]


def test_speed_is_compared_with_the_limit_of_the_polygon() -> None:
    one = day(on="speeding", limit_from="limit", levels=[threshold("minor", 0), threshold("severe", 20)])
    told = [
        sighting(10 * n, *place, BUS, speed)
        for n, (place, speed) in enumerate([(IN, 40.0), (IN, 45.0), (IN, None), (IN, 61.0), (OUT, 99.0)])
    ]
    assert short(one.judge(told)) == [("fired", 10), ("worsened", 30), ("cleared", 40)]


def test_subject_is_the_station_in_the_area() -> None:
    (fired,) = day(on="enter").judge([sighting(0, *IN, BUS)])
    assert (fired.subject.key, fired.subject.station) == ("buses/bus-1@zones/park", "bus-1")
    assert fired.context == {"area": {"layer": "zones", "feature": "park", "name": "Park"}}


def test_layers_are_told_with_the_rules_that_need_them() -> None:
    inside: Rule = rule(threshold("minor", 0), rule_id="a", condition=Geofence("zones", "enter"))
    chosen = rule(rule_id="b", area=AreaChoice("rivers"))  # type: ignore[arg-type]
    assert by_layer([inside, chosen, rule()]) == {"zones": ["a"], "rivers": ["b"]}
