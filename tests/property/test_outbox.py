"""A viewer that applies what it is sent has what the server holds for its view and filter, at every position at which it is told anything.

Whatever it does: look elsewhere, zoom out to cells, pause, read slowly, lose the connection and come back, too late or to another process.
"""

import json
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ioc.domain.live import AlertView, Changes, ObservationChange
from ioc.streams.cells import CellWindow
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import COLUMNS, Mirror
from ioc.streams.outbox import AlertSubscription, StateSubscription
from ioc.streams.scene import Scene
from ioc.streams.view import View
from ioc.streams.window import Window
from tests.support.examples import NOW, alert, observation, position, station
from tests.support.viewer import Viewer

VIEWS = [
    None,
    View(105.5, 20.5, 105.9, 21.5),
    View(105.6, 20.5, 106.2, 21.5),
    View(106.6, 20, 107, 22),
    View(0, 0, 1, 1),
    View(107, -90, 105, 90),
    View(100, 15, 110, 25, 6),
    View(100, 15, 110, 25, 3),
]
FILTERS = [EVERYTHING, Filter(kind=("river_gauge",)), Filter(state="moderate"), Filter(unit=frozenset({"A"})), Filter(property=("rain",))]
views, filters = st.sampled_from(VIEWS), st.sampled_from(FILTERS)
names = st.sampled_from(["a", "b", "c"])
QUEUE = 4


