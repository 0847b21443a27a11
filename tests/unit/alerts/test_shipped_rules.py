"""The rules that come with the project."""

from pathlib import Path

import pytest

from ioc.alerts.rule import Rule
from ioc.alerts.rule_book import load_rules
from ioc.errors import ConfigurationError

FOLDER = Path(__file__).parents[3] / "sdi" / "rules"
RULES = load_rules(FOLDER)


def test_there_are_some() -> None:
    assert len(RULES) >= 10


@pytest.mark.parametrize("shipped", RULES, ids=lambda shipped: shipped.id)
def test_shipped_rule_speaks_both_languages(shipped: Rule) -> None:
    for text in (shipped.title, shipped.description):
        assert text.vi.strip()
        assert text.en.strip()
        assert text.vi != text.en


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
