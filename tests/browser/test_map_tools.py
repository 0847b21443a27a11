"""What the map is asked: search, layers, figures, areas, the past; and a link that carries all of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.conftest import Gauges, OpenMap, eventually

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]


def _picture(tmp_path: Path, name: str) -> str:
    """Where a screenshot goes: IOC_TEST_SCREENS, where it is set, keeps them."""
    folder = Path(os.environ.get("IOC_TEST_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.png")


def test_search_finds_units_and_stations_without_diacritics(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    operator.press(keys=["s"])
    operator.fill(testId="map-search", value=f"ngo quyen {gauges.system.source}")
    operator.wait_for_text(testId="found", text="Trạm đo mưa Ngô Quyền")
    operator.press(keys=["ArrowDown", "Enter"])
    assert operator.card()["station"] == gauges.station("ngo-quyen")

    operator.fill(testId="map-search", value="phuong bac giang")
    operator.wait_for_text(testId="found", text="Phường Bắc Giang")
    assert operator.accessibility_violations() == []
    operator.press(keys=["ArrowDown", "Enter"])
    for told in ("Phường Bắc Giang", "Tỉnh Bắc Ninh", "Trạm và phương tiện"):
        operator.wait_for_text(testId="place-card", text=told)
    assert operator.count(testId="station-card") == 0
    assert "place=units/" in operator.address()
    assert operator.take_problems() == []


def test_units_are_coloured_and_an_area_tells_what_lies_in_it_and_a_link_carries_both(
    gauges: Gauges, open_map: OpenMap, tmp_path: Path
) -> None:
    gauges.report("thang", 61)
    operator = open_map()
    operator.wait_for_live()
    operator.wait_for_alert(station=gauges.station("thang"))
    operator.click(testId="tool-figures")
    operator.choose(testId="figure-measure", value="count:stations")
    operator.wait_for_text(testId="figures", text="Phường Bắc Giang")
    assert operator.accessibility_violations() == []

    operator.click(testId="tool-draw")
    operator.click(testId="draw-circle")
    operator.fill(testId="circle-lat", value="21,3567")
    operator.fill(testId="circle-lon", value="105,9806")
    operator.fill(testId="circle-radius", value="2000")
    operator.click(testId="circle-apply")
    operator.wait_for_text(testId="inside-stations", text="Trạm đo mưa Thắng")
    assert int(operator.text(testId="inside-alerts")) >= 1
    assert "12,57 km²" in operator.text(testId="measured")
    assert operator.accessibility_violations() == []
    operator.screenshot(path=_picture(tmp_path, "inside"))
    table = operator.save(testId="inside-stations-csv")["text"].encode("latin-1").decode("utf-8-sig").splitlines()
    assert {"Tên", "Tin mới nhất", "Cường độ mưa", "Kinh độ"} <= set(table[0].split(","))
    assert "+07:00" in next(line for line in table if gauges.station("thang") in line)
    address = operator.address()
    for told in ("figures=count:stations", "drawn=circle:105.9806,21.3567,2000"):
        assert told in address

    other = open_map(path=address.split("/", 3)[3].join(["/", ""]))
    other.wait_for_live()
    other.wait_for_text(testId="inside-stations", text="Trạm đo mưa Thắng")
    other.click(testId="tool-figures")
    other.wait_for_text(testId="figure-legend", text="Số trạm và phương tiện")
    assert operator.take_problems() + other.take_problems() == []


def test_past_is_replayed_and_left_again(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    operator.click(testId="tool-time")
    operator.wait_for_text(testId="time-bar", text="Trực tiếp")
    assert operator.accessibility_violations() == []
    operator.slide(testId="replay-slider", by=-2)
    operator.wait_for_text(testId="time-bar", text="Đang phát lại")
    assert "time=" in operator.address()
    operator.click(testId="replay-live")
    operator.wait_for_text(testId="time-bar", text="Trực tiếp")
    gauges.report("chu", 61)
    operator.wait_for_alert(station=gauges.station("chu"))
    assert operator.take_problems() == []


def test_replay_shows_what_was_known_then_and_says_so(gauges: Gauges, open_map: OpenMap) -> None:
    station = gauges.station("chu")
    moment = datetime.now(UTC)
    eventually(lambda: datetime.now(UTC) > moment + timedelta(seconds=3))
    gauges.report("chu", 61)
    now = open_map()
    now.wait_for_alert(station=station)
    eventually(lambda: datetime.now(UTC) > moment + timedelta(seconds=11))

    # Slow, so that it is held before the rain.
    operator = open_map(path=f"/#time={moment:%Y-%m-%dT%H:%M:%S.%fZ}@0.1")
    operator.wait_for_text(testId="time-bar", text="Đang phát lại")
    operator.click(testId="replay-pause")
    card = operator.select_station(id=station, search=f"chu {gauges.system.source}")
    assert "3,5" in card["text"]
    assert "61" not in operator.text(testId="station-table")
    assert "Phát lại: " in operator.text(testId="station-card")
    assert all(alert["station"] != station for alert in operator.alert_rows())
    assert operator.accessibility_violations() == []

    operator.click(testId="replay-live")
    operator.wait_for_alert(station=station)
    operator.wait_for_text(testId="station-row", text="61")
    assert operator.count(testId="of-time") == 0
    assert operator.take_problems() + now.take_problems() == []


def test_layers_of_the_catalogue_are_shown_and_put_in_order(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    operator.click(testId="tool-layers")
    operator.click(testId="layer-units")
    operator.wait_for_text(testId="shown-units", text="Đơn vị hành chính")
    assert operator.accessibility_violations() == []
    assert "layers=units" in operator.address()
    operator.click(testId="layer-units")
    assert operator.count(testId="shown-units") == 0
    assert operator.take_problems() == []
