"""Facts of units rolled up along the hierarchy of their time, or given to the units of another day by the shares of succession."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from ioc.domain.unit import UnitRef
from ioc.indicators.definition import LEVEL

UNKNOWN = 0
"""Stands for the unit of events whose unit nobody knew on their day."""
OWN = "own"
"""The slice of what a unit's facts are without those below it."""
_SEPARATOR = "\x1f"
_ONE = Decimal(1)
_PLACES = Decimal("0.000000000001")

Slice = tuple[str, str]
TOTAL: Slice = ("", "")


class Portion(Protocol):
    """How much of a unit's figures belong to another one."""

    @property
    def unit(self) -> int:
        """Return the number of the other unit."""
        ...

    @property
    def share(self) -> float:
        """Return how much, above 0 and up to 1."""
        ...


class Units(Protocol):
    """Whoever knows the units and what became of them."""

    @property
    def edition(self) -> int:
        """Return a number that changes whenever units were published."""
        ...

    def all(self) -> Sequence[UnitRef]:
        """Return the units that are known now."""
        ...

    def ref(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where it is not known now."""
        ...

    def require(self, code: str, day: date | None = None) -> UnitRef:
        """Return the unit that had the code on the day (None: today); NotFound where there was none."""
        ...

    def convert(self, number: int, day: date) -> Sequence[Portion]:
        """Return the units of the day to which the figures of a unit belong."""
        ...


class Row(NamedTuple):
    """Facts of one unit and slice over a period, or part of it: the sums of the measures, or, with `keys`, how many rows each of these has."""

    unit: int
    slice: str
    keys: Sequence[str] | None
    amounts: Sequence[Decimal]
    events: int
    newest: datetime | None


@dataclass(slots=True)
class Cell:
    """What is known of a unit in a slice: the sums of the measures, or for keyed groups how many rows each key has."""

    amounts: list[Decimal] = field(default_factory=list)
    keys: dict[str, Decimal] = field(default_factory=dict)
    events: Decimal = Decimal(0)
    newest: datetime | None = None


Cells = dict[int, dict[Slice, Cell]]
Ways = Callable[[int], Sequence[tuple[int, Decimal]]]


class Tree:
    """Which units a unit's facts count for."""

    def __init__(self, units: Units, *, as_of: date | None = None) -> None:
        """Follow the units as they were recorded, or, with `as_of`, give everything to the units of that day."""
        self._units, self._as_of = units, as_of
        self._ways: dict[int, tuple[tuple[int, Decimal], ...]] = {UNKNOWN: ((UNKNOWN, _ONE),)}
        self._above: dict[int, tuple[int, ...]] = {}
        self._expected: dict[tuple[str, date], Mapping[int, set[int]]] = {}

    def ways(self, unit: int) -> Sequence[tuple[int, Decimal]]:
        """Return the unit and those above it, each with the share of its facts that it gets; none known: the unknown unit."""
        found = self._ways.get(unit)
        if found is None:
            found = self._ways[unit] = tuple(self._found(unit)) or ((UNKNOWN, _ONE),)
        return found

    def level(self, unit: int) -> str:
        """Return the level of a unit, nothing for one that is not known."""
        ref = self._units.ref(unit)
        return ref.level if ref else ""

    def above(self, unit: int) -> tuple[int, ...]:
        """Return the unit and those above it, the nearest first."""
        found = self._above.get(unit)
        if found is None:
            chain: list[int] = []
            ref = self._units.ref(unit)
            while ref is not None and ref.id not in chain:
                chain.append(ref.id)
                ref = None if ref.parent_id is None else self._units.ref(ref.parent_id)
            found = self._above[unit] = tuple(chain)
        return found

    def _found(self, unit: int) -> Iterable[tuple[int, Decimal]]:
        if self._as_of is None:
            return [(number, _ONE) for number in self.above(unit)]
        shares: dict[int, Decimal] = defaultdict(Decimal)
        for portion in self._units.convert(unit, self._as_of):
            for number in self.above(portion.unit):
                shares[number] += Decimal(repr(portion.share)).quantize(_PLACES)
        return shares.items()

    def expected(self, level: str, end: date) -> Mapping[int, set[int]]:
        """Return for each unit those of the level in and below it that were in force at the end of a period, or on the day asked for."""
        day = self._as_of or end.fromordinal(end.toordinal() - 1)
        if (level, day) not in self._expected:
            self._expected[level, day] = self._find_expected(level, day)
        return self._expected[level, day]

    def _find_expected(self, level: str, day: date) -> Mapping[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for ref in self._units.all():
            if ref.level == level and ref.valid_from <= day and (ref.valid_to is None or day < ref.valid_to):
                for above in self.above(ref.id):
                    found[above].add(ref.id)
        return found


def roll_up(
    rows: Iterable[Row],
    tree: Tree,
    dimensions: Sequence[str],
    *,
    width: int,
    keyed: bool,
    own: bool = False,
) -> Cells:
    """Return what each unit has, in all and by each value of each dimension.

    Args:
        rows: facts of a group.
        tree: which units they count for.
        dimensions: the names of the parts of `Row.slice` after the first, which is the level.
        width: how many measures the group has.
        keyed: whether keys are told apart; amounts are not needed then.
        own: whether units are also to have a slice of what is theirs alone.
    """
    cells: Cells = defaultdict(dict)
    for row in rows:
        slices = [TOTAL, (LEVEL, tree.level(row.unit))]
        if dimensions:
            slices += zip(dimensions, row.slice.split(_SEPARATOR)[1:], strict=False)
        for nth, (unit, share) in enumerate(tree.ways(row.unit)):
            mine = cells[unit]
            for place in [*slices, (OWN, "")] if own and not nth else slices:
                cell = mine.get(place)
                if cell is None:
                    cell = mine[place] = Cell([] if keyed else [Decimal(0)] * width)
                _add(cell, row, share, keyed=keyed)
    return cells


def gather(rows: Iterable[Row], dimensions: Sequence[str], *, width: int, keyed: bool, by_level: bool = True) -> Cells:
    """Return what each unit has, in all and by each value of each dimension, of facts that are rolled up: the level is the first part of a slice.

    Not `by_level` saves the time of telling levels apart where nobody asks for them.
    """
    cells: Cells = defaultdict(dict)
    names = (LEVEL, *dimensions)
    places: dict[str, Sequence[Slice]] = {}  # the same few slices come again and again
    for row in rows:
        mine = cells[row.unit]
        here = places.get(row.slice)
        if here is None:
            told = list(zip(names, row.slice.split(_SEPARATOR), strict=False))
            here = places[row.slice] = (TOTAL, *(told if by_level else told[1:]))
        for place in here:
            cell = mine.get(place)
            if cell is None:
                cell = mine[place] = Cell([] if keyed else [Decimal(0)] * width)
            _add(cell, row, _ONE, keyed=keyed)
    return cells


def _add(cell: Cell, row: Row, share: Decimal, *, keyed: bool) -> None:
    if keyed:
        known = cell.keys
        for key, n in zip(row.keys or (), row.amounts, strict=True):
            known[key] = known.get(key, 0) + n * share
    elif share == 1:
        for place in range(len(cell.amounts)):
            cell.amounts[place] += row.amounts[place]
    else:
        for place in range(len(cell.amounts)):
            cell.amounts[place] += row.amounts[place] * share
    cell.events += row.events * share
    if row.newest is not None and (cell.newest is None or row.newest > cell.newest):
        cell.newest = row.newest
