"""The arithmetic of indicators: from what units have in a period to figures, exact until they are rounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from ioc.domain.figure import Result
from ioc.indicators.definition import (
    Amount,
    Blend,
    Constant,
    Definition,
    Different,
    IndicatorRef,
    Newest,
    Operand,
    Ranked,
    Ratio,
    Ref,
    Weighted,
)
from ioc.indicators.rollup import OWN, TOTAL, Cell, Cells, Slice
from ioc.indicators.rounding import ratio, rounded

_ZERO = Decimal(0)
_Share = tuple[int, int] | tuple[None, None]
"""How many have reported, of how many."""


class Figure(NamedTuple):
    """A value before it is rounded (None: there is nothing to divide by) and what it is made of."""

    value: Decimal | None
    part: Decimal | None
    of: Decimal | None
    events: Decimal
    newest: datetime | None


@dataclass(slots=True)
class Period:
    """What is known of one period: the cells of each group, and who is expected to report.

    `expected` has, by level, the units in and below each unit; `reporting`, by group, which of these have events; `stations`, by kind, how many
    stations each unit has.
    """

    cells: Mapping[int, Cells]
    expected: Mapping[str, Mapping[int, set[int]]] = field(default_factory=dict)
    reporting: Mapping[int, set[int]] = field(default_factory=dict)
    stations: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    figures: dict[str, dict[int, dict[Slice, Figure]]] = field(default_factory=dict)
    complete: dict[str, _Completeness] = field(default_factory=dict)


def compute(
    definitions: Sequence[Definition], period: Period, *, units: Mapping[str, set[int]] | None = None, publish: set[str] | None = None
) -> list[Result]:
    """Return the figures of a period.

    Args:
        definitions: those that are wanted with those that they are made of, each after these.
        period: what is known.
        units: for which units, by indicator; None: for all that have facts.
        publish: of which indicators; None: of all.
    """
    results: list[Result] = []
    for definition in definitions:
        mine = period.figures[definition.id] = _figures(definition, period, None if units is None else units[definition.id])
        completeness = period.complete[definition.id] = _Completeness(definition, period)
        if publish is not None and definition.id not in publish:
            continue
        for unit, slices in mine.items():
            reported, expected = completeness.of(unit)
            for (dimension, member), one in slices.items():
                told = (reported, expected) if dimension == "" else (None, None)
                results.append(
                    Result(
                        indicator=definition.id,
                        unit=unit,
                        dimension=dimension,
                        member=member,
                        value=rounded(one.value, definition.decimals, definition.rounding),
                        part=one.part,
                        of=one.of,
                        events=int(one.events),
                        reported=told[0],
                        expected=told[1],
                        newest=one.newest,
                    )
                )
    return results


def _figures(definition: Definition, period: Period, units: set[int] | None) -> dict[int, dict[Slice, Figure]]:
    formula = definition.formula
    known: set[int] = set()
    refs = definition.refs()
    for ref in refs:
        known.update(period.cells.get(ref.group, ()))
    for other in definition.indicators():
        known.update(period.figures.get(other, ()))
    wanted = known if units is None else known & units
    found = {}
    for unit in wanted:
        if isinstance(formula, Blend):
            figure = _blend(formula, period, unit)
            mine = {} if figure is None else {TOTAL: figure}
        else:
            mine = {place: _figure(definition, refs, period, unit, place) for place in _slices(definition, refs, period, unit)}
        if mine:
            found[unit] = mine
    return found


def _slices(definition: Definition, refs: Sequence[Ref], period: Period, unit: int) -> Iterable[Slice]:
    """Return the slices that a unit has of the indicator: in all, and by its dimensions."""
    if isinstance(definition.formula, Newest) and definition.formula.roll == "own":
        here = period.cells.get(definition.formula.total.group, {}).get(unit, {})
        return [TOTAL] if (OWN, "") in here else []
    wanted = {"", *definition.dimensions}
    found = {TOTAL}
    for ref in refs:
        found.update(place for place in period.cells.get(ref.group, {}).get(unit, ()) if place[0] in wanted)
    return found


def _figure(definition: Definition, refs: Sequence[Ref], period: Period, unit: int, place: Slice) -> Figure:
    cells = [cell for ref in refs if (cell := period.cells.get(ref.group, {}).get(unit, {}).get(place)) is not None]
    events = max((cell.events for cell in cells), default=_ZERO)
    newest = max((cell.newest for cell in cells if cell.newest is not None), default=None)
    value, part, of = _value(definition, period, unit, place)
    return Figure(value, part, of, events, newest)


def _value(definition: Definition, period: Period, unit: int, place: Slice) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    match definition.formula:
        case Amount(of=ref):
            amount = _amount(ref, period, unit, place)
            return amount, amount, None
        case Ratio(part=part, of=of, per=per):
            above, below = _operand(part, period, unit, place), _operand(of, period, unit, place)
            return (None if above is None or below is None else ratio(above, below, per)), above, below
        case Newest(total=total, number=number, roll=roll):
            place = (OWN, "") if roll == "own" else place
            summed, counted = _amount(total, period, unit, place), _amount(number, period, unit, place)
            if not counted:
                return None, None, counted
            return (summed if roll == "sum" else ratio(summed, counted, Decimal(1))), summed, counted
        case Ranked(group=group, p=p, scale=scale):
            keys = _keys(group, period, unit, place)
            at = _percentile(keys, p)
            return (None if at is None else at / scale), None, sum(keys.values(), _ZERO)
        case Different(group=group):
            counted = sum((min(n, Decimal(1)) for n in _keys(group, period, unit, place).values() if n > 0), _ZERO)
            return counted, counted, None
    raise AssertionError(definition.formula)


def _cell(group: int, period: Period, unit: int, place: Slice) -> Cell | None:
    return period.cells.get(group, {}).get(unit, {}).get(place)


def _amount(ref: Ref, period: Period, unit: int, place: Slice) -> Decimal:
    cell = _cell(ref.group, period, unit, place)
    return _ZERO if cell is None else cell.amounts[ref.measure]


def _operand(operand: Operand, period: Period, unit: int, place: Slice) -> Decimal | None:
    if isinstance(operand, Ref):
        return _amount(operand, period, unit, place)
    if isinstance(operand, Constant):
        return operand.value
    assert isinstance(operand, IndicatorRef)
    figure = period.figures.get(operand.id, {}).get(unit, {}).get(place)
    return None if figure is None else figure.value


def _keys(group: int, period: Period, unit: int, place: Slice) -> Mapping[str, Decimal]:
    cell = _cell(group, period, unit, place)
    return {} if cell is None else cell.keys


def _percentile(keys: Mapping[str, Decimal], p: float) -> Decimal | None:
    """Return the smallest value that at least `p` percent do not exceed (nearest rank), in steps of the resolution."""
    counted = sorted((Decimal(key), n) for key, n in keys.items() if n > 0)
    total = sum((n for _, n in counted), _ZERO)
    if not total:
        return None
    rank = ceil(Decimal(repr(p)) * total / 100)
    passed = _ZERO
    for value, n in counted:
        passed += n
        if passed >= rank:
            return value
    return counted[-1][0]


def _blend(formula: Blend, period: Period, unit: int) -> Figure | None:
    """Return the parts put together, None where nothing is known of any.

    An index that lacks a part would be another one than it is called, and the largest of those that are there may be far too low: it has no
    value, and says how many parts there are.
    """
    got: list[tuple[Weighted, Figure, Decimal]] = []
    for part in formula.parts:
        figure = period.figures.get(part.id, {}).get(unit, {}).get(TOTAL)
        if figure is not None and figure.value is not None:
            got.append((part, figure, read_off(part.points, figure.value) if part.points else figure.value))
    if not got:
        return None
    weighed = sum((part.weight * value for part, _, value in got), _ZERO)
    weights = sum((part.weight for part, _, _ in got), _ZERO)
    value: Decimal | None
    match formula.combine:
        case _ if len(got) < len(formula.parts):
            value = None
        case "max":
            value = max(part.weight * value for part, _, value in got)
        case "sum":
            value = weighed
        case _:
            value = ratio(weighed, weights, Decimal(1))
    newest = max((figure.newest for _, figure, _ in got if figure.newest is not None), default=None)
    return Figure(value, Decimal(len(got)), Decimal(len(formula.parts)), max(figure.events for _, figure, _ in got), newest)


def read_off(points: Sequence[tuple[Decimal, Decimal]], x: Decimal) -> Decimal:
    """Return y at x on the lines through the points; beyond the ends, the ends."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


