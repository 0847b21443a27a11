from datetime import timedelta
from typing import Any

import pytest
import yaml

from ioc.alerts.rule import Selector, Severity, Threshold, check_unique, parse_rules
from ioc.errors import ConfigurationError
from tests.support.examples import rule, station

FULL = """\
rules:
  - id: flood-1
    title: {vi: Lũ, en: Flood}
    description: {vi: Nước lên, en: The water rises}
    select: {kind: river_gauge, property: water_level, source: hydro, station: dap-cau, unit: "07207"}
    above:
      - {severity: extreme, limit: 6.3, clear: 6.2}
      - {severity: moderate, limit: 4.3}
    for: 30s
    keep_firing_for: 2m
"""
SMALL = """\
rules:
  - id: cold
    title: {vi: Lạnh, en: Cold}
    select: {property: temperature}
    below: [{severity: minor, limit: 5, clear: 7}]
"""


def test_rule_with_all_members() -> None:
    (flood,) = parse_rules(FULL, file="f.yaml")
    assert (flood.id, flood.direction, flood.sign) == ("flood-1", "above", 1)
    assert (flood.title.vi, flood.title.en, flood.description.en) == ("Lũ", "Flood", "The water rises")
    assert flood.select == Selector("water_level", "river_gauge", "hydro", "dap-cau", "07207")
    assert flood.thresholds == (Threshold("moderate", 4.3), Threshold("extreme", 6.3, 6.2)), "from the mildest to the gravest"
    assert (flood.hold, flood.keep_firing) == (timedelta(seconds=30), timedelta(minutes=2))


def test_rule_with_the_members_that_it_needs() -> None:
    (cold,) = parse_rules(SMALL, file="f.yaml")
    assert (cold.direction, cold.sign, cold.hold, cold.keep_firing) == ("below", -1, timedelta(0), timedelta(0))
    assert cold.threshold("minor") == Threshold("minor", 5, 7)
    assert cold.threshold("extreme") is None


def test_file_without_rules_is_well() -> None:
    assert parse_rules("rules: []", file="f.yaml") == []


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("36h", timedelta(hours=36)),
        ("7d", timedelta(7)),
    ],
)
def test_duration(text: str, duration: timedelta) -> None:
    (found,) = parse_rules(FULL.replace("30s", text), file="f.yaml")
    assert found.hold == duration


