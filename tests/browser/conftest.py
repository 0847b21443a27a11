"""One service for all stories of the map, rain gauges for each of them, and operators with their browsers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import FieldSystem, field_system
from tests.browser.operator import MAP_UI, Operator
from tests.conftest import StartService
from tests.support import shipped
from tests.support.databases import Database, DatabaseServers
from tests.support.services import SDI_DIRECTORY, Service

OpenMap = Callable[..., Operator]

RULES = """
rules:
  - id: heavy-rain
    title: {vi: Mưa rất to, en: Very heavy rain}
    description: {vi: Nguy cơ ngập úng cục bộ., en: Local flooding is possible.}
    select: {kind: rain_gauge, property: rain_1h}
    above:
      - {severity: severe, limit: 50, clear: 40}
      - {severity: extreme, limit: 100, clear: 90}
"""

PLACES = {
    "thang": ("Trạm đo mưa Thắng", 105.9806, 21.3567),
    "ngo-quyen": ("Trạm đo mưa Ngô Quyền", 106.1974, 21.2820),
    "chu": ("Trạm đo mưa Chũ", 106.5640, 21.3680),
}

_sources = (f"hydro-{number}" for number in count(1))


@dataclass(frozen=True)
class Gauges:
    """Three rain gauges of one field system."""

    system: FieldSystem

    def station(self, gauge: str) -> str:
        """Return the id of a gauge as the map has it."""
        return f"{self.system.source}/{gauge}"

    def report(self, gauge: str, rain: float) -> None:
        """Let a gauge report rain in mm/h; the broker has it when this returns."""
        self.system.flush(self.system.publish(f"obs/{gauge}", {"rain_1h": rain}))


@pytest.fixture(scope="module")
def sdi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SDI folder with the shipped layers and one rule."""
    folder = tmp_path_factory.mktemp("sdi")
    shutil.copy(SDI_DIRECTORY / "catalogue.yaml", folder)
    shutil.copytree(SDI_DIRECTORY / "layers", folder / "layers")
    (folder / "rules").mkdir()
    (folder / "rules" / "rain.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def units_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """A database with the units of the demonstration province."""
    with database_servers.fresh(fill=shipped.units) as database:
        yield database


@pytest.fixture(scope="module")
def watched(units_database: Database, module_broker: Broker, sdi: Path, start_module_service: StartService) -> Service:
    """A running service with the rule and the units; the map is built."""
    assert (MAP_UI.parent / "ioc" / "static" / "index.html").exists(), "the map is not built: make setup"
    return start_module_service(units_database, module_broker, IOC_SDI_DIR=str(sdi))


@pytest.fixture
def gauges(module_broker: Broker, watched: Service) -> Iterator[Gauges]:
    """Rain gauges of this test's own that have reported a little rain; afterwards nothing of them is left in the list of alerts."""
    with field_system(module_broker, next(_sources)) as system:
        gauges = Gauges(system)
        for gauge, (name, lon, lat) in PLACES.items():
            measured = {"rain_1h": {"unit": "mm/h", "name": "Cường độ mưa", "min": 0, "max": 300}}
            description = {"name": name, "kind": "rain_gauge", "lon": lon, "lat": lat, "properties": measured, "interval_s": 600}
            system.flush(system.publish(f"station/{gauge}", description, retain=True))
            gauges.report(gauge, 3.5)
        eventually(lambda: len(_stations(watched, system.source)) == len(PLACES))
        yield gauges
        for gauge in PLACES:
            gauges.report(gauge, 0)
        eventually(lambda: all(alert["condition"] == "normal" for alert in _alerts(watched)))
        for alert in _alerts(watched):
            httpx.post(f"{watched.url}/v1/alerts/{alert['id']}/acknowledge", json={"if_version": alert["version"]}).raise_for_status()


@pytest.fixture
def open_map(watched: Service) -> Iterator[OpenMap]:
    """Open the map in a browser of its own: `open_map(path="/", width=…, height=…, theme=…)`."""
    with ExitStack() as browsers:

        def open_one(*, path: str = "/", **screen: object) -> Operator:
            operator = browsers.enter_context(Operator(watched.url, **screen))
            operator.open(path=path)
            return operator

        yield open_one


def _stations(service: Service, source: str) -> list[dict[str, object]]:
    """The stations of a source that have reported."""
    found = httpx.get(f"{service.url}/v1/stations", params={"source": source}).raise_for_status().json()["stations"]
    return [station for station in found if station["values"]]


def _alerts(service: Service) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{service.url}/v1/alerts").raise_for_status().json()["alerts"]
    return found


def eventually(is_so: Callable[[], bool], within_s: float = 15) -> None:
    """Wait until `is_so()`; fail after `within_s` seconds."""
    end = monotonic() + within_s
    while not is_so():
        assert monotonic() < end, f"not so within {within_s} s"
        sleep(0.05)
