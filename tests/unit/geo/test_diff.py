"""How far a geometry has moved, in metres, and how much of it is shared."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from ioc.geo.diff import Change, as_cells
from ioc.geo.layer import Feature
from tests.support.shapes import square

METRES_OF_A_DEGREE_NORTH = 110_718  # at 21 degrees, WGS 84


def change(old: BaseGeometry, new: BaseGeometry) -> Change:
    return Change("a", Feature("a", old, {"n": 1}), Feature("a", new, {"n": 2}))


@pytest.mark.parametrize(
    ("old", "new", "degrees", "iou"),
    [
        (shapely.Point(106, 21), shapely.Point(106, 21.01), 0.01, None),
        (shapely.LineString([(106, 21), (107, 21)]), shapely.LineString([(106, 21.02), (107, 21.02)]), 0.02, None),
        (square(106, 21, 0.1), square(106, 21.05, 0.1), 0.05, 1 / 3),
        (square(106, 21, 0.1), square(106, 21, 0.05), None, 0.25),
    ],
)
def test_distance_is_that_of_the_farthest_vertex(old: BaseGeometry, new: BaseGeometry, degrees: float | None, iou: float | None) -> None:
    move = change(old, new).move
    assert move is not None
    assert move.iou == (None if iou is None else pytest.approx(iou, abs=1e-3))
    if degrees is not None:
        assert move.distance_m == pytest.approx(degrees * METRES_OF_A_DEGREE_NORTH, rel=0.001)


def test_vertex_that_moved_alone_is_measured_though_the_areas_nearly_agree() -> None:
    old = shapely.Polygon([(106, 21), (106.1, 21), (106.1, 21.1), (106, 21.1)])
    new = shapely.Polygon([(106, 21), (106.1, 21), (106.1, 21.1), (106.05, 21.101), (106, 21.1)])
    move = change(old, new).move
    assert move is not None
    assert move.distance_m == pytest.approx(0.001 * METRES_OF_A_DEGREE_NORTH, rel=0.01)


def test_rows_of_a_table_name_move_and_attributes() -> None:
    (moved, changed) = as_cells(change(shapely.Point(106, 21), shapely.Point(106, 21.01)))
    assert moved[:2] == ["a", "moved"]
    assert changed == ["a", "changed", None, None, "n", 1, 2]
    assert as_cells(Change("b", None, Feature("b", shapely.Point(106, 21), {}))) == [["b", "added", None, None, None, None, None]]
