"""A planner's client finds the tiles of a published layer from the landing page on, and a portal its description; a running service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import shapely
from rdflib import DCAT, RDF, Graph

from ioc.demo.broker import Broker
from ioc.geo.entry import CatalogueEntry
from ioc.geo.publish import publish_layer
from ioc.geo.tile_publish import draw
from ioc.store.pool import open_pool
from tests.conftest import StartService
from tests.support.databases import Database
from tests.support.services import Service
from tests.support.shapes import entry, feature, write_geojson
from tests.support.tiles import decoded

STRANGER = {"host": "ioc.example"}  # not loopback: a caller without a key
VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"


def publish(database: Database, file: Path, own: CatalogueEntry) -> None:
    """Publish a file as a layer and wait for its tiles, which the service may draw or we."""

    async def go() -> None:
        async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
            report = await publish_layer(conn, file, own)
            await draw(conn, own.id, report.version)

    asyncio.run(go())


def trees(folder: Path, *names: str) -> Path:
    """Write a file with trees beside each other."""
    features = [feature(shapely.Point(106.2 + n / 1000, 21.3), {"name": name}, id=name) for n, name in enumerate(names)]
    return write_geojson(folder / "trees.geojson", features)


def follow(client: httpx.Client, document: Any, relation: str) -> Any:
    """Return the document that `document` links to as `relation`."""
    href = next(each["href"] for each in document["links"] if each["rel"] == relation)
    answer = client.get(href)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names_in(client: httpx.Client, tileset: Any) -> set[str]:
    """Return the names in the first tile of the last level."""
    template = next(each["href"] for each in tileset["links"] if each["rel"] == "item")
    last = tileset["tileMatrixSetLimits"][-1]
    place = {"{tileMatrix}": last["tileMatrix"], "{tileRow}": str(last["minTileRow"]), "{tileCol}": str(last["minTileCol"])}
    for name, value in place.items():
        template = template.replace(name, value)
    answer = client.get(template)
    assert "immutable" in answer.headers["cache-control"]
    return {each["properties"]["name"] for each in decoded(answer.content)}


def test_tiles_are_found_from_the_landing_page_and_follow_a_publication(
    any_database: Database, broker: Broker, start_service: StartService, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    publish(any_database, trees(tmp_path, "oak"), entry())
    service = start_service(any_database, broker, IOC_TILE_CACHE=str(cache))
    with httpx.Client(base_url=service.url, timeout=30) as client:
        landing = client.get("/ogc", params={"f": "json"}).json()
        (layer,) = [each for each in follow(client, landing, "data")["collections"] if each["id"] == "trees"]
        (listed,) = follow(client, layer, VECTOR)["tilesets"]
        tileset = follow(client, listed, "self")
        assert names_in(client, tileset) == {"oak"}
        assert [file.suffix for file in cache.iterdir()] == [".pmtiles"]
        publish(any_database, trees(tmp_path, "elm", "fig"), entry())
        for _ in range(200):
            newer = follow(client, listed, "self")
            if newer["version"] == "2":
                break
            asyncio.run(asyncio.sleep(0.1))
        assert names_in(client, newer) == {"elm", "fig"}
        claimed = client.get("/ogc/conformance?f=json").json()["conformsTo"]
        tiles = {each.rpartition("/")[2] for each in claimed if "/ogcapi-tiles-1/" in each}
        assert tiles == {"core", "tileset", "tilesets-list", "geodata-tilesets", "mvt"}


def test_strangers_find_public_layers_and_their_description(
    any_database: Database, broker: Broker, start_service: StartService, tmp_path: Path
) -> None:
    publish(any_database, trees(tmp_path, "oak"), entry())
    publish(any_database, trees(tmp_path, "oak"), entry(id="secret", public=False))
    service: Service = start_service(any_database, broker, IOC_TILE_CACHE=str(tmp_path / "cache"))
    with (
        httpx.Client(base_url=service.url, timeout=30) as own,
        httpx.Client(base_url=service.url, timeout=30, headers=STRANGER) as stranger,
    ):
        for path in (
            "tiles",
            "tiles/WebMercatorQuad",
            "tiles/WebMercatorQuad/tilejson.json",
            "tiles/WebMercatorQuad/0/0/0",
            "style.json",
            "dcat",
        ):
            assert own.get(f"/ogc/collections/secret/{path}").status_code == 200
            assert stranger.get(f"/ogc/collections/secret/{path}").status_code == 401
            assert stranger.get(f"/ogc/collections/trees/{path}").status_code == 200
        for client, count in ((own, 2), (stranger, 1)):
            told = Graph().parse(data=client.get("/catalog.jsonld").text, format="json-ld")
            assert len(list(told.subjects(RDF.type, DCAT.Dataset))) == count
        assert list(stranger.get("/ogc/style.json").json()["sources"]) == ["trees"]
        assert stranger.get("/ogc/tileMatrixSets/WebMercatorQuad").status_code == 200
