"""The pages of figures, and the way between them and the map; a 23rd system is a file, and everything about it is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.browser.conftest import Gauges, OpenMap, eventually
from tests.support.libraries import add_libraries
from tests.support.services import SDI_DIRECTORY, Service

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]

PHONE = {"width": 390, "height": 844}
UNIT = "07210"


@pytest.fixture(scope="module")
def sdi(sdi: Path) -> Path:
    """The folder of the map's stories with two of the shipped systems and one that nobody knew before."""
    shutil.copy(SDI_DIRECTORY / "indicators.yaml", sdi)
    (sdi / "systems").mkdir()
    for name in ("12-tasks.yaml", "13-citizens-reports.yaml"):
        shutil.copy(SDI_DIRECTORY / "systems" / name, sdi / "systems")
    add_libraries(sdi, UNIT)
    return sdi


@pytest.fixture(scope="module")
def lent(watched: Service, module_broker: Broker) -> Iterator[None]:
    """Four books lent in one commune today, one of them digital, one brought back; the figures of it are there."""
    now = datetime.now(UTC)
    with field_system(module_broker, "bg-library") as library:
        for number, kind in enumerate(("paper", "paper", "digital", "paper")):
            time = (now - timedelta(seconds=40 - number)).isoformat()
            book = {"id": f"l{number}", "time": time, "subject": f"L{number}", "unit": UNIT, "lon": 106.19, "lat": 21.28}
            library.flush(library.publish("event/book.lent", book | {"data": {"kind": kind}}))
        back = {"id": "r0", "time": now.isoformat(), "subject": "L0", "unit": UNIT, "data": {}}
        library.flush(library.publish("event/book.returned", back))

        def is_computed() -> bool:
            told = httpx.get(f"{watched.url}/v1/indicators/digital-loans-rate/values", params={"unit": UNIT}).json()
            return [value["value"] for value in told.get("values", [])] == [25] and bool(_open_loans(watched))

        eventually(is_computed, within_s=60)
        yield


def _open_loans(service: Service) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{service.url}/v1/cases/loan/places").json().get("features", [])
    return found


