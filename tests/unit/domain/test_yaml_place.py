import pytest

from ioc.domain.yaml_place import find, line, read_yaml
from ioc.errors import ConfigurationError


def test_words_that_old_yaml_takes_for_something_else_are_texts() -> None:
    _, told = read_yaml("{on: off, yes: no, day: 2026-01-05, is: true, not: False}", "f.yaml")
    assert told == {"on": "off", "yes": "no", "day": "2026-01-05", "is": True, "not": False}


def test_a_place_has_its_line() -> None:
    node, _ = read_yaml("a:\n  - b: 1\n  - b: 2\n", "f.yaml")
    name, found = find(node, ".a[1].b")
    assert (name, line(found)) == ("b", 3)
    assert line(find(node, ".a[7].b")[1]) == 2, "the nearest place above one that is not there"


def test_what_is_merged_in_has_its_line_and_what_replaces_it_has_its_own() -> None:
    node, told = read_yaml("usual: &usual\n  a: 1\n  b: 2\nother:\n  <<: *usual\n  b: 3\n", "f.yaml")
    assert told["other"] == {"a": 1, "b": 3}
    assert [line(find(node, f".other.{name}")[1]) for name in "ab"] == [2, 6]


def test_what_is_no_yaml_is_named_with_its_line() -> None:
    with pytest.raises(ConfigurationError, match=r"f.yaml:2: not YAML"):
        read_yaml("a: 1\nb: [", "f.yaml")