WRONG = [
    (
        "id: flood-1",
        "id: Flood",
        "f.yaml:2: $.rules[0].id: 'Flood' is not 1 to 64 small letters, digits or '-' beginning with a letter or digit",
    ),
    ("en: Flood", "fr: Crue", "f.yaml:3: unknown member 'fr'; allowed: vi, en"),
    (", en: Flood", "", "f.yaml:3: $.rules[0].title: Object missing required field `en`"),
    ("kind: river_gauge", "type: river_gauge", "f.yaml:5: unknown member 'type'; allowed: property, kind, source, station, unit"),
    ("kind: river_gauge", "kind: 5", "f.yaml:5: $.rules[0].select.kind: Expected `str | null`, got `int`, found '5'"),
    ("moderate", "grave", "f.yaml:8: $.rules[0].above[1].severity: 'grave' is not one of minor, moderate, severe, extreme"),
    ("limit: 4.3", "limit: high", "f.yaml:8: $.rules[0].above[1].limit: 'high' is not a number"),
    ("limit: 4.3", "limit: .nan", "f.yaml:2: rule flood-1: limit nan or clear None is not a finite number"),
    ("clear: 6.2", "clear: -.inf", "f.yaml:2: rule flood-1: limit 6.3 or clear -inf is not a finite number"),
    ("limit: 4.3", "limit: 2026-13-45", "f.yaml: not YAML: month must be in 1..12"),
    ("for: 30s", "for: 30", "f.yaml:9: $.rules[0].for: '30' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", "for: 1m30s", "f.yaml:9: $.rules[0].for: '1m30s' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", 'for: "30s\\n"', "f.yaml:9: $.rules[0].for: '30s\\n' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", "for: 99999999999d", "f.yaml:9: $.rules[0].for: '99999999999d' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("    keep", "    forever: 1\n    keep", "f.yaml:10: unknown member 'forever'; allowed: id, title, select, above, below, description"),
    ("limit: 4.3", "limit: 6.3", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (6.3)"),
    ("limit: 4.3", "limit: 7", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (7.0)"),
    ("moderate", "extreme", "f.yaml:2: rule flood-1: the limit of extreme"),
    ("clear: 6.2", "clear: 6.4", "f.yaml:2: rule flood-1: clear 6.4 is beyond the limit 6.3"),
    ("above:", "below:", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (4.3)"),
    ("    for", "    below: []\n    for", "f.yaml:2: rule flood-1 needs thresholds either above or below"),
    ("rules:", "rule:", "f.yaml:1: unknown member 'rule'; allowed: rules"),
    ("    title", "   title", "f.yaml:3: not YAML: "),
    ("Lũ", "L\x07", "f.yaml:3: not YAML: special characters are not allowed"),
    ("{vi: Lũ, en: Flood}", "!!python/object/apply:os.getcwd []", "f.yaml:3: not YAML: could not determine a constructor for the tag"),
]


@pytest.mark.parametrize(("right", "wrong", "complaint"), WRONG)
def test_mistake_is_reported_with_file_line_value_and_what_is_allowed(right: str, wrong: str, complaint: str) -> None:
    assert right in FULL
    with pytest.raises(ConfigurationError) as error:
        parse_rules(FULL.replace(right, wrong, 1), file="f.yaml")
    assert error.value.detail.startswith(complaint)
    assert "\n" not in error.value.detail


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "f.yaml:1: $: Expected `object`, got `null`"),
        ("[]", "f.yaml:1: $: Expected `object`, got `array`"),
        ("rules: 5", "f.yaml:1: $.rules: Expected `array`, got `int`, found '5'"),
        ("rules: [5]", "f.yaml:1: $.rules[0]: Expected `object`, got `int`, found '5'"),
        ("rules:\n\n- {}", "f.yaml:3: $.rules[0]: Object missing required field `id`"),
        ("a\n---\nb", "f.yaml:2: not YAML: but found another document"),
        (SMALL.replace("[{severity: minor, limit: 5, clear: 7}]", "[]"), "f.yaml:2: rule cold has no threshold"),
        (SMALL.replace("clear: 7", "clear: 4"), "f.yaml:2: rule cold: clear 4.0 is beyond the limit 5.0"),
        (SMALL.replace("    below: [{severity: minor, limit: 5, clear: 7}]\n", ""), "f.yaml:2: rule cold needs thresholds either above"),
        (f"rules:\n{SMALL[7:]}{SMALL[7:].replace('5', 'x')}", "f.yaml:9: $.rules[1].below[0].limit: 'x' is not a number"),
    ],
)
def test_file_that_is_wrong_as_a_whole(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_rules(text, file="f.yaml")
    assert error.value.detail.startswith(complaint)


def test_two_rules_of_one_id_are_refused() -> None:
    check_unique([rule(rule_id="a"), rule(rule_id="b")])
    with pytest.raises(ConfigurationError, match="rule id a is used twice"):
        check_unique([rule(rule_id="a"), rule(rule_id="b"), rule(rule_id="a")])


@pytest.mark.parametrize("text", [FULL, SMALL])
def test_definition_says_the_same_rule(text: str) -> None:
    (found,) = parse_rules(text, file="f.yaml")
    told = yaml.safe_dump({"rules": [found.definition()]}, allow_unicode=True)
    assert parse_rules(told, file="f.yaml") == [found]


def test_definition_of_a_duration_is_in_the_largest_unit() -> None:
    (found,) = parse_rules(FULL.replace("30s", "7200s"), file="f.yaml")
    assert found.definition()["for"] == "2h"


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ({}, True),
        ({"kind": "river_gauge"}, True),
        ({"kind": "rain_gauge"}, False),
        ({"source": "hydro", "station": "dap-cau"}, True),
        ({"source": "other"}, False),
        ({"station": "luc-nam"}, False),
        ({"unit": "07207"}, True),
        ({"unit": "07208"}, False),
        ({"property": "rain"}, False),
    ],
)
def test_selector(select: dict[str, Any], expected: bool) -> None:
    selector = Selector(**{"property": "water_level", **select})
    assert selector.matches(station(unit={"code": "07207"}), "water_level") is expected


def test_selector_of_a_unit_does_not_match_a_station_outside_all_units() -> None:
    assert not Selector("water_level", unit="07207").matches(station(), "water_level")


def test_severities_from_the_least() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
    assert max(Severity, key=lambda severity: severity.rank) is Severity.EXTREME
