from typing import Any

import pytest

from ioc.domain.live import Changes, ObservationChange
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.outbox import StateSubscription
from ioc.streams.scene import Scene
from ioc.streams.view import View
from tests.support.examples import NOW, alert, at, observation, position, station
from tests.support.viewer import Viewer

WEST, EAST = View(105.0, 20.0, 105.5, 22.0), View(106.5, 20.0, 107.0, 22.0)
AFAR = View(100.0, 10.0, 110.0, 25.0, 5)


def scene() -> Scene:
    return Scene(now=lambda: NOW, told=lambda: {"mode": "live"})


class Watch:
    """A scene, a subscription to its state, and the viewer at the end."""

    def __init__(self, *changes: Changes, view: View | None = None, wanted: Filter = EVERYTHING) -> None:
        self.scene, self.viewer, self.second = scene(), Viewer("s"), 0.0
        self.mirror = self.scene.mirror
        self.apply(*changes)
        self.subscription = StateSubscription("s", self.scene, view=view, wanted=wanted)
        self.pages = self.drain()

    def apply(self, *batches: Changes) -> None:
        for changes in batches:
            self.mirror.apply(changes)

    def drain(self) -> int:
        """Take all that is due and return how many frames that were."""
        self.second += 1
        taken = 0
        while (data := self.subscription.next_frame(self.second)) is not None:
            self.viewer.take(data)
            taken += 1
        return taken

    def tick(self) -> bool:
        """Take what is due and return whether there was anything."""
        return self.drain() > 0

    def again(self, position: int, **changed: Any) -> None:
        """Be a viewer who comes back and was told up to `position`."""
        self.subscription = StateSubscription("s", self.scene, resume_at=position, **changed)


def test_rate_is_an_interval() -> None:
    assert StateSubscription("s", scene(), rate_hz=4).interval_s == 0.25


def test_snapshot_of_an_empty_mirror_is_one_empty_page() -> None:
    watch = Watch()
    assert watch.viewer.entities == {}
    assert watch.viewer.position == 0


def test_snapshot_is_cut_into_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 3)
    for count, pages in ((0, 1), (1, 1), (2, 1), (4, 2), (5, 2), (7, 3)):
        watch = Watch(Changes(stations=[station(f"s{n}", lon=105 + n / 5) for n in range(count)]))
        assert len(watch.viewer.entities) == count
        assert watch.pages == pages


def test_nothing_is_said_when_nothing_has_changed() -> None:
    watch = Watch(Changes(stations=[station()]))
    assert not watch.tick()
    watch.apply(Changes(observations=[observation(0, 1)]))
    assert watch.tick()
    assert not watch.tick()


def test_several_changes_between_two_ticks_are_one_row() -> None:
    watch = Watch(Changes(stations=[station()]))
    watch.apply(*(Changes(observations=[observation(second, second)]) for second in range(100)))
    data = watch.subscription.next_frame(2)
    assert data is not None
    watch.viewer.take(data)
    assert bytes(data).count(b'"hydro/dap-cau"') == 1
    assert watch.viewer.entities["hydro/dap-cau"]["values"]["water_level"][1] == 99


