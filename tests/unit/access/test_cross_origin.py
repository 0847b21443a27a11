"""Pages of other origins: what they may read, and that nobody is known by his cookies."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ioc.access.cross_origin import CrossOrigin, is_open_data, read_origins

CITY, OTHER = "https://data.example", "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


def client(origins: str) -> TestClient:
    app = FastAPI()
    for path in ("/ogc", "/ogc/collections/units/items", "/catalog.jsonld", "/v1/stations"):
        app.add_api_route(path, lambda: {"told": True}, methods=["GET", "POST"])
    app.add_middleware(CrossOrigin, origins=read_origins(origins))
    return TestClient(app)


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections/units/items", "/catalog.jsonld", "/ogc/none"])
def test_a_named_origin_reads_open_data_and_is_told_apart_by_caches(path: str) -> None:
    answer = client(f"{CITY}, http://localhost:3000").get(path, headers={"Origin": CITY})
    assert answer.headers["access-control-allow-origin"] == CITY
    assert "Origin" in answer.headers["vary"]
    assert "OGC-NumberMatched" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origins", [CITY, "*"])
def test_preflight_lets_a_page_send_its_key_and_never_cookies(origins: str) -> None:
    answer = client(origins).options("/ogc", headers={"Origin": CITY, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origins
    assert {"GET", "HEAD"} == set(answer.headers["access-control-allow-methods"].split(", "))
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


def test_with_every_origin_a_cookie_changes_nothing() -> None:
    answer = client("*").get("/ogc", headers={"Origin": OTHER, "Cookie": "session=1"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_other_origins_other_paths_and_other_methods_are_told_nothing() -> None:
    service = client(CITY)
    assert "access-control-allow-origin" not in service.get("/ogc", headers={"Origin": OTHER}).headers
    assert "access-control-allow-origin" not in service.options("/ogc", headers={"Origin": OTHER, **PREFLIGHT}).headers
    assert "access-control-allow-origin" not in service.get("/v1/stations", headers={"Origin": CITY}).headers
    assert service.options("/v1/stations", headers={"Origin": CITY, **PREFLIGHT}).status_code == 405
    refused = service.options("/ogc", headers={"Origin": CITY, "Access-Control-Request-Method": "DELETE"})
    assert refused.status_code == 400


def test_open_data_is_what_the_table_of_doors_lets_everybody_read() -> None:
    from ioc.access.roles import NEEDED, PUBLIC

    assert all(is_open_data(door.partition(" ")[2]) for door in PUBLIC)
    assert not any(is_open_data(door.partition(" ")[2]) for door in NEEDED)
    assert not is_open_data("/ogcx")


@pytest.mark.parametrize(
    "text", ["data.example", "https://data.example/", "https://*.example", "null", "*, https://a.example", "ftp://a.example"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        read_origins(text)


def test_origins_are_read_with_ports_and_addresses() -> None:
    assert read_origins("") == ()
    assert read_origins(" https://a.example:8443 ,http://[::1]:3000") == ("https://a.example:8443", "http://[::1]:3000")
