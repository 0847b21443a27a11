"""Aggregates over the readings of the last so-and-so long, kept up reading by reading: amortised constant time, but for the percentile.

A window holds what is later than its newest reading less its length. Readings come in order of time. What a batch added can be taken back.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil, fsum
from sys import float_info
from typing import Literal, Protocol

Function = Literal["avg", "min", "max", "sum", "count", "p95", "rate"]
_COMPACT_AT = 512
_PERCENTILE = 0.95
_SCALE = 2.0**-60
"""Sums are kept of values so much smaller, exactly, since those of the greatest numbers are none."""


class _Aggregate(Protocol):
    """What is kept of the readings in a window besides the readings."""

    def add(self, number: int, value: float) -> None: ...

    def remove(self, number: int, value: float) -> None: ...


class Window:
    """One window over one series; `function` is told by name, a rate is for one second."""

    __slots__ = ("_aggregate", "_head", "_length", "_min_samples", "_times", "_values", "function")

    def __init__(self, function: Function, length: timedelta, *, min_samples: int = 1) -> None:
        self.function: Function = function
        self._length, self._min_samples = length.total_seconds(), max(min_samples, 2 if function == "rate" else 1)
        self._times, self._values = array("d"), array("d")
        self._head = 0
        self._aggregate: _Aggregate = _AGGREGATES[function]()

    def __len__(self) -> int:
        return len(self._times) - self._head

    def push(self, time: datetime, value: float) -> float | None:
        """Take in the newest reading and return the aggregate, None while there are too few readings."""
        at = time.timestamp()
        self._times.append(at)
        self._values.append(value)
        self._aggregate.add(len(self._values) - 1, value)
        begin = at - self._length
        while self._times[self._head] <= begin:
            self._aggregate.remove(self._head, self._values[self._head])
            self._head += 1
        return self.value()

    def value(self) -> float | None:
        """Return the aggregate, None while there are too few readings."""
        n = len(self)
        if n < self._min_samples:
            return None
        match self._aggregate:
            case _Sum() as total:
                return total.of(n if self.function == "avg" else 1)
            case _Extreme() as extreme:
                return extreme.of()
            case _Sorted() as ordered:
                return ordered.of()
            case _:
                return float(n) if self.function == "count" else self._rate()

    def mark(self) -> tuple[int, int]:
        """Return where the window stands, for `take_back`; from then until `settle` nothing is thrown away."""
        return self._head, len(self._times)

    def take_back(self, mark: tuple[int, int]) -> None:
        """Undo what was pushed since `mark`."""
        self._head, length = mark
        del self._times[length:], self._values[length:]
        self._aggregate = _AGGREGATES[self.function]()
        for number in range(self._head, length):
            self._aggregate.add(number, self._values[number])

    def settle(self) -> None:
        """Throw away readings that are behind the window, when that is worth it."""
        if self._head > _COMPACT_AT and self._head * 2 > len(self._times):
            times, values = self._times[self._head :], self._values[self._head :]
            self._times, self._values, self._head = times, values, 0
            self.take_back((0, len(times)))

    def _rate(self) -> float:
        seconds = self._times[-1] - self._times[self._head]
        return within_numbers((self._values[-1] - self._values[self._head]) / seconds)


def within_numbers(value: float) -> float:
    """Return `value`, or the number nearest to it where it is infinite: the store and JSON know numbers only."""
    return max(-float_info.max, min(float_info.max, value))


class _Nothing:
    """A count and a rate need no more than the readings."""

    def add(self, number: int, value: float) -> None:
        """Nothing to keep."""

    def remove(self, number: int, value: float) -> None:
        """Nothing to keep."""


class _Sum:
    """An exact running sum, kept as parts that do not overlap (Shewchuk 1997): it depends on what is in the window alone, not on its history."""

    def __init__(self) -> None:
        self._parts: list[float] = []

    def add(self, _number: int, value: float) -> None:
        parts, kept = self._parts, 0
        value *= _SCALE
        for part in parts:
            greater, lesser = (value, part) if abs(value) >= abs(part) else (part, value)
            value = greater + lesser
            if rest := lesser - (value - greater):
                parts[kept] = rest
                kept += 1
        parts[kept:] = [value]

    def remove(self, number: int, value: float) -> None:
        self.add(number, -value)

    def of(self, divisor: int) -> float:
        """Return the sum divided by `divisor`, the greatest number there is where it is beyond all numbers."""
        return within_numbers(fsum(self._parts) / divisor / _SCALE)


class _Extreme:
    """The numbers of readings that may still become the extreme one, best first."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._best: deque[tuple[int, float]] = deque()

    def add(self, number: int, value: float) -> None:
        while self._best and self._sign * (value - self._best[-1][1]) >= 0:
            self._best.pop()
        self._best.append((number, value))

    def remove(self, number: int, _value: float) -> None:
        if self._best[0][0] == number:
            self._best.popleft()

    def of(self) -> float:
        """Return the extreme."""
        return self._best[0][1]


class _Sorted:
    """The readings in order of value."""

    def __init__(self) -> None:
        self._ordered: list[float] = []

    def add(self, _number: int, value: float) -> None:
        insort(self._ordered, value)

    def remove(self, _number: int, value: float) -> None:
        del self._ordered[bisect_left(self._ordered, value)]

    def of(self) -> float:
        """Return the 95th percentile, the smallest value that at least 95 % do not exceed (nearest rank)."""
        return self._ordered[ceil(_PERCENTILE * len(self._ordered)) - 1]


_AGGREGATES: Mapping[Function, Callable[[], _Aggregate]] = {
    "avg": _Sum,
    "sum": _Sum,
    "min": lambda: _Extreme(-1),
    "max": lambda: _Extreme(1),
    "p95": _Sorted,
    "count": _Nothing,
    "rate": _Nothing,
}
