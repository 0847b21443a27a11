"""The map in a real browser, with a real service, broker and database behind it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.conftest import Gauges, OpenMap
from tests.support.services import Service

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]


def _picture(tmp_path: Path, name: str) -> str:
    """Where a screenshot goes: IOC_TEST_SCREENS, where it is set, keeps them."""
    folder = Path(os.environ.get("IOC_TEST_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.png")


def test_alert_appears_is_acknowledged_and_stays_so(gauges: Gauges, open_map: OpenMap, tmp_path: Path) -> None:
    operator = open_map()
    assert operator.wait_for_live() >= 3
    assert operator.alert_rows() == []
    assert "Không có cảnh báo" in operator.text(testId="alerts-empty")

    gauges.report("thang", 61.5)
    row = operator.wait_for_alert(station=gauges.station("thang"), acknowledged=False)
    assert row["severity"] == "severe"
    for told in ("Mưa rất to", "Trạm đo mưa Thắng", "61,5 mm/h", "vượt ngưỡng 50 mm/h", "Nghiêm trọng", "GMT+7", "Xã Hiệp Hòa"):
        assert told in row["text"]
    assert operator.title().startswith("(1)")

    card = operator.open_alert(id=row["id"])
    assert card["station"] == gauges.station("thang")
    operator.wait_for_chart(least=1)
    operator.screenshot(path=_picture(tmp_path, "alert"))

    operator.acknowledge(id=row["id"])
    operator.wait_for_alert(station=gauges.station("thang"), acknowledged=True)
    operator.reload()
    operator.wait_for_live()
    again = operator.wait_for_alert(station=gauges.station("thang"), acknowledged=True)
    assert again["id"] == row["id"]
    assert "xác nhận lúc" in again["text"]
    assert operator.take_problems() == []


def test_new_alert_takes_neither_focus_nor_place_from_the_keyboard(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    gauges.report("thang", 61)
    first = operator.wait_for_alert(station=gauges.station("thang"))
    operator.press(keys=["1"])
    assert operator.focused()["alert"] == first["id"]

    gauges.report("ngo-quyen", 120)
    worse = operator.wait_for_alert(station=gauges.station("ngo-quyen"))
    assert [row["id"] for row in operator.alert_rows()] == [worse["id"], first["id"]]
    assert operator.focused()["alert"] == first["id"]

    operator.press(keys=["Enter"])
    assert operator.alert_card()["station"] == gauges.station("thang")
    operator.press(keys=["Escape"])
    assert operator.count(testId="alert-card") == 0
    operator.press(keys=["ArrowUp", "a"])
    operator.wait_for_alert(station=gauges.station("ngo-quyen"), acknowledged=True)
    assert operator.alert_rows()[1]["acknowledged"] is False


def test_alert_that_cleared_unseen_stays_until_somebody_acknowledges_it(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    gauges.report("thang", 61)
    row = operator.wait_for_alert(station=gauges.station("thang"))
    gauges.report("thang", 2)
    cleared = operator.wait_for_alert(station=gauges.station("thang"), condition="normal")
    assert "đã hết, chưa xác nhận" in cleared["text"]
    operator.acknowledge(id=row["id"])
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")


def test_second_operator_sees_the_acknowledgement_of_the_first(gauges: Gauges, open_map: OpenMap) -> None:
    first, second = open_map(), open_map()
    first.wait_for_live()
    second.wait_for_live()
    gauges.report("chu", 61)
    row = first.wait_for_alert(station=gauges.station("chu"))
    second.wait_for_alert(station=gauges.station("chu"))
    first.acknowledge(id=row["id"])
    second.wait_for_alert(station=gauges.station("chu"), acknowledged=True)


def test_map_outlives_the_service_and_says_how_old_it_is(gauges: Gauges, watched: Service, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    watched.kill()
    assert "thử lại" in operator.wait_for_connection(state="reconnecting")
    assert "dữ liệu cũ" in operator.text(testId="frozen")
    assert "chưa được cập nhật" in operator.text(testId="alerts-frozen")
    assert operator.count(testId="map") == 1

    gauges.report("thang", 75)
    watched.start()
    operator.wait_for_connection(state="live")
    assert "75 mm/h" in operator.wait_for_alert(station=gauges.station("thang"))["text"]
    assert operator.count(testId="frozen") == operator.count(testId="alerts-frozen") == 0


def test_card_shows_values_with_unit_place_and_day(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_stations(count=3)
    card = operator.select_station(id=gauges.station("ngo-quyen"), search=f"ngo quyen {gauges.system.source}")
    assert card["station"] == gauges.station("ngo-quyen")
    for told in ("Trạm đo mưa Ngô Quyền", "Cường độ mưa", "3,5 mm/h", "Phường Bắc Giang, Tỉnh Bắc Ninh", "Bình thường"):
        operator.wait_for_text(testId="station-card", text=told)
    assert "thấp nhất 3,5 mm/h" in operator.wait_for_chart(least=1)


@pytest.mark.parametrize(("query", "language"), [("", "vi"), ("?lang=en", "en")])
def test_language_is_that_of_the_address_and_can_be_switched(gauges: Gauges, open_map: OpenMap, query: str, language: str) -> None:
    heading = {"vi": "Cảnh báo", "en": "Alerts"}
    other = "en" if language == "vi" else "vi"
    operator = open_map(path=f"/{query}")
    operator.wait_for_live()
    assert heading[language] in operator.text(testId="alerts")
    operator.switch_language(code=other)
    operator.wait_for_text(testId="alerts", text=heading[other])
    operator.reload()
    operator.wait_for_live()
    assert heading[other] in operator.text(testId="alerts")
    assert operator.take_problems() == []


def test_shared_link_carries_view_and_station(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.wait_for_live()
    operator.select_station(id=gauges.station("thang"), search=f"thang {gauges.system.source}")
    address = operator.address()
    assert f"station={gauges.station('thang')}" in address
    operator.click(testId="copy-link")
    operator.wait_for_text(testId="link-copied", text="Đã sao chép")
    operator.press(keys=["/", "Control+V"])
    operator.wait_for_address(part=f"station%3D{gauges.station('thang')}")
    other = open_map(path=address.split("/", 3)[3].join(["/", ""]))
    assert other.card()["station"] == gauges.station("thang")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_screen_is_accessible(gauges: Gauges, open_map: OpenMap, theme: str, tmp_path: Path) -> None:
    gauges.report("thang", 61)
    gauges.report("ngo-quyen", 120)
    operator = open_map(theme=theme)
    operator.wait_for_live()
    row = operator.wait_for_alert(station=gauges.station("thang"))
    assert operator.accessibility_violations() == []
    operator.open_alert(id=row["id"])
    operator.wait_for_chart(least=1)
    operator.click(testId="legend")
    assert operator.accessibility_violations() == []
    operator.screenshot(path=_picture(tmp_path, f"card-{theme}"))
    operator.press(keys=["Escape", "3"])
    assert operator.accessibility_violations() == []
    operator.screenshot(path=_picture(tmp_path, f"table-{theme}"))
    operator.press(keys=["Tab", "?"])
    assert operator.count(testId="shortcuts") == 1
    assert operator.accessibility_violations() == []
    operator.click(testId="go-guide")
    operator.wait_for_page(page="guide")
    operator.wait_for_text(testId="guide", text="Nhận ca")
    assert operator.count(testId="shortcuts") == 0
    assert operator.accessibility_violations() == []
    operator.screenshot(path=_picture(tmp_path, f"guide-{theme}"))
    assert operator.take_problems() == []


def test_alert_list_is_usable_on_a_phone(gauges: Gauges, open_map: OpenMap, tmp_path: Path) -> None:
    gauges.report("thang", 61)
    operator = open_map(width=390, height=844)
    operator.wait_for_connection(state="live")
    operator.click(testId="view-alerts")
    row = operator.wait_for_alert(station=gauges.station("thang"))
    operator.screenshot(path=_picture(tmp_path, "phone"))
    assert operator.accessibility_violations() == []
    operator.acknowledge(id=row["id"])
    operator.wait_for_alert(station=gauges.station("thang"), acknowledged=True)


def test_alert_on_a_phone_opens_its_card_over_the_map_and_gives_the_list_back(gauges: Gauges, open_map: OpenMap, tmp_path: Path) -> None:
    gauges.report("thang", 61)
    operator = open_map(width=390, height=844)
    operator.wait_for_live()
    operator.click(testId="view-alerts")
    row = operator.wait_for_alert(station=gauges.station("thang"))
    assert operator.open_alert(id=row["id"])["station"] == gauges.station("thang")
    operator.wait_for_chart(least=1)
    assert not operator.is_visible(testId="alert-list")
    operator.screenshot(path=_picture(tmp_path, "phone-card"))
    assert operator.accessibility_violations() == []
    operator.click(testId="card-close")
    operator.wait_for_text(testId="alert-list", text="Mưa rất to")
    assert operator.is_visible(testId="alert-list")
    assert operator.take_problems() == []
