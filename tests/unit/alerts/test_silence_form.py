from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ioc.alerts.silence_form import Scope, SilenceIn, polygon_of, silence_of
from ioc.errors import BadInput
from tests.support.examples import NOW

RULE = {"name": "rule", "value": "flood"}
END = {"ends_at": NOW + timedelta(hours=1), "comment": "bảo trì"}
SQUARE = {"type": "Polygon", "coordinates": [[[106, 21], [107, 21], [107, 22], [106, 21]]]}


def told(**changed: Any) -> SilenceIn:
    return SilenceIn.model_validate({"matchers": [RULE], **END, **changed})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"matchers": []}, "it would hide everything"),
        ({"comment": " "}, "a comment that says why"),
        ({"comment": ""}, "at least 1 character"),
        ({"matchers": [{"name": "colour", "value": "red"}]}, "'rule', 'kind'"),
        ({"matchers": [{"name": "rule", "op": "~", "value": "x"}]}, "'=', '!='"),
        ({"matchers": [{"name": "rule", "op": "in", "value": "x"}]}, "a list of values goes with in"),
        ({"matchers": [{"name": "rule", "value": ["x"]}]}, "a list of values goes with in"),
        ({"matchers": [{"name": "rule", "op": "in", "value": []}]}, "at least 1 item"),
        ({"matchers": [{"name": "rule", "op": ">=", "value": "x"}]}, ">= compares severities only, not rule"),
        ({"matchers": [{"name": "severity", "value": "bad"}]}, "bad is none of minor, moderate, severe, extreme"),
        ({"matchers": [{"name": "unit", "op": "like", "value": "24*"}]}, "by its code"),
        ({"matchers": [RULE] * 21}, "at most 20"),
        ({"area": {}}, "either a unit or a polygon"),
        ({"area": {"unit": "24", "polygon": SQUARE}}, "either a unit or a polygon"),
        ({"area": {"polygon": {"type": "Point", "coordinates": [1, 2]}}}, "not 'Point'"),
        ({"area": {"polygon": {"type": "Polygon", "coordinates": [[["a"]]]}}}, "coordinates that are none"),
        ({"area": {"polygon": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}}, "Self-intersection"),
        ({"area": {"polygon": {"type": "Polygon", "coordinates": [[[0, 0], [999, 1], [1, 2], [0, 0]]]}}}, "beyond WGS 84"),
        ({"area": {"polygon": {"type": "Polygon", "coordinates": []}}}, "polygon is not valid"),
        ({"recurrence": {"from": "25:00", "to": "06:00"}}, "pattern"),
        ({"recurrence": {"from": "22:00", "to": "06:00", "zone": "Mars/Base"}}, "'Mars/Base' is no zone"),
        ({"recurrence": {"from": "22:00", "to": "06:00", "days": ["T2"]}}, "'mon', 'tue'"),
        ({"colour": "red"}, "Extra inputs"),
        ({"ends_at": "2026-11-22T06:00:00"}, "timezone"),
    ],
)
def test_a_mistake_is_named(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        told(**changed)
    assert why in str(refused.value)


@pytest.mark.parametrize("hours", [0, -1, 366 * 24 + 1])
def test_times_that_cannot_be_are_named(hours: float) -> None:
    with pytest.raises(BadInput, match=r"ends_at 20.* is not after now"):
        told(ends_at=NOW + timedelta(hours=hours)).row(NOW)


def test_what_is_stored_says_the_same() -> None:
    one = told(
        matchers=[RULE, {"name": "unit", "op": "not in", "value": ["36", "37"]}],
        area={"polygon": SQUARE},
        recurrence={"days": ["sat"], "from": "22:00", "to": "06:00"},
    )
    row = one.row(NOW)
    assert row.starts_at == NOW
    assert row.recurrence == {"days": ["sat"], "from": "22:00", "to": "06:00", "zone": "Asia/Ho_Chi_Minh"}
    assert one.units() == {"36", "37"}
    read = silence_of({**row._asdict(), "id": "s1"})
    assert [(each.name, each.op, each.values) for each in read.matchers] == [("rule", "=", ("flood",)), ("unit", "not in", ("36", "37"))]
    assert read.recurrence is not None
    assert read.recurrence.begin.hour == 22
    assert read.polygon == polygon_of(SQUARE)
    assert read.ends_at == END["ends_at"]


def test_a_preview_needs_no_times() -> None:
    assert Scope.model_validate({"area": {"unit": "24"}}).units() == {"24"}
    assert Scope.model_validate({"matchers": [RULE], **END}).scope()["matchers"] == [{**RULE, "op": "="}]
