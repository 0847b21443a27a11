from datetime import date

from ioc.domain.unit import UnitRef


def test_unit_names_its_version_and_its_path_but_not_our_numbers() -> None:
    unit = UnitRef(
        id=7,
        layer="units",
        code="07207",
        valid_from=date(2025, 1, 1),
        valid_to=None,
        level="commune",
        name_vi="Phường Trần Phú",
        name_en="Tran Phu Ward",
        parent_id=3,
        path_vi="Phường Trần Phú, Thành phố Bắc Giang",
        path_en="Tran Phu Ward, Bac Giang City",
    )
    assert unit.as_json() == {
        "code": "07207",
        "valid_from": "2025-01-01",
        "level": "commune",
        "name_vi": "Phường Trần Phú",
        "name_en": "Tran Phu Ward",
        "path_vi": "Phường Trần Phú, Thành phố Bắc Giang",
        "path_en": "Tran Phu Ward, Bac Giang City",
    }