class Watching(RuleBasedStateMachine):
    """One state and one alerts subscription, with changes and the viewer's wishes in any order; pages and log are small, to be met often."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = [
            patch("ioc.streams.alert_log.MAX_LOGGED", QUEUE),
            patch("ioc.streams.frame.PAGE_ROWS", 2),
            patch("ioc.streams.frame.MAX_DELTA_ROWS", 4),
            patch("ioc.streams.cells.CROWD", 2),
        ]
        for one in self.patches:
            one.start()

    def teardown(self) -> None:
        for one in self.patches:
            one.stop()

    @initialize(view=views, wanted=filters)
    def begin(self, view: View | None, wanted: Filter) -> None:
        self.second, self.at = 0, 0.0
        self.versions: dict[int, int] = {}
        self.told: list[tuple[str, int]] = []
        self.scene = self.new_scene()
        self.view, self.wanted = view, wanted
        self.state_viewer, self.alert_viewer = Viewer("s"), Viewer("a")
        self.subscribe_state(None)
        self.subscribe_alerts(None)

    def new_scene(self) -> Scene:
        scene = Scene(now=lambda: NOW, told=dict)
        note = scene.mirror._on_alert

        def hear(told: AlertView, before: AlertView | None) -> None:
            note(told, before)
            self.told.append((told.id, told.version))

        scene.mirror._on_alert = hear
        return scene

    @property
    def mirror(self) -> Mirror:
        return self.scene.mirror

    def subscribe_state(self, resume_at: int | None) -> None:
        self.state = StateSubscription("s", self.scene, view=self.view, wanted=self.wanted, rate_hz=1, resume_at=resume_at)

    def subscribe_alerts(self, resume_at: int | None) -> None:
        self.alerts = AlertSubscription("a", self.scene, resume_at=resume_at)

    def apply(self, **changes: Any) -> None:
        self.mirror.apply(Changes(**changes))

    @rule(
        name=names,
        lon=st.none() | st.sampled_from([105.7, 106.0, 106.7]),
        kind=st.sampled_from(["river_gauge", "pump"]),
        unit=st.sampled_from("AB"),
    )
    def describe(self, name: str, lon: float | None, kind: str, unit: str) -> None:
        self.apply(stations=[station(name, lon=lon, lat=None if lon is None else 21.0, kind=kind, unit={"code": unit})])

    @rule(some=st.lists(names, min_size=1, max_size=4), late=st.integers(0, 3), prop=st.sampled_from(["rain", "water_level"]))
    def observe(self, some: list[str], late: int, prop: str) -> None:
        self.second += 1
        self.apply(observations=[observation(self.second - late, self.second, name, prop) for name in some])

    @rule(name=st.sampled_from(["bus-1", "bus-2"]), lon=st.floats(104.5, 107.5))
    def move(self, name: str, lon: float) -> None:
        self.second += 1
        self.apply(positions=[position(self.second, lon, 21, name)])

    @rule(number=st.integers(0, 3), firing=st.booleans(), seen=st.booleans(), again=st.booleans(), name=names)
    def alarm(self, number: int, firing: bool, seen: bool, again: bool, name: str) -> None:
        version = self.versions[number] = self.versions.get(number, 0) + (0 if again else 1)
        condition = "firing" if firing else "normal"
        self.apply(alerts=[alert(number, version=version, condition=condition, acknowledged=seen, subject=f"hydro/{name}/rain")])

    @rule(frames=st.integers(1, 9))
    def read_state(self, frames: int) -> None:
        """Read some of what is due; the rest when the viewer reads again."""
        self.at += 10
        for _ in range(frames):
            data = self.state.next_frame(self.at)
            self.at += 10
            if data is None:
                if not self.state.is_paused and self.state._next_window is None:
                    self.compare_state()
                return
            self.state_viewer.take(data)
            if self.state_viewer.is_whole:
                self.compare_state()

    @rule(view=views.filter(bool))
    def look_elsewhere(self, view: View) -> None:
        self.view = view
        self.state.look_at(view)

    @rule(held=st.booleans())
    def pause(self, held: bool) -> None:
        self.state.is_paused = held

    @rule()
    def forget(self) -> None:
        self.mirror.forget(self.mirror.position)

    @rule()
    def come_back(self) -> None:
        """The connection broke: the viewer resumes if what it has is whole and of the view that it wants; what is of another it gives up."""
        before = type(self.state._window)
        if self.state._next_window is not None:
            self.state_viewer = Viewer("s")
        self.subscribe_state(self.resumable(self.state_viewer))
        if type(self.state._window) is not before:  # it has stations and is told cells, or the other way round: it begins anew
            self.state_viewer = Viewer("s")
            self.subscribe_state(None)
        self.subscribe_alerts(self.resumable(self.alert_viewer))

    def resumable(self, viewer: Viewer) -> int | None:
        return viewer.position if viewer.is_whole and viewer.epoch == self.mirror.epoch else None

    @rule()
    def come_back_to_another_process(self) -> None:
        """It has heard of the same changes in another order, and counts otherwise."""
        old, self.scene = self.mirror, self.new_scene()
        entities = list(old.entities())
        self.mirror.apply(
            Changes(
                stations=[one.view for one in entities],
                positions=[one.position for one in entities if one.position],
                observations=[
                    ObservationChange(one.view.source, one.view.station, name, *reading)
                    for one in entities
                    for name, reading in one.readings.items()
                ],
                alerts=list(old.alerts.values()),
            )
        )
        self.subscribe_state(None)
        self.subscribe_alerts(None)
        self.state.reset("epoch")
        self.alerts.reset("epoch")

    @rule()
    def read_alerts(self) -> None:
        while (data := self.alerts.next_frame(0)) is not None:
            if b'"type":"snap"' in bytes(data) and b'"page":0' in bytes(data):
                self.told, self.alert_viewer.events = [], []  # what came before is in it
            self.alert_viewer.take(data)
        assert self.alert_viewer.events == self.told, "every change once, in order"
        assert {alert_id: told["version"] for alert_id, told in self.alert_viewer.alerts.items()} == {
            alert_id: told.version for alert_id, told in self.mirror.alerts.items()
        }

    @invariant()
    def log_is_bounded(self) -> None:
        assert len(self.scene.alerts._events) <= QUEUE

    def compare_state(self) -> None:
        window: Window = self.state._window
        if isinstance(window, CellWindow):
            part = window.changes(0)
            rows = json.loads(b"[" + b",".join(part.rows) + b"]")
            assert {row[0]: row for row in rows} == {name: list(row.values()) for name, row in self.state_viewer.entities.items()}
            return
        inside = [
            entity for entity in self.mirror.entities() if entity.tile and entity.tile.key in window.area and self.wanted.fits(entity)
        ]
        assert self.state_viewer.entities == {
            entity.view.id: dict(zip(COLUMNS, json.loads(entity.row()), strict=True)) for entity in inside
        }


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=150, stateful_step_count=50)
