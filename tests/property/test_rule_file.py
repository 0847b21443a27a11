"""Whatever a rule file says: rules, or an error that names the place; never anything else."""

from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ioc.alerts.conditions import KINDS
from ioc.alerts.rule import Rule
from ioc.alerts.rule_file import parse_rule, parse_rules
from ioc.errors import ConfigurationError

words = st.sampled_from(
    ["id", "title", "vi", "en", "select", "property", "above", "below", "severity", "limit", "clear", "for", "keep_firing_for", "minor",
     "severe", "30s", "1h", "0d", "on", "enter", "inside", "of", "source", "station", "layer", "over", "within", "event", "until", "due",
     "all", "any", "none", "unit", "intervals", "function", "avg", "template", "templates", "parameters", "rule", "each", "$x", "a", *KINDS]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=3) | st.just(10**400)
trees = st.recursive(leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(words | leaves, below, max_size=4), max_leaves=12)
GOOD: dict[str, Any] = {
    "id": "a",
    "title": {"vi": "a", "en": "b"},
    "select": {"property": "p"},
    "above": [{"severity": "minor", "limit": 1}],
}


def parse(text: str) -> list[Rule] | str:
    """Return the rules, or the complaint."""
    try:
        return parse_rules(text, file="f.yaml")
    except ConfigurationError as error:
        return error.detail


def read(document: Any) -> None:
    found = parse(yaml.safe_dump(document))
    if isinstance(found, str):
        assert "f.yaml" in found
        assert "\n" not in found
    else:
        for rule in found:
            assert (
                parse_rule({name: told for name, told in rule.definition().items() if name != "template"}, origin="x").levels == rule.levels
            )


@settings(max_examples=150)
@given(tree=trees)
@example(tree={"\n": None})
def test_any_tree_is_read_or_refused(tree: Any) -> None:
    read(tree)
    read({"rules": [tree]})


@settings(max_examples=200)
@given(changed=st.dictionaries(words, trees, max_size=3), nested=st.sampled_from(["select", "title", ""]))
def test_any_change_of_a_good_rule_is_read_or_refused(changed: dict[str, Any], nested: str) -> None:
    read({"rules": [GOOD | ({nested: GOOD[nested] | changed} if nested else changed)]})


@settings(max_examples=100)
@given(text=st.text(alphabet=st.sampled_from("rules:-[]{}&*!|>'\"#%@,? \n\tab1.~<"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = parse(text)
    assert not isinstance(found, str) or found.startswith("f.yaml")


@settings(max_examples=100)
@given(entry=trees, body=trees)
def test_any_template_is_filled_in_or_refused(entry: Any, body: Any) -> None:
    read(
        {
            "templates": [{"id": "t", "parameters": ["x"], "rule": {"a": body}}],
            "rules": [{"template": "t", "each": [{"id": "a", "x": entry}]}],
        }
    )
    read({"templates": [{"id": "t", "parameters": ["x"], "rule": body}], "rules": [{"template": "t", "each": [entry]}]})
