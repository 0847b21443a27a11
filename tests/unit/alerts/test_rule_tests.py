"""Tests of rules: what they tell when something is not as expected, and when a file is wrong."""

from pathlib import Path

import pytest

from ioc.alerts.rule_tests import Tried, files_with_tests, run_tests
from ioc.errors import ConfigurationError

RULES = """
rules:
  - {id: high, title: {vi: a, en: a}, select: {property: level}, above: [{severity: minor, limit: 5}, {severity: severe, limit: 9}], for: 1m}
"""
TEST = """
rule_files: [r.yaml]
tests:
  - name: level
    series:
      - {series: s/g/level, values: VALUES}
    expect:
EXPECT
"""


def run(folder: Path, values: str, *expect: str) -> list[Tried]:
    (folder / "r.yaml").write_text(RULES)
    test = TEST.replace("VALUES", values).replace("EXPECT", "\n".join(f"      {line}" for line in expect))
    (folder / "r_test.yaml").write_text(test)
    return list(run_tests(folder / "r_test.yaml"))


def lines(tried: list[Tried]) -> list[tuple[str, str, str]]:
    return [line for one in tried for difference in one.differences for line in difference.lines]


def test_what_is_expected_happens(tmp_path: Path) -> None:
    told = "{transitions: [{at: 2m, rule: high, kind: fired, severity: minor, value: 6}, {at: 3m, rule: high, kind: cleared}]}"
    assert lines(run(tmp_path, "1 6x1 2", *told.split("\n"))) == []


def test_a_difference_tells_what_came_what_did_not_and_where_it_is_expected(tmp_path: Path) -> None:
    (one,) = run(tmp_path, "1 6x1 10", "transitions:", "  - {at: 2m, rule: high, kind: fired, value: 7}")
    (difference,) = one.differences
    assert (one.where, difference.where, difference.about) == ("r_test.yaml:4", "r_test.yaml:9", "transitions")
    assert list(difference.lines) == [
        ("-", "at 2m rule high kind fired value 7", "r_test.yaml:9"),
        ("+", "at 2m rule high subject s/g/level kind fired severity minor value 6", ""),
        ("+", "at 3m rule high subject s/g/level kind worsened severity severe value 10", ""),
    ]


def test_alerts_are_those_that_stand_at_a_moment_all_of_them(tmp_path: Path) -> None:
    expect = ("alerts:", "  - {at: 1m}", "  - at: 2m", "    alerts: [{rule: high, since: 1m, value: 6}]", "  - {at: 3m}")
    (one,) = run(tmp_path, "1 6x3", *expect)
    (difference,) = one.differences
    assert (difference.where, difference.about) == ("r_test.yaml:12", "alerts at 3m")
    assert list(difference.lines) == [("+", "rule high subject s/g/level condition firing severity minor since 1m value 6", "")]


def test_a_late_value_moves_nothing_and_is_noted(tmp_path: Path) -> None:
    told = ("transitions:", "  - {at: 1m, rule: high, kind: fired}", "  - {at: 1m, rule: high, kind: late_correction}")
    assert lines(run(tmp_path, "6 6 2@+90s 6x2", *told)) == []


@pytest.mark.parametrize(
    ("values", "expect", "message"),
    [
        ("1 x", "{}", r"r_test.yaml:6: s/g/level: 'x' is not a value such as"),
        ("1", "{alerts: [{at: soon}]}", r"r_test.yaml:8: \$.tests\[0\].expect.alerts\[0\].at: 'soon' is not a time after the beginning"),
        ("1", "{alerts: [{at: 1m, alerts: [{rule: low}]}]}", r"r_test.yaml:8: there is no rule 'low' in r.yaml"),
        ("1", "{alrts: []}", r"r_test.yaml:8: unknown member 'alrts'; allowed: alerts, transitions, rule"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, values: str, expect: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        run(tmp_path, values, expect)


def test_a_folder_without_tests_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file \*_test.yaml in"):
        files_with_tests([tmp_path])
