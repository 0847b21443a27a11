"""Where things stand in YAML files: the line that an error speaks of, the value there and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from ioc.errors import ConfigurationError

_PART = re.compile(r"\.([\w-]+)|\[(\d+)\]")


class PlainLoader(yaml.SafeLoader):
    """YAML as 1.2 has it: the only booleans are `true` and `false`, since `on` is a member of geofences, and a date is a text."""


PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_yaml(text: str, file: str) -> tuple[yaml.Node | None, Any]:
    """Return a YAML text with its places, and as it is.

    Raises:
        ConfigurationError: it is not YAML; names the line in `file`.
    """
    try:
        loader = PlainLoader(text)
        root: yaml.Node | None = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.reason}") from None
    except (ValueError, RecursionError) as error:  # what looks like a date or a number and is none
        raise ConfigurationError(f"{file}: not YAML: {error}") from None


def fault(root: yaml.Node | None, message: str, members: Mapping[str, type[msgspec.Struct]], allowed: Mapping[str, str]) -> str:
    """Return a message of msgspec with the line that it speaks of, the value there and what is allowed.

    `members` are the types of the parts by their name, `allowed` says by name what a value may be.
    """
    what, _, rest = message.partition(" - at `$")
    path = rest.rstrip("`")
    name, node = find(root, path)
    if unknown := re.search("unknown field `(.*)`", what, re.DOTALL):
        known = f"; allowed: {', '.join(members[name].__struct_encode_fields__)}" if name in members else f" in ${path}"
        return f"{line(_key(node, unknown[1]) or node)}: unknown member {unknown[1]!r}{known}"
    place = f"{line(node)}: ${path}"
    if not isinstance(node, yaml.ScalarNode):
        return f"{place}: {what}"
    return f"{place}: {node.value!r} is not {allowed[name]}" if name in allowed else f"{place}: {what}, found {node.value!r}"


def line(node: yaml.Node | None) -> int:
    """Return the line of a node, from 1."""
    return 1 if node is None else node.start_mark.line + 1


def find(node: yaml.Node | None, path: str) -> tuple[str, yaml.Node | None]:
    """Return the name and the node of the place that `path` names as `.a[0].b`, or those of the nearest place above it."""
    name = ""
    for key, index in _PART.findall(path):
        below = _child(node, key, index)
        if below is None:
            break
        name, node = key or name, below
    return name, node


def _key(node: yaml.Node | None, name: str) -> yaml.Node | None:
    members = node.value if isinstance(node, yaml.MappingNode) else []
    return next((key for key, _ in reversed(members) if key.value == name), None)


def _child(node: yaml.Node | None, key: str, index: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and key:
        # Of members of one name the last counts; those that `<<` brings in stand first.
        return next((value for name, value in reversed(node.value) if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        child: yaml.Node = node.value[int(index)]
        return child
    return None
