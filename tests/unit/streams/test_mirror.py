import json
from typing import Any

import pytest

from ioc.domain.live import AlertView, Changes
from ioc.streams.mirror import COLUMNS, Mirror
from tests.support.examples import alert, at, observation, position, station


def mirror_of(*batches: Changes) -> Mirror:
    mirror = Mirror()
    for changes in batches:
        mirror.apply(changes)
    return mirror


def row(mirror: Mirror, entity_id: str = "hydro/dap-cau") -> dict[str, Any]:
    entity = mirror.get(entity_id)
    assert entity is not None
    return dict(zip(COLUMNS, json.loads(entity.row()), strict=True))


def test_row_of_a_station_with_readings() -> None:
    told = station(unit={"code": "07207"}, interval_s=60)
    mirror = mirror_of(Changes(stations=[told], observations=[observation(0, 4.5), observation(9, 0.5, prop="rain")]))
    assert row(mirror) == {
        "id": "hydro/dap-cau",
        "kind": "river_gauge",
        "name": "Đáp Cầu",
        "lon": 106.09,
        "lat": 21.2,
        "moving": False,
        "speed": None,
        "heading": None,
        "state": "normal",
        "t": "2026-11-22T05:00:09Z",
        "interval_s": 60.0,
        "unit": "07207",
        "values": {"water_level": ["2026-11-22T05:00:00Z", 4.5, None], "rain": ["2026-11-22T05:00:09Z", 0.5, None]},
    }


def test_row_of_a_moving_station() -> None:
    mirror = mirror_of(Changes(positions=[position(0, 106.1, 21.1), position(5, 106.2, 21.2)]))
    shown = row(mirror, "buses/bus-1")
    assert (shown["lon"], shown["lat"], shown["moving"], shown["speed"], shown["heading"]) == (106.2, 21.2, True, 30, 90)
    assert shown["t"] == "2026-11-22T05:00:05Z"


def test_station_that_nobody_described_is_shown_all_the_same() -> None:
    mirror = mirror_of(Changes(observations=[observation(0, 4.5)]))
    assert (row(mirror)["kind"], row(mirror)["name"]) == ("unknown", "dap-cau")
    mirror.apply(Changes(stations=[station()]))
    assert (row(mirror)["kind"], row(mirror)["values"]["water_level"][1]) == ("river_gauge", 4.5)
    assert len(mirror) == 1


def test_another_value_for_the_same_time_corrects_the_newest_reading() -> None:
    mirror = mirror_of(Changes(observations=[observation(5, 4.5)]))
    mirror.apply(Changes(observations=[observation(5, 9)]))
    assert [value for _, value, _ in mirror.get("hydro/dap-cau").values().values()] == [9]  # type: ignore[union-attr]


def test_what_was_read_before_a_correction_came_does_not_take_it_back() -> None:
    mirror = mirror_of(Changes(observations=[observation(5, 4.5)]))
    began = mirror.position
    mirror.apply(Changes(observations=[observation(5, 9)]))
    mirror.apply(Changes(observations=[observation(5, 4.5)]), read_at=began)
    assert [value for _, value, _ in mirror.get("hydro/dap-cau").values().values()] == [9]  # type: ignore[union-attr]


def test_older_or_repeated_reading_changes_nothing() -> None:
    mirror = mirror_of(Changes(observations=[observation(5, 4.5)], positions=[position(5, 106, 21)]))
    before = mirror.position, row(mirror), row(mirror, "buses/bus-1")
    mirror.apply(Changes(observations=[observation(4, 9), observation(5, 4.5)], positions=[position(4, 0, 0), position(5, 0, 0)]))
    assert (mirror.position, row(mirror), row(mirror, "buses/bus-1")) == before


def test_since_tells_what_changed_after_a_position_the_newest_first() -> None:
    mirror = mirror_of(Changes(stations=[station("a"), station("b"), station("c")]))
    position_then = mirror.position
    assert list(mirror.since(position_then)) == []
    mirror.apply(Changes(observations=[observation(0, 1, "b"), observation(0, 1, "a"), observation(1, 2, "b")]))
    assert [entity.view.id for entity in mirror.since(position_then)] == ["hydro/b", "hydro/a"]
    assert [entity.view.id for entity in mirror.since(0)] == ["hydro/b", "hydro/a", "hydro/c"]
    assert list(mirror.since(mirror.position)) == []


def test_newest_is_the_time_of_the_newest_reading_of_all() -> None:
    mirror = mirror_of(Changes(stations=[station()]))
    assert mirror.newest is None
    mirror.apply(Changes(observations=[observation(7, 1)], positions=[position(3, 106, 21)]))
    assert mirror.newest == at(7)


