"""What an operator does with alerts through a shift: work them, one or many, hide them, hand them over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Gauges
from tests.browser.operator import Operator
from tests.support.services import Service

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]

STORM = 100


@pytest.fixture(scope="module")
def operator(watched: Service) -> Iterator[Operator]:
    """One browser for all these stories; each begins as if it had never been here."""
    with Operator(watched.url) as operator:
        yield operator


def picture(tmp_path: Path, name: str) -> str:
    folder = Path(os.environ.get("IOC_TEST_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.png")


def test_alert_is_worked_from_its_card(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_live()
    gauges.report("thang", 61)
    row = operator.wait_for_alert(station=gauges.station("thang"))
    card = operator.open_alert(id=row["id"])
    for told in ("Báo động khi Cường độ mưa vượt 50 mm/h (nghiêm trọng), 100 mm/h", "Xã Hiệp Hòa, Tỉnh Bắc Ninh", "Nguy cơ ngập úng"):
        assert told in card["text"]
    operator.wait_for_chart(least=1)

    operator.click(testId="open-assign")
    operator.click(testId="assign-me")
    operator.wait_for_text(testId="alert-history", text="cho demo")
    operator.click(testId="open-comment")
    operator.fill(testId="comment-text", value="Đội 3 đang tới")
    operator.click(testId="send-comment")
    operator.wait_for_text(testId="alert-history", text="Đội 3 đang tới")
    operator.choose(testId="alert-part", value="mine")
    assert "giao demo" in operator.wait_for_alert(station=gauges.station("thang"))["text"]

    operator.choose(testId="alert-part", value="open")
    operator.click(testId="open-shelve")
    operator.choose(testId="shelve-for", value="30")
    operator.click(testId="send-shelve")
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")
    operator.click(testId="unshelve")
    operator.wait_for_alert(station=gauges.station("thang"))

    operator.click(testId="open-close")
    operator.wait_for_text(testId="close-holds", text="vẫn đang diễn ra")
    operator.choose(testId="close-reason", value="exercise")
    operator.click(testId="send-close")
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")
    operator.wait_for_text(testId="alert-history", text="diễn tập, khi đó vẫn đang diễn ra")
    assert operator.take_problems() == []


def test_what_was_closed_is_followed_found_and_opened_again(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_live()
    gauges.report("thang", 61)
    row = operator.wait_for_alert(station=gauges.station("thang"))
    operator.open_alert(id=row["id"])
    operator.click(testId="open-close")
    operator.choose(testId="close-reason", value="resolved")
    operator.click(testId="send-close")
    operator.wait_for_text(testId="alert-closed", text="demo đóng lúc")
    # The card goes on with each version, though the alert has left the list.
    operator.click(testId="open-comment")
    operator.fill(testId="comment-text", value="nước vẫn còn cao")
    operator.click(testId="send-comment")
    operator.wait_for_text(testId="alert-history", text="nước vẫn còn cao")
    operator.reload()
    operator.wait_for_live()
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")
    operator.choose(testId="alert-part", value="closed")
    assert "demo đóng lúc" in operator.wait_for_alert(station=gauges.station("thang"))["text"]
    operator.open_alert(id=row["id"])
    operator.click(testId="open-reopen")
    operator.click(testId="send-reopen")
    operator.choose(testId="alert-part", value="open")
    operator.wait_for_alert(station=gauges.station("thang"), acknowledged=False)
    operator.wait_for_text(testId="alert-history", text="Mở lại")
    assert operator.take_problems() == []


def test_keys_work_an_alert_without_a_mouse(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_live()
    gauges.report("thang", 61)
    operator.wait_for_alert(station=gauges.station("thang"))
    operator.press(keys=["1", "c"])
    operator.wait_for_focus(testId="comment-text")
    operator.press(keys=["o", "k", "Control+Enter"])
    operator.wait_for_text(testId="alert-history", text="ok")
    operator.press(keys=["Escape", "1", "a"])
    operator.wait_for_alert(station=gauges.station("thang"), acknowledged=True)


def test_many_alerts_are_grouped_drawn_in_part_and_acknowledged_together(gauges: Gauges, operator: Operator) -> None:
    system = gauges.system
    for number in range(STORM):
        described = {"name": f"Máy đo {number:03}", "kind": "rain_gauge", "properties": {"rain_1h": {"unit": "mm/h", "min": 0, "max": 300}}}
        system.publish(f"station/storm-{number}", described, retain=True)
    last = [system.publish(f"obs/storm-{number}", {"rain_1h": 60}) for number in range(STORM)][-1]
    system.flush(last)
    operator.begin()
    operator.wait_for_live()
    operator.wait_for_text(testId="alert-count", text=f"{STORM} / {STORM}")
    lines = operator.listed_lines()
    assert lines["all"] == STORM
    assert lines["drawn"] < STORM / 2
    operator.press(keys=["1", "End"])
    assert "Máy đo" in operator.focused()["text"]

    operator.choose(testId="alert-grouping", value="rule")
    assert operator.listed_lines()["all"] == 1
    operator.click(testId="group-acknowledge")
    operator.click(testId="confirm-many-yes")
    operator.wait_for_text(testId="bulk-notice", text=f"Đã xác nhận {STORM} cảnh báo.")
    operator.wait_for_text(testId="alert-list", text="đã xác nhận hết")
    assert operator.take_problems() == []
    system.flush([system.publish(f"obs/storm-{number}", {"rain_1h": 0}) for number in range(STORM)][-1])
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")


def test_what_changed_since_the_operator_looked_is_told_until_seen(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_live()
    operator.wait_for_text(testId="news", text="không có gì thay đổi")
    gauges.report("thang", 61)
    operator.wait_for_text(testId="news", text="1 mới")
    operator.reload()
    operator.wait_for_live()
    operator.wait_for_text(testId="news", text="1 mới")
    gauges.report("ngo-quyen", 61)
    operator.wait_for_text(testId="news", text="2 mới")
    operator.click(testId="news-seen")
    operator.wait_for_text(testId="news", text="không có gì thay đổi")


def test_silence_is_looked_at_beforehand_hides_and_ends(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_live()
    gauges.report("chu", 61)
    row = operator.wait_for_alert(station=gauges.station("chu"))
    operator.open_alert(id=row["id"])
    operator.click(testId="silence-this")
    operator.wait_for_text(testId="silence-preview", text="Ẩn ngay 1 cảnh báo đang mở")
    operator.fill(testId="silence-comment", value="bảo trì trạm Chũ")
    operator.click(testId="silence-create")
    operator.wait_for_text(testId="silence", text="bảo trì trạm Chũ")
    # What is hidden is neither in the list nor in the counts, and has a part of its own.
    operator.wait_for_text(testId="alerts-empty", text="Không có cảnh báo")
    operator.choose(testId="alert-part", value="silenced")
    assert "đang tạm ẩn" in operator.wait_for_alert(station=gauges.station("chu"))["text"]
    operator.click(testId="silence-end")
    operator.wait_for_text(testId="silence-said", text="Đợt tạm ẩn đã kết thúc")
    operator.wait_for_text(testId="alerts-empty", text="mục này")
    operator.choose(testId="alert-part", value="open")
    operator.wait_for_alert(station=gauges.station("chu"))
    assert operator.take_problems() == []


def test_hand_over_tells_the_shift_and_a_link_opens_it(gauges: Gauges, operator: Operator) -> None:
    gauges.report("thang", 61)
    operator.begin(path="/#panel=handover")
    operator.wait_for_live()
    row = operator.wait_for_alert(station=gauges.station("thang"))
    operator.acknowledge(id=row["id"])
    operator.wait_for_alert(station=gauges.station("thang"), acknowledged=True)
    operator.click(testId="handover-8")
    operator.wait_for_text(testId="handover-open", text="demo đã xác nhận")
    operator.wait_for_text(testId="handover-opened", text="Trạm đo mưa Thắng")
    operator.click(testId="handover-earlier")
    operator.wait_for_text(testId="handover-open", text="Không có.")


def test_station_card_shows_longer_spans_saves_them_and_compares(gauges: Gauges, operator: Operator) -> None:
    operator.begin()
    operator.wait_for_stations(count=3)
    operator.select_station(id=gauges.station("thang"), search=f"thang {gauges.system.source}")
    operator.wait_for_text(testId="station-card", text="ngưỡng 50 mm/h · 100 mm/h")
    operator.wait_for_chart(least=1)
    operator.click(testId="span-168")
    operator.wait_for_text(testId="history", text="trung bình mỗi giờ")
    operator.wait_for_chart(least=1)
    saved = operator.save(testId="chart-csv")
    assert saved["name"].endswith("-thang-rain-1h.csv")
    assert f"{gauges.station('thang')}," in saved["text"]
    assert operator.save(testId="chart-png")["text"].startswith("\x89PNG")

    operator.click(testId="chart-compare")
    operator.fill(testId="compare-search", value=f"chu {gauges.system.source}")
    operator.click(testId="compare-found")
    operator.wait_for_lines(count=2)
    assert gauges.station("chu") in operator.save(testId="compare-csv")["text"].splitlines()[0]
    assert operator.take_problems() == []


def test_panels_and_wall_keep_nobody_out(gauges: Gauges, operator: Operator, tmp_path: Path) -> None:
    gauges.report("thang", 61)
    gauges.report("ngo-quyen", 120)
    operator.begin()
    operator.wait_for_live()
    row = operator.wait_for_alert(station=gauges.station("ngo-quyen"))
    operator.wait_for_alert(station=gauges.station("thang"))

    def look(name: str) -> None:
        for theme in ("dark", "light"):
            operator.prefer(theme=theme)
            operator.screenshot(path=picture(tmp_path, f"{name}-{theme}"))
            assert (name, theme, operator.accessibility_violations()) == (name, theme, [])

    operator.choose(testId="alert-grouping", value="rule")
    operator.click(testId="groups-open")
    operator.click(testId="open-calls")
    operator.open_alert(id=row["id"])
    operator.click(testId="open-close")
    operator.wait_for_chart(least=1)
    look("alert-card")
    operator.click(testId="silence-this")
    operator.wait_for_text(testId="silence-preview", text="Ẩn ngay")
    look("silences")
    operator.click(testId="open-handover")
    operator.wait_for_text(testId="handover-opened", text="Trạm đo mưa Thắng")
    look("handover")
    operator.click(testId="wall-open")
    operator.click(testId="wall-pause")
    look("wall-map")
    operator.click(testId="wall-next")
    operator.wait_for_text(testId="wall", text="Cảnh báo nặng nhất")
    look("wall-alerts")
    operator.click(testId="wall-next")
    operator.click(testId="wall-next")
    operator.wait_for_text(testId="wall", text="Theo địa bàn")
    look("wall-areas")
    operator.click(testId="wall-close")
    assert operator.count(testId="wall") == 0
    assert operator.take_problems() == []
