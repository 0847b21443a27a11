import pytest

from ioc.domain.live import AlertView, Changes, ObservationChange
from ioc.streams.mirror import Mirror
from ioc.streams.outbox import AlertSubscription, StateSubscription
from ioc.streams.view import View
from tests.support.examples import NOW, alert, at, observation, position, station
from tests.support.viewer import Viewer

WEST, EAST = View(105.0, 20.0, 106.0, 22.0), View(106.0, 20.0, 107.0, 22.0)


def state(view: View | None = None, *, rate_hz: float = 2) -> StateSubscription:
    return StateSubscription("s", view=view, rate_hz=rate_hz)


class Watch:
    """A mirror, a subscription to its state, and the viewer at the end."""

    def __init__(self, *changes: Changes, view: View | None = None) -> None:
        self.mirror, self.subscription, self.viewer = Mirror(), state(view), Viewer("s")
        self.apply(*changes)
        self.snapshot()

    def apply(self, *batches: Changes) -> None:
        for changes in batches:
            self.mirror.apply(changes)

    def snapshot(self) -> None:
        for page in self.subscription.snapshot(self.mirror, NOW):
            self.viewer.take(page)

    def tick(self) -> bool:
        """Take what is due and return whether there was anything."""
        delta = self.subscription.delta(self.mirror, NOW)
        if delta is not None:
            self.viewer.take(delta)
        return delta is not None


def test_rate_is_an_interval() -> None:
    assert state(rate_hz=4).interval_s == 0.25


def test_snapshot_of_an_empty_mirror_is_one_empty_page() -> None:
    watch = Watch()
    assert watch.viewer.entities == {}
    assert watch.viewer.position == 0


def test_snapshot_is_cut_into_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 3)
    for count, pages in ((0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)):
        watch = Watch(Changes(stations=[station(f"s{n}") for n in range(count)]))
        assert len(watch.viewer.entities) == count
        assert len(watch.subscription.snapshot(watch.mirror, NOW)) == pages


def test_nothing_is_said_when_nothing_has_changed() -> None:
    watch = Watch(Changes(stations=[station()]))
    assert not watch.tick()
    watch.apply(Changes(observations=[observation(0, 1)]))
    assert watch.tick()
    assert not watch.tick()


def test_several_changes_between_two_ticks_are_one_row() -> None:
    watch = Watch(Changes(stations=[station()]))
    watch.apply(*(Changes(observations=[observation(second, second)]) for second in range(100)))
    data = watch.subscription.delta(watch.mirror, NOW)
    assert data is not None
    watch.viewer.take(data)
    assert data.count(b'"hydro/dap-cau"') == 1
    assert watch.viewer.entities["hydro/dap-cau"]["values"]["water_level"][1] == 99