def picture(tmp_path: Path, name: str) -> str:
    folder = Path(os.environ.get("IOC_TEST_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.png")


PAGES = (
    ("systems", "systems", "system", "Libraries"),
    (f"systems/libraries?unit={UNIT}", "systems/libraries", "figure", "25.0%"),
    (f"units/{UNIT}", f"units/{UNIT}", "figure", "Share of digital loans"),
    (f"indicators/digital-loans-rate?unit={UNIT}", "indicators/digital-loans-rate", "versions", "4 events"),
    ("ranking/digital-loans-rate", "ranking/digital-loans-rate", "ranked", "Bac Giang Ward"),
    ("cases/loan", "cases/loan", "funnel", "Returned"),
    ("tasks?case=loan", "tasks", "owner", "On paper"),
    ("places?case=loan", "places", "clusters", "On paper"),
    ("freshness", "freshness", "provider", "Libraries"),
)


@pytest.mark.parametrize("screen", [{"theme": "light"}, PHONE], ids=["wide-light", "phone-dark"])
def test_every_page_shows_a_system_that_is_a_file_and_keeps_nobody_out(
    lent: None, open_map: OpenMap, tmp_path: Path, screen: dict[str, object], request: pytest.FixtureRequest
) -> None:
    leader = open_map(path="/?lang=en#/systems", **screen)
    for address, page, test_id, text in PAGES:
        leader.open(path=f"/?lang=en#/{address}")
        leader.wait_for_page(page=page)
        leader.wait_for_text(testId=test_id, text=text)
        if page == "places":
            leader.wait_for_drawn(testId="places-map")
        leader.screenshot(path=picture(tmp_path, f"figures-{page.replace('/', '-')}-{request.node.callspec.id}"))
        assert leader.accessibility_violations() == [], address
        assert leader.overflow() <= 0, address
    assert leader.take_problems() == []


def test_leader_goes_from_a_target_that_is_missed_to_the_unit_and_another_month(lent: None, open_map: OpenMap) -> None:
    leader = open_map(path=f"/?lang=vi#/systems/libraries?unit={UNIT}")
    leader.wait_for_text(testId="figure", text="25,0%")
    leader.follow(text="Tỷ lệ mượn sách số")
    leader.wait_for_text(testId="now", text="25,0%")
    leader.follow(text="Xếp hạng đơn vị")
    leader.wait_for_text(testId="ranked", text="Phường Bắc Giang")
    over = leader.text(testId="period")
    leader.click(testId="period-after")  # what was lent was lent in the month that runs
    eventually(lambda: leader.text(testId="period") not in (over, "…"))
    leader.wait_for_text(testId="ranked", text="25,0%")
    leader.follow(text="Phường Bắc Giang")
    leader.wait_for_page(page=f"units/{UNIT}")
    leader.wait_for_text(testId="figure", text="Tỷ lệ mượn sách số")
    month = leader.text(testId="period")
    leader.click(testId="period-before")
    leader.wait_for_address(part="at=")
    eventually(lambda: leader.text(testId="period") not in (month, "…"))
    assert leader.take_problems() == []


def test_operator_sees_open_cases_on_the_live_map_and_lists_those_at_one_place(lent: None, open_map: OpenMap) -> None:
    operator = open_map(path="/#view=13/21.28/106.19")
    operator.wait_for_live()
    operator.click(testId="tool-layers")
    operator.click(testId="cases-loan")
    operator.wait_for_data(testId="map", name="cases", value="3")

    def is_listed() -> bool:
        operator.click_middle(testId="map")
        return bool(operator.count(testId="cases-card"))

    eventually(is_listed)  # once they are drawn
    operator.wait_for_data(testId="cases-card", name="cases", value="3")
    assert "Sách giấy" in operator.text(testId="cases-card")
    assert operator.accessibility_violations() == []
    operator.press(keys=["Escape"])
    assert operator.count(testId="cases-card") == 0

    operator.click(testId="cases-in-view")
    operator.wait_for_data(testId="cases-card", name="cases", value="3")
    operator.click(testId="cases-loan")
    assert operator.count(testId="cases-card") == 0
    assert operator.take_problems() == []


def test_figures_change_while_a_page_is_looked_at(lent: None, module_broker: Broker, open_map: OpenMap) -> None:
    leader = open_map(path=f"/?lang=en#/indicators/digital-loans-rate?unit={UNIT}")
    leader.wait_for_text(testId="now", text="25.0%")
    with field_system(module_broker, "bg-library") as library:
        book = {"id": "l9", "time": datetime.now(UTC).isoformat(), "subject": "L9", "unit": UNIT, "data": {"kind": "digital"}}
        library.flush(library.publish("event/book.lent", book))
    # Sooner than the page would ask by itself.
    leader.wait_for_text(testId="now", text="40.0%")
    assert leader.take_problems() == []


def test_map_is_as_it_was_left(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map(path="/?lang=en")
    operator.wait_for_live()
    operator.select_station(id=gauges.station("thang"), search="Thắng")
    before = operator.address()
    operator.click(testId="go-systems")
    operator.wait_for_page(page="systems")
    assert operator.address().endswith("#/systems")
    assert not operator.is_visible(testId="station-card")
    operator.click(testId="go-map")
    assert operator.card()["station"] == gauges.station("thang")
    assert operator.address() == before
    assert operator.take_problems() == []


def test_page_opened_first_starts_the_map_when_it_is_asked_for(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map(path="/?lang=en#/no-such-page")
    operator.wait_for_page(page="no-such-page")
    operator.wait_for_text(testId="page", text="There is no such page.")
    assert operator.count(testId="map") == 0
    operator.open(path=f"/?lang=en#view=9.00/21.3567/105.9806&station={gauges.station('thang')}")
    operator.wait_for_live()
    assert operator.card()["station"] == gauges.station("thang")
    assert "view=9.00/21.3567/105.9806" in operator.address()
    assert operator.take_problems() == []
