from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ioc.domain.unit import UnitRef
from ioc.errors import NotFound
from ioc.geo.units import UnitDirectory, fold, is_in_force, period
from tests.support.shapes import unit

OLD, NEW = date(2025, 6, 30), date(2025, 7, 1)


def ref(number: int, code: str, name: str, **changed: Any) -> UnitRef:
    return unit(number, code, None, name_vi=name, name_en=fold(name).title(), **changed)[0]


def past(number: int, code: str, name: str, **changed: Any) -> UnitRef:
    return ref(number, code, name, valid_to=NEW, **changed)


def now(number: int, code: str, name: str, **changed: Any) -> UnitRef:
    return ref(number, code, name, valid_from=NEW, **changed)


UNITS = [
    past(1, "24", "Tỉnh Bắc Giang", level="province"),
    past(2, "213", "Thành phố Bắc Giang", level="district", parent_id=1),
    past(3, "07210", "Phường Hoàng Văn Thụ", parent_id=2),
    now(4, "24", "Tỉnh Bắc Ninh", level="province"),
    now(5, "07210", "Phường Bắc Giang", parent_id=4),
    now(6, "07228", "Phường Đa Mai", parent_id=4),
    now(7, "09000", "Xã Đáp Cầu", parent_id=4),
    now(8, "09001", "Xã Đạp Cầu", parent_id=4),
    now(9, "09002", "Xã Bắc Giang Thượng", parent_id=4),
    now(10, "09003", "Thị trấn Khánh Hoà", parent_id=4),
    now(11, "09004", "Xã Bắc Lũng", parent_id=4),
]


def directory(units: list[UnitRef] = UNITS, today: date = NEW) -> UnitDirectory:
    return UnitDirectory(units, today=lambda: today)


def names(text: str, day: date = NEW, **more: Any) -> list[str]:
    return [found.name_vi for found in directory().search(text, day, **more)]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bắc Giang", "bac giang"),
        ("BA\u0306\u0301C  GIANG", "bac giang"),
        ("Đáp-Cầu", "dap cau"),
        ("Khánh Hoà", "khanh hoa"),
        ("Khánh Hòa", "khanh hoa"),
        ("Thuỷ Nguyên", "thuy nguyen"),
        ("Phường 10", "phuong 10"),
        ("  ", ""),
        ("'%_", ""),
    ],
)
def test_fold_leaves_plain_words(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bac giang", ["Phường Bắc Giang", "Xã Bắc Giang Thượng"]),
        ("phuong bac giang", ["Phường Bắc Giang"]),
        ("bắc gi", ["Phường Bắc Giang", "Xã Bắc Giang Thượng"]),
        ("giang bac", ["Phường Bắc Giang", "Xã Bắc Giang Thượng"]),
        ("dap cau", ["Xã Đáp Cầu", "Xã Đạp Cầu"]),
        ("đạp cầu", ["Xã Đạp Cầu", "Xã Đáp Cầu"]),
        ("khánh hòa", ["Thị trấn Khánh Hoà"]),
        ("da mai bac ninh", ["Phường Đa Mai"]),
        ("07210", ["Phường Bắc Giang"]),
        ("bac ninh", ["Tỉnh Bắc Ninh", "Phường Bắc Giang", "Xã Bắc Giang Thượng", "Xã Bắc Lũng"]),
        ("da mai elsewhere", []),
        ("hanoi", []),
    ],
)
def test_search_finds_what_was_meant_first(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_search_is_of_a_day_a_level_a_parent_and_a_layer() -> None:
    assert names("bac giang", OLD) == ["Tỉnh Bắc Giang", "Thành phố Bắc Giang"]
    assert names("", OLD, level="district") == ["Thành phố Bắc Giang"]
    assert names("", OLD, parent="213") == ["Phường Hoàng Văn Thụ"]
    assert names("", NEW, parent="213") == []
    assert names("", NEW, layer="elsewhere") == []
    assert names("", date(2020, 1, 1)) == []


def test_code_is_that_of_the_unit_of_its_day() -> None:
    found = directory()
    assert [found.require("24", day).name_vi for day in (OLD, NEW, None)] == ["Tỉnh Bắc Giang", "Tỉnh Bắc Ninh", "Tỉnh Bắc Ninh"]
    assert [each.id for each in found.versions("24")] == [1, 4]
    assert found.find("24", date(2024, 12, 31)) is None


def test_code_that_was_known_at_another_time_says_when() -> None:
    with pytest.raises(
        NotFound, match="no unit has the code 213 on 2025-07-01: it is that of Thành phố Bắc Giang from 2025-01-01 until 2025-07-01"
    ):
        directory().require("213")
    with pytest.raises(NotFound, match="there is no unit '99999'"):
        directory().require("99999")
    with pytest.raises(NotFound, match="there is no unit '24' in layer other"):
        directory().require("24", layer="other")


def test_first_layer_wins_where_two_have_a_code() -> None:
    first, second = now(1, "24", "A", layer="first"), now(2, "24", "B", layer="second")
    assert directory([first, second]).require("24").name_vi == "A"
    assert directory([second, first]).require("24").name_vi == "B"
    assert directory([first, second]).require("24", layer="second").name_vi == "B"


def test_hierarchy_is_read_up_and_down() -> None:
    found = directory()
    commune, province = found.require("07210", OLD), found.require("24", OLD)
    assert [above.code for above in found.parents(commune)] == ["213", "24"]
    assert found.below(province) == {1, 2, 3}
    assert [child.id for child in found.children(found.require("24"), NEW)][:2] == [5, 6]
    assert found.children(province, NEW) == []
    assert [child.id for child in found.children(province)] == [2]
    assert (len(found), sorted(each.id for each in found)) == (11, list(range(1, 12)))


def test_units_that_name_one_another_as_parents_end() -> None:
    found = directory([now(1, "1", "A", parent_id=2), now(2, "2", "B", parent_id=1)])
    assert found.below(found.require("1")) == {1, 2}
    assert len(found.parents(found.require("1"))) == 2


def test_period_in_words() -> None:
    assert period(UNITS[0]) == "Tỉnh Bắc Giang from 2025-01-01 until 2025-07-01"
    assert period(UNITS[3]) == "Tỉnh Bắc Ninh since 2025-07-01"
    assert [is_in_force(UNITS[0], day) for day in (OLD, NEW)] == [True, False]


def test_unknown_numbers_have_no_unit() -> None:
    assert directory().ref(99) is None


def test_a_unit_is_within_itself_and_those_above_it_of_its_time() -> None:
    known, new = directory(), NEW.isoformat()
    old = UNITS[2].valid_from.isoformat()
    assert [known.is_within("07210", old, above) for above in ("07210", "213", "24", "07228")] == [True, True, True, False]
    assert [known.is_within("07210", new, above) for above in ("07210", "213", "24")] == [True, False, True]
    assert not known.is_within("99999", new, "24")


def test_codes_below_a_unit_are_those_of_the_unit_that_has_the_code_today() -> None:
    known = directory()
    assert known.codes_below("24") >= {"24", "07210"}
    assert "213" not in known.codes_below("24"), "it lay below the former province of this code"
    assert known.codes_below("213") >= {"213", "07210"}, "nobody has the code today: whoever had it"
    assert known.codes_below("99999") == {"99999"}
