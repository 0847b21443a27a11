from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.conditions import Absence, Composite
from ioc.alerts.rule import AreaChoice, Selector, Severity
from tests.support.examples import rule, station, threshold


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ({}, True),
        ({"kind": "river_gauge"}, True),
        ({"kind": "rain_gauge"}, False),
        ({"source": "hydro", "station": "dap-cau"}, True),
        ({"source": "other"}, False),
        ({"station": "luc-nam"}, False),
        ({"unit": "07207"}, True),
        ({"unit": "07208"}, False),
        ({"area": AreaChoice("zones")}, True),
        ({"area": AreaChoice("zones", "park")}, True),
        ({"area": AreaChoice("zones", "school")}, False),
        ({"area": AreaChoice("rivers")}, False),
    ],
)
def test_selector(select: dict[str, Any], expected: bool) -> None:
    units, areas = frozenset({"07207", "07"}), frozenset({("zones", "park")})
    assert Selector(**select).matches(station(), units, areas) is expected


def test_selector_of_a_unit_does_not_match_a_station_outside_all_units() -> None:
    assert not Selector("water_level", unit="07207").matches(station())


def test_severities_from_the_least() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
    assert max(Severity, key=lambda severity: severity.rank) is Severity.EXTREME


def test_definition_tells_durations_in_the_largest_unit() -> None:
    silent = rule(threshold("minor", 5400), hold_s=7200, condition=Absence())
    told = silent.definition()
    assert (told["for"], told["above"][0]["limit"], told["absence"]["of"], silent.kind) == ("2h", "90m", "station", "absence")
    assert silent.hold == timedelta(hours=2)


def test_rule_that_holds_or_does_not_tells_its_severity() -> None:
    both = rule(threshold("severe", 0), condition=Composite(all=["a", "b"]))
    assert both.definition()["severity"] == "severe"
    assert "above" not in both.definition()
