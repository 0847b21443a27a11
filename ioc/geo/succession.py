"""What became of administrative units: from the units of one day to those of another, and how much of a figure goes where."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from ioc.domain.unit import UnitRef
from ioc.geo.units import is_in_force

Kind: TypeAlias = Literal["whole", "part"]
UnitKey: TypeAlias = tuple[str, date]
"""A unit by code and first day."""

TOLERANCE = 0.005
"""How far the shares of one unit may be from adding up to 1: what rounding leaves."""
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Step:
    """A row as a file has it: `share` of the unit `old` became part of `new`, of which it is `share_of_new`; None where the file does not say."""

    old: UnitKey
    new: UnitKey
    share: float | None = None
    share_of_new: float | None = None
    kind: Kind | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """`share` of the unit number `old` became part of the unit number `new`, of which it is `share_of_new`; 0 < shares <= 1."""

    old: int
    new: int
    share: float
    share_of_new: float
    kind: Kind
    source: str = ""


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of a unit's figures belong to another one. They are exact where no share had to be estimated.

    `via` is the unit above whose way was taken, None where the unit's own successors are known.
    """

    unit: int
    share: float
    exact: bool
    via: int | None = None


def settle(steps: Sequence[Step], known: Mapping[UnitKey, date | None]) -> tuple[list[Step], list[str]]:
    """Return the steps with every share, kind told, and what is wrong with them.

    What a file leaves out is divided equally: the rest of the old unit among the steps without a share, the new unit among those that
    came into it in proportion to what they gave. Shares of one old unit that add up to 1 within `TOLERANCE` are scaled to add up exactly.

    Args:
        steps: the rows of a file.
        known: for each unit of the layer its last day, exclusive.
    """
    problems = [problem for step in steps for problem in _problems(step, known)]
    seen: set[tuple[UnitKey, UnitKey]] = set()
    of_old: dict[UnitKey, list[Step]] = defaultdict(list)
    for step in steps:
        if (step.old, step.new) in seen:
            problems.append(f"{_named(step.old)} → {_named(step.new)} is there more than once")
        seen.add((step.old, step.new))
        of_old[step.old].append(step)
    settled = []
    for same in of_old.values():
        shared = _share_out(same)
        total = math.fsum(step.share or 0.0 for step in shared)
        if abs(total - 1) > TOLERANCE or any((step.share or 0.0) <= 0 for step in shared):
            problems.append(f"the shares of {_named(same[0].old)} add up to {total:.4f}, not to 1 within {TOLERANCE}, or one is nothing")
            continue
        settled += [_kind_told(replace(step, share=(step.share or 0.0) / total), len(shared)) for step in shared]
    return _shares_of_new(settled), problems


class Succession:
    """The ways between units of different times."""

    def __init__(self, links: Iterable[Link] = (), *, unit_of: Callable[[int], UnitRef | None]) -> None:
        """Build it; `unit_of` returns the unit of a number, None where it is not known now."""
        self._unit_of = unit_of
        self._from: dict[int, list[Link]] = defaultdict(list)
        self._into: dict[int, list[Link]] = defaultdict(list)
        for link in links:
            self._from[link.old].append(link)
            self._into[link.new].append(link)

    def successors(self, number: int) -> Sequence[Link]:
        """Return what the unit became."""
        return self._from.get(number, ())

    def predecessors(self, number: int) -> Sequence[Link]:
        """Return what the unit was made of."""
        return self._into.get(number, ())

    def convert(self, number: int, day: date) -> list[Portion]:
        """Return the units of the day to which the figures of a unit belong, the largest share first; none where nobody knows.

        Forward, a unit that ended without a successor of its own (a district, when districts were abolished) goes the way of the unit above it.
        Backward, the shares are estimates unless the unit came whole from one other.
        """
        ref = self._unit_of(number)
        if ref is None:
            return []
        found = [Portion(number, 1.0, exact=True)] if is_in_force(ref, day) else self._walk(ref, day)
        together: dict[tuple[int, int | None], list[Portion]] = defaultdict(list)
        for portion in found:
            together[portion.unit, portion.via].append(portion)
        summed = [replace(same[0], share=_sum(same), exact=all(p.exact for p in same)) for same in together.values()]
        return sorted(summed, key=lambda portion: (-portion.share, portion.unit))

    def _walk(self, ref: UnitRef, day: date) -> list[Portion]:
        if is_in_force(ref, day):
            return [Portion(ref.id, 1.0, exact=True)]
        forward = ref.valid_to is not None and ref.valid_to <= day
        found: list[Portion] = []
        for link in self._from.get(ref.id, ()) if forward else self._into.get(ref.id, ()):
            other = self._unit_of(link.new if forward else link.old)
            share = link.share if forward else link.share_of_new
            # A file may join units that do not follow one another in time: never turn round.
            if other is None or (other.valid_from > day if forward else other.valid_to is not None and other.valid_to <= day):
                continue
            exact = share > 1 - _SAME
            found += [replace(p, share=p.share * share, exact=p.exact and exact) for p in self._walk(other, day)]
        if forward and ref.id not in self._from and ref.parent_id is not None and (above := self._unit_of(ref.parent_id)):
            found = [replace(portion, via=portion.via or above.id) for portion in self._walk(above, day)]
        return found

    def reached_from_below(self, numbers: Iterable[int], day: date) -> set[int]:
        """Return the units of the day to which any of these units' figures belong by ways of their own."""
        return {portion.unit for number in numbers for portion in self.convert(number, day) if portion.via is None}


