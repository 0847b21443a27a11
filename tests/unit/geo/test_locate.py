from datetime import date

import numpy as np
import pytest
import shapely

from ioc.domain.unit import UnitRef
from ioc.geo.locate import UnitIndex
from tests.support.shapes import SOME_DAY, square, unit


def index(*units: tuple[UnitRef, bytes | None], today: date = SOME_DAY) -> UnitIndex:
    return UnitIndex(units, today=lambda: today)


def test_day_on_which_units_change_is_noticed() -> None:
    days = [date(2025, 6, 29)]
    before = unit(1, "24", square(106, 21), valid_to=date(2025, 7, 1))
    found = UnitIndex([before], today=lambda: days[-1])
    seen = []
    for day in (date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 2)):
        days.append(day)
        seen.append(found.has_turned())
    assert seen == [False, True, True]


def test_former_unit_is_known_by_its_code_and_holds_no_place() -> None:
    former = unit(1, "24", shapely.Polygon(), valid_to=date(2025, 7, 1))
    found = UnitIndex([former], today=lambda: date(2025, 3, 1))
    assert (found.by_code("24"), found.locate(106.5, 21.5), found.by_code("24", date(2025, 7, 1))) == (1, None, None)


def test_place_inside_belongs_to_its_unit_and_outside_to_none() -> None:
    found = index(unit(1, "001", square(106, 21)), unit(2, "002", square(107, 21)))
    assert found.locate_many([106.5, 107.5, 105.9, 106.5], [21.5, 21.5, 21.5, 22.1]) == [1, 2, None, None]


def test_place_on_a_shared_edge_belongs_to_the_smaller_code_whatever_the_order() -> None:
    units = [unit(1, "002", square(106, 21)), unit(2, "001", square(107, 21))]
    assert [index(*units).locate(107.0, 21.5), index(*units[::-1]).locate(107.0, 21.5)] == [2, 2]


def test_deepest_level_wins_and_what_no_commune_covers_is_the_district() -> None:
    district = unit(1, "213", square(106, 21, 2.0), level="district")
    commune = unit(2, "07201", square(106, 21), parent_id=1)
    assert index(district, commune).locate_many([106.5, 107.5], [21.5, 21.5]) == [2, 1]


def test_first_layer_wins_where_layers_overlap() -> None:
    old, new = unit(1, "900", square(106, 21), layer="old"), unit(2, "100", square(106, 21), layer="new")
    assert [index(old, new).locate(106.5, 21.5), index(new, old).locate(106.5, 21.5)] == [1, 2]


def test_day_decides_between_versions_of_a_code() -> None:
    before = unit(1, "24", square(106, 21), valid_to=date(2025, 7, 1))
    after = unit(2, "24", square(106, 21, 2.0), valid_from=date(2025, 7, 1))
    found = index(before, after)
    days = [date(2024, 12, 31), date(2025, 6, 30), date(2025, 7, 1)]
    assert [found.locate(106.5, 21.5, day) for day in days] == [None, 1, 2]
    assert [found.by_code("24", day) for day in days] == [None, 1, 2]


def test_today_is_meant_where_no_day_is_named() -> None:
    before = unit(1, "24", square(106, 21), valid_to=date(2025, 7, 1))
    after = unit(2, "24", square(106, 21), valid_from=date(2025, 7, 1))
    assert index(before, after, today=date(2025, 6, 30)).locate(106.5, 21.5) == 1
    assert index(before, after, today=date(2026, 1, 1)).by_code("24") == 2


def test_unit_that_is_no_longer_published_is_known_by_number_only() -> None:
    found = index(unit(1, "001", None), unit(2, "002", square(106, 21)))
    assert found.ref(1) is not None
    assert found.by_code("001") is None
    assert len(found) == 1


def test_unknown_number_and_code_are_none() -> None:
    found = index(unit(1, "001", square(106, 21)))
    assert (found.ref(7), found.by_code("7")) == (None, None)


@pytest.mark.parametrize("place", [(np.nan, 21.5), (106.5, np.inf), (-np.inf, np.nan), (1e308, -1e308)])
def test_place_that_is_no_place_belongs_to_none(place: tuple[float, float]) -> None:
    assert index(unit(1, "001", square(106, 21))).locate(*place) is None


def test_no_units_at_all() -> None:
    assert index().locate_many([106.5], [21.5]) == [None]


def test_hole_belongs_to_the_unit_that_fills_it() -> None:
    ring = square(106, 21, 3.0).difference(square(107, 22))
    found = index(unit(1, "001", ring), unit(2, "002", square(107, 22)))
    assert [found.locate(107.5, 22.5), found.locate(106.5, 21.5)] == [2, 1]
