"""What is counted of events, cases and readings, in the form in which the store does it: additive, by unit and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Literal

import msgspec

Scalar = str | bool | int | float
Operator = Literal["in", "not_in", "at_least", "at_most", "over", "under", "exists"]
Flag = Literal["on_time", "late", "in_order", "out_of_order", "closed"]
Stock = Literal["open", "overdue", "current"]
UNIT = "unit"
"""A key that is no member of the data: the unit itself."""
DUE = "due"
"""The step of a case that is no event: the moment by which it is to be closed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a member of an event's data (a path with dots) must be; numbers are compared as numbers, all else as text."""

    member: str
    operator: Operator
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The seconds between two steps of a case: of working time, or of all time. `calendar` tells one working time from another."""

    begin: str
    end: str
    working: bool
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a group: how many fulfil all that is asked, or, with `value` (a member of the data) or `elapsed`, the sum of it over them.

    `has` and `lacks` name steps of a case. A `stock` is not what happened on a day but what stood at its end.
    """

    where: tuple[Condition, ...] = ()
    value: str | None = None
    elapsed: Elapsed | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    stock: Stock | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """Why rows are told apart further: by a member of the data (None: the subject), or by a number rounded to `resolution`."""

    member: str | None = None
    elapsed: Elapsed | None = None
    resolution: float | None = None


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that are counted together: one row for each day, unit and combination of `dimensions`, with a number for each measure.

    It is of events of one `type`, of a `case` (at the day of the step `at`, or of what stood), or of readings of the property `observed`
    (of stations of `station_kind`). `sources` are patterns of names of sources.
    """

    sources: tuple[str, ...]
    measures: tuple[Measure, ...]
    type: str | None = None
    case: str | None = None
    at: str | None = None
    observed: str | None = None
    station_kind: str | None = None
    dimensions: tuple[str, ...] = ()
    key: Key | None = None

    @property
    def is_stock(self) -> bool:
        """Whether its numbers are what stood at the end of a day: sums since the beginning of time."""
        return self.case is not None and self.at is None

    def digest(self) -> str:
        """Return what is the same for the same group, today and tomorrow."""
        # A case that has no date was taken out of the overdue ones when it was closed, once.
        is_counted_anew = any(measure.stock == "overdue" for measure in self.measures)
        return digest_of([asdict(self), 2] if is_counted_anew else asdict(self))


def is_from(source: str, patterns: Sequence[str]) -> bool:
    """Return whether the name of a source is one of those that patterns (`*-air`) name."""
    return any(fnmatchcase(source, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """The step `name` of a case: the first event of the type that fulfils `where`."""

    name: str
    type: str
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseSpec:
    """What events of one subject make together.

    The first step opens the case, the step `closes` ends it, `due` is a member of any step's data that says by when: the latest day that is
    named counts. With `repeats` every opening begins another case of the subject; with `latest` it also ends the one before: the subject's state.
    """

    id: str
    sources: tuple[str, ...]
    steps: tuple[CaseStep, ...]
    closes: str | None = None
    due: str | None = None
    repeats: bool = False
    latest: bool = False

    def digest(self) -> str:
        """Return what is the same for the same case, today and tomorrow."""
        return digest_of(asdict(self))

    def place(self, step: str) -> int:
        """Return the number of a step, from 1."""
        return next(number for number, one in enumerate(self.steps, start=1) if one.name == step)


def digest_of(told: object) -> str:
    """Return a digest of plain values."""
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:32]
