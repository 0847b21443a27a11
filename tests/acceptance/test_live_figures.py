"""Figures in a running centre: a 23rd system is a file more; its target raises an alert, its figures are on the stream; what is wrong changes nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from ioc.demo.broker import Broker
from ioc.domain.clock import local_day
from tests.acceptance.city import Frame, Screen, field_system
from tests.acceptance.test_bad_input import wait_for
from tests.acceptance.test_units import CATALOGUE, publish
from tests.conftest import StartService
from tests.support.databases import Database
from tests.support.libraries import add_libraries, libraries
from tests.support.services import SDI_DIRECTORY, Service
from tests.support.shapes import unit_feature, write_geojson

SUBJECT = "digital-loans-rate/unit:C1"


@dataclass
class Centre:
    """A running service, its broker and its folder."""

    service: Service
    broker: Broker
    sdi: Path

    def ask(self, path: str, **question: Any) -> Any:
        """Return an answer, None where there is none."""
        answer = httpx.get(f"{self.service.url}{path}", params=question, timeout=30)
        return answer.json() if answer.status_code == httpx.codes.OK else None

    def lend(self, kind: str, *ids: str, day: datetime) -> None:
        """Have books lent in the commune."""
        with field_system(self.broker, "nd-library") as library:
            bodies = [{"id": one, "time": day.isoformat(), "unit": "C1", "data": {"kind": kind}} for one in ids]
            library.flush(*(library.publish("event/book.lent", body) for body in bodies))

    def alerts(self, rule: str) -> dict[str, Frame]:
        """Return the alerts of a rule that somebody has to see, by subject."""
        told = self.ask("/v1/alerts", rule=rule)
        return {alert["subject"]: alert for alert in told["alerts"]}

    def systems(self) -> dict[str, Any]:
        """Return how `/readyz` says that the systems are."""
        told: dict[str, Any] = httpx.get(f"{self.service.url}/readyz", timeout=30).json()["checks"]["systems"]
        return told


@pytest.fixture(scope="module")
def centre(
    module_database: Database, module_broker: Broker, start_module_service: StartService, tmp_path_factory: pytest.TempPathFactory
) -> Centre:
    """A centre with the shipped systems and two units."""
    sdi = tmp_path_factory.mktemp("sdi")
    for name in ("systems", "rules"):
        shutil.copytree(SDI_DIRECTORY / name, sdi / name)
    shutil.copy(SDI_DIRECTORY / "indicators.yaml", sdi)
    catalogue = "".join(line for line in CATALOGUE.splitlines(keepends=True) if not line.strip().startswith(("succession", "former")))
    (sdi / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    square = shapely.box(106.0, 20.0, 106.2, 20.2)
    units = [
        unit_feature("P", square, level="province", name_vi="Tỉnh P", name_en="P Province"),
        unit_feature("C1", square, parent="P"),
    ]
    write_geojson(sdi / "units.geojson", units)
    publish(module_database, sdi)
    return Centre(start_module_service(module_database, module_broker, IOC_SDI_DIR=str(sdi)), module_broker, sdi)


def last_month() -> datetime:
    """Return noon of a day of the month that is over."""
    first = local_day(datetime.now(UTC)).replace(day=1)
    return datetime.combine(first - timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=5)


async def test_a_23rd_system_is_a_file_more_for_a_centre_that_runs(centre: Centre) -> None:
    """Its events are checked, its indicator computed, its target raises an alert once, and the stream tells the figure as it changes."""
    assert len(centre.ask("/v1/systems", unit="P")["systems"]) == 22
    add_libraries(centre.sdi, "C1")
    wait_for(lambda: centre.ask("/v1/systems/libraries", unit="C1") is not None, within_s=30)
    centre.lend("stone", "b0", day=last_month())
    centre.lend("digital", "b1", day=last_month())
    centre.lend("paper", "b2", "b3", "b4", day=last_month())
    wait_for(lambda: SUBJECT in centre.alerts("target-missed"), within_s=60)
    alert = centre.alerts("target-missed")[SUBJECT]
    assert (alert["severity"], alert["value"], alert["unit"]["code"], alert["context"]["figure"]) == ("severe", 0.5, "C1", 25)
    assert "stone" in centre.ask("/v1/quarantine", source="nd-library")["items"][0]["detail"]
    (told,) = centre.ask("/v1/systems/libraries", unit="C1", at=f"{last_month():%Y-%m}")["indicators"]
    assert (told["now"]["value"], told["now"]["status"]) == (25, "missed")

    async with Screen(centre.service, channels=()) as screen:
        await screen.say(type="sub", id="i", ch="indicators", filter={"indicator": ["digital-loans-rate"], "unit": ["C1"]}, rate_hz=10)
        await screen.until(lambda frame: frame["type"] == "snap" and frame["id"] == "i")
        name = f"digital-loans-rate/C1/{last_month():%Y-%m}"
        assert (screen.rows()[name]["value"], screen.rows()[name]["status"], screen.rows()[name]["target"]) == (25, "missed", 50)
        centre.service.restart()  # the alert stays what it is: one
    wait_for(lambda: SUBJECT in centre.alerts("target-missed"), within_s=30)
    assert centre.alerts("target-missed")[SUBJECT]["id"] == alert["id"]

    async with Screen(centre.service, channels=()) as screen:
        await screen.say(type="sub", id="i", ch="indicators", filter={"unit": ["C1"], "period": ["month"]}, rate_hz=10)
        await screen.until(lambda frame: frame["type"] == "snap" and frame["id"] == "i")
        centre.lend("digital", "b5", "b6", "b7", day=last_month())
        await screen.until(lambda frame: frame["type"] == "d" and any(row[0] == name for row in frame["rows"]), within_s=30)
        wait_for(lambda: centre.alerts("target-missed")[SUBJECT]["condition"] == "normal", within_s=30)
        assert screen.rows()[name]["status"] == "met"
        await screen.say(type="sub", id="j", ch="indicators", filter={"unit": ["C9"]})
        refused = await screen.until(lambda frame: frame["type"] == "err")
        assert (refused["code"], refused["id"]) == ("filter", "j")
        assert "C9" in refused["detail"]
    kinds = [step["kind"] for step in centre.ask(f"/v1/alerts/{alert['id']}")["transitions"]]
    assert kinds.count("fired") == 1


def test_a_file_that_is_wrong_changes_nothing_and_is_named(centre: Centre) -> None:
    wrong = centre.sdi / "systems" / "98-wrong.yaml"
    before = len(centre.ask("/v1/systems", unit="P")["systems"])
    wrong.write_text(
        libraries("C1")
        .replace("libraries", "archives")
        .replace("id: loan", "id: lending")
        .replace("digital-loans", "lost")
        .replace("event: book.lent, where", "event: book.lost, where"),
        encoding="utf-8",
    )
    wait_for(lambda: not centre.systems()["ok"], within_s=30)
    assert "98-wrong.yaml" in centre.systems()["detail"]
    assert "book.lost" in centre.systems()["detail"]
    assert len(centre.ask("/v1/systems", unit="P")["systems"]) == before
    wrong.unlink()
    wait_for(lambda: bool(centre.systems()["ok"]), within_s=30)
