"""A province's planner publishes layers over HTTP: describe, upload, look, compare, go live, go back; and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from tests.acceptance.test_bad_input import wait_for
from tests.support.databases import Database
from tests.support.services import Service
from tests.support.shapes import feature, square, unit_feature

GEOJSON = {"Content-Type": "application/geo+json"}
ENTRY = {
    "title": {"vi": "Cây", "en": "Trees"},
    "summary": {"vi": "Cây xanh", "en": "Trees of the town"},
    "public": True,
    "owner": "Sở Xây dựng",
    "licence": "CC0-1.0",
    "lineage": {"vi": "Đo", "en": "Surveyed"},
    "update_rhythm": "monthly",
    "key": "number",
    "contact": {"name": "Lan", "email": "lan@example.vn"},
}


@pytest.fixture
def client(watched: Service, any_database: Database, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client with an administrator's key."""
    command: list[str | Path] = [Path(sys.executable).with_name("ioc"), "keys", "create", "lan", "--role", "administrator"]
    environment = {"IOC_DATABASE_URL": any_database.dsn, "PATH": "/usr/bin:/bin"}
    key = subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    with httpx.Client(base_url=watched.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as opened:
        yield opened


def trees(*places: tuple[str, float]) -> bytes:
    features = [feature(shapely.Point(lon, 21), {"number": number, "loai": "bàng"}) for number, lon in places]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def upload(client: httpx.Client, content: bytes, headers: dict[str, str] = GEOJSON, **parameters: Any) -> httpx.Response:
    return client.post("/v1/layers/trees/versions", content=content, headers=headers, params=parameters)


def test_layer_is_described_previewed_compared_served_and_taken_back(client: httpx.Client) -> None:
    described = client.put("/v1/layers/trees", json=ENTRY).json()
    assert (described["served"], described["freshness"], described["entry"]["contact"]["name"]) == (None, None, "Lan")
    first = upload(client, trees(("T1", 106.0), ("T2", 106.1)))
    assert (first.status_code, first.json()["version"], first.json()["is_served"]) == (201, 1, True)
    wait_for(lambda: client.get("/ogc/collections/trees/items").json().get("numberMatched") == 2)
    assert client.get("/ogc/collections/trees", params={"f": "json"}).json()["freshness"] == "fresh"
    assert upload(client, trees(("T1", 106.0), ("T2", 106.1))).status_code == 200

    second = upload(client, trees(("T1", 106.001), ("T3", 106.2)), preview=True).json()
    assert (second["version"], second["is_served"]) == (2, False)
    assert second["changes"] == {"features": 3, "added": 1, "removed": 1, "moved": 1, "changed": 0}
    told = client.get("/v1/layers/trees/versions/2/diff", params={"against": 1}).json()
    assert [(change["fid"], change["kinds"]) for change in told["changes"]] == [("T1", ["moved"]), ("T2", ["removed"]), ("T3", ["added"])]
    assert told["changes"][0]["moved"]["distance_m"] == pytest.approx(103.9, abs=0.2)
    table = client.get("/v1/layers/trees/versions/2/diff", params={"against": 1, "f": "csv"})
    assert table.text.splitlines()[0] == "fid,kind,distance_m,iou,attribute,old,new"
    drawn = client.get("/v1/layers/trees/versions/2/diff", params={"against": 1, "f": "geojson", "limit": 1}).json()
    assert [one["geometry"]["coordinates"] for one in drawn["features"]] == [[106.001, 21]]

    served = client.post("/v1/layers/trees/versions/2/serve").json()
    assert (served["state"], served["published_by"], served["served_by"]) == ("served", "lan", "lan")
    assert served["report"]["attributes"] == {"number": "string", "loai": "string"}
    wait_for(lambda: client.get("/ogc/collections/trees/items/T3").status_code == 200)
    assert client.post("/v1/layers/trees/versions/1/serve").json()["state"] == "served"
    wait_for(lambda: client.get("/ogc/collections/trees/items/T3").status_code == 404)
    (listed,) = client.get("/v1/layers").json()["layers"]
    assert (listed["served"], listed["newest"], listed["features"], listed["freshness"]) == (1, 2, 2, "fresh")
    states = [row["state"] for row in client.get("/v1/layers/trees/versions").json()["versions"]]
    assert states == ["earlier", "served"]


def test_what_cannot_be_published_is_refused_with_the_reason_and_changes_nothing(client: httpx.Client, tmp_path: Path) -> None:
    assert upload(client, trees()).status_code == 404
    assert client.put("/v1/layers/trees", json=ENTRY | {"colour": "green"}).json()["detail"].endswith("unknown field `colour`")
    assert client.put("/v1/layers/..etc", json=ENTRY).status_code == 400
    assert client.put("/v1/layers/Trees", json=ENTRY).status_code == 400
    client.put("/v1/layers/trees", json=ENTRY)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.geojson", b"{" + bytes(100 << 20))
    refused = {
        "which is no number": upload(client, b"number,lon,lat\nT1,abc,21\n", {"Content-Type": "text/csv"}),
        "cannot be read": upload(client, b"{broken"),
        "times its size, more than 200 times": upload(client, bomb.read_bytes(), {"Content-Type": "application/zip"}),
        "its id is given 2 times": upload(client, trees(("T1", 106), ("T1", 107))),
        "is not one of": upload(client, b"<kml/>", {"Content-Type": "application/vnd.google-earth.kml+xml"}),
        "two coordinate systems": upload(client, trees(("T1", 106), ("T2", 500_000))),
        "EPSG:1 is not known": upload(client, trees(("T1", 106)), crs="EPSG:1"),
    }
    assert {words: words in answer.json()["detail"] for words, answer in refused.items()} == dict.fromkeys(refused, True)
    assert {answer.status_code for answer in refused.values()} <= {400, 413}
    assert upload(client, trees(), colour="green").status_code == 400
    assert client.get("/v1/layers/trees/versions").json() == {"layer": "trees", "versions": []}
    assert client.get("/v1/layers/trees/versions/1").status_code == 404
    assert client.get("/v1/layers/trees/versions/99999999999/diff", params={"against": 1}).status_code == 404


def test_only_an_administrator_publishes(client: httpx.Client, watched: Service) -> None:
    client.put("/v1/layers/trees", json=ENTRY)
    anonymous = httpx.post(f"{watched.url}/v1/layers/trees/versions", content=trees(("T1", 106)), headers=GEOJSON)
    assert anonymous.status_code == 403  # on loopback: the demo's operator
    assert httpx.get(f"{watched.url}/v1/layers").status_code == 200


def test_what_became_of_units_is_published_over_http_whole_or_not_at_all(client: httpx.Client) -> None:
    units = [unit_feature(code, square(106 + number, 21), valid_to="2025-07-01") for number, code in enumerate(("1", "2"))]
    units += [unit_feature("3", shapely.box(106, 21, 108, 22), valid_from="2025-07-01")]
    client.put("/v1/layers/wards", json=ENTRY | {"kind": "units", "join": True, "key": None})
    table = "old_code,old_from,new_code,new_from\n1,2025-01-01,3,2025-07-01\n2,2025-01-01,3,2025-07-01\n"

    def put(name: str, content: str, kind: str = "text/csv") -> httpx.Response:
        return client.put(f"/v1/layers/wards/{name}", content=content.encode(), headers={"Content-Type": kind})

    assert (put("succession", table).status_code, put("succession", table).json()["detail"][:20]) == (409, "no version of layer ")
    content = json.dumps({"type": "FeatureCollection", "features": units}).encode()
    assert client.post("/v1/layers/wards/versions", content=content, headers=GEOJSON).status_code == 201
    assert put("succession", table).json() == {"layer": "wards", "former": 0, "steps": 2, "estimated": 0, "changed": True}
    assert put("succession", table).json()["changed"] is False
    steps = client.get("/v1/layers/wards/succession").json()["succession"]
    assert [(step["old_code"], step["new_code"], step["share"], step["kind"]) for step in steps] == [
        ("1", "3", 1, "whole"),
        ("2", "3", 1, "whole"),
    ]

    former = "code,level,name_vi,name_en,valid_from,valid_to,parent\n9,commune,Xã 9,Commune 9,2020-01-01,2025-01-01,\n"
    assert put("former", former).json() == {"layer": "wards", "former": 1, "steps": 2, "estimated": 0, "changed": True}
    more = json.dumps([*steps, {"old_code": "9", "old_from": "2020-01-01", "new_code": "1", "new_from": "2025-01-01"}])
    assert put("succession", more, "application/json").json()["steps"] == 3
    again = client.get("/v1/layers/wards/succession", params={"f": "csv"})
    assert put("succession", again.text).json()["changed"] is False
    refused = {
        "7 of 2025-01-01": put("succession", table + "7,2025-01-01,3,2025-07-01\n"),
        "row 1 has no old_code": put("succession", "code\n1\n"),
        "9": put("former", former.splitlines()[0]),
        "is not an array of objects": put("succession", "{}", "application/json"),
        "is not one of": put("succession", table, "text/plain"),
    }
    assert {words: (answer.status_code, words in answer.json()["detail"]) for words, answer in refused.items()} == dict.fromkeys(
        refused, (400, True)
    )
    assert client.get("/v1/layers/wards/succession", params={"f": "csv"}).text == again.text
    convert = {"code": "1", "from": "2025-06-30", "to": "2025-07-01"}
    wait_for(lambda: client.get("/v1/units/convert", params=convert).json().get("units", [{}])[0].get("exact") is True)
    assert client.put("/v1/layers/trees", json=ENTRY).status_code == 200
    assert client.get("/v1/layers/trees/succession").status_code == 400
