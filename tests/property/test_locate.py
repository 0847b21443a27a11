"""A place belongs to exactly one unit, and it is the one that a plain search of all boundaries finds."""

import json
from collections import defaultdict
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ioc.geo.grid import Areas
from ioc.geo.locate import UnitIndex
from tests.support.shapes import unit

LAYERS = Path(__file__).parents[2] / "sdi" / "layers"
Corner = tuple[float, float]
OLD, NEW = date(2025, 3, 1), date(2025, 7, 1)
Layer = tuple[str, date]
FILES: list[Layer] = [(name, day) for name in ("units.geojson", "units-namdinh.geojson") for day in (OLD, NEW)]


@cache
def communes(file: Layer) -> tuple[list[str], Areas]:
    name, day = file
    features = json.loads((LAYERS / name).read_text(encoding="utf-8"))["features"]
    communes = [f for f in features if f["properties"]["level"] == "commune"]
    found = [f for f in communes if f["properties"]["valid_from"] <= f"{day}" < (f["properties"]["valid_to"] or "9999")]
    return [f["properties"]["code"] for f in found], np.array([shapely.geometry.shape(f["geometry"]) for f in found])


@cache
def index(file: Layer) -> UnitIndex:
    codes, areas = communes(file)
    return UnitIndex(
        [unit(number, code, area) for number, (code, area) in enumerate(zip(codes, areas, strict=True))], today=lambda: date(2025, 3, 1)
    )


def expected(file: Layer, lon: float, lat: float) -> str | None:
    """The smallest code among the communes that the place touches, all of them tried."""
    codes, areas = communes(file)
    return min((codes[number] for number in np.flatnonzero(shapely.intersects_xy(areas, lon, lat))), default=None)


def located(file: Layer, lon: float, lat: float) -> str | None:
    number = index(file).locate(lon, lat)
    return None if number is None else communes(file)[0][number]


@pytest.mark.parametrize("file", FILES)
@given(lon=st.floats(105.8, 107.1), lat=st.floats(19.9, 21.7))
def test_any_place_is_where_a_search_of_all_communes_finds_it(file: Layer, lon: float, lat: float) -> None:
    assert located(file, lon, lat) == expected(file, lon, lat)


@cache
def shared_edges(file: Layer) -> list[tuple[Corner, Corner, tuple[str, ...]]]:
    """The edges that two communes share, with the codes of both."""
    owners: dict[tuple[Corner, Corner], list[str]] = defaultdict(list)
    for code, area in zip(*communes(file), strict=True):
        for ring in [shapely.get_coordinates(ring).tolist() for part in shapely.get_parts(area) for ring in shapely.get_rings(part)]:
            for start, end in pairwise(tuple(corner) for corner in ring):
                owners[min(start, end), max(start, end)].append(code)
    return [(*edge, tuple(codes)) for edge, codes in owners.items() if len(codes) == 2]


@pytest.mark.parametrize("file", FILES)
@given(data=st.data(), share=st.floats(0, 1))
def test_place_on_a_shared_edge_belongs_to_exactly_one_commune(file: Layer, data: st.DataObject, share: float) -> None:
    start, end, _ = data.draw(st.sampled_from(shared_edges(file)))
    lon, lat = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
    found = located(file, lon, lat)
    assert found is not None
    assert found == expected(file, lon, lat)


@pytest.mark.parametrize("file", FILES)
def test_every_shared_edge_has_the_same_corners_on_both_sides(file: Layer) -> None:
    _, areas = communes(file)
    inner = shapely.length(areas).sum() - shapely.length(shapely.coverage_union_all(areas))
    assert 2 * sum(shapely.LineString(edge[:2]).length for edge in shared_edges(file)) == pytest.approx(inner)


@pytest.mark.parametrize("file", FILES)
def test_every_corner_belongs_to_the_smallest_code_that_meets_there(file: Layer) -> None:
    _, areas = communes(file)
    corners = np.unique(shapely.get_coordinates(areas), axis=0)[::7]
    found = [located(file, lon, lat) for lon, lat in corners.tolist()]
    assert found == [expected(file, lon, lat) for lon, lat in corners.tolist()]
    assert None not in found


@given(places=st.lists(st.tuples(st.floats(105.8, 107.1), st.floats(21.0, 21.7)), min_size=1, max_size=50))
def test_many_places_at_once_are_what_each_is_alone(places: list[tuple[float, float]]) -> None:
    lons, lats = zip(*places, strict=True)
    found = index(FILES[0])
    assert found.locate_many(lons, lats) == [found.locate(lon, lat) for lon, lat in places]


squares = st.builds(
    lambda west, south, side: shapely.box(west, south, west + side, south + side),
    st.integers(-20, 20).map(float),
    st.integers(-20, 20).map(float),
    st.integers(1, 15).map(float),
)


@given(
    areas=st.lists(squares, min_size=1, max_size=8),
    lon=st.integers(-25, 40),
    lat=st.integers(-25, 40),
    nudge=st.sampled_from([0.0, 0.5, 1e-12]),
)
def test_overlapping_units_of_any_size_are_decided_by_code(areas: list[shapely.Polygon], lon: int, lat: int, nudge: float) -> None:
    found = UnitIndex([unit(number, f"{number:02}", area) for number, area in enumerate(areas)], today=lambda: date(2025, 3, 1))
    touching = [number for number, area in enumerate(areas) if shapely.intersects_xy(area, lon + nudge, lat)]
    assert found.locate(lon + nudge, lat) == min(touching, default=None)