@dataclass(frozen=True, slots=True)
class Shared:
    """A figure of one unit of the day asked for: exact where no share of it was estimated."""

    value: float
    exact: bool
    origins: tuple[int, ...]


def share_out(figures: Mapping[int, float], succession: Succession, day: date) -> tuple[dict[int, Shared], dict[int, float]]:
    """Return the figures of units by the units of the day, and those that belong to none: together they are what was given."""
    parts: dict[int, list[tuple[float, bool, int]]] = defaultdict(list)
    lost: dict[int, float] = {}
    for number, value in figures.items():
        portions = succession.convert(number, day)
        for portion in portions:
            parts[portion.unit].append((value * portion.share, portion.exact, number))
        rest = value * (1 - math.fsum(portion.share for portion in portions))
        if not portions or abs(rest) > TOLERANCE * abs(value):
            lost[number] = rest
    return {unit: _shared(got) for unit, got in parts.items()}, lost


def _shared(got: Sequence[tuple[float, bool, int]]) -> Shared:
    return Shared(
        math.fsum(value for value, _, _ in got), all(exact for _, exact, _ in got), tuple(sorted({number for _, _, number in got}))
    )


def _sum(portions: Sequence[Portion]) -> float:
    return math.fsum(portion.share for portion in portions)


def _problems(step: Step, known: Mapping[UnitKey, date | None]) -> Iterable[str]:
    for side, key in (("old", step.old), ("new", step.new)):
        if key not in known:
            times = ", ".join(f"{since}" for code, since in sorted(known) if code == key[0])
            yield f"the {side} unit {_named(key)} is not in the layer{f', which has {key[0]} since {times}' if times else ''}"
    until = known.get(step.old)
    if step.old in known and step.new in known and (until is None or step.new[1] < until):
        yield f"{_named(step.old)} → {_named(step.new)}: the old unit ends {until or 'never'}, the new one must not begin before"
    for name, share in (("share", step.share), ("share_of_new", step.share_of_new)):
        if share is not None and not 0 < share <= 1:
            yield f"{_named(step.old)} → {_named(step.new)}: its {name} {share:g} is not above 0 and up to 1"
    if step.kind == "whole" and step.share is not None and step.share < 1 - TOLERANCE:
        yield f"{_named(step.old)} → {_named(step.new)} is said to be whole but its share is {step.share:g}"


def _named(key: UnitKey) -> str:
    return f"{key[0]} of {key[1]}"


def _share_out(same: Sequence[Step]) -> list[Step]:
    """Return the steps of one old unit; what is left of it is divided equally among those without a share."""
    silent = sum(step.share is None for step in same)
    if not silent:
        return list(same)
    rest = 1 - math.fsum(step.share or 0.0 for step in same)
    return [replace(step, share=rest / silent) if step.share is None else step for step in same]


def _kind_told(step: Step, siblings: int) -> Step:
    return replace(step, kind="whole" if siblings == 1 else "part")


def _shares_of_new(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, those into one new unit with shares of it that add up to 1: as told where all are told, else by what was given."""
    into: dict[UnitKey, list[Step]] = defaultdict(list)
    for step in steps:
        into[step.new].append(step)
    scale: dict[UnitKey, tuple[bool, float]] = {}
    for new, same in into.items():
        told = all(step.share_of_new is not None for step in same)
        scale[new] = told, math.fsum((step.share_of_new if told else step.share) or 0.0 for step in same)
    settled = []
    for step in steps:
        told, total = scale[step.new]
        settled.append(replace(step, share_of_new=((step.share_of_new if told else step.share) or 0.0) / total))
    return settled
