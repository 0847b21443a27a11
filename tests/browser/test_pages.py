"""The pages under `/ogc` in a real browser: a map that is drawn, a filter, on a wide screen and on a phone, for everybody."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.conftest import Gauges, OpenMap

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]

DAY = "datetime=2026-01-01"
PHONE = {"width": 390, "height": 844}


def picture(tmp_path: Path, name: str) -> str:
    folder = Path(os.environ.get("IOC_TEST_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"ogc-{name}.png")


@pytest.mark.parametrize("screen", [{}, PHONE, {"theme": "light"}], ids=["wide", "phone", "light"])
@pytest.mark.parametrize(
    ("name", "path", "features"),
    [
        ("units", f"units/items?f=html&lang=vi&limit=20&{DAY}", 20),
        ("stations", "stations/items?f=html&lang=en", None),
        ("collection", "units?f=html&lang=vi", 1),
    ],
)
def test_page_draws_its_map_and_keeps_nobody_out(
    gauges: Gauges, open_map: OpenMap, tmp_path: Path, name: str, path: str, features: int | None, screen: dict[str, object]
) -> None:
    assert gauges
    reader = open_map(path=f"/ogc/collections/{path}", **screen)
    drawn = reader.wait_for_page_map()
    assert drawn >= 3 if features is None else drawn == features
    reader.screenshot(path=picture(tmp_path, f"{name}-{'-'.join(map(str, screen.values())) or 'wide'}"))
    assert reader.accessibility_violations() == []
    assert reader.overflow() <= 0
    assert reader.take_problems() == []


def test_wrong_filter_is_told_in_its_place(open_map: OpenMap, tmp_path: Path) -> None:
    reader = open_map(path=f"/ogc/collections/units/items?f=html&lang=en&filter={quote('level = ')}", **PHONE)
    reader.screenshot(path=picture(tmp_path, "refused"))
    assert reader.accessibility_violations() == []
    assert reader.overflow() <= 0
