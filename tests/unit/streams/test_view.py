import pytest

from ioc.streams.view import NOWHERE, WHOLE, Area, View, cell_of, spot_of, tile_of

BAC_GIANG = View(105.9, 21.1, 107.0, 21.6)
DATE_LINE = View(170.0, -20.0, -170.0, 20.0)
RING = 0.176  # degrees of longitude of a tile


def tile_key(lon: float | None, lat: float | None) -> int:
    return tile_of(spot_of(lon, lat))


@pytest.mark.parametrize(
    ("view", "lon", "lat", "inside"),
    [
        (BAC_GIANG, 106.2, 21.3, True),
        (BAC_GIANG, 105.9, 21.1, True),
        (BAC_GIANG, 107.0, 21.6, True),
        (BAC_GIANG, 107.0 + RING, 21.3, True),
        (BAC_GIANG, 107.0 + 2 * RING, 21.3, False),
        (BAC_GIANG, 106.2, 20.7, False),
        (BAC_GIANG, 106.2, None, True),
        (BAC_GIANG, None, None, True),
        (DATE_LINE, 175, 0, True),
        (DATE_LINE, -175, 0, True),
        (DATE_LINE, 180, 0, True),
        (DATE_LINE, -180, 0, True),
        (DATE_LINE, 0, 0, False),
        (DATE_LINE, 175, 21, False),
        (View(0, 0, 0, 0), 0.1, 0.1, True),
        (View(0, 0, 0, 0), 1, 0, False),
        (View(0, 0, 359.9, 1), 200, 0.5, True),
        (View(-180, -90, 180, 90), -180, -90, True),
        (View(-180, -90, 180, 90), 180, 90, True),
        (View(-400, 0, 400, 1), 12, 0.5, True),
        (View(370, 0, 371, 1), 10.5, 0.5, True),
    ],
)
def test_view_shows_the_tiles_it_touches_a_margin_around_them_and_whatever_has_no_place(
    view: View, lon: float | None, lat: float | None, inside: bool
) -> None:
    assert (tile_key(lon, lat) in view.area) is inside


@pytest.mark.parametrize("view", [BAC_GIANG, DATE_LINE, View(0, 0, 0, 0), View(179.9, 84, -179.9, 85)])
def test_numbers_of_an_area_are_what_it_holds(view: View) -> None:
    area = view.area
    numbers = area.numbers()
    assert len(set(numbers)) == len(numbers) == len(area) + 1
    assert NOWHERE in numbers
    assert all(number in area for number in numbers)


def test_small_move_of_the_map_looks_at_the_same_tiles() -> None:
    assert View(105.9, 21.1, 107.0, 21.6).area == View(105.91, 21.11, 107.01, 21.61).area


@pytest.mark.parametrize(("side", "tiles"), [(0.4, 1), (0.6, 9), (2.9, 25), (4.9, 49), (8.9, 121)])
def test_margin_grows_with_the_view_up_to_one_tile(side: float, tiles: int) -> None:
    """A square of `side` tiles around the middle of one."""
    width = 360 / 2048
    middle = 1024.5 * width - 180
    half = side * width / 2
    # At the equator tiles are squares of degrees.
    view = View(middle - half, -width / 2 - half, middle + half, -width / 2 + half)
    assert len(view.area) == tiles


@pytest.mark.parametrize(("z", "zoom"), [(22, 22), (9.6, 12), (9.4, 11), (7, 9), (5.5, 8), (5.4, 7), (0, 2), (-3, 2)])
def test_cells_are_as_large_as_the_view_wants_them(z: float, zoom: int) -> None:
    assert View(0, 0, 1, 1, z).cell_zoom == zoom


@pytest.mark.parametrize(("z", "is_afar"), [(7, False), (6.99, True), (-3, True)])
def test_view_is_afar_below_a_zoom(z: float, is_afar: bool) -> None:
    assert View(0, 0, 1, 1, z).is_afar is is_afar


def test_cell_holds_the_spots_in_it() -> None:
    spot = spot_of(106.2, 21.3)
    assert spot is not None
    row, column = divmod(tile_of(spot), 2048)
    assert cell_of(spot, 11) == (column, row)
    assert cell_of(spot, 9) == (column // 4, row // 4)
    assert cell_of(spot, 0) == (0, 0)
    assert cell_of(spot, 22) == spot


@pytest.mark.parametrize(
    ("box", "share"),
    [
        (View(0, 0, 45, 1), 0.5),
        (View(-45, -10, 45, -1), 0.0),
        (View(-180, -85, 180, 85), 1.0),
    ],
)
def test_share_of_a_tile_is_how_much_the_rectangle_covers(box: View, share: float) -> None:
    width = 360 / 2048
    tile = tile_key(width / 2, 0.01)
    box = View(box.west / 90 * width, box.south, box.east / 90 * width, box.north)
    assert box.share_of(tile) == pytest.approx(share)
    assert box.share_of(NOWHERE) == 0


def test_share_counts_the_whole_width_of_a_view_over_the_date_line() -> None:
    assert DATE_LINE.share_of(tile_key(175, 0.01)) == 1
    assert DATE_LINE.share_of(tile_key(175, 50)) == 0


@pytest.mark.parametrize(("lon", "lat"), [(180, 90), (-180, -90), (181, 91), (0, 85.06)])
def test_every_place_has_a_tile(lon: float, lat: float) -> None:
    assert tile_key(lon, lat) in WHOLE
    assert 0 <= tile_key(lon, lat) < 2048 * 2048


def test_whole_is_all_there_is() -> None:
    assert len(WHOLE) == 2048 * 2048
    assert len(Area(2047, 0, 0, 0)) == 2
