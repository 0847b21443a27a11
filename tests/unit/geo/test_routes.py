from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import shapely
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from ioc.errors import IocError, status_of
from ioc.geo import dcat_routes, tile_routes
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.entry import Rhythm, Text
from ioc.geo.layer import Feature
from ioc.geo.routes import router
from ioc.geo.tile_archive import Archive
from tests.support.shapes import collection, square
from tests.support.tiles import Opened, write

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "en-GB,en"}
NASTY = "<script>alert(1)</script>"


class StoppedClock:
    """It is always the same time."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def trees(**changed: Any) -> Collection:
    points = [Feature(f"t/{number}", shapely.Point(106 + number, 21), {"kind": "oak" if number else NASTY}) for number in range(3)]
    return collection(points, **changed)


@pytest.fixture
def catalogue() -> LayerCatalogue:
    served = LayerCatalogue()
    units = Feature("24.2025-01-01", square(106, 21), {"code": "24"}, date(2025, 1, 1), date(2025, 7, 1))
    served.collections = {
        "trees": trees(),
        "units": collection([units], id="units", kind="units", title=Text(NASTY, NASTY)),
        "secret": trees(id="secret", public=False),
    }
    return served


@pytest.fixture
def client(catalogue: LayerCatalogue, tmp_path: Path) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router(lambda: catalogue, is_viewer=lambda request: "authorization" in request.headers, clock=StoppedClock()))
    archives: Any = Opened(dict.fromkeys(catalogue.collections, Archive(write(tmp_path / "tiles", {(3, 1, 4): b""}))))
    app.include_router(tile_routes.router(lambda: catalogue, archives))
    app.include_router(dcat_routes.router(lambda: catalogue, archives))

    def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, IocError)
        return JSONResponse({"detail": error.detail}, status_of(error))

    app.add_exception_handler(IocError, problem)
    with TestClient(app) as opened:
        yield opened


def links(document: dict[str, Any]) -> dict[str, str]:
    return {f"{link['rel']} {link['type']}": link["href"] for link in document["links"]}


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
def test_landing_page_leads_to_everything(client: TestClient, path: str) -> None:
    found = links(client.get(path).json())
    assert found["data application/json"] == "http://testserver/ogc/collections"
    assert found["conformance application/json"] == "http://testserver/ogc/conformance"
    assert found["service-desc application/vnd.oai.openapi+json;version=3.0"] == "http://testserver/ogc/api"


def test_every_link_leads_somewhere_and_is_what_it_says(client: TestClient) -> None:
    todo, seen = ["http://testserver/ogc"], set[str]()
    while todo:
        address = todo.pop()
        seen.add(address)
        response = client.get(path_of(address))
        assert response.status_code == 200, address
        if "json" not in response.headers["content-type"] or response.headers["content-type"].endswith("json-seq"):
            continue
        document = response.json()
        found = [link for each in [document, *document.get("collections", [])] for link in each.get("links", [])]
        found = [link for link in found if not link.get("templated")]
        for link in found:
            assert client.get(path_of(link["href"])).headers["content-type"].startswith(link["type"]), link
        todo += [link["href"] for link in found if link["href"] not in seen]
    assert len(seen) > 10


def test_page_of_a_layer_says_how_fresh_it_is_and_leads_to_tiles(catalogue: LayerCatalogue, client: TestClient) -> None:
    catalogue.collections = {"trees": trees(update_rhythm="daily")}
    page = client.get("/ogc/collections/trees", headers=BROWSER).text
    assert "<dt>Freshness</dt><dd>overdue</dd>" in page
    for path in ("tiles", "style.json", "dcat"):
        assert f'href="http://testserver/ogc/collections/trees/{path}"' in page


def test_pages_say_how_often_a_layer_changes_and_what_to_give_to_a_desktop(catalogue: LayerCatalogue, client: TestClient) -> None:
    catalogue.collections = {rhythm: trees(id=rhythm, update_rhythm=rhythm) for rhythm in get_args(Rhythm)}
    told = {rhythm: client.get(f"/ogc/collections/{rhythm}?f=html&lang=vi").text for rhythm in catalogue.collections}
    assert "<dd>hằng quý</dd>" in told["quarterly"]
    assert not any(f"<dd>{rhythm}</dd>" in page for rhythm, page in told.items())
    assert "<code>http://testserver/ogc</code>" in client.get("/ogc", headers=BROWSER).text


def test_collection_says_what_it_is(client: TestClient) -> None:
    document = client.get("/ogc/collections/units").json()
    assert document["extent"]["spatial"] == {"bbox": [[106.0, 21.0, 107.0, 22.0]], "crs": CRS84}
    assert document["extent"]["temporal"]["interval"] == [["2024-12-31T17:00:00Z", "2025-06-30T17:00:00Z"]]
    assert (document["crs"][0], document["storageCrs"], document["itemType"]) == (CRS84, CRS84, "feature")
    assert (document["owner"], document["licence"], document["version"]) == ("town", "CC0-1.0", 1)


def test_items_are_geojson_with_counts_and_time(client: TestClient) -> None:
    response = client.get("/ogc/collections/trees/items?limit=2")
    document = response.json()
    assert response.headers["content-type"] == "application/geo+json"
    assert response.headers["content-crs"] == f"<{CRS84}>"
    assert (document["numberMatched"], document["numberReturned"], document["timeStamp"]) == (3, 2, "2026-01-01T00:00:00Z")
    assert [feature["id"] for feature in document["features"]] == ["t/0", "t/1"]


@pytest.mark.parametrize("form", ["json", "html"])
def test_next_page_keeps_the_question_and_the_form(client: TestClient, form: str) -> None:
    first = client.get(f"/ogc/collections/trees/items?limit=1&kind=oak&f={form}")
    if form == "html":
        address = first.text.partition('<a rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    else:
        address = links(first.json())["next application/geo+json"]
    second = client.get(path_of(address))
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "t/2" in second.text
    assert "t/1" not in second.text
    assert "next application/geo+json" not in (links(second.json()) if form == "json" else {})


def test_one_feature_has_links_and_its_id_may_hold_a_slash(client: TestClient) -> None:
    response = client.get("/ogc/collections/trees/items/t%2F1")
    assert response.json()["geometry"] == {"type": "Point", "coordinates": [107.0, 21.0]}
    assert client.get(path_of(links(response.json())["self application/geo+json"])).content == response.content
    assert links(response.json())["collection application/json"] == "http://testserver/ogc/collections/trees"


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/ogc/collections/nothing", 404, "there is no collection nothing"),
        ("/ogc/collections/nothing/items", 404, "there is no collection nothing"),
        ("/ogc/collections/trees/items/t9", 404, "collection trees has no feature t9"),
        ("/ogc?colour=red", 400, "unknown parameter colour: this takes f, lang"),
        ("/ogc/collections/trees?limit=1", 400, "unknown parameter limit: this takes f, lang"),
        ("/ogc/collections/trees/items?code=24", 400, "unknown parameter code: trees takes bbox,"),
        ("/ogc/collections/trees/items/t%2F1?crs=EPSG:4326", 400, f"crs EPSG:4326 is none of {CRS84}"),
        ("/ogc/collections/trees/items?f=xml", 400, "f xml is not json or html"),
        ("/ogc?lang=", 400, "lang  is not vi or en"),
        ("/ogc?lang=fr", 400, "lang fr is not vi or en"),
    ],
)
def test_wrong_call_is_refused(client: TestClient, path: str, status: int, detail: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.json()["detail"].startswith(detail)


@pytest.mark.parametrize("path", ["/ogc/collections/trees/items?limit=2", "/ogc/collections/trees/items/t%2F1"])
def test_known_version_is_not_sent_again(client: TestClient, catalogue: LayerCatalogue, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    catalogue.collections = {
        "trees": Collection.from_features(trees().entry, [], version=2, published_at=StoppedClock().now(), changed_at=StoppedClock().now())
    }
    assert client.get(path, headers={"if-none-match": tag}).status_code != 304


def test_other_questions_and_forms_have_other_tags(client: TestClient) -> None:
    paths = ["items", "items?limit=1", "items?limit=2", "items?f=html", "items?f=html&lang=en", "items/t%2F1", "items/t%2F2"]
    tags = [client.get(f"/ogc/collections/trees/{path}").headers["etag"] for path in paths]
    assert len(set(tags)) == len(paths)


def test_layer_that_is_not_public_needs_a_key_and_is_not_listed_without(client: TestClient) -> None:
    key = {"authorization": "Bearer x"}
    listed = [each["id"] for each in client.get("/ogc/collections").json()["collections"]]
    assert listed == ["trees", "units"]
    assert "secret" not in client.get("/ogc/api").text
    for path in ["", "/items", "/items/t%2F1", "/queryables"]:
        assert client.get(f"/ogc/collections/secret{path}").status_code == 401
        assert client.get(f"/ogc/collections/secret{path}", headers=key).status_code == 200
    assert client.get("/ogc/collections/secret/items", headers=key).headers["cache-control"] == "private, no-cache"
    assert len(client.get("/ogc/collections", headers=key).json()["collections"]) == 3


@pytest.mark.parametrize(
    "path", ["", "/conformance", "/collections", "/collections/trees", "/collections/units/items", "/collections/trees/items/t%2F0"]
)
def test_browser_gets_pages_in_its_language_and_nothing_runs_in_them_but_our_own(client: TestClient, path: str) -> None:
    page = client.get(f"/ogc{path}", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="en">' in page.text
    assert NASTY not in page.text
    assert page.text.count("<script") == page.text.count('<script type="module" src="http://testserver/assets/ogc.js"></script>') <= 1
    assert '<html lang="vi">' in client.get(f"/ogc{path}?f=html").text


def test_head_is_answered_as_get(client: TestClient) -> None:
    response = client.head("/ogc/collections/trees/items")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/geo+json")


def test_interface_names_collections_their_attributes_and_limits(client: TestClient) -> None:
    document = client.get("/ogc/api").json()
    names = [each.get("name") for each in document["paths"]["/collections/trees/items"]["get"]["parameters"] if "name" in each]
    assert names == ["sortby", "properties", "id", "kind"]
    assert document["components"]["parameters"]["limit"]["schema"]["maximum"] == 10_000
    for each in document["paths"].values():
        for parameter in each["get"]["parameters"]:
            assert "name" in parameter or parameter["$ref"].removeprefix("#/components/parameters/") in document["components"]["parameters"]


def fids(client: TestClient, question: str) -> list[str]:
    response = client.get(f"/ogc/collections/trees/items?{question}")
    assert response.status_code == 200, response.text
    return [feature["id"] for feature in response.json()["features"]]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("filter=kind='oak'", ["t/1", "t/2"]),
        ("filter=CASEI(kind) LIKE 'OA%25' AND id <> 't/1'&filter-lang=cql2-text", []),
        ('filter={"op":"=","args":[{"property":"id"},"t/1"]}&filter-lang=cql2-json', ["t/1"]),
        ("filter=S_WITHIN(geometry,BBOX(106.5,20,107.5,22))&kind=oak", ["t/1"]),
        ("filter=S_WITHIN(geometry,BBOX(20,106.5,22,107.5))&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326", ["t/1"]),
        ("bbox=20,106.5,22,107.5&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", ["t/1"]),
        ("sortby=-id&limit=2", ["t/2", "t/1"]),
        ("sortby=kind,-id", ["t/0", "t/2", "t/1"]),
        ("sortby=-id&offset=1&limit=1", ["t/1"]),
        ("id=t/2", ["t/2"]),
    ],
)
def test_items_are_filtered_and_sorted(client: TestClient, question: str, found: list[str]) -> None:
    assert fids(client, question) == found


def test_next_page_keeps_filter_and_order(client: TestClient) -> None:
    first = client.get("/ogc/collections/trees/items?filter=id<>'t/1'&sortby=-id&limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/4326")
    second = client.get(path_of(links(first.json())["next application/geo+json"]))
    assert [each.json()["features"][0]["id"] for each in (first, second)] == ["t/2", "t/0"]
    assert second.json()["features"][0]["geometry"]["coordinates"] == [21.0, 106.0]
    assert first.json()["numberMatched"] == second.json()["numberMatched"] == 2


@pytest.mark.parametrize("path", ["items/t%2F1", "items?id=t/1"])
def test_answer_in_another_system_says_so(client: TestClient, path: str) -> None:
    uri = "http://www.opengis.net/def/crs/EPSG/0/4326"
    response = client.get(f"/ogc/collections/trees/{path}{'&' if '?' in path else '?'}crs={uri}")
    assert response.headers["content-crs"] == f"<{uri}>"
    assert '"coordinates":[21.0,107.0]' in response.text


def test_only_the_wanted_attributes_are_sent(client: TestClient) -> None:
    units = client.get("/ogc/collections/units/items?properties=valid_from").json()["features"]
    assert [each["properties"] for each in units] == [{"valid_from": "2025-01-01"}]
    assert client.get("/ogc/collections/trees/items?properties=colour").json()["detail"] == "properties colour is none of kind"


def test_schemas_say_what_there_is(client: TestClient) -> None:
    queryables, sortables, schema = (client.get(f"/ogc/collections/units/{name}").json() for name in ("queryables", "sortables", "schema"))
    assert queryables["properties"]["geometry"] == {"title": "geometry", "x-ogc-role": "primary-geometry", "format": "geometry-polygon"}
    assert list(queryables["properties"]) == ["geometry", "id", "code", "valid_from", "valid_to"]
    assert queryables["properties"]["valid_to"] == {"title": "valid_to", "type": "string", "format": "date"}
    assert list(sortables["properties"]) == ["id", "code", "valid_from", "valid_to"]
    assert schema["properties"]["id"] == {"title": "id", "type": "string", "x-ogc-role": "id"}
    assert schema["$id"] == "http://testserver/ogc/collections/units/schema"


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("filter=colour=1", "the filter has the property colour: trees has geometry, id, kind"),
        ("filter=kind=1", "the filter compares what cannot be compared: kind is a string, but 1 is an integer"),
        ("filter=kind='%FF'", "parameter filter is not UTF-8"),
        ("filter=kind='x'&filter-lang=sql", "filter-lang sql is not cql2-text or cql2-json"),
        ("filter-lang=sql", "filter-lang sql is not cql2-text or cql2-json"),
        ("filter=TRUE&filter-crs=EPSG:4326", "filter-crs EPSG:4326 is none of http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        ("filter=" + "NOT " * 70 + "TRUE", "the filter is nested more than 64 deep"),
        ("filter=kind='" + "x" * 9000 + "'", "the address has 9"),
    ],
)
def test_wrong_filter_is_refused(client: TestClient, question: str, detail: str) -> None:
    response = client.get(f"/ogc/collections/trees/items?{question}")
    assert response.status_code == 400
    assert response.json()["detail"].startswith(detail)


def test_links_are_in_the_header_too(client: TestClient) -> None:
    header = client.head("/ogc/collections/trees/items?limit=1&bbox=0,0,180,90").headers["link"]
    rels = [part.split('rel="')[1].partition('"')[0] for part in header.split(", ")]
    assert {"self", "alternate", "next", "collection", "http://www.opengis.net/def/rel/ogc/1.0/queryables"} == set(rels)


@pytest.mark.parametrize("why", ["kind = ", "colour = 'red'", "<script>alert(1)</script>"])
def test_filter_that_is_wrong_is_shown_with_what_is_wrong(client: TestClient, why: str) -> None:
    page = client.get("/ogc/collections/trees/items", params={"filter": why, "limit": "7"}, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    said = client.get("/ogc/collections/trees/items", params={"filter": why}).json()["detail"]
    assert f'<p role="alert" id="why">{escape(said)}</p>' in page.text
    assert f'name="filter" value="{escape(why)}"' in page.text
    assert '<input type="hidden" name="limit" value="7">' in page.text


def test_downloads_of_a_page_are_of_all_that_its_question_meets(client: TestClient) -> None:
    page = client.get("/ogc/collections/trees/items?limit=1&kind=oak", headers=BROWSER).text
    address = page.partition('<ul class="downloads">')[2].partition("f=csv")[0].rpartition('href="')[2].replace("&amp;", "&") + "f=csv"
    assert client.get(path_of(address)).content.count(b"\r\n") == 3
