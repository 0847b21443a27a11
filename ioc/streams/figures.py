"""The present figures that viewers have chosen, shared by all who chose the same: each change has a position, as in the mirror."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import WeakValueDictionary

import msgspec

from ioc.domain.live import FigureView
from ioc.streams.filter import Filter
from ioc.streams.window import Part

MAX_FIGURES = 20_000
COLUMNS = FigureView.__struct_fields__
_ENCODE = msgspec.json.Encoder().encode


class Choice(NamedTuple):
    """Which figures; what is empty is any. A unit alone, without those below it."""

    indicators: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, wanted: Filter) -> Choice:
        """Return what a filter chooses, the same for the same names in any order."""
        return cls(*(tuple(sorted(set(words))) for words in (wanted.indicator, wanted.unit, wanted.period)))


class Board:
    """The present figures of one choice, as they were read last; `fault` says why there are none, `position` counts the changes."""

    def __init__(self) -> None:
        self.position = 0
        self.is_loaded = False
        self.fault: str | None = None
        self.edition: object = None  # of what was read
        self._known: dict[str, FigureView] = {}
        self._changed: dict[str, int] = {}  # by id, in the order of the last change
        self._gone: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._known)

    def take(self, figures: Iterable[FigureView], edition: object) -> bool:
        """Take what was read; return whether anything is not as it was."""
        before, told = self.position, {one.id: one for one in figures}
        for name in [name for name in self._known if name not in told]:
            self.position += 1
            del self._known[name], self._changed[name]
            self._gone[name] = self.position
        for name, one in told.items():
            if not _is_same(one, self._known.get(name)):
                self.position += 1
                self._known[name] = one
                self._gone.pop(name, None)
                self._changed.pop(name, None)
                self._changed[name] = self.position
        is_first, self.is_loaded, self.fault, self.edition = not self.is_loaded, True, None, edition
        return is_first or self.position != before

    def fail(self, fault: str) -> None:
        """Note that the choice cannot be shown."""
        self.fault = fault

    def changes(self, since: int) -> Part:
        """Return what is not as it was at the position `since`."""
        changed = list(self._since(self._changed, since))
        rows = [_ENCODE(self._known[name]) for name in reversed(changed)]
        return Part(rows, len(rows), tuple(self._since(self._gone, since)) if since else ())

    def _since(self, places: dict[str, int], since: int) -> Iterator[str]:
        for name in reversed(places):
            if places[name] <= since:
                return
            yield name


class Boards:
    """The boards that somebody looks at."""

    def __init__(self) -> None:
        self._boards: WeakValueDictionary[Choice, Board] = WeakValueDictionary()

    def open(self, choice: Choice) -> Board:
        """Return the board of a choice, which stays as long as somebody holds it."""
        found = self._boards.get(choice)
        if found is None:
            found = self._boards[choice] = Board()
        return found

    def each(self) -> list[tuple[Choice, Board]]:
        """Return all boards that somebody holds."""
        return list(self._boards.items())


def _is_same(one: FigureView, before: FigureView | None) -> bool:
    """Return whether a figure says what it said: that it was computed again and came to the same is no news."""
    return before is not None and (one == before or msgspec.structs.replace(one, computed_at=before.computed_at) == before)
