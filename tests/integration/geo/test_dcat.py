"""The catalogue for portals: RDF that a harvester reads, sound by the rules of DCAT-AP 3.0, of what the caller may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pyshacl
import pytest
import shapely
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import XSD

from ioc.errors import IocError, NotFound, status_of
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.dcat_routes import router
from ioc.geo.dcat_words import FREQUENCIES, licence_address, theme_of
from ioc.geo.entry import Contact, Rhythm, Text, Theme, read_catalogue
from ioc.geo.layer import Feature
from tests.support.shapes import SOME_TIME as T
from tests.support.shapes import collection, square

SDI = Path(__file__).parents[3] / "sdi"
SHAPES = Path(__file__).parents[2] / "support" / "dcat_ap_3.ttl"
# The shapes that SEMIC hands out with DCAT-AP 3.0.0 (releases/3.0.0/shacl, European Union, CC BY 4.0), unchanged.
OFFICIAL = Path(__file__).parents[2] / "support" / "dcat_ap_3.0.0_semic.jsonld"
SH = Namespace("http://www.w3.org/ns/shacl#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
OGC = "http://testserver/ogc"
TREES = URIRef(f"{OGC}/collections/trees")
FORMS = {"json": "application/geo+json", "html": "text/html", "csv": "text/csv; charset=utf-8", "fgb": "application/vnd.flatgeobuf"}


class SomeTiles:
    """The layer `trees` has tiles."""

    async def open(self, layer: str, version: int) -> None:
        if layer != "trees":
            raise NotFound(f"version {version} of layer {layer} has no tiles")


@pytest.fixture
def catalogue() -> LayerCatalogue:
    trees = [
        Feature("1", shapely.Point(106, 21), {}, date(2025, 1, 1), date(2025, 7, 1)),
        Feature("2", shapely.Point(107, 22), {}, date(2024, 1, 1), date(2026, 1, 1)),
    ]
    told: dict[str, Any] = {
        "contact": Contact("Sở Xây dựng", email="so@example.vn", phone="+84 204 123", url="https://example.vn"),
        "keywords": [Text("cây xanh", "trees")],
        "theme": "environment",
        "issued": date(2024, 5, 1),
        "update_rhythm": "quarterly",
        "note": Text("Ghi chú.", "A note."),
    }
    served = LayerCatalogue()
    units = collection(
        [Feature("24.2025-01-01", square(106, 21), {"code": "24"}, date(2025, 1, 1))], id="units", kind="units", licence="MIT AND ISC"
    )
    secret = collection(trees, id="secret", public=False, **told)
    served.collections = {"trees": collection(trees, **told), "units": units, "secret": secret}
    return served


@pytest.fixture
def client(catalogue: LayerCatalogue) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(
        router(lambda: catalogue, SomeTiles(), forms=FORMS, is_viewer=lambda request: "authorization" in request.headers)  # type: ignore[arg-type]
    )

    def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, IocError)
        return JSONResponse({"detail": error.detail}, status_of(error))

    app.add_exception_handler(IocError, problem)
    with TestClient(app) as opened:
        yield opened


def graph(client: TestClient, path: str = "/catalog.jsonld", **headers: str) -> Graph:
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")
    return Graph().parse(data=answer.text, format="json-ld")


def faults(told: Graph, severity: str = "Violation") -> list[str]:
    """Return what our rules find, as the property that is wrong, and the violations of the official shapes."""
    official = _found(told, Graph().parse(OFFICIAL, format="json-ld"), severity) if severity == "Violation" else []
    return sorted([*_found(told, Graph().parse(SHAPES), severity), *official])


def _found(told: Graph, shapes: Graph, severity: str) -> list[str]:
    _, report, _ = pyshacl.validate(told, shacl_graph=shapes)
    found = report.subjects(SH.resultSeverity, SH[severity])
    return [f"{report.value(each, SH.focusNode)} {report.value(each, SH.resultPath)}" for each in found]


def test_catalogue_is_sound_and_a_well_described_layer_lacks_nothing(client: TestClient) -> None:
    told = graph(client, authorization="Bearer key")
    assert len(list(told.subjects(RDF.type, DCAT.Dataset))) == 3
    assert faults(told) == []
    # `units` says neither theme nor keywords nor whom to ask.
    lacking = [f"{OGC}/collections/units {DCAT[name]}" for name in ("contactPoint", "keyword", "theme")]
    assert faults(told, "Warning") == lacking


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        (TREES, DCTERMS.title, None),
        (TREES, DCTERMS.accrualPeriodicity, URIRef(f"{EU}frequency/sometimes")),
        (TREES, DCAT.theme, Literal("trees")),
        (URIRef("http://testserver/catalog.jsonld"), DCTERMS.publisher, None),
    ],
)
def test_rules_find_what_is_put_wrong(client: TestClient, subject: URIRef, predicate: URIRef, value: Any) -> None:
    told = graph(client)
    told.remove((subject, predicate, None))
    if value is not None:
        told.add((subject, predicate, value))
    assert any(str(predicate) in fault for fault in faults(told))


def test_official_shapes_alone_find_what_is_put_wrong(client: TestClient) -> None:
    told, shapes = graph(client), Graph().parse(OFFICIAL, format="json-ld")
    assert _found(told, shapes, "Violation") == []
    told.remove((TREES, DCTERMS.title, None))
    assert _found(told, shapes, "Violation") == [f"{TREES} {DCTERMS.title}"]


def test_what_a_harvester_takes_from_a_layer(client: TestClient) -> None:
    told = graph(client)
    assert {(str(each), each.language) for each in told.objects(TREES, DCTERMS.title) if isinstance(each, Literal)} == {
        ("Cây", "vi"),
        ("Trees", "en"),
    }
    assert Literal("Trees of the town.\n\nA note.", lang="en") in set(told.objects(TREES, DCTERMS.description))
    assert set(told.objects(TREES, DCAT.keyword)) == {Literal("cây xanh", lang="vi"), Literal("trees", lang="en")}
    assert told.value(TREES, DCTERMS.accrualPeriodicity) == URIRef(f"{EU}frequency/QUARTERLY")
    assert told.value(TREES, DCAT.theme) == URIRef(f"{EU}data-theme/ENVI")
    assert told.value(TREES, DCTERMS.accessRights) == URIRef(f"{EU}access-right/PUBLIC")
    assert told.value(TREES, DCTERMS.issued) == Literal("2024-05-01", datatype=XSD.date)
    assert told.value(TREES, DCTERMS.modified) == Literal("2025-03-01T00:00:00Z", datatype=XSD.dateTime)
    contact = told.value(TREES, DCAT.contactPoint)
    assert told.value(contact, VCARD.hasEmail) == URIRef("mailto:so@example.vn")
    assert told.value(contact, VCARD.hasTelephone) == URIRef("tel:+84204123")
    assert told.value(told.value(TREES, DCTERMS.publisher), FOAF.name) == Literal("town")
    time = told.value(TREES, DCTERMS.temporal)
    assert told.value(time, DCAT.startDate) == Literal("2024-01-01", datatype=XSD.date)
    assert told.value(time, DCAT.endDate) == Literal("2025-12-31", datatype=XSD.date)
    box = told.value(told.value(TREES, DCTERMS.spatial), DCAT.bbox)
    assert shapely.from_wkt(str(box)).bounds == (106, 21, 107, 22)


def test_a_layer_can_be_had_in_every_form_that_is_served(client: TestClient) -> None:
    told = graph(client)
    ways = {told.value(each, DCAT.accessURL): each for each in told.objects(TREES, DCAT.distribution)}
    items = f"{OGC}/collections/trees/items?f="
    tiles = f"{OGC}/collections/trees/tiles/WebMercatorQuad"
    assert set(ways) == {URIRef(each) for each in (f"{items}json", f"{items}csv", f"{items}fgb", tiles)}
    kinds = {str(address): str(told.value(way, DCAT.mediaType)).partition("media-types/")[2] for address, way in ways.items()}
    assert (kinds[f"{items}csv"], kinds[tiles]) == ("text/csv", "application/vnd.mapbox-vector-tile")
    assert told.value(ways[URIRef(f"{items}json")], DCTERMS.format) == URIRef(f"{EU}file-type/GEOJSON")
    assert told.value(ways[URIRef(tiles)], DCTERMS.license) == URIRef("https://spdx.org/licenses/CC0-1.0")
    units = list(told.objects(URIRef(f"{OGC}/collections/units"), DCAT.distribution))
    assert len(units) == 3
    assert told.value(told.value(units[0], DCTERMS.license), DCTERMS.title) == Literal("MIT AND ISC")


def test_strangers_see_public_layers_only(client: TestClient) -> None:
    assert set(graph(client).subjects(RDF.type, DCAT.Dataset)) == {TREES, URIRef(f"{OGC}/collections/units")}
    assert client.get("/ogc/collections/secret/dcat").status_code == 401
    secret = graph(client, "/ogc/collections/secret/dcat", authorization="Bearer key")
    assert secret.value(URIRef(f"{OGC}/collections/secret"), DCTERMS.accessRights) == URIRef(f"{EU}access-right/RESTRICTED")


def test_one_layer_says_the_same_as_the_catalogue(client: TestClient) -> None:
    alone = graph(client, "/ogc/collections/trees/dcat")
    assert {each for each in alone.predicate_objects(TREES) if isinstance(each[1], Literal)} == {
        each for each in graph(client).predicate_objects(TREES) if isinstance(each[1], Literal)
    }
    assert client.get("/ogc/collections/none/dcat").status_code == 404
    assert client.get("/catalog.jsonld?x=1").status_code == 400


def test_nothing_is_published_yet(catalogue: LayerCatalogue, client: TestClient) -> None:
    catalogue.collections = {}
    told = graph(client)
    assert faults(told) == []
    assert list(told.subjects(RDF.type, DCAT.Dataset)) == []


def test_shipped_layers_are_sound(catalogue: LayerCatalogue, client: TestClient) -> None:
    spot = [Feature("1", square(106, 21), {})]
    entries = read_catalogue(SDI / "catalogue.yaml")
    catalogue.collections = {
        each.id: type(catalogue.collections["trees"]).from_features(each, spot, version=1, published_at=T, changed_at=T) for each in entries
    }
    told = graph(client)
    assert len(list(told.subjects(RDF.type, DCAT.Dataset))) == len(entries)
    assert faults(told) == []


def test_every_rhythm_and_theme_has_its_word() -> None:
    assert set(FREQUENCIES) == set(get_args(Rhythm))
    assert all(theme_of(each)[0].startswith(f"{EU}data-theme/") for each in get_args(Theme))


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("CC-BY-4.0", "https://spdx.org/licenses/CC-BY-4.0"),
        ("https://example.vn/licence", "https://example.vn/licence"),
        ("MIT AND ISC", None),
        ("proprietary", None),
        ("https://a b", None),
    ],
)
def test_licences_that_have_an_address(licence: str, address: str | None) -> None:
    assert licence_address(licence) == address
