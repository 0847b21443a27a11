"""How figures are rounded: half up, as people do, or cut off, as some reports print them; never by a binary fraction."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Literal

Rounding = Literal["half_up", "down"]
_MODES = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}
_PRECISE = Context(prec=40)


def ratio(part: Decimal, of: Decimal, per: Decimal) -> Decimal | None:
    """Return `part` × `per` / `of`, None where `of` is zero."""
    return _PRECISE.divide(part * per, of) if of else None


def rounded(value: Decimal | None, decimals: int, mode: Rounding = "half_up") -> Decimal | None:
    """Return the value with so many decimals; away from zero at a half, or cut off."""
    return None if value is None else value.quantize(_step(decimals), rounding=_MODES[mode], context=_PRECISE)


@cache
def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def number(value: Decimal | None) -> int | float | None:
    """Return a figure as JSON has it: a whole one as a whole number."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
