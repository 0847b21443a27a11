from datetime import timedelta

import pytest
import yaml

from ioc.alerts.conditions import Absence, Cluster, Composite, Deadline, Geofence, Rate, Target, Window
from ioc.alerts.rule import Selector, Threshold
from ioc.alerts.rule_file import parse_rule, parse_rules
from ioc.errors import ConfigurationError

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
        "f.yaml:2: $.id: 'Flood' is not 1 to 64 small letters, digits or '-' beginning with a letter or digit",
    ),
    ("en: Flood", "fr: Crue", "f.yaml:3: unknown member 'fr'; allowed: vi, en"),
    (", en: Flood", "", "f.yaml:3: $.title: Object missing required field `en`"),
    ("kind: river_gauge", "type: river_gauge", "f.yaml:5: unknown member 'type'; allowed: property, kind, source, station, unit, area"),
    ("kind: river_gauge", "kind: 5", "f.yaml:5: $.select.kind: Expected `str | null`, got `int`, found '5'"),
    ("moderate", "grave", "f.yaml:8: $.above[1].severity: 'grave' is not one of minor, moderate, severe, extreme"),
    (
        "limit: 4.3",
        "limit: high",
        "f.yaml:8: $.above[1].limit: 'high' is not a number, or a duration such as 15m where the condition is about time",
    ),
    ("limit: 4.3", "limit: .nan", "f.yaml:2: rule flood-1: limit nan or clear None is not a finite number"),
    ("clear: 6.2", "clear: -.inf", "f.yaml:2: rule flood-1: limit 6.3 or clear -inf is not a finite number"),
    ("limit: 4.3", "limit: 2026-13-45", "f.yaml:8: $.above[1].limit: '2026-13-45' is not a number"),
    ("for: 30s", "for: 30", "f.yaml:9: $.for: '30' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", "for: 1m30s", "f.yaml:9: $.for: '1m30s' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", 'for: "30s\\n"', "f.yaml:9: $.for: '30s\\n' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    ("for: 30s", "for: 99999999999d", "f.yaml:9: $.for: '99999999999d' is not 1 to 6 digits and s, m, h or d, such as 30s"),
    (
        "    keep",
        "    forever: 1\n    keep",
        "f.yaml:10: unknown member 'forever'; allowed: id, title, select, above, below, severity, rate",
    ),
    ("limit: 4.3", "limit: 6.3", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (6.3)"),
    ("limit: 4.3", "limit: 7", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (7.0)"),
    ("moderate", "extreme", "f.yaml:2: rule flood-1: the limit of extreme"),
    ("clear: 6.2", "clear: 6.4", "f.yaml:2: rule flood-1: clear 6.4 is beyond the limit 6.3"),
    ("above:", "below:", "f.yaml:2: rule flood-1: the limit of extreme (6.3) is not beyond that of moderate (4.3)"),
    ("    for", "    below: []\n    for", "f.yaml:2: rule flood-1 needs limits either above or below"),
    ("rules:", "rule:", "f.yaml:1: unknown member 'rule'; allowed: rules, templates"),
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
        ("rules:\n\n- {}", "f.yaml:3: $: Object missing required field `id`"),
        ("a\n---\nb", "f.yaml:2: not YAML: but found another document"),
        (SMALL.replace("[{severity: minor, limit: 5, clear: 7}]", "[]"), "f.yaml:2: rule cold has no limit"),
        (SMALL.replace("clear: 7", "clear: 4"), "f.yaml:2: rule cold: clear 4.0 is beyond the limit 5.0"),
        (SMALL.replace("    below: [{severity: minor, limit: 5, clear: 7}]\n", ""), "f.yaml:2: rule cold needs limits either above"),
        (f"rules:\n{SMALL[7:]}{SMALL[7:].replace('5', 'x')}", "f.yaml:9: $.below[0].limit: 'x' is not a number, or a duration"),
    ],
)
def test_file_that_is_wrong_as_a_whole(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_rules(text, file="f.yaml")
    assert error.value.detail.startswith(complaint)


@pytest.mark.parametrize("text", [FULL, SMALL])
def test_definition_says_the_same_rule(text: str) -> None:
    (found,) = parse_rules(text, file="f.yaml")
    told = yaml.safe_dump({"rules": [found.definition()]}, allow_unicode=True)
    assert parse_rules(told, file="f.yaml") == [found]


def test_definition_of_a_duration_is_in_the_largest_unit() -> None:
    (found,) = parse_rules(FULL.replace("30s", "7200s"), file="f.yaml")
    assert found.definition()["for"] == "2h"


SERIES, LEVELS = "select: {property: p}", "above: [{severity: minor, limit: 2}]"
KINDS = [
    ("rate: {over: 10m}", SERIES, LEVELS, Rate("10m", "1h")),
    ("window: {function: p95, over: 1h, min_samples: 4}", SERIES, LEVELS, Window("p95", "1h", 4)),
    ("absence: {}", "", "above: [{severity: minor, limit: 15m}, {severity: severe, limit: 2h}]", Absence()),
    ("absence: {unit: intervals}", "", "above: [{severity: minor, limit: 2.5}]", Absence(unit="intervals")),
    ("absence: {of: source, offline: true}", "", "above: [{severity: minor, limit: 15m}]", Absence(of="source", offline=True)),
    ("geofence: {layer: zones, on: leave, features: [a]}", "", "severity: severe", Geofence("zones", "leave", ["a"])),
    ("geofence: {layer: zones, on: speeding, limit_from: kmh}", "", LEVELS, Geofence("zones", "speeding", None, "kmh")),
    (
        "cluster: {event: report, radius_m: 500, within: 30m, where: {topic: [water, light]}}",
        "",
        LEVELS,
        Cluster("report", 500, "30m", {"topic": ["water", "light"]}),
    ),
    (
        "deadline: {event: got, until: [done], within: 3wd}",
        "",
        "above: [{severity: minor, limit: 0s}]",
        Deadline("got", ["done"], within="3wd"),
    ),
    ("composite: {all: [a], none: [b], scope: unit}", "", "severity: minor", Composite(["a"], [], ["b"], "unit")),
    ("target: {indicator: on-time}", "", LEVELS, Target("on-time")),
]


@pytest.mark.parametrize(("condition", "select", "levels", "expected"), KINDS, ids=lambda told: None)
def test_every_kind_is_read_and_told_again(condition: str, select: str, levels: str, expected: object) -> None:
    members = [part for part in (condition, select, levels, "for: 1m") if part]
    text = "rules:\n- id: r\n  title: {vi: a, en: b}\n" + "".join(f"  {part}\n" for part in members)
    (found,) = parse_rules(text, file="f.yaml")
    assert found.condition == expected
    assert parse_rule(found.definition(), origin="rest") == found


def test_mistake_in_a_document_is_told_without_a_line() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_rule({"id": "r", "title": {"vi": "a", "en": "b"}, "for": "soon"}, origin="rule r")
    assert error.value.detail == "rule r: $.for: 'soon' is not 1 to 6 digits and s, m, h or d, such as 30s"


def test_template_is_filled_in_for_each_entry_and_faults_name_the_entry() -> None:
    text = """\
templates:
  - id: high
    parameters: [station, limit]
    rule:
      title: {vi: "Cao $station", en: High}
      select: {property: level, station: $station}
      above: [{severity: severe, limit: $limit}]
rules:
  - template: high
    each:
      - {id: a, station: s1, limit: 4}
      - {id: b, station: s2, limit: 5}
"""
    first, second = parse_rules(text, file="f.yaml")
    assert (first.id, first.title.vi, first.select.station, first.thresholds[0].limit, first.parent) == ("a", "Cao s1", "s1", 4, "high")
    assert (second.where, second.select.station) == ("f.yaml:12", "s2")
    for right, wrong, complaint in (
        ("limit: 5", "limit: x", "f.yaml:7: $.above[0].limit"),
        ("station: s2, ", "", "f.yaml:9: template high, entry 2: lacks station"),
        ("template: high", "template: low", "f.yaml:9: there is no template 'low'; this file has: high"),
    ):
        with pytest.raises(ConfigurationError) as error:
            parse_rules(text.replace(right, wrong), file="f.yaml")
        assert error.value.detail.startswith(complaint)