class _Completeness:
    """How many of those who should have reported have; what is made of other indicators is as complete as the part that lacks most."""

    def __init__(self, definition: Definition, period: Period) -> None:
        self._wanted, self._period, self._definition = definition.entry.expected, period, definition
        self._reported: set[int] = set()
        if self._wanted is not None and self._wanted.level is not None:
            for ref in definition.refs():
                self._reported.update(period.reporting.get(ref.group, ()))

    def of(self, unit: int) -> _Share:
        """Return how many have reported, and of how many, both None where nobody is expected."""
        wanted = self._wanted
        if wanted is None:
            return self._weakest(unit)
        if wanted.level is not None:
            below = self._period.expected.get(wanted.level, {}).get(unit, set())
            return len(below & self._reported), len(below)
        reporters = self._definition.reporters
        here = 0 if reporters is None else len([n for n in _keys(reporters, self._period, unit, TOTAL).values() if n > 0])
        if wanted.number is not None:
            return here, wanted.number
        return here, self._period.stations.get(wanted.station_kind or "", {}).get(unit, here)

    def _weakest(self, unit: int) -> _Share:
        shares = [self._period.complete[part].of(unit) for part in self._definition.indicators()]
        told = [(reported, expected) for reported, expected in shares if reported is not None and expected]
        return min(told, key=lambda share: share[0] / share[1], default=(None, None))
