"""The administrative units that are known now, by code and day, and found by name as people type it. Knows neither areas nor what became of whom."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ioc.domain.unit import UnitRef
from ioc.errors import NotFound

# How kinds of units begin their names, without diacritics; longer ones first, since "thi xa" is no "xa".
_KINDS = ("thanh pho", "thi tran", "thi xa", "dac khu", "phuong", "huyen", "quan", "tinh", "xa")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_SPACES = re.compile(r"\s+")
NAMED_VERSIONS = 5


def fold(text: str) -> str:
    """Return `text` as words of plain lower-case letters and digits: without diacritics, so wherever a tone mark was put."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    letters = (letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", "".join(letters).casefold()).strip()


def is_in_force(ref: UnitRef, day: date) -> bool:
    """Return whether the unit was in force on the day."""
    return ref.valid_from <= day and (ref.valid_to is None or day < ref.valid_to)


def period(ref: UnitRef) -> str:
    """Return the unit's name and period in words."""
    return f"{ref.name_vi} since {ref.valid_from}" if ref.valid_to is None else f"{ref.name_vi} from {ref.valid_from} until {ref.valid_to}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A unit as it is searched for: names folded, with and without their kind."""

    ref: UnitRef
    depth: int
    name: str
    short: str
    english: str
    path: str
    typed: str
    all: str


