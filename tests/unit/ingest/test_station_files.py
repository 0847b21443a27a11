"""Files of stations of each kind, and what is wrong with bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point

from ioc.errors import BadInput
from ioc.ingest.station_files import read_stations
from ioc.ingest.stations import StationRow


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_with_properties_in_columns_of_their_own(tmp_path: Path, delimiter: str, mark: str) -> None:
    lines = [
        ["code", "name", "kind", "lon", "lat", "interval_s", "unit:level", "max:level", "unit:rain", "remark"],
        ["g1", "Đáp Cầu", "gauge", "106.09", "21.2", "600", "m", "9", "", "x"],
        ["g2", "", "gauge", "", "", "", "", "", "mm", ""],
    ]
    path = write(tmp_path, "stations.csv", mark + "\r\n".join(delimiter.join(line) for line in lines))
    first, second = read_stations(path)
    told = {"name": "Đáp Cầu", "kind": "gauge", "lon": 106.09, "lat": 21.2, "interval_s": 600.0}
    assert first == StationRow(1, "g1", {**told, "properties": {"level": {"unit": "m", "max": 9.0}}})
    assert second == StationRow(2, "g2", {"kind": "gauge", "properties": {"rain": {"unit": "mm"}}})


def test_comma_in_a_number_is_the_decimal_mark_where_semicolons_separate(tmp_path: Path) -> None:
    path = write(tmp_path, "s.csv", "code;name;lon;lat;min:level\ng1;Cống 1,5;106,09;21.2;-0,5\n")
    assert read_stations(path)[0].told == {"name": "Cống 1,5", "lon": 106.09, "lat": 21.2, "properties": {"level": {"min": -0.5}}}


def test_csv_with_properties_as_json(tmp_path: Path) -> None:
    path = write(tmp_path, "s.csv", 'code,kind,properties\ng1,gauge,"{""level"": {""unit"": ""m""}}"\n')
    assert read_stations(path)[0].told["properties"] == {"level": {"unit": "m"}}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("g1,gauge,106,here,,", "lat 'here'"),
        ("g1,gauge,nan,21,,", "not a finite number"),
        ('g1,gauge,"106,1",21,,', "lon '106,1'"),
        ("g1,gauge,106,21,soon,", "interval_s 'soon'"),
        ("g1,gauge,106,21,,{", "not JSON"),
        ("g1,gauge,106,21,,[1]", "not an object of objects"),
        ("g1,gauge,106,21,,,more", "more cells"),
    ],
)
def test_a_cell_that_cannot_be_read_is_the_fault_of_its_row(tmp_path: Path, line: str, said: str) -> None:
    path = write(tmp_path, "s.csv", f"code,kind,lon,lat,interval_s,properties\n{line}\ng2,gauge,,,,\n")
    bad, good = read_stations(path)
    assert said in (bad.fault or "")
    assert good.fault is None


def test_geojson_takes_the_place_from_the_point(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "s.geojson",
        collection(
            feature({"type": "Point", "coordinates": [106.123456789, 21.2]}, code="g1", kind="gauge", properties={"level": {"unit": "m"}}),
            feature(None, code="bus", kind="bus"),
            feature({"type": "LineString", "coordinates": [[106, 21], [107, 22]]}, code="line", kind="gauge"),
        ),
    )
    point, moving, line = read_stations(path)
    assert point.told == {"kind": "gauge", "lon": 106.1234568, "lat": 21.2, "properties": {"level": {"unit": "m"}}}
    assert moving.told == {"kind": "bus"}
    assert "LineString" in (line.fault or "")


def test_a_geopackage_in_another_coordinate_system_is_brought_to_wgs84(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["g1"], "kind": ["gauge"], "interval_s": [60]}, geometry=[Point(106.0, 21.0)], crs=4326)
    frame.to_crs(32648).to_file(tmp_path / "s.gpkg")
    (row,) = read_stations(tmp_path / "s.gpkg")
    assert row.told == {"kind": "gauge", "interval_s": 60.0, "lon": pytest.approx(106.0, abs=1e-6), "lat": pytest.approx(21.0, abs=1e-6)}


def test_a_geopackage_of_lines_is_refused_row_by_row(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"code": ["a"]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4326).to_file(tmp_path / "s.gpkg")
    assert [row.fault for row in read_stations(tmp_path / "s.gpkg")] == ["the geometry is a LineString, not a Point"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.xlsx", "code", "of no kind"),
        ("s.csv", b"code\n\xff\xfe", "not UTF-8"),
        ("s.csv", "name,kind\nA,gauge\n", "no column code"),
        ("s.csv", "", "s.csv has no column code: it has none"),
        ("s.csv", "a,b\n", "s.csv has no column code: it has a, b"),
        ("s.csv", 'code,name\n"a"b,"c\n', "not CSV"),
        ("s.geojson", "<xml/>", "does not begin"),
        ("s.geojson", "{", "cannot be read"),
        ("s.gpkg", "code,name\n", "does not begin"),
        ("s.geojson", collection(feature({"type": "Point", "coordinates": [1, 2]}, name="A")), "no column code"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_stations(write(tmp_path, name, content))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    for name in ("s.csv", "s.gpkg"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_stations(tmp_path / name)


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    assert read_stations(write(tmp_path, "s.csv", "code,name\n")) == []
