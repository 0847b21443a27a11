"""Items in other forms than GeoJSON, read back with the libraries that planners use."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ioc.errors import BadInput, Unavailable
from ioc.geo.answers import spool
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.layer import Feature
from ioc.geo.parameters import LARGEST_FILE
from ioc.geo.routes import router
from tests.support.shapes import collection, square

ITEMS = "/ogc/collections/{}/items"
VN2000 = "http://www.opengis.net/def/crs/EPSG/0/3405"
FILES = {"fgb": ".fgb", "gpkg": ".gpkg", "geoparquet": ".parquet", "csv": ".csv", "geojsonseq": ".geojsons"}
NOON = datetime(2026, 1, 1, 5, tzinfo=UTC)


def trees() -> Collection:
    def told(number: int) -> dict[str, Any]:
        name = 'Cây "xà cừ", cổ\nthụ' if number == 0 else f"Cây {number}"
        return {"name": name, "age": number, "tall": number > 1, "seen": NOON, "tags": ["a", "b"], "fid": f"f{number}"}

    places = [None if number == 2 else shapely.Point(106 + number / 10, 21) for number in range(5)]
    return collection([Feature(f"t/{number}", place, told(number)) for number, place in enumerate(places)])  # type: ignore[arg-type]


def units() -> Collection:
    area = shapely.MultiPolygon([square(106, 21), square(108, 21)])
    whole = [Feature("1", area, {"code": "1", "title": "x" * 10_000}, date(2025, 1, 1), date(2025, 7, 1))]
    return collection([*whole, Feature("2", square(105, 20), {"code": "2"}, date(2025, 7, 1))], id="units", kind="units")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    served = LayerCatalogue()
    empty = collection([], id="empty")
    served.collections = {"trees": trees(), "units": units(), "empty": empty}
    app = FastAPI()
    app.include_router(router(lambda: served, is_viewer=lambda _: True))
    with TestClient(app) as opened:
        yield opened


def fetched(client: TestClient, folder: Path, form: str, name: str = "trees", **parameters: str) -> gpd.GeoDataFrame:
    """Return the items as geopandas reads the file that was answered."""
    answer = client.get(ITEMS.format(name), params={"f": form, **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}{FILES[form]}"'
    path = folder / f"answer{FILES[form]}"
    path.write_bytes(answer.content)
    return gpd.read_parquet(path) if form == "geoparquet" else gpd.read_file(path)


@pytest.mark.parametrize("form", ["fgb", "gpkg", "geoparquet", "geojsonseq"])
def test_file_has_every_feature_with_typed_attributes(client: TestClient, tmp_path: Path, form: str) -> None:
    read = fetched(client, tmp_path, form).set_index("id").sort_index()
    assert read.index.tolist() == [f"t/{number}" for number in range(5)]
    assert read["name"].tolist()[:2] == ['Cây "xà cừ", cổ\nthụ', "Cây 1"]
    assert (read["age"].tolist(), [bool(each) for each in read["tall"]]) == ([0, 1, 2, 3, 4], [False, False, True, True, True])
    assert read["seen"].iloc[0].tz_convert("UTC") == NOON
    tags = read["tags"].iloc[0]
    assert list(json.loads(tags) if isinstance(tags, str) else tags) == ["a", "b"]
    assert [None if shape is None else shape.wkt for shape in read.geometry.iloc[1:3]] == ["POINT (106.1 21)", None]
    assert "f3" in read.get("fid", read.get("_fid")).tolist()
    assert read.crs.to_epsg() == 4326 or read.crs.to_string() == "OGC:CRS84"


@pytest.mark.parametrize("form", ["fgb", "gpkg", "geoparquet"])
def test_file_is_in_the_coordinate_system_that_was_asked_for(client: TestClient, tmp_path: Path, form: str) -> None:
    read = fetched(client, tmp_path, form, crs=VN2000, filter="age = 1")
    assert (len(read), read.crs.to_epsg()) == (1, 3405)
    (x, y) = read.geometry.iloc[0].coords[0]
    assert 614_000 < x < 614_500
    assert 2_300_000 < y < 2_330_000
    back = read.to_crs("EPSG:4326").geometry.iloc[0]
    assert back.distance(shapely.Point(106.1, 21)) < 0.002


@pytest.mark.parametrize("form", ["fgb", "gpkg", "geoparquet"])
def test_longitude_comes_first_in_a_file_whatever_the_register_says(client: TestClient, tmp_path: Path, form: str) -> None:
    read = fetched(client, tmp_path, form, crs="http://www.opengis.net/def/crs/EPSG/0/4326")
    assert read.geometry.dropna().x.min() == pytest.approx(106)


@pytest.mark.parametrize("form", ["fgb", "gpkg", "geoparquet"])
def test_areas_of_several_kinds_and_no_features_at_all_are_files_too(client: TestClient, tmp_path: Path, form: str) -> None:
    read = fetched(client, tmp_path, form, "units").set_index("code").sort_index()
    assert read.geometry.area.round(6).tolist() == [2.0, 1.0]
    assert len(read["title"]["1"]) == 10_000
    assert len(fetched(client, tmp_path, form, "empty")) == 0
    assert len(fetched(client, tmp_path, form, filter="age > 99")) == 0


def test_geoparquet_says_what_it_holds(client: TestClient, tmp_path: Path) -> None:
    fetched(client, tmp_path, "geoparquet", "units")
    told = json.loads(pq.read_metadata(tmp_path / "answer.parquet").metadata[b"geo"])
    column = told["columns"][told["primary_column"]]
    assert (told["version"], column["encoding"], column["geometry_types"]) == ("1.1.0", "WKB", ["MultiPolygon", "Polygon"])
    assert (column["bbox"], "crs" in column) == ([105, 20, 109, 22], False)


def test_geopackage_has_one_layer_of_the_right_kind(client: TestClient, tmp_path: Path) -> None:
    fetched(client, tmp_path, "gpkg")
    assert pyogrio.list_layers(tmp_path / "answer.gpkg").tolist() == [["trees", "Point"]]


def rows_of(answer: bytes) -> list[dict[str, str]]:
    assert answer.startswith(b"\xef\xbb\xbfid,")
    return list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"), newline="")))


def test_csv_of_points_has_two_columns_for_the_place(client: TestClient) -> None:
    answer = client.get(ITEMS.format("trees"), params={"f": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.count(b"\r\n") == 6
    first, _, nowhere, *_ = rows_of(answer.content)
    assert (first["name"], first["lon"], first["lat"]) == ('Cây "xà cừ", cổ\nthụ', "106.0", "21.0")
    assert (first["tall"], first["tags"], first["seen"][:19]) == ("false", '["a","b"]', "2026-01-01T05:00:00")
    assert (nowhere["lon"], nowhere["lat"]) == ("", "")
    metres = rows_of(client.get(ITEMS.format("trees"), params={"f": "csv", "crs": VN2000}).content)
    assert float(metres[0]["x"]) < float(metres[0]["y"])


def test_csv_of_areas_has_well_known_text(client: TestClient) -> None:
    first, second = rows_of(client.get(ITEMS.format("units"), params={"f": "csv"}).content)
    assert (first["valid_from"], first["valid_to"], second["valid_to"]) == ("2025-01-01", "2025-07-01", "")
    assert shapely.from_wkt(second["wkt"]).equals(square(105, 20))


def test_sequence_has_a_feature_on_each_line(client: TestClient) -> None:
    lines = client.get(ITEMS.format("trees"), params={"f": "geojsonseq"}).content.split(b"\n")[:-1]
    assert [json.loads(line.removeprefix(b"\x1e"))["id"] for line in lines] == [f"t/{number}" for number in range(5)]


def test_jsonfg_tells_kind_schema_time_and_place(client: TestClient) -> None:
    document = client.get(ITEMS.format("units"), params={"f": "jsonfg"}).json()
    assert document["featureType"] == "units"
    assert "http://www.opengis.net/spec/json-fg-1/0.2/conf/core" in document["conformsTo"]
    assert client.get(document["featureSchema"]).status_code == 200
    assert document["conformsTo"][0] in client.get("/ogc/conformance").json()["conformsTo"]
    assert all(set(each) == {"type", "id", "time", "place", "geometry", "properties"} for each in document["features"])
    first, second = document["features"]
    assert (first["time"], second["time"]) == ({"interval": ["2025-01-01", "2025-06-30"]}, {"interval": ["2025-07-01", ".."]})
    assert (first["place"], first["geometry"]["type"]) == (None, "MultiPolygon")
    assert document["coordRefSys"].endswith("/CRS84")
    elsewhere = client.get(f"{ITEMS.format('units')}/2", params={"f": "jsonfg", "crs": VN2000}).json()
    assert (elsewhere["coordRefSys"], elsewhere["geometry"], elsewhere["place"]["type"]) == (VN2000, None, "Polygon")


@pytest.mark.skipif("JSONFG" not in pyogrio.list_drivers(), reason="this GDAL has no driver for JSON-FG")
def test_gdal_reads_jsonfg_in_its_coordinate_system(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "units.json"
    path.write_bytes(client.get(ITEMS.format("units"), params={"f": "jsonfg", "crs": VN2000}).content)
    read = gpd.read_file(path, driver="JSONFG")
    assert (len(read), read.crs.to_epsg()) == (2, 3405)


@pytest.mark.parametrize("form", ["jsonfg", "csv", "fgb", "gpkg", "geoparquet", "geojsonseq"])
def test_pages_follow_each_other_in_every_form(client: TestClient, form: str) -> None:
    answer = client.get(ITEMS.format("trees"), params={"f": form, "limit": "2", "sortby": "-age"})
    assert (answer.headers["ogc-numbermatched"], answer.headers["ogc-numberreturned"]) == ("5", "2")
    second = client.get(answer.links["next"]["url"])
    assert second.headers["content-type"] == answer.headers["content-type"]
    last = client.get(second.links["next"]["url"])
    assert (last.headers["ogc-numberreturned"], "next" in last.links) == ("1", False)
    tag = answer.headers["etag"]
    again = {"f": form, "limit": "2", "sortby": "-age"}
    assert client.get(ITEMS.format("trees"), params=again, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("application/flatgeobuf, application/json;q=0.5", "application/flatgeobuf"),
        ("application/vnd.ogc.fg+json", "application/vnd.ogc.fg+json"),
        ("image/png", "application/geo+json"),
    ],
)
def test_form_may_be_named_by_accept(client: TestClient, accept: str, kind: str) -> None:
    assert client.get(ITEMS.format("trees"), headers={"accept": accept}).headers["content-type"].startswith(kind)
    assert client.get("/ogc/collections", headers={"accept": accept}).headers["content-type"] == "application/json"


def test_every_form_is_linked_from_items_and_collection(client: TestClient) -> None:
    for path, rel in ((ITEMS.format("trees"), "alternate"), ("/ogc/collections/trees", "items")):
        found = [each for each in client.get(path).json()["links"] if each["rel"] == rel and each["type"] != "application/json"]
        assert len(found) >= 7
        for each in found:
            assert client.get(each["href"]).headers["content-type"].startswith(each["type"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            f"{ITEMS.format('trees')}?f=csv&limit=0",
            f"limit 0 is not a whole number from 1 (more than {LARGEST_FILE} counts as {LARGEST_FILE})",
        ),
        ("/ogc/collections?f=csv", "f csv is for items: this is to be had as json or html"),
    ],
)
def test_wrong_question_about_forms_is_refused(client: TestClient, path: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        client.get(path)
    assert caught.value.detail == said


def test_file_waits_its_turn_and_leaves_nothing(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(spool, "WAIT_S", 0.01)
    assert client.get(ITEMS.format("trees"), params={"f": "gpkg"}).status_code == 200
    assert list(tmp_path.iterdir()) == []
    for _ in range(spool.AT_A_TIME):
        assert spool._turns.acquire(timeout=5)
    try:
        with pytest.raises(Unavailable, match="files are being made for others"):
            client.get(ITEMS.format("trees"), params={"f": "gpkg"})
    finally:
        for _ in range(spool.AT_A_TIME):
            spool._turns.release()