def test_station_shows_the_gravest_alert_that_holds() -> None:
    mirror = mirror_of(Changes(alerts=[alert(1, severity="minor"), alert(2, severity="severe"), alert(3, subject="hydro/dap-cau/rain")]))
    assert row(mirror)["state"] == "severe"
    mirror.apply(Changes(observations=[observation(0, 4.5), observation(0, 1, prop="rain"), observation(0, 1, prop="ph")]))
    assert [value[2] for value in row(mirror)["values"].values()] == ["severe", "moderate", None]
    mirror.apply(Changes(alerts=[alert(2, version=2, condition="normal")]))
    assert (row(mirror)["state"], row(mirror)["values"]["water_level"][2]) == ("moderate", "minor")
    mirror.apply(Changes(alerts=[alert(n, version=3, condition="normal") for n in (1, 2)]))
    assert row(mirror)["state"] == "moderate", "by the alert on rain"
    mirror.apply(Changes(alerts=[alert(3, version=2, subject="hydro/dap-cau/rain", condition="normal")]))
    assert (row(mirror)["state"], row(mirror)["values"]["water_level"][2]) == ("normal", None)


def test_recovering_alert_still_colours_its_station() -> None:
    assert row(mirror_of(Changes(alerts=[alert(1, condition="recovering")])))["state"] == "moderate"


def test_alert_stays_until_it_is_over_and_somebody_has_seen_it() -> None:
    mirror = mirror_of(Changes(alerts=[alert(1)]))
    mirror.apply(Changes(alerts=[alert(1, version=2, condition="normal")]))
    assert list(mirror.alerts) == [alert(1).id]
    mirror.apply(Changes(alerts=[alert(1, version=3, condition="normal", acknowledged=True)]))
    assert mirror.alerts == {}


@pytest.mark.parametrize("old", [alert(1, version=1), alert(1, version=2, severity="extreme")])
def test_older_message_neither_changes_an_alert_nor_opens_a_closed_one(old: AlertView) -> None:
    told: list[AlertView] = []
    mirror = Mirror(on_alert=lambda one, _before: told.append(one))
    mirror.apply(Changes(alerts=[alert(1, version=2)]))
    mirror.apply(Changes(alerts=[old]))
    assert [one.version for one in told] == [2]
    mirror.apply(Changes(alerts=[alert(1, version=3, condition="normal", acknowledged=True)]))
    mirror.apply(Changes(alerts=[old]))
    assert mirror.alerts == {}
    assert row(mirror)["state"] == "normal"
    assert [one.version for one in told] == [2, 3]


def test_closed_alert_that_was_never_open_here_does_not_open_later() -> None:
    mirror = mirror_of(Changes(alerts=[alert(1, version=3, condition="normal", acknowledged=True)]), Changes(alerts=[alert(1, version=2)]))
    assert mirror.alerts == {}


def test_versions_of_closed_alerts_are_kept_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.streams.mirror._CLOSED_KEPT", 3)
    closed = [alert(n, version=2, condition="normal", acknowledged=True) for n in range(10)]
    mirror = mirror_of(Changes(alerts=closed))
    mirror.apply(Changes(alerts=[alert(n) for n in range(7, 10)]))
    assert mirror.alerts == {}
    assert len(mirror._closed) == 3


def test_listener_hears_of_an_alert_when_the_mirror_shows_it() -> None:
    mirror = Mirror(on_alert=lambda told, before: seen.append((told.version, mirror.position, list(mirror.alerts))))
    seen: list[tuple[int, int, list[str]]] = []
    mirror.apply(Changes(alerts=[alert(1), alert(1), alert(2)]))
    assert [version for version, *_ in seen] == [1, 1]
    assert seen[0][2] == [alert(1).id]
    assert seen[1][1] == mirror.position


def test_row_is_encoded_anew_only_after_a_change() -> None:
    mirror = mirror_of(Changes(stations=[station()]))
    entity = mirror.get("hydro/dap-cau")
    assert entity is not None
    assert entity.row() is entity.row()
    before = entity.row()
    mirror.apply(Changes(observations=[observation(0, 4.5)]))
    assert entity.row() != before


def test_every_mirror_has_an_epoch_of_its_own() -> None:
    assert Mirror().epoch != Mirror().epoch


def test_change_of_a_station_has_a_position_too() -> None:
    mirror = mirror_of(Changes(stations=[station()]))
    before = mirror.position
    mirror.apply(Changes(stations=[station(name="Đáp Cầu 2")]))
    assert mirror.position > before
    assert [entity.view.name for entity in mirror.since(before)] == ["Đáp Cầu 2"]
    assert mirror.newest is None
