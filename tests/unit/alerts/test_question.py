from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from ioc.alerts.question import AlertChoice, AlertQuestion, ManyAcknowledged, cursor_of
from ioc.domain.unit import UnitRef
from ioc.errors import BadInput
from tests.support.examples import NOW


class Province:
    """One province with two communes since last July."""

    asked: tuple[str, date | None] | None = None

    def require(self, code: str, day: date | None = None, /) -> UnitRef:
        self.asked = code, day
        return UnitRef(1, "units", code, date(2025, 7, 1), None, "province", code, code, None, code, code)

    def below(self, ref: UnitRef, /) -> set[int]:
        return {ref.id, 2, 3}


def wanted(**told: Any) -> Any:
    return AlertChoice.model_validate(told).wanted(Province())


def test_what_is_open_and_not_shelved_is_meant_unless_told_otherwise() -> None:
    usual = wanted()
    assert (usual.is_open, usual.shelved, usual.silenced, usual.acknowledged, usual.severities, usual.units) == (
        True,
        False,
        None,
        None,
        None,
        None,
    )
    other = wanted(open="any", shelved="true", silenced="false", acknowledged="true")
    assert (other.is_open, other.shelved, other.silenced, other.acknowledged) == (None, True, False, True)


@pytest.mark.parametrize(("least", "meant"), [("minor", 4), ("moderate", 3), ("severe", 2), ("extreme", 1)])
def test_a_severity_means_the_graver_ones_too(least: str, meant: int) -> None:
    severities = wanted(severity=least).severities
    assert (severities[0], len(severities)) == (least, meant)


def test_a_unit_is_meant_with_all_below_it_on_its_day() -> None:
    units = Province()
    found = AlertChoice.model_validate({"unit": "24", "as-of": "2025-08-01"}).wanted(units)
    assert found.units == {1, 2, 3}
    assert units.asked == ("24", date(2025, 8, 1))


@pytest.mark.parametrize("bbox", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,9,1,8", "-181,0,0,1", "0,0,181,1", "0,-91,1,1", "nan,0,1,1", ""])
def test_a_bbox_that_is_none_is_refused(bbox: str) -> None:
    with pytest.raises(ValidationError, match="bbox"):
        wanted(bbox=bbox)


def test_a_bbox_may_pass_the_antimeridian() -> None:
    assert wanted(bbox="170,-10,-170,10").bbox == (170, -10, -170, 10)


def test_a_cursor_finds_its_place() -> None:
    name = "00000000-0000-0000-0000-000000000007"
    position = AlertQuestion(cursor=cursor_of(NOW, name)).after()
    assert position is not None
    assert (position[0], str(position[1])) == (NOW, name)
    assert AlertQuestion().after() is None
    for wrong in ("", "x", "W10", "%", cursor_of(NOW, name)[:-5]):
        with pytest.raises(BadInput, match="is none that was given out as next"):
            AlertQuestion(cursor=wrong).after()


def test_many_are_named_by_a_list_or_by_a_filter_and_when_it_was_asked() -> None:
    seen = [{"id": "00000000-0000-0000-0000-000000000007", "if_version": 1}]
    for fine in ({"alerts": seen}, {"filter": {"rule": "flood"}, "as_of": NOW}):
        ManyAcknowledged.model_validate(fine).check()
    wrongs: list[dict[str, Any]] = [
        {},
        {"filter": {}},
        {"as_of": NOW},
        {"alerts": seen, "filter": {}, "as_of": NOW},
        {"alerts": seen, "as_of": NOW},
    ]
    for wrong in wrongs:
        with pytest.raises(BadInput):
            ManyAcknowledged.model_validate(wrong).check()
