"""Tiles over HTTP: the right bytes, known ones not sent again, and clear words for what there is not."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from ioc.errors import IocError, status_of
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.layer import Feature
from ioc.geo.tile_routes import router, takes_gzip
from tests.support.shapes import collection, square
from tests.support.tiles import Opened, archive, decoded

MAP_UI = Path(__file__).parents[3] / "map-ui"
TILES = "/ogc/collections/trees/tiles/WebMercatorQuad"
KEY = {"authorization": "Bearer key"}
Json = dict[str, Any]


class StoppedClock:
    """It is always the same time."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def layers() -> dict[str, Collection]:
    trees = [Feature(f"t/{number}", shapely.Point(106 + number / 10, 21), {"name": f"Cây {number}"}) for number in range(3)]
    units = [
        Feature(
            "1.2025-01-01",
            square(106, 21, 0.5),
            {"code": "1", "level": "commune", "name_vi": "Cũ", "name_en": "Old"},
            date(2025, 1, 1),
            date(2025, 7, 1),
        ),
        Feature(
            "1.2025-07-01", square(106, 21, 0.5), {"code": "1", "level": "commune", "name_vi": "Mới", "name_en": "New"}, date(2025, 7, 1)
        ),
    ]
    return {
        "trees": collection(trees),
        "units": collection(units, id="units", kind="units"),
        "secret": collection(trees, id="secret", public=False),
        "bare": collection(trees, id="bare"),
    }


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    found = {}
    for name, served in layers().items():
        days = zip(
            *(served.table[each].to_pylist() if served.has_validity else [None] * len(served) for each in ("valid_from", "valid_to")),
            strict=True,
        )
        rows = [
            {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items() if value is not None}
            for row in served.table.to_pylist()
        ]
        features = [Feature(*one, *when) for *one, when in zip(served.fids, served.geometries, rows, days, strict=True)]
        kind = served.entry.kind
        if name != "bare":
            found[name] = archive(tmp_path_factory.mktemp(name), features, id=name, kind=kind)
    return Opened(found)


@pytest.fixture
def client(opened: Opened) -> Iterator[TestClient]:
    catalogue, app = LayerCatalogue(), FastAPI()
    catalogue.collections = layers()
    app.include_router(
        router(lambda: catalogue, opened, is_viewer=lambda request: "authorization" in request.headers, clock=StoppedClock())  # type: ignore[arg-type]
    )

    def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, IocError)
        return JSONResponse({"detail": error.detail}, status_of(error))

    app.add_exception_handler(IocError, problem)
    with TestClient(app) as ready:
        yield ready


def told(client: TestClient, address: str, **more: Any) -> Json:
    answer = client.get(address, **more)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_a_tile_is_sent_as_it_is_stored(client: TestClient, opened: Opened) -> None:
    limits = opened.archives["trees"].limits[14]
    stored = opened.archives["trees"].tile(14, limits.min_row, limits.min_col)
    assert stored
    address = f"{TILES}/14/{limits.min_row}/{limits.min_col}"
    with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        assert b"".join(answer.iter_raw()) == stored
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert answer.headers["vary"] == "Accept-Encoding"
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == gzip.decompress(stored)
    assert plain.headers["etag"] != answer.headers["etag"]
    assert [each["properties"] for each in decoded(plain.content)] == [{"fid": "t/0", "name": "Cây 0"}]


def test_a_tile_that_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{TILES}/0/0/0")
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get(f"{TILES}/0/0/0", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert client.get(f"{TILES}/0/0/0", headers={"if-none-match": '"other"'}).status_code == 200


def test_how_long_a_tile_may_be_kept(client: TestClient) -> None:
    def kept(address: str, **more: Any) -> str:
        return str(client.get(address, **more).headers["cache-control"])

    assert kept(f"{TILES}/0/0/0") == "public, no-cache"
    assert kept(f"{TILES}/0/0/0?v=old") == "public, no-cache"
    assert kept(f"{TILES}/0/0/0?v=0123456789abcdef") == "public, max-age=31536000, immutable"
    secret = TILES.replace("trees", "secret")
    assert kept(f"{secret}/0/0/0?v=0123456789abcdef", headers=KEY) == "private, max-age=31536000, immutable"


def test_empty_tiles_and_those_that_there_are_not(client: TestClient, opened: Opened) -> None:
    limits = opened.archives["trees"].limits[14]
    gap = f"{TILES}/14/{limits.min_row}/{limits.min_col + 2}"
    assert opened.archives["trees"].tile(14, limits.min_row, limits.min_col + 2) is None
    assert (client.get(gap).status_code, client.get(gap).content) == (204, b"")
    rows, columns = f"rows {limits.min_row}..{limits.max_row}", f"columns {limits.min_col}..{limits.max_col}"
    for row, col in ((limits.min_row - 1, limits.min_col), (limits.min_row, limits.max_col + 1), (limits.min_col, limits.min_row)):
        answer = client.get(f"{TILES}/14/{row}/{col}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"layer trees has no row {row}, column {col} in tile matrix 14: it has {rows} and {columns}"


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("15/0/0", "no tile matrix 15: it has 0..14"),
        ("-1/0/0", "no tile matrix -1"),
        ("1e1/0/0", "no tile matrix 1e1"),
        ("٣/0/0", "no tile matrix ٣"),
        (f"{'9' * 5000}/0/0", f"no tile matrix {'9' * 50}: it has"),
        ("0/1/0", "rows 0..0 and columns 0..0"),
        ("0/0/-0", "no row 0, column -0"),
        (f"0/0/{'9' * 400}", f"column {'9' * 50} in"),
        ("0/0/0.mvt", "column 0.mvt"),
        ("0/%00/0", "no row \x00"),
    ],
)
def test_hostile_places_are_not_found(client: TestClient, place: str, named: str) -> None:
    answer = client.get(f"{TILES}/{place}")
    assert answer.status_code == 404
    assert named in answer.json()["detail"]


