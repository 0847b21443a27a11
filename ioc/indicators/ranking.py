"""Units put in order of a figure: equal figures share a place, and those made of few cases get none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What a unit is ranked by: its rounded figure, and of how many cases it is made (None: it is no share)."""

    unit: int
    value: Decimal | None
    of: Decimal | None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's rank, 1 the best; None where it has no figure, or one of too few cases (`few`)."""

    standing: Standing
    rank: int | None
    tied: bool
    few: bool


def rank(standings: Iterable[Standing], *, higher_is_better: bool, minimum: int) -> Sequence[Place]:
    """Return the units, the best first, then those of fewer than `minimum` cases, then those without a figure.

    Equal figures share the better rank and the ranks after it are skipped (1, 2, 2, 4), since figures that print alike must not be told apart.
    """
    every = list(standings)
    sure = [one for one in every if one.value is not None and not is_few(one.of, minimum)]
    few = [one for one in every if one.value is not None and is_few(one.of, minimum)]
    ordered = _sorted(sure, higher_is_better)
    places: list[Place] = []
    for number, one in enumerate(ordered):
        goes_on = number > 0 and ordered[number - 1].value == one.value
        position = places[-1].rank if goes_on else number + 1
        tied = sum(other.value == one.value for other in ordered[max(0, number - 1) : number + 2]) > 1
        places.append(Place(one, position, tied, few=False))
    places += [Place(one, None, tied=False, few=True) for one in _sorted(few, higher_is_better)]
    return places + [Place(one, None, tied=False, few=False) for one in every if one.value is None]


def _sorted(some: Sequence[Standing], higher_is_better: bool) -> list[Standing]:
    sign = -1 if higher_is_better else 1
    return sorted(some, key=lambda one: (sign * (one.value or Decimal(0)), one.unit))


def is_few(of: Decimal | None, minimum: int) -> bool:
    """Return whether a figure is a share of so few cases that chance alone may have made it."""
    return of is not None and of < minimum
