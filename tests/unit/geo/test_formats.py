"""Every kind of file gives the same layer; files that are none, or too much, are refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from ioc.errors import BadInput, TooLarge
from ioc.geo import limits
from ioc.geo.publication import LayerRefused, prepare
from ioc.geo.source import read_source
from ioc.store.layer_versions import Publication
from tests.support.shapes import entry, square

NAMES = ("Cây bàng", "Cây phượng vĩ", "Cây đa, gốc to")
FRAME = gpd.GeoDataFrame(
    {"number": ["T1", "T2", "T3"], "name": NAMES, "height": [3.5, 4.25, 12.125], "age": [3, 40, 300]},
    geometry=[shapely.Point(106.1, 21.2), shapely.Point(106.15, 21.25), shapely.Point(106.2, 21.3)],
    crs=4326,
)


def write_zip(path: Path, folder: Path, *, stem: str = "trees") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.glob(f"{stem}.*")):
            packed.write(file, f"data/{file.name}")
    return path


def shapefile(folder: Path) -> Path:
    FRAME.to_file(folder / "trees.shp", encoding="UTF-8")
    return folder / "trees.shp"


def zipped(folder: Path) -> Path:
    (folder / "inside").mkdir()
    shapefile(folder / "inside")
    return write_zip(folder / "trees.zip", folder / "inside")


def parquet(folder: Path) -> Path:
    FRAME.to_parquet(folder / "trees.parquet")
    return folder / "trees.parquet"


def parquet_of_points(folder: Path) -> Path:
    FRAME.to_parquet(folder / "trees.parquet", geometry_encoding="geoarrow", schema_version="1.1.0")
    return folder / "trees.parquet"


def with_gdal(suffix: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        FRAME.to_file(folder / f"trees{suffix}")
        return folder / f"trees{suffix}"

    return write


def table(suffix: str, delimiter: str, *, wkt: bool = False) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        plain = FRAME.drop(columns="geometry")
        if wkt:
            plain["wkt"] = FRAME.to_wkt()["geometry"]
        else:
            plain["Kinh độ"], plain["vĩ độ"] = FRAME.geometry.x, FRAME.geometry.y
        plain.to_csv(folder / f"trees{suffix}", sep=delimiter, index=False)
        return folder / f"trees{suffix}"

    return write


WRITERS: dict[str, Callable[[Path], Path]] = {
    "GeoPackage": with_gdal(".gpkg"),
    "GeoJSON": with_gdal(".geojson"),
    "GeoJSON lines": with_gdal(".geojsonl"),
    "FlatGeobuf": with_gdal(".fgb"),
    "Shapefile": shapefile,
    "zipped Shapefile": zipped,
    "GeoParquet": parquet,
    "GeoParquet of points": parquet_of_points,
    "CSV": table(".csv", ","),
    "CSV with semicolons": table(".csv", ";"),
    "table with tabs": table(".tsv", "\t"),
    "CSV with WKT": table(".csv", ",", wkt=True),
}


def publication(path: Path, **changed: Any) -> Publication:
    described = entry(key="number", **changed)
    return prepare(read_source(path, described), described)[0]


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_layer(kind: str, tmp_path: Path) -> None:
    made = publication(WRITERS[kind](tmp_path))
    rows = [json.loads(row) for row in made.features["properties"].to_pylist()]
    expected = FRAME.drop(columns="geometry").to_dict("records")
    assert [dict(sorted(row.items())) for row in rows] == [dict(sorted(row.items())) for row in expected]
    places = shapely.get_coordinates(shapely.from_wkb(made.features["geometry"].to_pylist()))
    assert places.tolist() == shapely.get_coordinates(FRAME.geometry.to_numpy()).tolist()


@pytest.mark.parametrize("absent", [".dbf", ".shx"])
def test_shapefile_without_its_siblings_is_refused_by_their_name(absent: str, tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(absent).unlink()
    with pytest.raises(BadInput, match=rf"trees.shp lacks {absent} beside it"):
        read_source(path, entry())


def pack(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../../etc/passwd.geojson": b"{}"}, "leads out of it"),
        ({"/etc/passwd.geojson": b"{}"}, "leads out of it"),
        ({"C:\\trees.geojson": b"{}"}, "leads out of it"),
        ({"readme.txt": b"hello"}, "holds 0 layers"),
        ({"a.geojson": b"{}", "b.gpkg": b""}, r"holds 2 layers \(a.geojson, b.gpkg\)"),
        ({f"{number}.txt": b"" for number in range(limits.ZIP_FILES + 1)}, "holds 101 files, more than 100"),
        ({"a.geojson": b"<OGRVRTDataSource/>"}, "does not begin as a .geojson file does"),
        ({"a.geojson": bytes(limits.ZIP_SMALL_BYTES + 1)}, "times its size, more than 200 times"),
    ],
)
def test_hostile_zips_are_refused(members: dict[str, bytes], words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        read_source(pack(tmp_path / "a.zip", **members), entry())


def test_zip_that_unpacks_to_more_than_the_limit_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1000)
    with pytest.raises(TooLarge, match="unpacks to 2000 bytes, more than 1000"):
        read_source(pack(tmp_path / "a.zip", **{"a.geojson": bytes(2000)}), entry())


def test_broken_zip_is_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="is no zip that can be read"):
        read_source(tmp_path / "half.zip", entry())


@pytest.mark.parametrize(
    ("limit", "words"),
    [("FILE_BYTES", "bytes, more than 2"), ("FEATURES", "3 features, more than 2"), ("ATTRIBUTES", "4 attributes, more than 2")],
)
def test_what_is_too_much_is_refused_with_the_value_and_the_limit(
    limit: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = WRITERS["GeoPackage"](tmp_path)
    monkeypatch.setattr(limits, limit, 2)
    with pytest.raises(TooLarge, match=words):
        read_source(path, entry())


def test_geometry_with_too_many_vertices_is_refused_before_anything_is_done_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VERTICES", 100)
    circle = shapely.Point(106, 21).buffer(0.1, quad_segs=50)
    pyogrio.write_dataframe(gpd.GeoDataFrame({"number": ["T1"]}, geometry=[circle], crs=4326), tmp_path / "a.gpkg")
    with pytest.raises(LayerRefused, match="feature T1: its geometry has 201 vertices, more than 100"):
        publication(tmp_path / "a.gpkg")


def test_binary_attribute_is_refused_by_name(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"number": ["T1"], "photo": [b"\xff\xd8"]}, geometry=[shapely.Point(106, 21)], crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(LayerRefused, match="its attribute 'photo' is of the type binary, which cannot be kept"):
        publication(tmp_path / "a.parquet")


def test_mixed_kinds_and_equal_geometries_are_found(tmp_path: Path) -> None:
    shapes = [shapely.Point(106, 21), shapely.Point(106, 21), square(106, 21)]
    gpd.GeoDataFrame({"number": ["T1", "T2", "T3"]}, geometry=shapes, crs=4326).to_file(tmp_path / "a.geojson")
    described = entry(key="number")
    _, _, findings = prepare(read_source(tmp_path / "a.geojson", described), described)
    assert [(finding.kind, finding.features) for finding in findings] == [("mixed-kinds", ()), ("same-geometry", ("T1", "T2"))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('number,lon,lat\nT1,106.1,"21,2"\n', "lat in line 2 of a.csv is '21,2': a decimal comma is not taken"),
        ("number;lon;lat\nT1;106,1;21,2\n", "lon in line 2 of a.csv is '106,1': a decimal comma is not taken.*write 106.1"),
        ("number,lon,lat\nT1,106.1,north\n", "'north', which is no number"),
        ("number,east,west\nT1,1,2\n", "has no one column for longitude"),
        ("number,x,lon,lat\nT1,1,2,3\n", "has no one column for longitude"),
        ("number,number,lon,lat\nT1,T1,1,2\n", "has the column number more than once"),
        ("number\nT1\n", "does not name columns with one of , ; and tab"),
        ("", "does not name columns"),
        ("number,wkt\nT1,POINT(1 2\n", "line 2 of a.csv has no WKT: 'POINT"),
        ("number,wkt\nT1,SRID=4326;POINT(1 2)\nT2,SRID=9214;POINT(1 2)\n", "several coordinate systems: EPSG:4326, EPSG:9214"),
        ("number,lon,lat\nT1,1,2,3\n", "cannot be read"),
    ],
)
def test_table_that_is_no_layer_is_refused_with_the_reason(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        read_source(tmp_path / "a.csv", entry())


def test_codes_with_zeros_stay_texts_and_missing_places_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("number,code2,lon,lat,n\nT1,007,106,21,1\nT2,010,,21,2\n", encoding="utf-8")
    source = read_source(tmp_path / "a.csv", entry(key="number"))
    assert source.rows[0] == {"number": "T1", "code2": "007", "n": 1}
    with pytest.raises(LayerRefused, match="feature T2: it has no geometry"):
        publication(tmp_path / "a.csv")


def test_invalid_geometry_with_too_many_vertices_is_refused_rather_than_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a repair grows with the crossings, and hostile lines cross everywhere."""
    monkeypatch.setattr(limits, "REPAIRED_VERTICES", 4)
    bow_tie = shapely.Polygon([(106, 21), (107, 22), (107, 21), (106, 22), (106, 21)])
    gpd.GeoDataFrame({"number": ["T1"]}, geometry=[bow_tie], crs=4326).to_file(tmp_path / "a.gpkg")
    with pytest.raises(LayerRefused, match=r"feature T1: its geometry is invalid \(Self-intersection.*has 5 vertices, more than the 4"):
        publication(tmp_path / "a.gpkg")