def test_what_is_wrong_is_named(client: TestClient) -> None:
    assert "there is WebMercatorQuad" in client.get(f"{TILES.replace('WebMercatorQuad', 'WorldCRS84Quad')}/0/0/0").json()["detail"]
    assert client.get("/ogc/tileMatrixSets/WorldCRS84Quad").status_code == 404
    assert client.get(f"{TILES}/0/0/0?x=1").json()["detail"] == "unknown parameter x: a tile takes f, v"
    assert client.get(f"{TILES}/0/0/0?f=png").status_code == 400
    assert client.get(f"{TILES}/0/0/0?f=mvt").status_code == 200
    for path in ("/tiles", "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/tilejson.json", "/tiles/WebMercatorQuad/0/0/0", "/style.json"):
        bare = client.get(f"/ogc/collections/bare{path}")
        assert (bare.status_code, bare.json()["detail"]) == (404, "version 1 of layer bare has no tiles: the reason")
        assert client.get(f"/ogc/collections/none{path}").status_code == 404
        assert client.get(f"/ogc/collections/secret{path}").status_code == 401
        assert client.get(f"/ogc/collections/secret{path}", headers=KEY).status_code == 200
    assert client.get("/ogc/style.json?datetime=tomorrow").json()["detail"] == "datetime tomorrow is not a day such as 2025-07-01"


