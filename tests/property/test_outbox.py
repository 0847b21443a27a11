"""A viewer that applies what it is sent sees what the mirror holds for its view, at every position at which it is told anything."""

import json
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ioc.domain.live import AlertView, Changes
from ioc.streams.mirror import COLUMNS, Mirror
from ioc.streams.outbox import AlertSubscription, StateSubscription
from ioc.streams.view import EVERYTHING, View
from tests.support.examples import NOW, alert, observation, position, station
from tests.support.viewer import Viewer

VIEWS = [EVERYTHING, View(105, 20, 106, 22), View(106, 20, 107, 22), View(0, 0, 1, 1), View(107, -90, 105, 90)]
views = st.sampled_from(VIEWS)
names = st.sampled_from(["a", "b", "c"])
QUEUE = 4


class Watching(RuleBasedStateMachine):
    """One state and one alerts subscription, with changes and the viewer's wishes in any order; pages and queue are small, to be met often."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = [patch("ioc.streams.outbox.MAX_QUEUED_ALERTS", QUEUE), patch("ioc.streams.frame.PAGE_ROWS", 2)]
        for one in self.patches:
            one.start()

    def teardown(self) -> None:
        for one in self.patches:
            one.stop()

    @initialize(view=views)
    def begin(self, view: View) -> None:
        self.second = 0
        self.versions: dict[int, int] = {}
        self.told: list[tuple[str, int]] = []
        self.mirror = Mirror(on_alert=self.hear)
        self.view, self.state, self.state_viewer = view, StateSubscription("s", view=view, rate_hz=1), Viewer("s")
        self.alerts, self.alert_viewer = AlertSubscription("a"), Viewer("a")
        self.snapshot_state()
        self.snapshot_alerts()

    def hear(self, told: AlertView) -> None:
        self.alerts.offer(told, self.mirror.position)
        self.told.append((told.id, told.version))

    def snapshot_state(self) -> None:
        for page in self.state.snapshot(self.mirror, NOW):
            self.state_viewer.take(page)
        self.compare_state()

    def snapshot_alerts(self) -> None:
        for page in self.alerts.snapshot(self.mirror, NOW):
            self.alert_viewer.take(page)
        self.told, self.alert_viewer.events = [], []
        self.compare_alerts()

    @rule(name=names, lon=st.none() | st.sampled_from([105.5, 106.0, 106.5]))
    def describe(self, name: str, lon: float | None) -> None:
        self.mirror.apply(Changes(stations=[station(name, lon=lon, lat=None if lon is None else 21.0)]))

    @rule(some=st.lists(names, min_size=1, max_size=4), late=st.integers(0, 3))
    def observe(self, some: list[str], late: int) -> None:
        self.second += 1
        self.mirror.apply(Changes(observations=[observation(self.second - late, self.second, name) for name in some]))

    @rule(name=st.sampled_from(["bus-1", "bus-2"]), lon=st.floats(104.5, 107.5))
    def move(self, name: str, lon: float) -> None:
        self.second += 1
        self.mirror.apply(Changes(positions=[position(self.second, lon, 21, name)]))

    @rule(number=st.integers(0, 3), firing=st.booleans(), seen=st.booleans(), again=st.booleans())
    def alarm(self, number: int, firing: bool, seen: bool, again: bool) -> None:
        version = self.versions[number] = self.versions.get(number, 0) + (0 if again else 1)
        condition = "firing" if firing else "normal"
        self.mirror.apply(Changes(alerts=[alert(number, version=version, condition=condition, acknowledged=seen, subject="hydro/a/rain")]))

    @rule()
    def tick(self) -> None:
        delta = self.state.delta(self.mirror, NOW)
        if delta is not None:
            self.state_viewer.take(delta)
        self.compare_state()

    @rule(view=views)
    def look_elsewhere(self, view: View) -> None:
        self.view = view
        self.state.look_at(view)
        self.snapshot_state()

    @rule()
    def read_alerts(self) -> None:
        resets = self.alert_viewer.resets
        for data in self.alerts.drain(self.mirror, NOW):
            self.alert_viewer.take(data)
        if self.alert_viewer.resets == resets:
            assert self.alert_viewer.events == self.told, "every change once, in order"
        else:
            assert len(self.told) > QUEUE, "a reset without need"
            self.told, self.alert_viewer.events = [], []
        self.compare_alerts()

    @rule()
    def ask_for_alerts_again(self) -> None:
        self.snapshot_alerts()

    @invariant()
    def queue_is_bounded(self) -> None:
        assert len(self.alerts._waiting) <= QUEUE

    def compare_state(self) -> None:
        inside = [entity for entity in self.mirror.entities() if self.view.holds(entity.lon, entity.lat)]
        expected: dict[str, dict[str, Any]] = {
            entity.view.id: dict(zip(COLUMNS, json.loads(entity.row()), strict=True)) for entity in inside
        }
        assert self.state_viewer.entities == expected

    def compare_alerts(self) -> None:
        assert {alert_id: told["version"] for alert_id, told in self.alert_viewer.alerts.items()} == {
            alert_id: told.version for alert_id, told in self.mirror.alerts.items()
        }


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=60, stateful_step_count=40)
