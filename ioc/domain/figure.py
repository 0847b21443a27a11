"""A figure of an indicator as it was computed, in the one form in which it goes from the arithmetic to the store and to whoever asks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: the value, rounded (None: there is nothing to divide by), what it is made of, and how complete and how old that is.

    `reported` of `expected` have reported; both are None where nobody is expected.
    """

    value: Decimal | None
    part: Decimal | None
    of: Decimal | None
    events: int
    reported: int | None
    expected: int | None
    newest: datetime | None


COMPUTED = Computed.__struct_fields__


class Result(Computed, frozen=True, kw_only=True):
    """A figure of a unit, in all or (`dimension`, `member`) of a part of it."""

    indicator: str
    unit: int
    dimension: str
    member: str
