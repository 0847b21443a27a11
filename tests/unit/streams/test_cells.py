import json
from unittest.mock import patch

from ioc.domain.live import Changes
from ioc.streams.cells import CellCounts, CellWindow, cell_zoom, open_window
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import Mirror
from ioc.streams.view import View
from ioc.streams.window import Part
from tests.support.examples import alert, observation, position, station

AFAR, NEAR = View(100, 10, 110, 25, 5), View(105, 20.5, 106, 21.5, 14)


def mirror_of(*batches: Changes) -> Mirror:
    mirror = Mirror()
    for changes in batches:
        mirror.apply(changes)
    return mirror


def cells(mirror: Mirror, view: View, zoom: int, wanted: Filter = EVERYTHING) -> CellWindow:
    window = open_window(mirror, view, wanted, CellCounts(mirror, zoom, wanted))
    assert isinstance(window, CellWindow)
    return window


def rows(part: Part) -> dict[str, list[object]]:
    return {row[0]: row[4:7] for row in json.loads(b"[" + b",".join(part.rows) + b"]")}


def test_view_from_afar_tells_cells_that_changed() -> None:
    mirror = mirror_of(Changes(stations=[station("a", lon=105.2), station("b", lon=101.0), station("nowhere", lon=None, lat=None)]))
    window = cells(mirror, AFAR, 7)
    assert list(window.walk()) == []
    assert len(rows(window.changes(0))) == 2
    assert all(name.startswith("7/") for name in rows(window.changes(0)))
    told = mirror.position
    mirror.apply(Changes(observations=[observation(0, 1, "a")]))
    assert len(rows(window.changes(told))) == 1


def test_cell_counts_by_state_and_shows_the_worst() -> None:
    mirror = mirror_of(
        Changes(stations=[station("a", lon=105.2, lat=21), station("b", lon=105.2001, lat=21)]),
        Changes(alerts=[alert(1, subject="hydro/a/x")]),
    )
    ((_, told),) = rows(cells(mirror, NEAR, 14).changes(0)).items()
    assert told == [2, "moderate", [1, 0, 1, 0, 0]]


def test_cells_finer_than_tiles_tell_stations_of_one_tile_apart() -> None:
    mirror = mirror_of(Changes(stations=[station("a", lon=105.21, lat=21), station("b", lon=105.29, lat=21)]))
    assert len(rows(cells(mirror, NEAR, 11).changes(0))) == 1
    assert len(rows(cells(mirror, NEAR, 14).changes(0))) == 2


def test_cell_that_something_left_is_gone_for_who_was_told_of_it() -> None:
    mirror = mirror_of(Changes(stations=[station("a", lon=105.21, lat=21)], positions=[position(0, 105.22, 21)]))
    window = cells(mirror, NEAR, 18)
    before = rows(window.changes(0))
    told = mirror.position
    mirror.apply(Changes(positions=[position(1, 105.23, 21)]))
    part = window.changes(told)
    (left,) = part.removed
    assert left in before
    assert left not in rows(part)
    assert window.changes(0).removed == ()
    mirror.apply(Changes(positions=[position(2, 105.22, 21)]))
    assert left not in window.changes(told).removed, "it is filled again"


def test_reading_changes_the_age_of_its_cell_and_nothing_else() -> None:
    mirror = mirror_of(Changes(stations=[station("a", lon=105.21, lat=21), station("b", lon=105.29, lat=21)]))
    window = cells(mirror, NEAR, 14)
    before = window.changes(0)
    mirror.apply(Changes(observations=[observation(7, 1, "a")]))
    after = window.changes(0)
    assert rows(after) == rows(before)
    assert sorted(json.loads(row)[7] or "" for row in after.rows) == ["", "2026-11-22T05:00:07Z"]
    assert sorted(after.rows) == sorted(cells(mirror, NEAR, 14).changes(0).rows), "as if counted anew"


def test_viewer_of_cells_goes_on_only_where_somebody_looked_all_the_time() -> None:
    mirror = mirror_of(Changes(stations=[station("a", lon=105.21, lat=21)]))
    told = mirror.position
    mirror.apply(Changes(observations=[observation(0, 1, "a")]))
    window = cells(mirror, NEAR, 14)
    assert not window.can_resume(told)
    assert window.can_resume(mirror.position)


def test_crowd_is_counted_in_cells_however_near() -> None:
    mirror = mirror_of(Changes(stations=[station(f"s{n}", lon=105.2 + n / 100, lat=21, kind="pump" if n else "gauge") for n in range(5)]))
    assert cell_zoom(mirror, None, EVERYTHING) is None
    assert cell_zoom(mirror, AFAR, EVERYTHING) == 7
    assert cell_zoom(mirror, NEAR, EVERYTHING) is None
    with patch("ioc.streams.cells.CROWD", 3):
        assert cell_zoom(mirror, NEAR, EVERYTHING) == 16
        assert cell_zoom(mirror, NEAR, Filter(kind=("gauge",))) is None
        assert cell_zoom(mirror, View(105.4, 20.5, 106, 21.5, 14), EVERYTHING) is None, "they lie in the ring, not in the rectangle"
