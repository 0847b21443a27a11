"""An operator who does not look at the screen is called by what a browser has for that."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Gauges, OpenMap

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]


def test_alert_that_comes_and_gets_worse_notifies_on_the_desktop_and_sounds(gauges: Gauges, open_map: OpenMap) -> None:
    operator = open_map()
    operator.watch_calls()
    operator.wait_for_live()
    operator.click(testId="open-calls")
    operator.click(testId="call-sound")
    operator.click(testId="call-desktop")

    gauges.report("thang", 61)
    operator.wait_for_alert(station=gauges.station("thang"))
    calls = operator.calls(notifications=1)
    assert calls["notifications"] == [{"title": "Nghiêm trọng: Mưa rất to", "body": "Trạm đo mưa Thắng"}]
    assert calls["tones"] == [659, 659, 784], "hertz"

    gauges.report("thang", 120)
    calls = operator.calls(notifications=2)
    assert calls["notifications"][1]["title"] == "Đặc biệt nghiêm trọng: Mưa rất to"
    assert calls["tones"][3:] == [784, 784, 988, 784, 988]
    assert operator.take_problems() == []
