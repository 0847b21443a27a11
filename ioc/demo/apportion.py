"""Sharing out a whole number by weights, so that the shares add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor


def apportion(total: int, weights: Sequence[float], *, least: int = 0, most: Sequence[int] | None = None) -> list[int]:
    """Return whole shares of `total` in proportion to `weights`, by largest remainder; equal remainders go to the earlier one.

    Every share is at least `least` and, where `most` is given, at most its own limit. Raises ValueError when that cannot be.
    """
    room = list(most) if most is not None else [total] * len(weights)
    if total < least * len(weights) or total > sum(room) or min(room, default=0) < least:
        raise ValueError(f"{total} cannot be shared among {len(weights)} with at least {least} each and at most {sum(room)} together")
    shares = [least] * len(weights)
    left = total - sum(shares)
    while left:
        open_ = [index for index in range(len(weights)) if shares[index] < room[index]]
        for index, share in zip(open_, _split(left, [weights[index] for index in open_]), strict=True):
            shares[index] = min(room[index], shares[index] + share)
        left = total - sum(shares)
    return shares


def _split(total: int, weights: Sequence[float]) -> list[int]:
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [floor(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares
