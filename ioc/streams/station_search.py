"""Stations found by what people type, by state and by place; the worst first or by id. Without I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from heapq import nsmallest
from typing import Any, Literal

import msgspec

from ioc.streams.entity import STATES, Entity
from ioc.streams.filter import Filter
from ioc.streams.view import View

_STROKES = str.maketrans("đĐ", "dD")
_NUMBERS = re.compile(r"(\d+)")
_KEPT = 200_000


class Wanted(msgspec.Struct, frozen=True):
    """Which stations, and which of them first."""

    words: tuple[str, ...] = ()
    """Each occurs in name, id, kind or unit, whatever its marks and case; see `words_of`."""
    fits: Filter = Filter()
    within: View | None = None
    order: Literal["id", "worst"] = "id"


class StationSearch:
    """Finds stations; remembers each one's words for as long as its description stays the same."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, object, str, tuple[Any, ...]]] = {}

    def find(self, entities: Iterable[Entity], wanted: Wanted, limit: int) -> tuple[list[Entity], int]:
        """Return the first `limit` of the stations that are meant, and how many all are."""
        found = [entity for entity in entities if self._is_meant(entity, wanted)]
        key = self._worst if wanted.order == "worst" else _id
        return nsmallest(limit, found, key=key), len(found)

    def _is_meant(self, entity: Entity, wanted: Wanted) -> bool:
        if not wanted.fits.fits(entity) or (wanted.within is not None and not _is_within(entity, wanted.within)):
            return False
        if not wanted.words:
            return True
        said = self._words(entity)[2]
        return all(word in said for word in wanted.words)

    def _worst(self, entity: Entity) -> tuple[Any, ...]:
        return -STATES.index(entity.state), *self._words(entity)[3]

    def _words(self, entity: Entity) -> tuple[object, object, str, tuple[Any, ...]]:
        known = self._known.get(entity.id)
        if known is None or known[0] is not entity.view or known[1] is not entity.unit:
            view, unit = entity.view, entity.unit
            path = (unit.get("path_vi") or unit.get("code"), unit.get("path_en")) if unit else ()
            name = fold(view.name)
            said = " ".join((name, entity.id.casefold(), fold(view.kind), *(fold(str(part)) for part in path if part)))
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[entity.id] = view, unit, said, (_natural(name), entity.id)
        return known


def fold(text: str) -> str:
    """Return `text` in lower case without marks and strokes: "bac giang" for "Bắc Giang"."""
    letters = unicodedata.normalize("NFD", text.translate(_STROKES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def words_of(typed: str) -> tuple[str, ...]:
    """Return the words that somebody typed, folded."""
    return tuple(fold(typed).split())


def _id(entity: Entity) -> str:
    return entity.id


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what brings names into the order in which people count: 2 before 10."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _NUMBERS.split(name) if part)


def _is_within(entity: Entity, box: View) -> bool:
    lon, lat = entity.lon, entity.lat
    if lon is None or lat is None or not box.south <= lat <= box.north:
        return False
    return box.west <= lon <= box.east if box.west <= box.east else lon >= box.west or lon <= box.east
