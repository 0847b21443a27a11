"""A collection of many features finds them by tree and by order as one of few does by looking at each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from ioc.errors import BadInput
from ioc.geo.collection import LARGEST_SCAN, Collection
from ioc.geo.features import answer, read_query
from ioc.geo.layer import Feature
from tests.support.shapes import collection

COUNT = LARGEST_SCAN * 2
KINDS = ["Nhà ở", "school", None, "temple"]
FIRST = date(2020, 1, 1)
RNG = np.random.default_rng(5)
CORNERS = RNG.uniform((105, 20), (107, 22), (COUNT, 2)).round(4)


def town(numbers: range) -> Collection:
    def one(number: int) -> Feature:
        west, south = CORNERS[number].tolist()
        told: dict[str, Any] = {
            "kind": KINDS[number % 4],
            "levels": number % 7,
            "seen": FIRST + timedelta(number % 30),
            "height": number / 2,
        }
        return Feature(f"b{number:05}", shapely.Polygon([(west, south), (west + 0.01, south), (west, south + 0.01)]), told)

    return collection(map(one, numbers))


MANY = town(range(COUNT))
BOXES = [(105.5, 20.5, 105.7, 20.6), (106.0, 21.0, 106.0, 21.0), (105, 20, 107.1, 22.1), (0, 0, 1, 1)]


def asked(served: Collection, **parameters: str) -> list[str]:
    page = answer(served, read_query([*parameters.items(), ("limit", "10000")], served))
    assert page.matched == len(page.ordinals)
    return [served.fids[each] for each in page.ordinals]


@pytest.mark.parametrize("box", BOXES)
def test_features_in_a_rectangle_are_those_that_meet_it(box: tuple[float, float, float, float]) -> None:
    meets = np.flatnonzero(shapely.intersects(MANY.geometries, shapely.box(*box)))
    assert MANY.within(box).tolist() == meets.tolist()
    assert set(meets.tolist()) <= set(MANY.near(box).tolist())


def test_features_without_a_place_are_in_no_rectangle() -> None:
    nowhere = [Feature(f"b{number:05}", None if number % 2 else shapely.Point(106, 21), {}) for number in range(COUNT)]  # type: ignore[arg-type]
    assert collection(nowhere).within((105, 20, 107, 22)).tolist() == list(range(0, COUNT, 2))


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "school"), ("kind", "Nhà ở"), ("kind", "zzz"), ("levels", 3), ("levels", 99), ("seen", FIRST), ("id", "b00007"), ("id", "c")],
)
def test_equal_values_are_found_by_their_order(name: str, value: object) -> None:
    values = MANY.column(name).to_pylist()
    assert MANY.having(name, value).tolist() == [number for number, each in enumerate(values) if each == value]


def test_what_two_have_in_common() -> None:
    some, others = np.arange(0, COUNT, 2), np.arange(0, COUNT, 3)
    assert MANY.both(some, others).tolist() == list(range(0, COUNT, 6))
    assert MANY.both(others, some).tolist() == list(range(0, COUNT, 6))
    few = np.array([0, 3, 6, COUNT - 1])
    assert MANY.both(few, some).tolist() == [0, 6]
    assert MANY.both(some[:0], some).tolist() == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "school"},
        {"kind": "school", "levels": "3", "bbox": "105.2,20.2,106.4,21.7"},
        {"height": "12.5"},
        {"bbox": "105.2,20.2,105.4,20.7"},
        {"filter": "kind = 'school' AND levels IN (1, 2) AND height > 700"},
        {"filter": "kind = 'school' OR levels = 5"},
        {"filter": "kind = 'school' OR height < 20"},
        {"filter": "NOT kind = 'school'"},
        {"filter": "S_INTERSECTS(geometry, POLYGON((105.1 20.1, 105.6 20.2, 105.2 20.8, 105.1 20.1)))"},
        {"filter": "S_DISJOINT(geometry, POLYGON((105.1 20.1, 105.6 20.2, 105.2 20.8, 105.1 20.1)))"},
        {"filter": "S_WITHIN(geometry, POLYGON((105.1 20.1, 105.6 20.2, 105.2 20.8, 105.1 20.1)))", "bbox": "105.1,20.1,105.3,20.4"},
        {"filter": "seen = DATE('2020-01-03')", "bbox": "105.2,20.2,106.4,21.7"},
        {"filter": "kind = 'nothing'"},
        {"filter": "ACCENTI(CASEI(kind)) = 'nha o' AND levels = 2"},
        {"filter": "S_DWITHIN(geometry, POINT(106 21), 9000) AND levels = 2"},
        {"filter": "id = 'b00003' AND height IS NOT NULL"},
        {"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/3405", "bbox": "600000,2300000,620000,2330000"},
    ],
)
def test_a_question_to_many_is_that_to_each_few_of_them(parameters: dict[str, str]) -> None:
    few = [town(range(begin, begin + LARGEST_SCAN)) for begin in range(0, COUNT, LARGEST_SCAN)]
    assert asked(MANY, **parameters) == [fid for part in few for fid in asked(part, **parameters)]


@pytest.mark.parametrize("text", ["kind = 3", "nothing = 1", "kind = 'school' AND levels = 'x'", "S_INTERSECTS(kind, POINT(1 1))"])
def test_a_filter_that_is_wrong_is_refused_however_few_it_is_looked_at_for(text: str) -> None:
    with pytest.raises(BadInput):
        asked(MANY, filter=text)