class UnitDirectory:
    """All units that are published now or known as former ones.

    Layers come in order of precedence: where two have a unit of the same code at the same time, the first one's is meant.
    """

    def __init__(self, units: Iterable[UnitRef] = (), *, today: Callable[[], date]) -> None:
        refs = list(units)
        self.today = today
        self._refs = {ref.id: ref for ref in refs}
        self._order = {layer: order for order, layer in enumerate(dict.fromkeys(ref.layer for ref in refs))}
        self._by_code: dict[str, list[UnitRef]] = defaultdict(list)
        self._children: dict[int, list[UnitRef]] = defaultdict(list)
        for ref in sorted(refs, key=lambda one: (one.valid_from, self._order[one.layer])):
            self._by_code[ref.code].append(ref)
            if ref.parent_id is not None:
                self._children[ref.parent_id].append(ref)
        self._entries = [self._entry(ref) for ref in refs]

    def __len__(self) -> int:
        return len(self._refs)

    def ref(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where it is not known now."""
        return self._refs.get(number)

    def versions(self, code: str, *, layer: str | None = None) -> list[UnitRef]:
        """Return the units that have or had the code, the oldest first."""
        return [ref for ref in self._by_code.get(code, ()) if layer in (None, ref.layer)]

    def find(self, code: str, day: date | None = None, *, layer: str | None = None) -> UnitRef | None:
        """Return the unit that had the code on the day (None: today), None where there was none."""
        when = day or self.today()
        then = [ref for ref in self.versions(code, layer=layer) if is_in_force(ref, when)]
        return min(then, key=lambda ref: self._order[ref.layer], default=None)

    def require(self, code: str, day: date | None = None, *, layer: str | None = None) -> UnitRef:
        """Return what `find` returns.

        Raises:
            NotFound: no unit had the code on that day; the text says when one had.
        """
        if found := self.find(code, day, layer=layer):
            return found
        raise NotFound(self.why_not(code, day or self.today(), layer=layer))

    def why_not(self, code: str, day: date, *, layer: str | None = None) -> str:
        """Return, for a code that no unit has on the day, the sentence that says so, and when one had it."""
        others = self.versions(code, layer=layer)
        where = f" in layer {layer}" if layer else ""
        if not others:
            return f"there is no unit {code[:80]!r}{where}"
        named = "; ".join(period(ref) for ref in others[:NAMED_VERSIONS])
        return f"no unit{where} has the code {code} on {day}: it is that of {named}. Name a day of its time"

    def parents(self, ref: UnitRef) -> list[UnitRef]:
        """Return the units above, the nearest first."""
        above: list[UnitRef] = []
        while ref.parent_id is not None and ref.parent_id in self._refs and len(above) < len(self._refs):
            ref = self._refs[ref.parent_id]
            above.append(ref)
        return above

    def children(self, ref: UnitRef, day: date | None = None) -> list[UnitRef]:
        """Return the units right below that were in force on the day (None: at any time), by code."""
        below = (child for child in self._children.get(ref.id, ()) if day is None or is_in_force(child, day))
        return sorted(below, key=lambda child: (child.code, child.valid_from))

    def below(self, ref: UnitRef) -> set[int]:
        """Return the numbers of the unit and of all below it, at whatever level."""
        found: set[int] = set()
        pending = [ref.id]
        while pending:
            number = pending.pop()
            if number not in found:
                found.add(number)
                pending += [child.id for child in self._children.get(number, ())]
        return found

    def codes_below(self, code: str) -> frozenset[str]:
        """Return `code` and the codes of all units that lie below the unit that has it today (else: that had it at any time)."""
        today = self.find(code)
        refs = self.versions(code) if today is None else [today]
        return frozenset({code, *(self._refs[number].code for ref in refs for number in self.below(ref))})

    def is_within(self, code: str, valid_from: str, above: str) -> bool:
        """Return whether the unit of this code since this day has the code `above`, or lies below one that has it."""
        if code == above:
            return True
        same = (ref for ref in self.versions(code) if ref.valid_from.isoformat() == valid_from)
        return any(parent.code == above for ref in same for parent in self.parents(ref))

    def search(
        self, text: str, day: date, *, level: str | None = None, parent: str | None = None, layer: str | None = None
    ) -> list[UnitRef]:
        """Return the units in force on the day that the words of `text` may mean, the likeliest first; all of them for an empty text.

        Every word must begin a word of the unit's name, or, but for one at least, of those above it; where the text was typed with diacritics, the units that
        have them come first.
        """
        wanted, typed = fold(text), _typed(text)
        words = wanted.split()
        above = {ref.id for ref in self.versions(parent) if is_in_force(ref, day)} if parent is not None else None
        ranked = []
        for entry in self._entries:
            # Most units are out of the question, and this is the quickest way to see it.
            if any(word not in entry.all for word in words):
                continue
            ref = entry.ref
            if not is_in_force(ref, day) or level not in (None, ref.level) or layer not in (None, ref.layer):
                continue
            if above is not None and ref.parent_id not in above:
                continue
            if (rank := _rank(entry, wanted)) is not None:
                ranked.append(((rank, typed not in entry.typed, entry.depth, entry.short, self._order[ref.layer], ref.code), ref))
        return [ref for _, ref in sorted(ranked, key=lambda each: each[0])]

    def __iter__(self) -> Iterator[UnitRef]:
        return iter(self._refs.values())

    def _entry(self, ref: UnitRef) -> _Entry:
        name = fold(ref.name_vi)
        short = next((name[len(kind) + 1 :] for kind in _KINDS if name.startswith(f"{kind} ")), name)
        path = " ".join(fold(above.name_vi) for above in self.parents(ref))
        english = fold(ref.name_en)
        every = f"{name} {english} {path} {ref.code.casefold()}"
        return _Entry(ref, len(self.parents(ref)), name, short, english, path, _typed(ref.name_vi), every)


def _typed(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).casefold().strip()


def _rank(entry: _Entry, wanted: str) -> int | None:
    """Return how likely the words mean the unit, 0 the likeliest, None where they do not."""
    if not wanted or wanted in (entry.name, entry.short, entry.ref.code.casefold()):
        return 0
    if entry.short.startswith(wanted):
        return 1
    if entry.name.startswith(wanted) or entry.english.startswith(wanted):
        return 2
    words = wanted.split()
    own = f"{entry.name} {entry.english}".split()
    if all(_begins_any(word, own) for word in words):
        return 3
    begun = [_begins_any(word, own) for word in words]
    above = entry.path.split()
    # A word at least is the unit's own: "bac ninh" does not mean every commune of that province.
    return 4 if any(begun) and all(is_own or _begins_any(word, above) for word, is_own in zip(words, begun, strict=True)) else None


def _begins_any(word: str, words: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in words)
