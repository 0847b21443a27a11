"""The rules that come with the project: in both languages, in both schemas, and each fires in a test of its own."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ioc.alerts.machine import Kind
from ioc.alerts.rule import Rule
from ioc.alerts.rule_book import load_rules, rules_of_files
from ioc.alerts.rule_schema import rule_file_schema, rule_test_schema
from ioc.alerts.rule_test_file import parse_tests
from ioc.alerts.rule_tests import files_with_tests, run_tests
from ioc.alerts.rule_trial import try_out
from ioc.domain.yaml_place import read_yaml
from ioc.errors import ConfigurationError

SDI = Path(__file__).parents[3] / "sdi"
FOLDER = SDI / "rules"
RULES = load_rules(FOLDER)
TESTS = files_with_tests([FOLDER])


@pytest.mark.parametrize("shipped", RULES, ids=lambda shipped: shipped.id)
def test_shipped_rule_speaks_both_languages(shipped: Rule) -> None:
    for text in (shipped.title, shipped.description):
        assert text.vi.strip()
        assert text.en.strip()
        assert text.vi != text.en
        assert "$" not in text.vi + text.en


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_shipped_rules_do_what_their_tests_say(file: Path) -> None:
    assert [(tried.name, tried.differences) for tried in run_tests(file) if tried.differences] == []


def test_every_shipped_rule_fires_in_a_test() -> None:
    fired: set[str] = set()
    for file in TESTS:
        tests = parse_tests(file.read_text(encoding="utf-8"), file=file.name)
        rules = rules_of_files(FOLDER / name for name in tests.told.rule_files)
        for number in range(len(tests.told.tests)):
            fired |= {t.rule.id for t in try_out(tests, number, rules) if t.kind is Kind.FIRED}
    assert sorted({rule.id for rule in RULES} - fired) == []


@pytest.mark.parametrize(
    ("name", "schema", "files"),
    [
        ("rules.json", rule_file_schema(), [file for file in sorted(FOLDER.glob("*.yaml")) if file not in TESTS]),
        ("rule-tests.json", rule_test_schema(), TESTS),
    ],
    ids=["rules", "tests"],
)
def test_shipped_files_fit_the_schema_that_is_shipped(name: str, schema: dict[str, Any], files: list[Path]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    shipped = json.loads((SDI / "schemas" / name).read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(schema)), "run `ioc rules schema --out` again"
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# yaml-language-server: $schema=../schemas/{name}\n")
        jsonschema.validate(read_yaml(text, file.name)[1], schema)


def test_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("rules: []")
    (tmp_path / "latin.yaml").write_bytes("rules: # L\xfc".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"latin.yaml: not UTF-8: .* at byte 10"):
        load_rules(tmp_path)


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    text = "rules: [{id: a, title: {vi: a, en: a}, select: {property: p}, above: [{severity: minor, limit: 1}]}]"
    (tmp_path / "one.yaml").write_text(text)
    assert [found.id for found in load_rules(tmp_path)] == ["a"]
    (tmp_path / "two.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match="rule id a is used twice"):
        load_rules(tmp_path)
