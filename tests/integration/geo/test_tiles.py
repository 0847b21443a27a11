"""Tiles as GDAL draws them: in every tile the features that it should have, neighbours meet, and attributes are what they were."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from ioc.geo.layer import Feature, Geometries
from ioc.geo.tile_bands import EXTENT, HALF_WORLD_M, bands, to_mercator
from ioc.geo.tile_make import LONGEST_TEXT, MOST_ATTRIBUTES
from tests.support.tiles import archive, archive_of, shipped_units, tiles

TILE = shapely.box(0, 0, EXTENT, EXTENT)
BUFFER = 80


def in_tile(shapes: Geometries, zoom: int, row: int, col: int) -> Geometries:
    """Return geometries in Web Mercator in units of a tile."""
    edge = 2 * HALF_WORLD_M / 2**zoom

    def project(places: np.ndarray) -> np.ndarray:
        east = (places[:, 0] + HALF_WORLD_M - col * edge) / edge * EXTENT
        return np.column_stack([east, (HALF_WORLD_M - places[:, 1] - row * edge) / edge * EXTENT])

    return np.asarray(shapely.transform(shapes, project), dtype=np.object_)


def test_every_tile_has_exactly_the_features_that_it_should(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    places = random.uniform((106.0, 21.0), (106.2, 21.2), (60, 2))
    points = [Feature(f"p{number:02}", shapely.Point(place), {"n": number}) for number, place in enumerate(places)]
    lines = [Feature(f"q{n}", shapely.LineString(places[n * 3 : n * 3 + 3]), {"n": 100 + n}) for n in range(5)]
    areas = [Feature(f"r{n}", shapely.Point(places[n]).buffer(0.01), {"n": 200 + n}) for n in range(5)]
    features = [*points, *lines, *areas]
    found = archive(tmp_path, features)
    assert (found.min_zoom, found.max_zoom, found.kinds) == (0, 14, ["point", "line", "polygon"])
    shapes = to_mercator(np.array([each.geometry for each in features], dtype=np.object_))
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for zoom in (0, 3, 8, 10, 12, 13, 14):
        told = tiles(found, zoom)
        assert told
        for (row, col), inside in told.items():
            moved = in_tile(shapes, zoom, row, col)
            # Whether what lies within a unit of the edge is in it is a matter of rounding.
            surely = {f.fid for f, shape in zip(features, moved, strict=True) if shapely.intersects(shape, window.buffer(-1))}
            perhaps = {f.fid for f, shape in zip(features, moved, strict=True) if shapely.intersects(shape, window.buffer(1))}
            fids = [each["properties"]["fid"] for each in inside]
            small = {f.fid for f, shape in zip(features, moved, strict=True) if shape.length < 8 and f.fid[0] != "p"}
            assert len(fids) == len(set(fids))
            assert surely - small <= set(fids) <= perhaps, (zoom, row, col)
        low_row, high_row, low_col, high_col = found.limits[zoom]
        for row, col in [(r, c) for r in range(low_row - 1, high_row + 2) for c in range(low_col - 1, high_col + 2)]:
            if (row, col) not in told and 0 <= row < 2**zoom and 0 <= col < 2**zoom:
                # A line that only grazes the tile leaves nothing in it.
                grazed = shapely.buffer(shapely.intersection(in_tile(shapes, zoom, row, col), window.buffer(-1)), 0)
                points_in = shapely.intersects(in_tile(shapes[: len(points)], zoom, row, col), window.buffer(-1))
                assert not points_in.any()
                assert shapely.area(grazed).max() <= 1


def test_shipped_units_meet_at_every_level(tmp_path: Path) -> None:
    units = shipped_units()
    found, features = archive_of(tmp_path, units), units.features
    today = "2026-01-01"
    shapes = to_mercator(np.asarray(shapely.from_wkb(features["geometry"].to_numpy()), dtype=np.object_))
    assert any(band.tolerance_m for band in bands(shapes))
    communes = 0
    for zoom in (6, 8, 10, 12):
        for (row, col), inside in tiles(found, zoom).items():
            whole = shapely.union_all(in_tile(shapes, zoom, row, col)).intersection(TILE)
            now = [each for each in inside if is_commune_of(each["properties"], today)]
            drawn = [shapely.make_valid(shapely.geometry.shape(each["geometry"])).intersection(TILE) for each in now]
            together = shapely.union_all(drawn)
            communes += len(now)
            # Nothing between them is left out, and no more than the rounding to whole units is drawn twice.
            assert whole.buffer(-3).difference(together).area < 1, (zoom, row, col)
            assert sum(each.area for each in drawn) - together.area < 1 + 0.01 * sum(each.length for each in drawn), (zoom, row, col)
    assert communes > 300


def is_commune_of(unit: dict[str, str], day: str) -> bool:
    """Return whether a unit of a tile is a commune in force on `day`."""
    return unit["level"] == "commune" and unit["valid_from"] <= day and unit.get("valid_to", "9999") > day


def test_fine_neighbours_meet_where_they_are_simplified(tmp_path: Path) -> None:
    steps = np.linspace(0, 1, 4000)
    wave = np.column_stack([106.5 + 0.002 * np.sin(steps * 900) * np.cos(steps * 41), 21 + 0.2 * steps])
    west = shapely.Polygon([*wave, (106.4, 21.2), (106.4, 21.0)])
    east = shapely.Polygon([*wave, (106.6, 21.2), (106.6, 21.0)])
    found = archive(tmp_path, [Feature("east", east, {}), Feature("west", west, {})])
    shapes = to_mercator(np.array([east, west], dtype=np.object_))
    assert bands(shapes)[0].tolerance_m
    whole = shapely.union_all(shapes)
    vertices = Counter[int]()
    for zoom in (9, 10, 11):
        for (row, col), inside in tiles(found, zoom).items():
            drawn = [shapely.make_valid(shapely.geometry.shape(each["geometry"])).intersection(TILE) for each in inside]
            inner = in_tile(np.array([whole], dtype=np.object_), zoom, row, col)[0].intersection(TILE).buffer(-3)
            assert inner.difference(shapely.union_all(drawn)).area < 1
            vertices[zoom] += sum(int(shapely.get_num_coordinates(each)) for each in drawn)
    assert vertices[9] < len(wave)  # of twice as many


def test_attributes_are_what_they_were_and_long_ones_are_left_out(tmp_path: Path) -> None:
    told = {
        "name": "Cây đa",
        "height": 12.5,
        "count": 3,
        "old": True,
        "planted": "2020-05-01",
        "tags": ["a"],
        "text": "x" * (LONGEST_TEXT + 1),
    }
    found = archive(tmp_path, [Feature("a", shapely.Point(106.1, 21.1), told), Feature("b", shapely.Point(106.1, 21.1), {"name": "Đề"})])
    fields = {"name": "String", "height": "Number", "count": "Number", "old": "Boolean", "planted": "String", "fid": "String"}
    assert found.fields == fields
    ((inside,),) = [list(tiles(found, 14).values())]
    first, second = sorted((each["properties"] for each in inside), key=lambda each: str(each["fid"]))
    assert first == {"fid": "a", "name": "Cây đa", "height": 12.5, "count": 3, "old": True, "planted": "2020-05-01"}
    assert second == {"fid": "b", "name": "Đề"}


def test_attributes_may_have_any_name(tmp_path: Path) -> None:
    told = {name: f"value of {name}" for name in ("geometry", "geometry_", "id", "ogc_fid", "mvt_id", "Tên đường", "a b", "wkb", "layer")}
    found = archive(tmp_path, [Feature("a", shapely.Point(106.1, 21.1), told | {"ID": "another", "FID": "a third"})])
    ((inside,),) = tiles(found, 14).values()
    assert inside["properties"] == {"fid": "a"} | told


def test_only_so_many_attributes_are_sent(tmp_path: Path) -> None:
    properties = {f"a{number:03}": number for number in range(2 * MOST_ATTRIBUTES)}
    found = archive(tmp_path, [Feature("a", shapely.Point(106.1, 21.1), properties)])
    assert list(found.fields)[:2] == ["fid", "a000"]
    assert len(found.fields) == MOST_ATTRIBUTES


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    speck = shapely.box(106, 21, 106 + 1e-9, 21 + 1e-9)
    with pytest.raises(ValueError, match="too small to be drawn"):
        archive(tmp_path, [Feature("a", speck, {})])
