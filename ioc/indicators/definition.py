"""Indicators as they are computed: a formula over numbers of facts and over other indicators. Knows no files and no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ioc.domain.measure import digest_of
from ioc.indicators.rounding import Rounding
from ioc.indicators.system import IndicatorEntry, Text

LEVEL = "level"
"""The dimension that no event needs to tell: the level of the unit that it is of."""
ALGORITHM = 1
"""Counted up when the same definition is to give other figures: all history is then computed anew."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A number of facts: the group (by its place in the plan) and the measure in it."""

    group: int
    measure: int


@dataclass(frozen=True, slots=True)
class IndicatorRef:
    """The value of another indicator for the same unit and period, before rounding."""

    id: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the definition states."""

    value: Decimal


Operand = Ref | IndicatorRef | Constant


@dataclass(frozen=True, slots=True)
class Amount:
    """A count, a sum, or what stood."""

    of: Ref


@dataclass(frozen=True, slots=True)
class Ratio:
    """`part` × `per` / `of`."""

    part: Operand
    of: Operand
    per: Decimal


@dataclass(frozen=True, slots=True)
class Ranked:
    """The value that `p` percent of those counted do not exceed; keys are whole multiples of 1 / `scale` of a unit of the value."""

    group: int
    p: float
    scale: Decimal


@dataclass(frozen=True, slots=True)
class Different:
    """How many keys there are."""

    group: int


@dataclass(frozen=True, slots=True)
class Newest:
    """Sum and number of the newest values, each unit's own or rolled up."""

    total: Ref
    number: Ref
    roll: Literal["sum", "mean", "own"]


@dataclass(frozen=True, slots=True)
class Weighted:
    """An indicator in an index."""

    id: str
    weight: Decimal
    points: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Blend:
    """Indicators put together."""

    parts: tuple[Weighted, ...]
    combine: Literal["mean", "sum", "max"]


Formula = Amount | Ratio | Ranked | Different | Newest | Blend


@dataclass(frozen=True, slots=True)
class Goal:
    """What a level is to reach: at least or at most `limit`, from `since` to before `until`."""

    level: str
    direction: Literal["at_least", "at_most"]
    limit: Decimal
    since: date | None
    until: date | None
    unit: str | None
    plan: str


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator, ready to be computed; `reporters` is the group whose keys are the stations or subjects that have reported.

    `better` is None where nobody has said whether more or less of it is welcome.
    """

    id: str
    system: str
    entry: IndicatorEntry
    formula: Formula
    decimals: int
    rounding: Rounding
    better: Literal["higher", "lower"] | None
    dimensions: tuple[str, ...]
    periods: tuple[str, ...]
    minimum: int
    goals: tuple[Goal, ...]
    reporters: int | None
    words: Text
    dimension_titles: Mapping[str, Text]
    place: str

    @property
    def is_stock(self) -> bool:
        """Whether it says what stood at the end of a period."""
        return isinstance(self.formula, Newest) or self.entry.state is not None

    def groups(self) -> set[int]:
        """Return the groups of facts that it is made of itself."""
        return {ref.group for ref in self.refs()} | ({self.reporters} if self.reporters is not None else set())

    def refs(self) -> list[Ref]:
        """Return the numbers of facts that it is made of itself."""
        return list(_refs(self.formula))

    def indicators(self) -> list[str]:
        """Return the indicators that it is made of."""
        return list(_indicators(self.formula))

    def digest(self, of_numbers: list[str]) -> str:
        """Return what changes whenever the same events may give another figure; `of_numbers` are the digests of what it is made of."""
        # Words change nothing that was computed.
        told: dict[str, Any] = msgspec.to_builtins(self.entry)
        for word in ("title", "description", "unit", "targets", "better", "minimum"):
            told.pop(word)
        return digest_of([self._algorithm(), told, of_numbers, sorted(self.indicators())])

    def _algorithm(self) -> int:
        # What is made of others told nothing of who has reported, once; the largest of parts had a value while one was missing.
        return ALGORITHM + 2 if self.indicators() and self.entry.expected is None else ALGORITHM


def _refs(formula: Formula) -> Iterator[Ref]:
    match formula:
        case Amount(of=ref):
            yield ref
        case Ratio(part=part, of=of):
            yield from (one for one in (part, of) if isinstance(one, Ref))
        case Ranked(group=group) | Different(group=group):
            yield Ref(group, 0)
        case Newest(total=total, number=number):
            yield from (total, number)


def _indicators(formula: Formula) -> Iterator[str]:
    if isinstance(formula, Ratio):
        yield from (one.id for one in (formula.part, formula.of) if isinstance(one, IndicatorRef))
    elif isinstance(formula, Blend):
        yield from (part.id for part in formula.parts)
