from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ioc.domain.unit import UnitRef
from ioc.geo.units import UnitDirectory
from ioc.query.unit_figures import by_units_of, meant, told
from tests.support.shapes import unit

DAY = date(2025, 7, 1)
REFS = {
    1: unit(1, "24", None, valid_to=DAY, name_vi="Tỉnh Bắc Giang")[0],
    2: unit(2, "24", None, valid_from=DAY, name_vi="Tỉnh Bắc Ninh")[0],
    3: unit(3, "213", None, valid_to=DAY)[0],
    4: unit(4, "x", None, valid_from=DAY)[0],
    5: unit(5, "y", None, valid_from=DAY)[0],
}


@dataclass(frozen=True)
class Way:
    unit: int
    share: float
    exact: bool


WAYS: dict[int, list[Way]] = {
    1: [Way(4, 1.0, exact=True)],
    2: [Way(4, 0.3, exact=False), Way(5, 0.7, exact=False)],
    5: [Way(5, 1.0, exact=True)],
}


class Directory(UnitDirectory):
    def convert(self, number: int, day: date) -> Sequence[Way]:
        assert day == DAY
        return WAYS.get(number, [])


def directory(today: date = DAY) -> Directory:
    return Directory(REFS.values(), today=lambda: today)


def counted(rows: list[dict[str, Any]], names: list[str], *, wanted: set[int] | None = None, with_sum: bool = False) -> dict[str, Any]:
    return by_units_of(rows, names, convert=lambda number: WAYS.get(number, []), unit_of=REFS.get, wanted=wanted, with_sum=with_sum)


def test_whole_units_are_counted_exactly_and_parts_are_estimates() -> None:
    answer = counted([{"g0": 1, "count": 10}, {"g0": 2, "count": 5}, {"g0": 5, "count": 1}], ["unit"])
    assert answer["groups"] == [
        {"unit": "x", "count": 11.5, "exact": False},
        {"unit": "y", "count": 4.5, "exact": False},
    ]
    assert (answer["total"], answer["exact"]) == (16, False)
    assert isinstance(answer["total"], int)


def test_figures_of_whole_units_stay_whole_numbers() -> None:
    answer = counted(
        [{"g0": 1, "g1": "a", "count": 10, "sum": Decimal(7)}, {"g0": 1, "g1": "b", "count": 2, "sum": None}],
        ["type", "unit"],
        with_sum=True,
    )
    assert answer["groups"] == [
        {"type": "a", "unit": "x", "count": 10, "sum": 7, "exact": True},
        {"type": "b", "unit": "x", "count": 2, "sum": 0, "exact": True},
    ]
    assert answer["exact"]


def test_what_belongs_to_no_unit_is_told() -> None:
    answer = counted([{"g0": None, "count": 3}, {"g0": 3, "count": 4}, {"g0": 1, "count": 1}], [])
    assert answer == {"groups": [{"count": 1, "exact": True}], "total": 1, "exact": True, "without_unit": 3, "without_successor": 4}


def test_only_wanted_units_are_counted() -> None:
    answer = counted([{"g0": 2, "count": 10}, {"g0": 1, "count": 2}], [], wanted={4})
    assert answer["groups"] == [{"count": 5, "exact": False}]


def test_nothing_makes_no_groups() -> None:
    assert counted([], ["unit"])["groups"] == []


def codes(found: tuple[UnitRef, list[UnitRef]] | None) -> Any:
    return (found[0].name_vi, [other.name_vi for other in found[1]]) if found else None


@pytest.mark.parametrize(
    ("code", "as_of", "expected"),
    [
        ("24", None, ("Tỉnh Bắc Ninh", ["Tỉnh Bắc Giang"])),
        ("24", date(2025, 6, 30), ("Tỉnh Bắc Giang", ["Tỉnh Bắc Ninh"])),
        ("x", None, None),
        ("x", DAY, ("Xã x", [])),
        ("213", None, None),
        ("99999", None, None),
    ],
)
def test_code_means_the_unit_of_today_or_of_the_day(code: str, as_of: date | None, expected: object) -> None:
    assert codes(meant(directory(), code, as_of)) == expected


def test_answer_names_the_unit_and_the_others() -> None:
    answer = told(REFS[2], [REFS[1]])
    assert (answer["unit"]["valid_from"], answer["unit"]["valid_to"]) == ("2025-07-01", None)
    assert [other["name_vi"] for other in answer["other_units"]] == ["Tỉnh Bắc Giang"]