def test_entity_that_moves_out_of_the_view_is_removed_once_and_comes_back_whole() -> None:
    watch = Watch(Changes(positions=[position(0, 105.4, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 105.45, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["lon"] == 105.45
    watch.apply(Changes(positions=[position(2, 106.5, 21)]))
    assert watch.tick()
    assert watch.viewer.entities == {}
    watch.apply(Changes(positions=[position(3, 106.6, 21)]))
    assert not watch.tick(), "what a viewer does not see is not told"
    watch.apply(Changes(positions=[position(4, 105.4, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["speed"] == 30


def test_entity_that_was_out_and_in_again_between_two_ticks_is_a_move() -> None:
    watch = Watch(Changes(positions=[position(0, 105.4, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 106.5, 21)]), Changes(positions=[position(2, 105.3, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["lon"] == 105.3


def test_removal_is_not_lost_by_conflation() -> None:
    """The viewer was slow: in and out and changed again before the next tick."""
    watch = Watch(Changes(positions=[position(0, 105.4, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 106.5, 21)]), Changes(observations=[ObservationChange("buses", "bus-1", "speed", at(9), 1)]))
    watch.apply(Changes(positions=[position(2, 106.6, 21)]))
    assert watch.tick()
    assert watch.viewer.entities == {}


def test_entity_without_a_place_is_in_every_view() -> None:
    watch = Watch(Changes(stations=[station(lon=None, lat=None)]), view=WEST)
    assert list(watch.viewer.entities) == ["hydro/dap-cau"]


def test_another_view_elsewhere_is_a_new_snapshot() -> None:
    watch = Watch(Changes(stations=[station("w", lon=105.2), station("e", lon=106.8)]), view=WEST)
    assert list(watch.viewer.entities) == ["hydro/w"]
    watch.apply(Changes(observations=[observation(0, 1, "w")]))
    watch.tick()
    watch.subscription.look_at(EAST)
    watch.tick()
    assert list(watch.viewer.entities) == ["hydro/e"]
    watch.apply(Changes(observations=[observation(1, 2, "w")]))
    assert not watch.tick()
    watch.apply(Changes(observations=[observation(1, 2, "e")]))
    assert watch.tick()


def test_move_of_the_map_costs_what_came_into_view() -> None:
    stations = [station(f"s{n}", lon=105 + n / 10) for n in range(30)]
    watch = Watch(Changes(stations=stations), view=WEST)
    before = set(watch.viewer.entities)
    watch.subscription.look_at(View(105.3, 20, 105.9, 22), 7)
    data = watch.subscription.next_frame(9)
    assert data is not None
    watch.viewer.take(data)
    assert b'"type":"d"' in bytes(data)
    assert b'"vseq":7' in bytes(data)
    came = set(watch.viewer.entities) - before
    assert came
    assert bytes(data).count(b'"river_gauge"') == len(came), "what was in view already is not told again"
    assert before - set(watch.viewer.entities), "what left is removed"


def test_move_of_the_map_within_the_same_tiles_costs_nothing_and_is_answered() -> None:
    watch = Watch(Changes(stations=[station(lon=105.2)]), view=WEST)
    watch.subscription.look_at(View(105.01, 20.01, 105.51, 22), 3)
    data = watch.subscription.next_frame(2)
    assert data is not None
    assert b'"rows":[],"rm":[]' in bytes(data)
    assert b'"vseq":3' in bytes(data)


def test_of_several_views_before_the_next_frame_the_last_wins() -> None:
    watch = Watch(Changes(stations=[station("w", lon=105.2), station("e", lon=106.8)]), view=WEST)
    watch.subscription.look_at(View(0, 0, 1, 1), 1)
    watch.subscription.look_at(EAST, 2)
    assert watch.drain() == 1
    assert list(watch.viewer.entities) == ["hydro/e"]


def test_view_from_afar_shows_cells_with_the_worst_state() -> None:
    stations = [station(f"s{n}", lon=106 + n / 1000) for n in range(3)]
    watch = Watch(Changes(stations=[*stations, station("far", lon=101.0)]), view=AFAR)
    assert sorted(cell["count"] for cell in watch.viewer.entities.values()) == [1, 3]
    watch.apply(Changes(alerts=[alert(1, severity="severe", subject="hydro/s1/water_level")], observations=[observation(0, 1, "s1")]))
    assert watch.tick()
    (cell,) = (one for one in watch.viewer.entities.values() if one["count"] == 3)
    assert (cell["state"], cell["states"], cell["t"]) == ("severe", [2, 0, 0, 1, 0], "2026-11-22T05:00:00Z")
    assert (cell["lon"], cell["lat"]) == (106.001, 21.2)
    west, south, east, north = cell["bbox"]
    assert west <= 106 <= east
    assert south <= 21.2 <= north


def test_cell_that_is_empty_is_removed() -> None:
    watch = Watch(Changes(positions=[position(0, 105, 21)]), view=AFAR)
    watch.apply(Changes(positions=[position(1, 108, 21)]))
    assert watch.tick()
    assert [cell["count"] for cell in watch.viewer.entities.values()] == [1]


def test_zooming_in_shows_stations_in_the_place_of_cells() -> None:
    watch = Watch(Changes(stations=[station(lon=105.2)]), view=AFAR)
    watch.subscription.look_at(WEST)
    watch.tick()
    assert list(watch.viewer.entities) == ["hydro/dap-cau"]


def test_station_that_no_longer_fits_the_filter_is_removed_and_one_that_never_did_is_not() -> None:
    watch = Watch(Changes(stations=[station("a"), station("b")]), wanted=Filter(state="minor"))
    assert watch.viewer.entities == {}
    watch.apply(Changes(observations=[observation(0, 1, "b")], alerts=[alert(1, subject="hydro/a/water_level")]))
    watch.tick()
    assert list(watch.viewer.entities) == ["hydro/a"]
    watch.apply(Changes(observations=[observation(1, 1, "b")]))
    assert not watch.tick()
    watch.apply(Changes(alerts=[alert(1, version=2, condition="normal", subject="hydro/a/water_level")]))
    watch.tick()
    assert watch.viewer.entities == {}


def test_change_while_a_snapshot_is_read_is_in_its_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 2)
    watch = Watch()
    watch.apply(Changes(stations=[station(f"s{n}", lon=105 + n / 3) for n in range(4)], positions=[position(0, 105.1, 21)]))
    watch.subscription = StateSubscription("s", watch.scene)
    first = watch.subscription.next_frame(1)
    assert first is not None
    watch.viewer.take(first)
    watch.apply(Changes(observations=[observation(0, 4.5, "s0")], positions=[position(1, 106.3, 21)], stations=[station("new")]))
    watch.drain()
    assert watch.viewer.is_whole
    assert watch.viewer.position == watch.mirror.position
    assert len(watch.viewer.entities) == 6
    assert watch.viewer.entities["hydro/s0"]["values"]["water_level"][1] == 4.5
    assert watch.viewer.entities["buses/bus-1"]["lon"] == 106.3


def test_viewers_of_the_same_tiles_are_sent_the_same_frame() -> None:
    there = scene()
    there.mirror.apply(Changes(stations=[station(lon=105.2)]))
    some = [StateSubscription("s", there, view=view) for view in (WEST, View(105.01, 20.01, 105.51, 22))]
    for one in some:
        one.next_frame(1)
    there.mirror.apply(Changes(observations=[observation(0, 1)]))
    first, second = (one.next_frame(2) for one in some)
    assert first is second


def test_paused_subscription_is_told_all_that_changed_when_it_goes_on() -> None:
    watch = Watch(Changes(stations=[station("a"), station("b")]))
    watch.subscription.is_paused = True
    for second in range(5):
        watch.apply(Changes(observations=[observation(second, second, "a")]))
        assert not watch.tick()
    watch.subscription.is_paused = False
    assert watch.drain() == 1
    assert watch.viewer.entities["hydro/a"]["values"]["water_level"][1] == 4


def test_viewer_that_comes_back_is_told_what_it_missed_and_nothing_else() -> None:
    watch = Watch(Changes(stations=[station("a"), station("b")], positions=[position(0, 105.4, 21)]), view=WEST)
    told = watch.mirror.position
    watch.apply(Changes(observations=[observation(1, 7, "a")], positions=[position(1, 109, 21)]))
    watch.again(told)
    data = watch.subscription.next_frame(5)
    assert data is not None
    watch.viewer.take(data)
    assert watch.viewer.resumed == 1
    assert b'"hydro/b"' not in bytes(data)
    watch.again(watch.mirror.position)
    data = watch.subscription.next_frame(5)
    assert data is not None
    assert b'"rows":[],"rm":[]' in bytes(data), "nothing missed is said too"


@pytest.mark.parametrize(("position_told", "why"), [(3, "horizon"), (99, "future")])
def test_viewer_that_cannot_be_told_what_it_missed_is_told_everything(position_told: int, why: str) -> None:
    watch = Watch(Changes(stations=[station(f"s{n}") for n in range(8)]))
    watch.mirror.forget(4)
    watch.again(position_told)
    watch.tick()
    assert (watch.viewer.why, watch.viewer.resumed, len(watch.viewer.entities)) == (why, 0, 8)


def test_viewer_that_paused_for_too_long_begins_anew() -> None:
    watch = Watch(Changes(positions=[position(0, 105.4, 21)]), view=WEST)
    watch.subscription.is_paused = True
    watch.apply(Changes(positions=[position(1, 109, 21)]))
    watch.mirror.forget(watch.mirror.position)
    watch.tick()
    watch.subscription.is_paused = False
    watch.tick()
    assert watch.viewer.why == "horizon"
    assert watch.viewer.entities == {}


def test_more_changes_than_one_frame_takes_are_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.MAX_DELTA_ROWS", 3)
    watch = Watch(Changes(stations=[station(f"s{n}") for n in range(5)]))
    watch.apply(Changes(observations=[observation(1, n, f"s{n}") for n in range(5)]))
    data = watch.subscription.next_frame(7)
    assert data is not None
    assert b'"type":"snap"' in bytes(data)
