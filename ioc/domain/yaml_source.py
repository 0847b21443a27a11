"""YAML as people write it: read into typed shapes, with the file and line of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NoReturn, TypeVar

import msgspec

from ioc.domain.yaml_place import fault, find, line, read_yaml
from ioc.errors import ConfigurationError

Shape = TypeVar("Shape")


class YamlSource(Generic[Shape]):
    """One YAML file: `told` is what it says, in its shape; `line` and `refuse` find places in it."""

    def __init__(self, text: str, shape: type[Shape], *, file: str, allowed: Mapping[str, str] | None = None) -> None:
        """Read `text`; `allowed` says in words, by the name of a member, what may stand there.

        Raises:
            ConfigurationError: the text is not YAML or has another shape; names file, line, value and what is allowed.
        """
        self.file = file
        self._root, told = read_yaml(text, file)
        try:
            self.told: Shape = msgspec.convert(told, shape)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{file}:{fault(self._root, str(error), {}, allowed or {})}") from None

    def line(self, path: str = "") -> int:
        """Return the line of the place that `path` names as `.a[0].b`, or that of the nearest place above it."""
        return line(find(self._root, path)[1])

    def where(self, path: str = "") -> str:
        """Return `FILE:LINE` of the place."""
        return f"{self.file}:{self.line(path)}"

    def refuse(self, path: str, why: str) -> NoReturn:
        """Raise a ConfigurationError that names the place and says why."""
        raise ConfigurationError(f"{self.where(path)}: {why}")
