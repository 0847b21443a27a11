from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest

from ioc.domain.unit import UnitRef
from ioc.indicators.catalogue import load_plan
from ioc.indicators.definition import Goal
from ioc.indicators.period import containing
from ioc.indicators.target import Status, goal_for, project, status
from tests.unit.indicators.support import SDI


def goal(limit: float, direction: Literal["at_least", "at_most"] = "at_least") -> Goal:
    return Goal("commune", direction, Decimal(repr(limit)), None, None, None, "")


@pytest.mark.parametrize(
    ("value", "projected", "is_over", "wanted"),
    [
        (90, None, True, Status.MET),
        (89, None, True, Status.MISSED),
        (95, 95, False, Status.MET),
        (95, 80, False, Status.AT_RISK),
        (80, 95, False, Status.AT_RISK),
        (80, 80, False, Status.AT_RISK),
    ],
)
def test_a_finished_period_is_met_or_missed_and_a_running_one_met_or_at_risk(
    value: int, projected: int | None, is_over: bool, wanted: Status
) -> None:
    heading = None if projected is None else Decimal(projected)
    assert status(goal(90), Decimal(value), heading, is_over=is_over) is wanted


def test_without_a_figure_nothing_is_said() -> None:
    assert status(goal(90), None, None, is_over=True) is None


def test_at_most_is_the_other_way_round() -> None:
    assert status(goal(5, "at_most"), Decimal(6), None, is_over=True) is Status.MISSED


def test_what_grows_is_drawn_out_to_the_end_of_its_period() -> None:
    assert project(Decimal(50), [], elapsed=0.5, grows=True) == 100


def test_a_share_is_headed_where_the_last_three_point() -> None:
    assert project(Decimal(90), [Decimal(95), Decimal(93), Decimal(91)], elapsed=0.0, grows=False) == 89
    assert project(Decimal(90), [Decimal(95), Decimal(93), Decimal(91)], elapsed=1.0, grows=False) == 90
    assert project(Decimal(90), [Decimal(95)], elapsed=0.5, grows=False) == 90


def unit(level: str, code: str = "7207") -> UnitRef:
    return UnitRef(1, "units", code, date(2020, 1, 1), None, level, "", "", None, "", "")


@pytest.mark.parametrize(
    ("level", "above", "year", "limit"),
    [
        ("province", ["36"], 2023, 90),
        ("district", ["356", "36"], 2023, 80),
        ("commune", ["13633", "356", "36"], 2023, 60),
        ("province", ["24"], 2024, 95),
        ("commune", ["7207", "213", "24"], 2024, 65),
        ("commune", ["7207", "213", "24"], 2023, None),
        ("province", ["38"], 2024, None),
    ],
)
def test_the_plans_bind_their_own_provinces_from_their_year_on(level: str, above: list[str], year: int, limit: int | None) -> None:
    definition = load_plan(SDI).indicators["work-online-rate"]
    found = goal_for(definition, unit(level), above, containing("year", date(year, 6, 1)))
    assert (None if found is None else found.limit) == limit


def test_the_later_target_takes_over() -> None:
    definition = load_plan(SDI).indicators["digital-economy-share"]
    limits: list[Any] = []
    for year in (2022, 2025):
        found = goal_for(definition, unit("province", "38"), ["38"], containing("year", date(year, 1, 1)))
        limits.append(found.limit if found else None)
    assert limits == [15, 20]
