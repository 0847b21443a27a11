"""Units with time over HTTP: those of the demonstration, and every unit of the country there and back."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.conftest import StartService
from tests.support import shipped
from tests.support.databases import Database, DatabaseServers
from tests.support.services import Service
from tests.support.shapes import unit_feature, write_geojson

OLD, NEW = "2025-06-30", "2025-07-01"
CATALOGUE = """
layers:
  - id: units
    title: {vi: Đơn vị, en: Units}
    summary: {vi: Đơn vị, en: Units}
    file: units.geojson
    succession: succession.csv
    former: former.csv
    kind: units
    join: true
    owner: test
    licence: MIT
    lineage: {vi: Kiểm thử, en: Test}
"""


def publish(database: Database, sdi: Path) -> None:
    environment = {"IOC_DATABASE_URL": database.dsn, "IOC_SDI_DIR": str(sdi), "PATH": "/usr/bin:/bin"}
    subprocess.run([Path(sys.executable).with_name("ioc"), "sdi", "publish"], env=environment, cwd=sdi, check=True, timeout=120)


def ask(service: Service, path: str, **question: Any) -> dict[str, Any]:
    answer = httpx.get(
        f"{service.url}{path}", params={name.replace("as_of", "as-of"): value for name, value in question.items()}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(service: Service, path: str, **question: Any) -> tuple[int, str]:
    answer = httpx.get(
        f"{service.url}{path}", params={name.replace("as_of", "as-of"): value for name, value in question.items()}, timeout=30
    )
    return answer.status_code, answer.json()["detail"]


def names(service: Service, text: str, **question: Any) -> list[str]:
    return [unit["name_vi"] for unit in ask(service, "/v1/units", q=text, **question)["units"]]


@pytest.fixture(scope="module")
def shipped_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """A database with the shipped layers."""
    with database_servers.fresh(fill=shipped.layers) as database:
        yield database


@pytest.fixture(scope="module")
def demonstration(shipped_database: Database, module_broker: Broker, start_module_service: StartService) -> Service:
    """The service with the shipped units."""
    return start_module_service(shipped_database, module_broker)


def test_planner_finds_units_of_today_and_of_before(demonstration: Service) -> None:
    assert names(demonstration, "bac giang")[0] == "Phường Bắc Giang"
    assert names(demonstration, "bac giang", as_of=OLD)[:2] == ["Tỉnh Bắc Giang", "Thành phố Bắc Giang"]
    assert names(demonstration, "đáp cầu", as_of=OLD) == ["Phường Đáp Cầu"]
    assert len(names(demonstration, "", parent="24", as_of=OLD)) == 10
    assert names(demonstration, "", level="province") == ["Tỉnh Bắc Ninh", "Tỉnh Ninh Bình"]
    lines = httpx.get(f"{demonstration.url}/v1/units", params={"q": "bac giang", "f": "csv"})
    assert lines.headers["content-type"].startswith("text/csv")
    (first, *_) = csv.DictReader(io.StringIO(lines.text))
    assert (first["code"], first["name_vi"], first["parent"]) == ("07210", "Phường Bắc Giang", "24")


def test_code_names_the_unit_of_its_day_and_says_who_else_had_it(demonstration: Service) -> None:
    today, before = (ask(demonstration, "/v1/units/24", **day) for day in ({}, {"as_of": OLD}))
    assert (today["name_vi"], today["children"], [other["name_vi"] for other in today["others"]]) == (
        "Tỉnh Bắc Ninh",
        99,
        ["Tỉnh Bắc Giang"],
    )
    assert (before["name_vi"], before["children"], before["valid_to"]) == ("Tỉnh Bắc Giang", 10, NEW)
    assert sorted(step["unit"]["name_vi"] for step in today["predecessors"]) == ["Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"]
    assert [step["unit"]["name_vi"] for step in before["successors"]] == ["Tỉnh Bắc Ninh"]
    commune = ask(demonstration, "/v1/units/07207", as_of=OLD)
    assert [above["name_vi"] for above in commune["parents"]] == ["Thành phố Bắc Giang", "Tỉnh Bắc Giang"]
    versions = ask(demonstration, "/v1/units/24/history")["versions"]
    assert [(unit["name_vi"], unit["valid_from"]) for unit in versions] == [("Tỉnh Bắc Giang", "2025-01-01"), ("Tỉnh Bắc Ninh", NEW)]


def test_conversion_says_what_is_exact(demonstration: Service) -> None:
    (whole,) = ask(demonstration, "/v1/units/convert", code="07207", **{"from": OLD, "to": NEW})["units"]
    assert [(step["unit"]["code"], step["share"], step["exact"]) for step in whole["to"]] == [("07210", 1.0, True)]
    (parted,) = ask(demonstration, "/v1/units/convert", code="13285", **{"from": OLD, "to": NEW})["units"]
    assert {step["unit"]["code"] for step in parted["to"]} == {"13285", "13366"}
    assert not parted["exact"]
    (district,) = ask(demonstration, "/v1/units/convert", code="213", **{"from": OLD, "to": NEW})["units"]
    assert [(step["unit"]["code"], step["via"]["code"]) for step in district["to"]] == [("24", "24")]
    assert "07210" in [unit["code"] for unit in district["below"]]
    (back,) = ask(demonstration, "/v1/units/convert", code="07210", **{"from": NEW, "to": OLD})["units"]
    assert {"07201", "07207", "07210"} < {step["unit"]["code"] for step in back["to"]}
    assert math.fsum(step["share"] for step in back["to"]) == pytest.approx(1, abs=1e-5)


def test_figures_are_shared_out_without_loss(demonstration: Service) -> None:
    order = {"from": OLD, "to": NEW, "figures": {"07201": 10, "07207": 5, "13285": 100, "99999": 7}}
    answer = httpx.post(f"{demonstration.url}/v1/units/convert", json=order).json()
    told = {figure["unit"]["code"]: (figure["value"], figure["exact"], figure["origins"]) for figure in answer["figures"]}
    assert told["07210"] == (15, True, ["07201", "07207"])
    assert told["13285"][0] + told["13366"][0] == pytest.approx(100)
    assert not told["13366"][1]
    assert [(one["code"], one["value"]) for one in answer["unknown"]] == [("99999", 7)]
    lines = httpx.post(f"{demonstration.url}/v1/units/convert", params={"f": "csv"}, json=order | {"figures": {"07201": 10}}).text
    assert lines.splitlines()[1] == "07210,2025-07-01,Phường Bắc Giang,Bac Giang Ward,10,true,07201"


def test_wrong_questions_say_what_is_wrong(demonstration: Service) -> None:
    assert refused(demonstration, "/v1/units/24", as_of="yesterday") == (
        400,
        "as-of = 'yesterday': Value error, it is not a day such as 2025-07-01",
    )
    status, why = refused(demonstration, "/v1/units/213")
    assert (status, why.startswith("no unit has the code 213 on ")) == (404, True)
    assert "it is that of Thành phố Bắc Giang from 2025-01-01 until 2025-07-01. Name a day of its time" in why
    assert refused(demonstration, "/v1/units/99999")[0] == 404
    assert refused(demonstration, "/v1/units/99999/history") == (404, "there is no unit '99999'")
    assert refused(demonstration, "/v1/units", parent="99999") == (404, "there is no unit '99999'")
    assert refused(demonstration, "/v1/units", colour="red") == (400, "unknown parameter colour")
    assert refused(demonstration, "/v1/units/convert", code=",")[0] == 400
    assert refused(demonstration, "/v1/units/convert", code="213", to=NEW)[0] == 404
    wrongs: list[dict[str, Any]] = [
        {},
        {"codes": [], "figures": {}},
        {"figures": {"24": "many"}},
        {"figures": {"24": 1e300}},
        {"codes": ["1"] * 20_001},
    ]
    for wrong in wrongs:
        answer = httpx.post(f"{demonstration.url}/v1/units/convert", json=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), wrong


def test_month_of_2023_is_told_by_the_communes_of_today(demonstration: Service, module_broker: Broker) -> None:
    """Phường Hạ Long (13633) was merged into Quang Trung in 2024, and that into Nam Định ward in 2025; the city was a district."""
    with field_system(module_broker, "dvc") as dvc:
        for number, unit in enumerate(["13633", "13633", "356", "36"]):
            event = {"id": f"{number}", "time": "2023-05-01T03:00:00Z", "unit": unit, "data": {"amount": 5}}
            dvc.flush(dvc.publish("event/paid", event))
        wait_for(lambda: ask(demonstration, "/v1/events/count", type="paid")["total"] == 4)
    (ward,) = ask(demonstration, "/v1/units/convert", code="13633", **{"from": "2023-05-01", "to": NEW})["units"]
    ward_today = ward["to"][0]["unit"]["code"]
    told = ask(demonstration, "/v1/events/count", group_by="unit", sum="amount", as_of=NEW, type="paid")
    assert {(group["unit"], group["count"], group["sum"], group["exact"]) for group in told["groups"]} == {
        (ward_today, 2, 10, True),
        ("37", 2, 10, True),
    }
    assert (told["total"], told["exact"], told["without_unit"], told["without_successor"]) == (4, True, 0, 0)
    assert ask(demonstration, "/v1/events/count", type="paid", unit=ward_today, as_of=NEW)["total"] == 2
    assert ask(demonstration, "/v1/events/count", type="paid", unit="37", as_of=NEW)["total"] == 4
    assert ask(demonstration, "/v1/events/count", type="paid", unit="13633", as_of="2023-05-01")["total"] == 2
    assert ask(demonstration, "/v1/events/count", type="paid", unit="356")["total"] == 3
    assert len(ask(demonstration, "/v1/events", unit="13633", as_of="2023-05-01")["events"]) == 2
    today = ask(demonstration, "/v1/events/count", type="paid", unit="24")
    assert [other["name_vi"] for other in today["other_units"]] == ["Tỉnh Bắc Giang"]
    assert refused(demonstration, "/v1/events/count", unit="37", as_of="2000-01-01")[0] == 404


@pytest.fixture
def country(real_data: Path, any_database: Database, watched: Service, sdi: Path) -> Service:
    """The service with all 3,321 communes of today (as squares: their boundaries do not matter here) and the 10,047 before them."""
    merges, splits = (json.loads((real_data / f"{name}.json").read_text(encoding="utf-8"))["data"] for name in ("merges", "splits"))
    news = [(unit["level2_id"], unit["name"]) for province in merges for unit in province["level2s"]]
    olds = [(unit["level3_id"], unit["name"]) for province in splits for unit in province["level3s"]]
    squares = [shapely.box(102 + n % 60 / 10, 9 + n // 60 / 10, 102.1 + n % 60 / 10, 9.1 + n // 60 / 10) for n in range(len(news))]
    features = [unit_feature(code, area, name_vi=name, valid_from=NEW) for (code, name), area in zip(news, squares, strict=True)]
    write_geojson(sdi / "units.geojson", features)
    former = [
        "code,level,parent,name_vi,name_en,valid_from,valid_to",
        *(f"{code},commune,,{name},{name},2025-03-01,{NEW}" for code, name in olds),
    ]
    (sdi / "former.csv").write_text("\n".join(former), encoding="utf-8")
    known = {code for code, _ in olds}
    steps = [
        f"{part['old_id']},2025-03-01,{unit['level2_id']},{NEW}"
        for province in merges
        for unit in province["level2s"]
        for part in unit["merges"]
        if part["old_id"] in known
    ]
    (sdi / "succession.csv").write_text("\n".join(["old_code,old_from,new_code,new_from", *steps]), encoding="utf-8")
    (sdi / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    publish(any_database, sdi)
    wait_for(lambda: ask(watched, "/v1/units", limit=1)["total"] == len(news))
    return watched


def test_every_unit_of_the_country_is_converted_there_and_back(country: Service) -> None:
    def convert(codes: list[str], begin: str, end: str) -> dict[str, Any]:
        order = {"from": begin, "to": end, "codes": codes}
        answer = httpx.post(f"{country.url}/v1/units/convert", json=order, timeout=60)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    olds = [unit["code"] for unit in ask(country, "/v1/units", as_of=OLD, limit=20_000)["units"]]
    news = [unit["code"] for unit in ask(country, "/v1/units", limit=20_000)["units"]]
    assert (len(olds), len(news)) == (10_047, 3_321)
    assert len(set(olds) & set(news)) > 3_000
    there, back = convert(olds, OLD, NEW), convert(news, NEW, OLD)
    assert there["unknown"] == back["unknown"] == []
    ways = {(one["unit"]["code"], step["unit"]["code"]) for one in there["units"] for step in one["to"]}
    assert ways == {(step["unit"]["code"], one["unit"]["code"]) for one in back["units"] for step in one["to"]}
    # Five islands are made of districts that had no communes.
    islands = [unit["name_vi"] for unit in ask(country, "/v1/units", q="dac khu", limit=20_000)["units"]]
    assert {one["unit"]["name_vi"] for one in back["units"] if not one["to"]} < set(islands)
    assert len(set(news) - {new for _, new in ways}) == 5
    for one in [*there["units"], *back["units"]]:
        assert not one["to"] or math.fsum(step["share"] for step in one["to"]) == pytest.approx(1, abs=1e-4)
    assert 9_500 < sum(one["exact"] for one in there["units"]) < 9_700
    figures = dict.fromkeys(olds, 3)
    answer = httpx.post(f"{country.url}/v1/units/convert", json={"from": OLD, "to": NEW, "figures": figures}, timeout=60).json()
    total = math.fsum(one["value"] for one in [*answer["figures"], *answer["lost"]])
    assert total == pytest.approx(3 * 10_047, abs=0.01)
