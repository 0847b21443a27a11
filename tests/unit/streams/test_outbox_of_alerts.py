import pytest

from ioc.domain.live import AlertView, Changes
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.outbox import AlertSubscription
from ioc.streams.scene import Scene
from tests.support.examples import NOW, alert
from tests.support.viewer import Viewer


def scene() -> Scene:
    return Scene(now=lambda: NOW, told=lambda: {"mode": "live"})


class AlertWatch:
    """A scene, a subscription to its alerts, and the viewer at the end."""

    def __init__(self, *alerts: AlertView, wanted: Filter = EVERYTHING) -> None:
        self.scene, self.viewer = scene(), Viewer("a")
        self.apply(*alerts)
        self.subscription = AlertSubscription("a", self.scene, wanted=wanted)
        self.drain()

    def apply(self, *alerts: AlertView) -> None:
        for one in alerts:
            self.scene.mirror.apply(Changes(alerts=[one]))

    def drain(self) -> int:
        """Take what waits and return how many frames that were."""
        taken = 0
        while (data := self.subscription.next_frame(0)) is not None:
            self.viewer.take(data)
            taken += 1
        return taken


def test_snapshot_has_the_open_alerts_and_what_waited_before_it_is_in_it() -> None:
    watch = AlertWatch(alert(1), alert(2), alert(3, condition="normal", acknowledged=True))
    assert sorted(watch.viewer.alerts) == [alert(1).id, alert(2).id]
    assert watch.drain() == 0


def test_every_change_of_an_alert_is_told_in_order() -> None:
    watch = AlertWatch()
    told = [alert(1), alert(2), alert(1, version=2), alert(1, version=3, condition="normal"), alert(2, version=2)]
    watch.apply(*told)
    assert watch.drain() == 5
    assert watch.viewer.events == [(one.id, one.version) for one in told]
    assert watch.drain() == 0


def test_alert_that_is_over_and_acknowledged_leaves_the_list() -> None:
    watch = AlertWatch(alert(1))
    watch.apply(alert(1, version=2, condition="normal"), alert(1, version=3, condition="normal", acknowledged=True))
    watch.drain()
    assert watch.viewer.alerts == {}


def test_alert_that_becomes_too_mild_for_the_filter_leaves_the_list() -> None:
    watch = AlertWatch(alert(1, severity="severe"), alert(2), wanted=Filter(state="severe"))
    assert list(watch.viewer.alerts) == [alert(1).id]
    watch.apply(alert(1, version=2), alert(2, version=2), alert(2, version=3, severity="extreme"))
    assert watch.drain() == 2
    assert list(watch.viewer.alerts) == [alert(2).id]


def test_log_that_does_not_reach_back_becomes_a_reset_and_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.alert_log.MAX_LOGGED", 3)
    watch = AlertWatch(alert(9))
    watch.apply(*(alert(1, version=version) for version in range(1, 4)))
    assert watch.drain() == 3, "a full log is no overflow yet"
    watch.apply(*(alert(1, version=version) for version in range(4, 50)))
    watch.apply(alert(9, version=2, condition="normal", acknowledged=True))
    assert watch.drain() == 2
    assert (watch.viewer.resets, watch.viewer.why) == (1, "overload")
    assert {alert_id: told["version"] for alert_id, told in watch.viewer.alerts.items()} == {alert(1).id: 49}
    watch.apply(alert(1, version=50))
    assert watch.drain() == 1, "after the reset the chain goes on"


def test_snapshot_of_many_alerts_is_cut_into_pages_and_what_changes_meanwhile_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.frame.PAGE_ROWS", 2)
    watch = AlertWatch(*(alert(n) for n in range(5)))
    assert len(watch.viewer.alerts) == 5
    watch.subscription = AlertSubscription("a", watch.scene)
    first = watch.subscription.next_frame(0)
    assert first is not None
    watch.viewer.take(first)
    watch.viewer.events.clear()
    watch.apply(alert(4, version=2), alert(7))
    watch.drain()
    assert watch.viewer.events == [(alert(4).id, 2), (alert(7).id, 1)]
    assert len(watch.viewer.alerts) == 6


def test_viewer_that_comes_back_is_told_every_alert_it_missed_or_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.alert_log.MAX_LOGGED", 3)
    watch = AlertWatch(alert(1))
    told = watch.scene.mirror.position
    watch.viewer.events.clear()
    watch.apply(alert(1, version=2), alert(2))
    watch.subscription = AlertSubscription("a", watch.scene, resume_at=told)
    assert watch.drain() == 3
    assert watch.viewer.events == [(alert(1).id, 2), (alert(2).id, 1)]
    assert watch.viewer.resumed == 1
    watch.apply(*(alert(3, version=version) for version in range(1, 9)))
    watch.subscription = AlertSubscription("a", watch.scene, resume_at=told)
    watch.drain()
    assert watch.viewer.why == "horizon"
    watch.subscription = AlertSubscription("a", watch.scene, resume_at=10**6)
    watch.drain()
    assert watch.viewer.why == "future"
