"""Between the map and the pages of figures: links, the way back, and what stays as it was."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Gauges, OpenMap

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("screen", [{}, PHONE, {"theme": "light"}], ids=["wide", "phone", "light"])
def test_map_is_as_it_was_left(gauges: Gauges, open_map: OpenMap, screen: dict[str, object]) -> None:
    operator = open_map(path="/?lang=en", **screen)
    operator.wait_for_live()
    operator.select_station(id=gauges.station("thang"), search="Thắng")
    before = operator.address()
    operator.click(testId="go-systems")
    operator.wait_for_page(page="systems")
    assert operator.address().endswith("#/systems")
    assert not operator.is_visible(testId="station-card")
    assert operator.accessibility_violations() == []
    assert operator.overflow() <= 0
    operator.click(testId="go-map")
    assert operator.card()["station"] == gauges.station("thang")
    assert operator.address() == before
    assert operator.take_problems() == []


def test_page_opened_first_starts_the_map_when_it_is_asked_for(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map(path="/?lang=en#/systems")
    operator.wait_for_page(page="systems")
    assert operator.count(testId="map") == 0
    operator.open(path=f"/?lang=en#view=9.00/21.3567/105.9806&station={gauges.station('thang')}")
    operator.wait_for_live()
    assert operator.card()["station"] == gauges.station("thang")
    assert "view=9.00/21.3567/105.9806" in operator.address()
    assert operator.take_problems() == []


def test_page_that_is_not_there_says_so(open_map: OpenMap) -> None:
    operator = open_map(path="/?lang=en#/no-such-page")
    operator.wait_for_page(page="no-such-page")
    operator.wait_for_text(testId="page", text="There is no such page.")
