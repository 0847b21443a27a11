import msgspec
import pytest

from ioc.domain.yaml_source import YamlSource
from ioc.errors import ConfigurationError


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    size: int = 0


class Things(msgspec.Struct, forbid_unknown_fields=True):
    things: list[Thing]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("things:\n  - name: [", "f.yaml:2: not YAML"),
        ("things:\n  - name: a\n    size: large\n", "f.yaml:3: $.things[0].size: 'large' is not a whole number"),
        ("things:\n  - name: a\n    colour: red\n", "f.yaml:3: unknown member 'colour' in $.things[0]"),
        ("things:\n  - size: 1\n", "f.yaml:2: $.things[0]: Object missing required field `name`"),
        ("\x00", "f.yaml:1: not YAML"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, wanted: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        YamlSource(text, Things, file="f.yaml", allowed={"size": "a whole number"})
    assert error.value.detail.startswith(wanted)


def test_places_are_found_by_path() -> None:
    source = YamlSource("things:\n  - name: a\n  - name: b\n    size: 3\n", Things, file="f.yaml")
    assert source.told.things[1].size == 3
    assert (source.line(".things[1].size"), source.line(".things[1].nothing"), source.line()) == (4, 3, 1)
    with pytest.raises(ConfigurationError, match=r"f.yaml:4: no"):
        source.refuse(".things[1].size", "no")
