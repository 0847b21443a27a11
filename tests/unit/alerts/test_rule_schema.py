from typing import Any

import jsonschema
import pytest

from ioc.alerts.rule_schema import rule_file_schema, rule_test_schema

TITLE = {"vi": "a", "en": "a"}


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "a", "title": TITLE, "select": {"property": "p"}, "above": [{"severity": "minor", "limit": 1}], "for": "1m"},
        {"id": "a", "title": TITLE, "absence": {"of": "source"}, "above": [{"severity": "minor", "limit": "5m"}]},
        {"id": "a", "title": TITLE, "geofence": {"layer": "x", "on": "enter"}, "severity": "minor"},
        {"template": "t", "each": [{"id": "a", "anything": 1}]},
    ],
)
def test_the_schema_takes_what_the_reader_takes(rule: dict[str, Any]) -> None:
    jsonschema.validate({"rules": [rule]}, rule_file_schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "A", "title": TITLE},
        {"id": "a", "title": {"vi": "a"}},
        {"id": "a", "title": TITLE, "abve": []},
        {"id": "a", "title": TITLE, "for": "1 minute"},
        {"id": "a", "title": TITLE, "geofence": {"layer": "x", "on": "near"}},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rules": [wrong]}, rule_file_schema())


def test_editors_read_the_patterns() -> None:
    told = repr(rule_file_schema()) + repr(rule_test_schema())
    assert "pattern" in told
    assert "\\Z" not in told
