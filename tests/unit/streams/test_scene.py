import gc
import json

from ioc.domain.live import Changes
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.scene import Scene
from ioc.streams.view import View
from tests.support.examples import NOW, alert, observation


def scene() -> Scene:
    return Scene(now=lambda: NOW, told=lambda: {"mode": "live"})


def test_viewers_of_the_same_tiles_share_a_window_that_goes_with_the_last_of_them() -> None:
    there = scene()
    first, second = (there.window(View(105, 21, east, 22), EVERYTHING) for east in (106, 106.01))
    assert first is second
    assert there.window(View(105, 21, 106, 22), Filter(kind=("bus",))) is not first
    assert there.window(View(105, 21, 106, 22, 5), EVERYTHING) is not first
    assert there.window(None, Filter()) is there.window(None, EVERYTHING)
    del first, second
    gc.collect()
    assert len(there._windows) == 0


def test_heartbeat_is_made_once_for_all() -> None:
    there = scene()
    assert json.loads(bytes(there.heartbeat(1))) == {"type": "hb", "t": "2026-11-22T05:00:00Z", "pos": 0, "lag_ms": None, "mode": "live"}
    assert there.heartbeat(1) is there.heartbeat(1)
    there.mirror.apply(Changes(observations=[observation(-2, 1)]))
    assert json.loads(bytes(there.heartbeat(2)))["lag_ms"] == 2000


def test_change_of_an_alert_is_logged_and_heard_of() -> None:
    there = scene()
    heard: list[int] = []
    there.on_alert = lambda: heard.append(there.alerts.end)
    there.mirror.apply(Changes(alerts=[alert(1), alert(1, version=2)]))
    assert heard == [1, 2]
    assert (there.alerts.event(1).alert.version, there.alerts.event(1).before) == (2, alert(1))