def test_entity_that_moves_out_of_the_view_is_removed_once_and_comes_back_whole() -> None:
    watch = Watch(Changes(positions=[position(0, 105.5, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 105.9, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["lon"] == 105.9
    watch.apply(Changes(positions=[position(2, 106.5, 21)]))
    assert watch.tick()
    assert watch.viewer.entities == {}
    watch.apply(Changes(positions=[position(3, 106.6, 21)]))
    assert not watch.tick(), "what a viewer does not see is not told"
    watch.apply(Changes(positions=[position(4, 105.4, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["speed"] == 30


def test_entity_that_was_out_and_in_again_between_two_ticks_is_a_move() -> None:
    watch = Watch(Changes(positions=[position(0, 105.5, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 106.5, 21)]), Changes(positions=[position(2, 105.6, 21)]))
    assert watch.tick()
    assert watch.viewer.entities["buses/bus-1"]["lon"] == 105.6


def test_removal_is_not_lost_by_conflation() -> None:
    """The viewer was slow: in and out and changed again before the next tick."""
    watch = Watch(Changes(positions=[position(0, 105.5, 21)]), view=WEST)
    watch.apply(Changes(positions=[position(1, 106.5, 21)]), Changes(observations=[ObservationChange("buses", "bus-1", "speed", at(9), 1)]))
    watch.apply(Changes(positions=[position(2, 106.6, 21)]))
    assert watch.tick()
    assert watch.viewer.entities == {}


def test_entity_on_the_edge_of_two_views_is_in_both() -> None:
    changes = Changes(stations=[station(lon=106.0)])
    assert list(Watch(changes, view=WEST).viewer.entities) == list(Watch(changes, view=EAST).viewer.entities) == ["hydro/dap-cau"]


def test_entity_without_a_place_is_in_every_view() -> None:
    watch = Watch(Changes(stations=[station(lon=None, lat=None)]), view=WEST)
    assert list(watch.viewer.entities) == ["hydro/dap-cau"]


def test_another_view_is_a_new_snapshot_and_a_new_chain() -> None:
    watch = Watch(Changes(stations=[station("w", lon=105.5), station("e", lon=106.5)]), view=WEST)
    assert list(watch.viewer.entities) == ["hydro/w"]
    watch.apply(Changes(observations=[observation(0, 1, "w")]))
    watch.tick()
    watch.subscription.look_at(EAST)
    watch.snapshot()
    assert list(watch.viewer.entities) == ["hydro/e"]
    watch.apply(Changes(observations=[observation(1, 2, "w")]))
    assert not watch.tick()
    watch.apply(Changes(observations=[observation(1, 2, "e")]))
    assert watch.tick()


def test_change_between_snapshot_and_first_delta_is_told() -> None:
    watch = Watch(Changes(stations=[station()]))
    pages = watch.subscription.snapshot(watch.mirror, NOW)
    watch.apply(Changes(observations=[observation(0, 4.5)]))
    for page in pages:
        watch.viewer.take(page)
    assert watch.viewer.entities["hydro/dap-cau"]["values"] == {}
    assert watch.tick()
    assert watch.viewer.entities["hydro/dap-cau"]["values"]["water_level"][1] == 4.5


class AlertWatch:
    """A mirror, a subscription to its alerts, and the viewer at the end."""

    def __init__(self, *alerts: AlertView) -> None:
        self.mirror = Mirror(on_alert=lambda told: self.subscription.offer(told, self.mirror.position))
        self.subscription, self.viewer = AlertSubscription("a"), Viewer("a")
        self.apply(*alerts)
        self.take(self.subscription.snapshot(self.mirror, NOW))

    def apply(self, *alerts: AlertView) -> None:
        self.mirror.apply(Changes(alerts=list(alerts)))

    def take(self, frames: list[bytes]) -> None:
        for data in frames:
            self.viewer.take(data)

    def drain(self) -> int:
        """Take what waits and return how many frames that were."""
        frames = self.subscription.drain(self.mirror, NOW)
        self.take(frames)
        return len(frames)


def test_snapshot_has_the_open_alerts_and_what_waited_before_it_is_in_it() -> None:
    watch = AlertWatch(alert(1), alert(2), alert(3, condition="normal", acknowledged=True))
    assert sorted(watch.viewer.alerts) == [alert(1).id, alert(2).id]
    assert watch.drain() == 0


def test_every_change_of_an_alert_is_told_in_order() -> None:
    watch = AlertWatch()
    told = [alert(1), alert(2), alert(1, version=2), alert(1, version=3, condition="normal"), alert(2, version=2)]
    for one in told:
        watch.apply(one)
    assert watch.drain() == 5
    assert watch.viewer.events == [(one.id, one.version) for one in told]
    assert watch.drain() == 0


def test_alert_that_is_over_and_acknowledged_leaves_the_list() -> None:
    watch = AlertWatch(alert(1))
    watch.apply(alert(1, version=2, condition="normal"), alert(1, version=3, condition="normal", acknowledged=True))
    watch.drain()
    assert watch.viewer.alerts == {}


def test_queue_that_is_full_becomes_a_reset_and_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.outbox.MAX_QUEUED_ALERTS", 3)
    watch = AlertWatch(alert(9))
    for version in range(1, 4):
        watch.apply(alert(1, version=version))
    assert watch.drain() == 3, "a full queue is no overflow yet"
    for version in range(4, 50):
        watch.apply(alert(1, version=version))
        assert len(watch.subscription._waiting) <= 3
    watch.apply(alert(9, version=2, condition="normal", acknowledged=True))
    assert watch.drain() == 2
    assert watch.viewer.resets == 1
    assert {alert_id: told["version"] for alert_id, told in watch.viewer.alerts.items()} == {alert(1).id: 49}
    watch.apply(alert(1, version=50))
    assert watch.drain() == 1, "after the reset the chain goes on"


def test_snapshot_of_many_alerts_is_cut_into_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 2)
    watch = AlertWatch(*(alert(n) for n in range(5)))
    assert len(watch.viewer.alerts) == 5
