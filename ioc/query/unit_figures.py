"""Figures of events by the units of any day: which unit a code means, and what belongs to which after the units have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from ioc.domain.unit import UnitRef

_PLACES = Decimal("0.000001")


class Portion(Protocol):
    """How much of a unit's figures belong to another one; exact where no share had to be estimated."""

    @property
    def unit(self) -> int:
        """Return the number of the other unit."""
        ...

    @property
    def share(self) -> float:
        """Return how much, above 0 and up to 1."""
        ...

    @property
    def exact(self) -> bool:
        """Return whether no share had to be estimated."""
        ...


class Units(Protocol):
    """Whoever knows the units and what became of them."""

    def versions(self, code: str) -> Sequence[UnitRef]:
        """Return the units that have or had the code, the oldest first."""
        ...

    def find(self, code: str, day: date | None = None) -> UnitRef | None:
        """Return the unit that had the code on the day (None: today), None where there was none."""
        ...

    def require(self, code: str, day: date | None = None) -> UnitRef:
        """Return the unit that had the code on the day (None: today); NotFound where there was none."""
        ...

    def below(self, ref: UnitRef) -> set[int]:
        """Return the numbers of the unit and of all below it."""
        ...

    def ref(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where it is not known now."""
        ...

    def convert(self, number: int, day: date) -> Sequence[Portion]:
        """Return the units of the day to which the figures of a unit belong."""
        ...


def meant(units: Units, code: str, as_of: date | None) -> tuple[UnitRef, list[UnitRef]] | None:
    """Return the unit that a code means, and the others that have or had it; None where all that were ever called so are meant.

    A code means the unit that has it on the day, else the one of today. A code that nobody has today means all that had it: they are history.

    Raises:
        NotFound: a day is named and no unit had the code on it.
    """
    if as_of is not None:
        ref = units.require(code, as_of)
    elif (found := units.find(code)) is None:
        return None
    else:
        ref = found
    others = [other for other in units.versions(code) if other.id != ref.id]
    return (ref, others) if others or as_of is not None else None


def told(ref: UnitRef, others: Iterable[UnitRef]) -> dict[str, Any]:
    """Return, for an answer, which unit a code was taken for, and which others have or had it."""
    return {"unit": _named(ref), "other_units": [_named(other) for other in others]}


def _named(ref: UnitRef) -> dict[str, Any]:
    return ref.as_json() | {"valid_to": ref.valid_to.isoformat() if ref.valid_to else None}


@dataclass(slots=True)
class _Sum:
    count: Decimal = Decimal(0)
    sum: Decimal = Decimal(0)
    exact: bool = True


@dataclass(slots=True)
class _Totals:
    groups: dict[tuple[Any, ...], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    without_unit: Decimal = Decimal(0)
    without_successor: Decimal = Decimal(0)


def by_units_of(
    rows: Iterable[Mapping[str, Any]],
    names: Sequence[str],
    *,
    convert: Callable[[int], Sequence[Portion]],
    unit_of: Callable[[int], UnitRef | None],
    wanted: set[int] | None,
    with_sum: bool,
) -> dict[str, Any]:
    """Return counts of events by group, after each was given to the units to which it belongs.

    Args:
        names: what groups are made of; `unit` is the unit of the day asked for.
        rows: counts with `g0`, the number of a unit or None, `g1` and so on, the values of `names` without `unit`, `count`, and perhaps `sum`.
        convert: returns the units to which the figures of a unit belong.
        unit_of: returns the unit of a number.
        wanted: count for these units only; None: for all.
        with_sum: whether rows have a `sum`.
    """
    totals = _Totals()
    ways: dict[int, Sequence[Portion]] = {}
    for row in rows:
        if row["g0"] is None:
            totals.without_unit += row["count"]
            continue
        portions = ways[row["g0"]] if row["g0"] in ways else ways.setdefault(row["g0"], convert(row["g0"]))
        _add(totals, row, names, portions, wanted)
    groups = [_group(key, names, one, unit_of, with_sum=with_sum) for key, one in totals.groups.items()]
    groups.sort(key=lambda group: -group["count"])
    return {
        "groups": groups,
        "total": _number(sum((one.count for one in totals.groups.values()), Decimal(0))),
        "exact": all(one.exact for one in totals.groups.values()),
        "without_unit": _number(totals.without_unit),
        "without_successor": _number(totals.without_successor),
    }


def _add(totals: _Totals, row: Mapping[str, Any], names: Sequence[str], portions: Sequence[Portion], wanted: set[int] | None) -> None:
    others = iter(range(1, len(names) + 1))
    values = [None if name == "unit" else row[f"g{next(others)}"] for name in names]
    for portion in portions:
        if wanted is not None and portion.unit not in wanted:
            continue
        key = tuple(portion.unit if name == "unit" else value for name, value in zip(names, values, strict=True))
        share = Decimal(repr(portion.share))
        one = totals.groups[key]
        one.count += row["count"] * share
        one.sum += (row.get("sum") or 0) * share
        one.exact &= portion.exact
    if not portions:
        totals.without_successor += row["count"]


def _group(
    key: tuple[Any, ...], names: Sequence[str], one: _Sum, unit_of: Callable[[int], UnitRef | None], *, with_sum: bool
) -> dict[str, Any]:
    group: dict[str, Any] = {}
    for name, value in zip(names, key, strict=True):
        ref = unit_of(value) if name == "unit" else None
        group[name] = ref.code if ref else value
    group["count"] = _number(one.count)
    if with_sum:
        group["sum"] = _number(one.sum)
    return group | {"exact": one.exact}


def _number(value: Decimal) -> int | float:
    """Return a figure without the noise of multiplied shares; a whole one as a whole number."""
    rounded = value.quantize(_PLACES) if abs(value) < Decimal(10) ** 20 else value
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