def test_tileset_leads_to_every_tile(client: TestClient, opened: Opened) -> None:
    """Conformance classes core, tileset, tilesets-list, mvt and geodata-tilesets of OGC API Tiles."""
    (listed,) = told(client, "/ogc/collections/trees/tiles")["tilesets"]
    assert (listed["dataType"], listed["crs"]) == ("vector", "http://www.opengis.net/def/crs/EPSG/0/3857")
    assert listed["tileMatrixSetURI"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    (own,) = [each["href"] for each in listed["links"] if each["rel"] == "self"]
    tileset = told(client, own)
    (template,) = [each for each in tileset["links"] if each["rel"] == "item"]
    assert (template["templated"], template["type"]) == (True, "application/vnd.mapbox-vector-tile")
    (scheme,) = [each["href"] for each in tileset["links"] if each["rel"].endswith("/tiling-scheme")]
    matrices = {each["id"]: each for each in told(client, scheme)["tileMatrices"]}
    seen: dict[str, set[str]] = {}
    for limits in tileset["tileMatrixSetLimits"]:
        name = limits["tileMatrix"]
        assert limits["maxTileCol"] < matrices[name]["matrixWidth"]
        assert limits["maxTileRow"] < matrices[name]["matrixHeight"]
        for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
            for col in range(limits["minTileCol"], limits["maxTileCol"] + 1):
                address = template["href"].replace("{tileMatrix}", name).replace("{tileRow}", str(row)).replace("{tileCol}", str(col))
                tile = client.get(address)
                assert tile.status_code in {200, 204}
                if tile.content:
                    seen.setdefault(name, set()).update(each["properties"]["fid"] for each in decoded(tile.content))
    assert seen == {str(zoom): {"t/0", "t/1", "t/2"} for zoom in range(15)}
    (layer,) = tileset["layers"]
    assert (layer["id"], layer["geometryDimension"], layer["minTileMatrix"], layer["maxTileMatrix"]) == ("trees", 0, "0", "14")
    assert layer["propertiesSchema"]["properties"] == {"fid": {"type": "string"}, "name": {"type": "string"}}
    assert tileset["boundingBox"]["lowerLeft"] == pytest.approx([106, 21])


def test_matrix_set_is_the_one_that_everybody_has(client: TestClient) -> None:
    (listed,) = told(client, "/ogc/tileMatrixSets")["tileMatrixSets"]
    defined = told(client, listed["links"][0]["href"])
    first, last = defined["tileMatrices"][0], defined["tileMatrices"][-1]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert first["cellSize"] == pytest.approx(156543.033928041, rel=1e-9)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert (last["id"], last["matrixWidth"]) == ("24", 2**24)


def test_tilejson_names_the_tiles_with_row_before_column(client: TestClient) -> None:
    about = told(client, f"{TILES}/tilejson.json?lang=vi")
    assert (about["tilejson"], about["name"], about["minzoom"], about["maxzoom"]) == ("3.0.0", "Cây", 0, 14)
    assert about["tiles"] == [f"http://testserver{TILES}/{{z}}/{{y}}/{{x}}?v=0123456789abcdef"]
    assert about["bounds"] == pytest.approx([106, 21, 106.2, 21])
    assert about["vector_layers"][0]["fields"] == {"fid": "String", "name": "String"}


def test_styles_show_what_is_in_force_in_the_language_asked_for(client: TestClient) -> None:
    made = told(client, "/ogc/collections/units/style.json?lang=en&datetime=2025-03-01")
    assert made["sources"]["units"]["url"].endswith("/ogc/collections/units/tiles/WebMercatorQuad/tilejson.json")
    filters = {each["id"]: each["filter"] for each in made["layers"] if "filter" in each}
    in_force = [
        ["<=", ["coalesce", ["get", "valid_from"], ""], "2025-03-01"],
        [">", ["coalesce", ["get", "valid_to"], "9999"], "2025-03-01"],
    ]
    assert all(told_by[-2:] == in_force for told_by in filters.values())
    (names,) = [each["layout"]["text-field"] for each in made["layers"] if each["id"] == "units-name-commune"]
    assert names == ["coalesce", ["get", "name_en"], ""]
    today = told(client, "/ogc/collections/units/style.json?lang=vi")
    assert today["metadata"] == {"language": "vi", "datetime": "2026-01-01"}


def test_the_common_style_has_the_public_layers_only(client: TestClient) -> None:
    for headers in ({}, KEY):
        assert list(told(client, "/ogc/style.json", headers=headers)["sources"]) == ["units", "trees"]


@pytest.mark.skipif(not (shutil.which("node") and (MAP_UI / "node_modules").is_dir()), reason="needs the map's packages: make setup")
def test_list_of_styles_leads_to_every_style_that_may_be_read(client: TestClient) -> None:
    listed = told(client, "/ogc/styles?lang=en")
    assert [each["id"] for each in listed["styles"]] == ["public_layers", "trees", "units"]
    for each in listed["styles"]:
        (sheet,) = each["links"]
        assert (sheet["rel"], sheet["type"]) == ("stylesheet", "application/vnd.mapbox.style+json")
        assert told(client, sheet["href"] + "?lang=en")["name"] == each["title"]
    assert told(client, "/ogc/styles/trees?lang=en") == told(client, "/ogc/collections/trees/style.json?lang=en")
    assert [each["id"] for each in told(client, "/ogc/collections/trees/styles")["styles"]] == ["trees"]
    assert [each["id"] for each in told(client, "/ogc/styles", headers=KEY)["styles"]] == ["public_layers", "trees", "units", "secret"]
    for path, status in (
        ("/ogc/styles/secret", 401),
        ("/ogc/styles/none", 404),
        ("/ogc/collections/bare/styles", 404),
        ("/ogc/styles?f=html", 400),
    ):
        assert client.get(path).status_code == status, path


def test_styles_are_what_maplibre_takes(client: TestClient) -> None:
    script = (
        "import {validateStyleMin} from '@maplibre/maplibre-gl-style-spec'; import {text} from 'node:stream/consumers';"
        "console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map((s) => validateStyleMin(s).map((e) => e.message))))"
    )
    styles = [told(client, path) for path in ("/ogc/style.json", "/ogc/collections/units/style.json", "/ogc/collections/trees/style.json")]
    spoilt = {**styles[0], "layers": [{"id": "x", "type": "fill", "source": "nowhere"}]}
    run = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=MAP_UI,
        input=json.dumps([*styles, spoilt]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    *sound, wrong = json.loads(run.stdout)
    assert sound == [[], [], []]
    assert wrong


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("", False),
        ("br", False),
        ("gzip;q=x", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken
