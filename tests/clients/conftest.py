"""A running service with the shipped layers and a town of gauges, for programs that know nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ioc.demo.broker import start_broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.support import shipped
from tests.support.databases import DatabaseServers
from tests.support.services import Service

Json = dict[str, Any]
GAUGES = 12


@dataclass(frozen=True)
class Question:
    """The same question to a collection as GDAL and as QGIS put it, and in Python."""

    collection: str
    gdal: str
    qgis: str
    holds: Callable[[Json], bool]


QUESTIONS = [
    Question("units", "level = 'district'", "\"level\" = 'district'", lambda told: told["level"] == "district"),
    Question("units", "name_vi LIKE '%Chũ%'", "\"name_vi\" like '%Chũ%'", lambda told: "Chũ" in told["name_vi"]),
    Question("units", "code IN ('24', '27')", "\"code\" in ('24', '27')", lambda told: told["code"] in {"24", "27"}),
    Question("units", "parent IS NULL", '"parent" is null', lambda told: told["parent"] is None),
    Question("units", "valid_from >= '2025/07/01'", "\"valid_from\" >= '2025-07-01'", lambda told: told["valid_from"] >= "2025-07-01"),
    Question(
        "units",
        "NOT (level = 'commune') AND name_vi LIKE 'Thị xã%'",
        "not (\"level\" = 'commune') and \"name_vi\" like 'Thị xã%'",
        lambda told: told["level"] != "commune" and told["name_vi"].startswith("Thị xã"),
    ),
    Question("stations", "moving = 1", '"moving" = true', lambda told: bool(told["moving"])),
    Question("stations", "level > 3.5", '"level" > 3.5', lambda told: (told["level"] or 0) > 3.5),
    Question(
        "stations",
        "level > 5 OR name LIKE 'Trạm%1'",
        '"level" > 5 or "name" like \'Trạm%1\'',
        lambda told: (told["level"] or 0) > 5 or (told["name"].startswith("Trạm") and told["name"].endswith("1")),
    ),
]


@dataclass(frozen=True)
class Centre:
    """A service that runs, and what it answers when it is asked plainly."""

    url: str

    @property
    def ogc(self) -> str:
        """The landing page."""
        return f"{self.url}/ogc"

    def page(self, collection: str, **parameters: str) -> Json:
        """Return one page of a collection, of up to 1,000 features."""
        answer = httpx.get(f"{self.ogc}/collections/{collection}/items", params={"limit": "1000", **parameters}, timeout=30)
        answer.raise_for_status()
        page: Json = answer.json()
        return page

    def expected(self, question: Question) -> list[str]:
        """Return the ids of the features of which the question holds, found without any filter of the service."""
        ids = [feature["id"] for feature in self.page(question.collection)["features"] if question.holds(feature["properties"])]
        assert ids, f"nothing answers {question.gdal}: the test would say nothing"
        return sorted(ids)


@pytest.fixture(scope="session")
def centre(database_servers: DatabaseServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A service with the shipped layers, twelve gauges and a bus."""
    folder = tmp_path_factory.mktemp("centre")
    broker = start_broker(folder / "broker")
    try:
        with database_servers.fresh(fill=shipped.layers) as database:
            service = Service(database, broker, folder, {"IOC_CORS_ORIGINS": "*"})
            service.start()
            try:
                with field_system(broker, "town") as town:
                    for number in range(GAUGES):
                        place = {"lon": 106.05 + 0.05 * (number % 4), "lat": 21.22 + 0.04 * (number // 4)}
                        town.publish(f"station/g{number}", {"name": f"Trạm {number}", "kind": "river_gauge", **place}, retain=True)
                        town.publish(f"obs/g{number}/level", number / 2)
                    town.publish("pos/bus", {"lon": 106.19, "lat": 21.27, "speed": 7.5})
                    here = Centre(service.url)
                    wait_for(lambda: len(here.page("stations")["features"]) == GAUGES + 1)
                    wait_for(lambda: sum(f["properties"].get("level") is not None for f in here.page("stations")["features"]) == GAUGES)
                    yield here
            finally:
                service.stop()
    finally:
        broker.stop()
