"""From which zoom level to which a layer is drawn, and what of its outlines is left."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from ioc.geo.layer import Geometries
from ioc.geo.tile_bands import MOST_FEATURES, MOST_TILES, Band, bands, simplified, to_mercator, unit_m


def shapes(*given: shapely.Geometry | None) -> Geometries:
    found = np.empty(len(given), dtype=np.object_)
    found[:] = given
    return found


def test_mercator_is_that_of_proj() -> None:
    places = [(0.0, 0.0), (106.19, 21.28), (-179.9, -60.0), (180.0, 85.0)]
    ours = shapely.get_coordinates(to_mercator(shapes(*map(shapely.Point, places))))
    theirs = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(*np.transpose(places))
    assert ours == pytest.approx(np.column_stack(theirs), abs=1e-6)


def test_poles_are_at_the_edge_of_the_world() -> None:
    assert np.isfinite(shapely.get_coordinates(to_mercator(shapes(shapely.Point(0, 90), shapely.Point(0, -90))))).all()


def test_coarse_outlines_are_drawn_to_level_12_and_fine_ones_to_14() -> None:
    far, near = shapely.box(0, 0, 5000, 5000), shapely.box(0, 0, 10, 10)
    assert bands(shapes(far))[-1] == Band(2, 12, None)
    assert bands(shapes(near))[-1].last == 14
    assert bands(shapes(shapely.Point(0, 0))) == [Band(0, 14, None)]


def test_what_is_finer_than_a_screen_is_simplified_but_at_the_last_level() -> None:
    found = bands(shapes(shapely.Point(0, 0).buffer(50_000, quad_segs=10_000)))
    assert found[-1] == Band(12, 14, None)
    assert [band.tolerance_m for band in found[:-1]] == [2 * unit_m(zoom) for zoom in range(12)]


def test_no_tile_holds_too_many_features_and_no_level_too_many_tiles() -> None:
    dense = shapes(*(shapely.Point(x, y) for x in range(0, 8000, 25) for y in range(0, 8000, 25)))
    (band,) = bands(dense)
    assert band.first > 0
    cells = np.floor(shapely.get_coordinates(dense) / (unit_m(band.first) * 4096))
    assert np.unique(cells, axis=0, return_counts=True)[1].max() <= MOST_FEATURES
    (wide,) = bands(shapes(shapely.box(-2e7, -2e7, 2e7, 2e7)))
    assert 4**wide.last <= MOST_TILES < 4 ** (wide.last + 1)


def test_neighbours_still_meet_in_the_same_edge() -> None:
    wave = [(np.sin(step / 3) * 40, step * 10.0) for step in range(200)]
    west = shapely.Polygon([*wave, (-3000, 1990), (-3000, 0)])
    east = shapely.Polygon([*wave, (3000, 1990), (3000, 0)])
    fewer = simplified(shapes(west, east), 100.0)
    assert shapely.get_num_coordinates(fewer).sum() < shapely.get_num_coordinates([west, east]).sum() / 5
    assert shapely.coverage_is_valid(fewer)
    assert shapely.get_num_interior_rings(shapely.union_all(fewer)) == 0
    assert shapely.intersection(*fewer).area == 0


def test_lines_keep_their_ends_and_points_their_place() -> None:
    line = shapely.LineString([(0, 0), (50, 1), (100, 0)])
    kept = simplified(shapes(line, shapely.Point(3, 4), None), 10.0)
    assert list(kept) == [shapely.LineString([(0, 0), (100, 0)]), shapely.Point(3, 4), None]
