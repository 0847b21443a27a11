"""YAML as people write it: read into typed shapes, with the file and line of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar

import msgspec
import yaml

from ioc.errors import ConfigurationError

Shape = TypeVar("Shape")
_PART = re.compile(r"\.([\w-]+)|\[(\d+)\]")


class YamlSource(Generic[Shape]):
    """One YAML file: `told` is what it says, in its shape; `line` and `refuse` find places in it."""

    def __init__(self, text: str, shape: type[Shape], *, file: str, allowed: Mapping[str, str] | None = None) -> None:
        """Read `text`; `allowed` says in words, by the name of a member, what may stand there.

        Raises:
            ConfigurationError: the text is not YAML or has another shape; names file, line, value and what is allowed.
        """
        self.file, self._allowed = file, allowed or {}
        self._root, told = _read(text, file)
        try:
            self.told: Shape = msgspec.convert(told, shape)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{file}:{self._fault(str(error))}") from None

    def line(self, path: str = "") -> int:
        """Return the line of the place that `path` names as `.a[0].b`, or that of the nearest place above it."""
        return _line(_find(self._root, path)[1])

    def where(self, path: str = "") -> str:
        """Return `FILE:LINE` of the place."""
        return f"{self.file}:{self.line(path)}"

    def refuse(self, path: str, why: str) -> NoReturn:
        """Raise a ConfigurationError that names the place and says why."""
        raise ConfigurationError(f"{self.where(path)}: {why}")

    def _fault(self, message: str) -> str:
        """Return `message` with the line that it speaks of, the value there and what is allowed."""
        what, _, rest = message.partition(" - at `$")
        path = rest.rstrip("`")
        name, node = _find(self._root, path)
        if unknown := re.search("unknown field `(.*)`", what):
            return f"{_line(_key(node, unknown[1]) or node)}: unknown member {unknown[1]!r} in ${path}"
        place = f"{_line(node)}: ${path}"
        if not isinstance(node, yaml.ScalarNode):
            return f"{place}: {what}"
        return (
            f"{place}: {node.value!r} is not {self._allowed[name]}" if name in self._allowed else f"{place}: {what}, found {node.value!r}"
        )


def _read(text: str, file: str) -> tuple[yaml.Node | None, Any]:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        raise ConfigurationError(f"{file}:{text.count(chr(10), 0, error.position) + 1}: not YAML: {error.reason}") from None
    except ValueError as error:  # what looks like a date or a number and is none
        raise ConfigurationError(f"{file}: not YAML: {error}") from None


def _line(node: yaml.Node | None) -> int:
    return 1 if node is None else node.start_mark.line + 1


def _find(node: yaml.Node | None, path: str) -> tuple[str, yaml.Node | None]:
    """Return the name and the node of the place that `path` names, or those of the nearest place above it."""
    name = ""
    for key, index in _PART.findall(path):
        below = _child(node, key, index)
        if below is None:
            break
        name, node = key or name, below
    return name, node


def _key(node: yaml.Node | None, name: str) -> yaml.Node | None:
    members = node.value if isinstance(node, yaml.MappingNode) else []
    return next((key for key, _ in members if key.value == name), None)


def _child(node: yaml.Node | None, key: str, index: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and key:
        return next((value for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        child: yaml.Node = node.value[int(index)]
        return child
    return None
