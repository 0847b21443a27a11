"""Overlaps and gaps of units are found, measured and placed; what is level above level, or in force one after the other, is none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from ioc.geo.coverage import coverage_findings
from ioc.geo.layer import Feature
from tests.support.shapes import square


def unit(fid: str, area: BaseGeometry, *, level: str = "commune", since: date = date(2025, 1, 1), until: date | None = None) -> Feature:
    return Feature(fid, area, {"level": level}, since, until)


def found(*units: Feature) -> list[Any]:
    return list(coverage_findings(units))


def test_units_that_meet_leave_nothing_to_say() -> None:
    whole = unit("24", square(106, 21, 2.0), level="province")
    assert found(whole, *(unit(f"{x}{y}", square(106 + x, 21 + y)) for x in range(2) for y in range(2))) == []


def test_overlap_is_named_measured_and_placed() -> None:
    (overlap,) = found(unit("1", square(106, 21, 0.01)), unit("2", square(106.009, 21, 0.01)))
    assert (overlap.kind, overlap.features) == ("overlap", ("1", "2"))
    assert overlap.area_m2 == pytest.approx(0.001 * 103_900 * 0.01 * 110_700, rel=0.01)
    assert (overlap.lon, overlap.lat) == (pytest.approx(106.0095, abs=1e-4), pytest.approx(21.005, abs=1e-3))
    assert "1 and 2 overlap by 115," in overlap.text


def test_gap_is_named_measured_and_placed() -> None:
    around = square(106, 21, 0.03).difference(square(106.01, 21.01, 0.01))
    left, right = (around.intersection(shapely.box(west, 21, west + 0.015, 22)) for west in (106, 106.015))
    (gap,) = found(unit("1", left), unit("2", right))
    assert (gap.kind, gap.features) == ("gap", ("1", "2"))
    assert gap.area_m2 == pytest.approx(0.01 * 103_900 * 0.01 * 110_700, rel=0.01)


def test_hole_of_one_unit_is_its_own_affair() -> None:
    assert found(unit("1", square(106, 21, 0.03).difference(square(106.01, 21.01, 0.01))), unit("2", square(106.03, 21, 0.03))) == []


def test_units_one_after_the_other_do_not_overlap() -> None:
    assert found(unit("1.a", square(106, 21), until=date(2025, 7, 1)), unit("1.b", square(106, 21, 0.5), since=date(2025, 7, 1))) == []
