"""What a batch changed in dictionaries, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_ABSENT: Any = object()


class Journal:
    """Remembers how to undo each change since the last `settle`."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []
        self.batch = 0
        """Counts the batches, so that what is saved once a batch knows whether it was."""

    def put(self, mapping: MutableMapping[Key, Value], key: Key, value: Value) -> None:
        """Set `mapping[key]`."""
        before = mapping.get(key, _ABSENT)
        mapping[key] = value
        self._undo.append((lambda: mapping.pop(key, None)) if before is _ABSENT else (lambda: mapping.__setitem__(key, before)))

    def drop(self, mapping: MutableMapping[Key, Value], key: Key) -> None:
        """Remove `mapping[key]`, if it is there."""
        before = mapping.pop(key, _ABSENT)
        if before is not _ABSENT:
            self._undo.append(lambda: mapping.__setitem__(key, before))

    def did(self, undo: Callable[[], object]) -> None:
        """Remember how something else is undone."""
        self._undo.append(undo)

    def settle(self) -> None:
        """Make the changes final."""
        self._undo.clear()
        self.batch += 1

    def take_back(self) -> None:
        """Undo the changes, the newest first."""
        while self._undo:
            self._undo.pop()()
        self.batch += 1
