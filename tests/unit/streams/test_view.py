import pytest

from ioc.streams.view import EVERYTHING, View

BAC_GIANG = View(105.9, 21.1, 107.0, 21.6)
DATE_LINE = View(170.0, -20.0, -170.0, 20.0)


@pytest.mark.parametrize(
    ("view", "lon", "lat", "inside"),
    [
        (BAC_GIANG, 106.2, 21.3, True),
        (BAC_GIANG, 105.9, 21.1, True),
        (BAC_GIANG, 107.0, 21.6, True),
        (BAC_GIANG, 107.0001, 21.3, False),
        (BAC_GIANG, 106.2, 21.0999, False),
        (BAC_GIANG, 106.2, None, True),
        (BAC_GIANG, None, None, True),
        (DATE_LINE, 175, 0, True),
        (DATE_LINE, -175, 0, True),
        (DATE_LINE, 180, 0, True),
        (DATE_LINE, -180, 0, True),
        (DATE_LINE, 0, 0, False),
        (DATE_LINE, 175, 21, False),
        (EVERYTHING, -180, -90, True),
        (EVERYTHING, 180, 90, True),
        (View(1, 1, 1, 1), 1, 1, True),
    ],
)
def test_view_holds_its_edges_and_whatever_has_no_place(view: View, lon: float | None, lat: float | None, inside: bool) -> None:
    assert view.holds(lon, lat) is inside
