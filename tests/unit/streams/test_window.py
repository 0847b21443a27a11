import json

from ioc.domain.live import Changes
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import Mirror
from ioc.streams.view import WHOLE, View
from ioc.streams.window import NOTHING, Window
from tests.support.examples import alert, observation, position, station

WEST, NEAR, EAST = View(105.0, 20.5, 105.5, 21.5), View(105.3, 20.5, 105.9, 21.5), View(106.5, 20.5, 107.0, 21.5)


def mirror_of(*batches: Changes) -> Mirror:
    mirror = Mirror()
    for changes in batches:
        mirror.apply(changes)
    return mirror


def ids(window: Window, told: int = 0) -> tuple[list[str], list[str]]:
    """Which rows a window tells after a position, and which ids are gone."""
    part = window.changes(told)
    rows = json.loads(b"[" + b",".join(part.rows) + b"]")
    assert len(rows) == part.number
    return sorted(row[0] for row in rows), list(part.removed)


def test_nothing_new_is_nothing() -> None:
    mirror = mirror_of(Changes(stations=[station()]))
    assert Window(mirror, WEST.area, EVERYTHING).changes(mirror.position) is NOTHING


def test_entity_that_crosses_from_tile_to_tile_within_the_view_is_a_move() -> None:
    mirror = mirror_of(Changes(positions=[position(0, 105.1, 21)]))
    told = mirror.position
    mirror.apply(Changes(positions=[position(1, 105.4, 21)]))
    assert ids(Window(mirror, WEST.area, EVERYTHING), told) == (["buses/bus-1"], [])


def test_entity_that_leaves_the_view_is_gone_for_whoever_may_have_seen_it() -> None:
    mirror = mirror_of(Changes(positions=[position(0, 105.1, 21)]))
    told = mirror.position
    mirror.apply(Changes(positions=[position(1, 106.9, 21)]))
    west = Window(mirror, WEST.area, EVERYTHING)
    assert ids(west, told) == ([], ["buses/bus-1"])
    assert ids(west, mirror.position) == ([], [])
    assert ids(west, 0) == ([], []), "who was told nothing has nothing to remove"


def test_tiles_that_appear_later_belong_to_the_window() -> None:
    mirror = mirror_of()
    west = Window(mirror, WEST.area, EVERYTHING)
    assert ids(west) == ([], [])
    mirror.apply(Changes(stations=[station(lon=105.2, lat=21.0)]))
    assert ids(west) == (["hydro/dap-cau"], [])


def test_difference_of_two_views_is_what_came_and_what_left() -> None:
    mirror = mirror_of(Changes(stations=[station(f"s{n}", lon=104.9 + n / 10, lat=21.0) for n in range(12)]))
    west, near = (Window(mirror, view.area, EVERYTHING) for view in (WEST, NEAR))
    before, after = set(ids(west)[0]), set(ids(near)[0])
    part = near.changes_from(west, mirror.position)
    came = {row[0] for row in json.loads(b"[" + b",".join(part.rows) + b"]")}
    assert came == after - before
    assert before - set(part.removed) | came == after
    assert near.can_follow(west)
    assert not Window(mirror, EAST.area, EVERYTHING).can_follow(west), "nothing in common"
    assert not near.can_follow(Window(mirror, WEST.area, Filter(kind=("bus",))))


def test_filter_removes_what_fitted_and_fits_no_more() -> None:
    mirror = mirror_of(Changes(alerts=[alert(1)]), Changes(stations=[station("other")]))
    wanted = Window(mirror, WHOLE, Filter(state="minor"))
    assert ids(wanted) == (["hydro/dap-cau"], [])
    told = mirror.position
    mirror.apply(Changes(alerts=[alert(1, version=2, condition="normal")], observations=[observation(0, 1, "other")]))
    gone = ids(wanted, told)[1]
    assert "hydro/dap-cau" in gone
    told = mirror.position
    mirror.apply(Changes(observations=[observation(1, 1, "other")]))
    assert ids(wanted, told) == ([], [])


def test_who_filters_by_state_is_not_told_of_what_merely_moves() -> None:
    mirror = mirror_of(Changes(positions=[position(0, 105.1, 21)]))
    wanted = Window(mirror, WHOLE, Filter(state="minor"))
    told = mirror.position
    mirror.apply(Changes(positions=[position(1, 105.101, 21)]))
    assert ids(wanted, told) == ([], [])
    assert ids(Window(mirror, WHOLE, EVERYTHING), told) == (["buses/bus-1"], [])


def test_part_of_a_tile_is_made_once() -> None:
    mirror = mirror_of(Changes(stations=[station(lon=105.2, lat=21.0)]))
    west, near = (Window(mirror, view.area, EVERYTHING) for view in (WEST, NEAR))
    (tile,) = (tile for tile in west.tiles() if tile.entities)
    assert west._of(tile, 0) is near._of(tile, 0)
