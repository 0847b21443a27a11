"""Coordinate systems: stated, declared or proved, never guessed; the shift of the datum is never forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyproj import CRS, Transformer

from ioc.errors import BadInput
from ioc.geo import vn2000
from ioc.geo.crs import needs_proof
from ioc.geo.formats import read_file
from ioc.geo.layer import Geometries, Raw
from ioc.geo.source import in_words_of, read_source
from tests.support.shapes import entry, square

ON_GRID = (106.19, 21.28)
IN_WGS84 = (106.191885, 21.279011)
"""What a place of VN-2000 is in WGS 84: 224 m away. After QĐ 05/2007/QĐ-BTNMT, as EPSG:6960 has it."""


def communes() -> Geometries:
    """Nine areas of 5 km around Bắc Giang, no two alike."""
    rng = np.random.default_rng(7)
    corners = [(106.1 + 0.05 * x, 21.2 + 0.05 * y) for x in range(3) for y in range(3)]
    shapes = [shapely.Polygon(np.array(square(x, y, 0.05).exterior.coords)[:-1] + rng.uniform(0, 0.01, (4, 2))) for x, y in corners]
    return np.array(shapes, dtype=np.object_)


def raw(geometries: Geometries, crs: str | None = None, **changed: Any) -> Raw:
    numbers = list(range(len(geometries)))
    return Raw(name="a.gpkg", geometries=geometries, table=pa.table({"n": numbers}), ids=[str(n) for n in numbers], crs=crs, **changed)


def on(crs: str, geometries: Geometries) -> Geometries:
    way = Transformer.from_crs("EPSG:4326", crs, always_xy=True, allow_ballpark=False)
    moved = shapely.transform(geometries, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    return np.asarray(moved, dtype=np.object_)


def place(source_crs: str, x: float, y: float, **changed: Any) -> list[float]:
    points = np.array([shapely.Point(x, y)], dtype=np.object_)
    source = in_words_of(raw(points, source_crs), entry(**changed))
    found: list[float] = shapely.get_coordinates(source.geometries)[0].tolist()
    return found


@pytest.mark.parametrize("crs", ["EPSG:4756", "EPSG:9214", "EPSG:9209", "EPSG:5897", "EPSG:3405"])
def test_shift_of_the_datum_is_applied_from_every_zone(crs: str) -> None:
    x, y = Transformer.from_crs("EPSG:4756", crs, always_xy=True).transform(*ON_GRID)
    assert place(crs, x, y) == [pytest.approx(IN_WGS84[0], abs=1e-6), pytest.approx(IN_WGS84[1], abs=1e-6)]


def test_projection_as_programs_write_it_beside_a_shapefile_is_understood() -> None:
    x, y = Transformer.from_crs("EPSG:4756", "EPSG:9214", always_xy=True).transform(*ON_GRID)
    written = CRS("EPSG:9214").to_wkt("WKT1_ESRI").replace("D_Vietnam_2000", "D_VN_2000").replace("VN-2000_TM-3_107-00", "Bac_Giang")
    assert place(written, x, y) == [pytest.approx(IN_WGS84[0], abs=1e-6), pytest.approx(IN_WGS84[1], abs=1e-6)]


def test_datum_that_nobody_knows_is_refused_rather_than_taken_for_wgs84() -> None:
    unknown = CRS("EPSG:9214").to_wkt("WKT1_ESRI").replace("D_Vietnam_2000", "D_Tinh").replace("GCS_VN_2000", "GCS_Tinh")
    with pytest.raises(BadInput, match="no exact way to WGS 84 is known"):
        place(unknown, 500_000, 2_300_000)


@pytest.mark.parametrize("crs", [*vn2000.PROJECTED, *vn2000.GEOGRAPHIC])
def test_every_zone_is_proved_by_known_areas(crs: str) -> None:
    """Also 6° against 3° on one meridian, which are 0.7 km apart, and the datum of degrees, 0.2 km."""
    known = communes()
    source = in_words_of(raw(on(crs, known)), entry(), known)
    assert source.crs == crs
    assert source.notes["crs_known"].startswith("proved by 9 areas")
    assert shapely.equals_exact(source.geometries, known, tolerance=2e-7).all()


def test_areas_that_are_not_known_prove_nothing_and_the_best_are_named_with_their_scores() -> None:
    known = communes()
    buildings = on("EPSG:9214", shapely.buffer(shapely.centroid(known), 0.0005))
    with pytest.raises(BadInput, match=r"No coordinate system agrees clearly better .*: EPSG:\d+ 0\.\d+, EPSG:\d+ 0\.\d+, EPSG:\d+ 0\.\d+"):
        in_words_of(raw(buildings), entry(), known)


def test_two_zones_that_fit_alike_are_ambiguous() -> None:
    """An area of the size of a province that fits roughly: the 0.7 km between the zones of one meridian are within the roughness."""
    known = np.array([square(104.5, 20.5, 1.0)], dtype=np.object_)
    rough = on("EPSG:5897", np.array([square(104.52, 20.52, 0.97)], dtype=np.object_))
    with pytest.raises(BadInput, match="agrees clearly better than all others"):
        in_words_of(raw(rough), entry(), known)


def test_points_prove_nothing_and_without_units_there_is_nothing_to_compare() -> None:
    points = on("EPSG:9214", shapely.centroid(communes()))
    assert needs_proof(raw(points), entry())
    with pytest.raises(BadInput, match="cannot be proved by points and lines"):
        in_words_of(raw(points), entry(), communes())
    with pytest.raises(BadInput, match="no units are published"):
        in_words_of(raw(points), entry(), None)


def test_two_coordinate_systems_are_refused() -> None:
    with pytest.raises(BadInput, match="it says VN-2000 / TM-3 105-30, the catalogue says EPSG:9214"):
        place("EPSG:9209", 500_000, 2_300_000, crs="EPSG:9214")
    mixed = np.array([shapely.Point(106, 21), shapely.Point(500_000, 2_300_000)], dtype=np.object_)
    with pytest.raises(BadInput, match="1 features are in degrees, 1 in metres, such as 500000 2300000"):
        in_words_of(raw(mixed, "EPSG:4326"), entry())


@pytest.mark.parametrize(
    ("crs", "x", "y", "words"),
    [("EPSG:4326", 21.28, 106.19, "latitude before longitude"), ("EPSG:9214", 2_355_000.0, 415_000.0, "northing before easting")],
)
def test_swapped_axes_are_named(crs: str, x: float, y: float, words: str) -> None:
    with pytest.raises(BadInput, match=f"a.gpkg has its axes swapped, {words}: it reaches from"):
        place(crs, x, y)


def test_geojson_in_metres_without_a_word_is_not_taken_for_degrees(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": range(9)}, geometry=list(on("EPSG:9214", communes())))
    (tmp_path / "a.geojson").write_text(frame.to_json(), encoding="utf-8")
    read = read_file(tmp_path / "a.geojson", entry())
    assert needs_proof(read, entry())
    assert read_source(tmp_path / "a.geojson", entry(), communes()).crs == "EPSG:9214"
    declared = read_source(tmp_path / "a.geojson", entry(crs="EPSG:9214"))
    assert (declared.crs, declared.notes["crs_known"]) == ("EPSG:9214", "declared")


@pytest.mark.parametrize(("province", "zone"), [("24", "EPSG:9214"), ("37", "EPSG:9209"), ("82", "EPSG:9210"), ("38", "EPSG:5897")])
def test_real_communes_are_recognised_in_the_zone_of_their_province(real_data: Path, province: str, zone: str) -> None:
    known = gpd.read_file(real_data / "communes_2025_4prov_simplify10m.geojson")
    exact = gpd.read_file(real_data / "communes_2025_4prov.gpkg", layer="commune")
    assert len(exact) == len(known)
    own = exact[exact["prov_dir"].str.startswith(province)].geometry.to_numpy()
    crs, how = vn2000.prove(on(zone, own), known.geometry.to_numpy(), "communes.shp")
    assert crs == zone, how
