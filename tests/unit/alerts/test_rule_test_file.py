from datetime import UTC, datetime

import pytest

from ioc.alerts.rule_test_file import parse_tests
from ioc.errors import ConfigurationError

FILE = """
rule_files: [r.yaml]
start: 2026-02-01T08:00:00
tests:
  - {name: as the file says, expect: {}}
  - name: as it says itself
    start: 2026-03-01T00:00:00Z
    expect: {}
"""


def test_a_test_begins_when_it_says_or_when_its_file_says_in_viet_nam_unless_told() -> None:
    tests = parse_tests(FILE, file="r_test.yaml")
    first, second = tests.told.tests
    assert tests.start(first) == datetime(2026, 2, 1, 1, 0, tzinfo=UTC)
    assert tests.start(second) == datetime(2026, 3, 1, tzinfo=UTC)
    assert tests.where(".tests[1].start") == "r_test.yaml:7"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("rule_files: []", r"r_test.yaml:2: \$.rule_files"),
        ("expect: {alert: []}", r"r_test.yaml:5: unknown member 'alert'; allowed: alerts, transitions, rule"),
        ("expect: {transitions: [{at: 1m, kind: fired}]}", r"missing required field `rule`"),
        ("expect: {}, series: [{series: s/g, values: 1}]", r"r_test.yaml:5: .*'s/g' is not SOURCE/STATION/PROPERTY"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(wrong: str, message: str) -> None:
    text = FILE.replace("rule_files: [r.yaml]", wrong) if wrong.startswith("rule") else FILE.replace("expect: {}", wrong, 1)
    with pytest.raises(ConfigurationError, match=message):
        parse_tests(text, file="r_test.yaml")
