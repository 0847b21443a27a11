"""How tests of rules tell the values of a series: one after the other, a usual interval apart, as promtool writes them and a little more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, NamedTuple, TypeAlias

import msgspec

from ioc.errors import ConfigurationError

Offset: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,9}(\.[0-9]{1,3})?[smhd])+\Z")]
"""How long after the beginning of a test: digits and s, m, h or d, perhaps several, such as 1h30m."""
MOST = 100_000
"""So many values a series of a test may have."""
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
_TOKEN = re.compile(
    rf"(?P<first>{_NUMBER})(?:(?P<step>[+-](?:[0-9]+\.?[0-9]*|\.[0-9]+))?x(?P<times>[0-9]+))?|_(?:x(?P<missing>[0-9]+))?|(?P<stale>stale)"
)
_WORDS = "a value such as 4.2, a+bxn, axn, _, _xn or stale, and @+90s after one that comes late"


class Sample(NamedTuple):
    """A value, which slot it is in, counted from 0, and how many seconds after its time it arrives."""

    slot: int
    value: float
    delay_s: float


def offset_s(told: str) -> float:
    """Return how many seconds an `Offset` is."""
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)([smhd])", told))


def spell_offset(seconds: float) -> str:
    """Return so many seconds, to the millisecond, as an `Offset`."""
    left, told = round(seconds, 3), ""
    for unit in ("d", "h", "m"):
        number, left = divmod(left, _SECONDS[unit])
        told += f"{number:.0f}{unit}" if number else ""
    return told + (f"{left:.3f}".rstrip("0").rstrip(".") + "s" if left or not told else "")


def read_values(told: str, *, slots_until_stale: int) -> tuple[list[Sample], int]:
    """Return the samples of a timeline, and how many slots it has.

    `5` is one value; `5x3` is it and three more; `5+2x3` are 5, 7, 9, 11; `_` is a slot without a value and `_x3` are three; `stale` are so
    many without one that the data is stale; `5@+90s` arrives 90 s after its time.

    Raises:
        ConfigurationError: a word is none of these; names it.
    """
    samples: list[Sample] = []
    slot = 0
    for word in told.split():
        text, _, late = word.partition("@")
        found = _TOKEN.fullmatch(text)
        if found is None or (late and (not re.fullmatch(r"\+([0-9]+(\.[0-9]+)?[smhd])+", late) or not found["first"])):
            raise ConfigurationError(f"{word!r} is not {_WORDS}")
        count = _count(found, slots_until_stale)
        if slot + count > MOST:
            raise ConfigurationError(f"{word!r} makes {slot + count} values; a series has {MOST} at most")
        delay_s = offset_s(late[1:]) if late else 0.0
        if found["first"]:
            samples += [Sample(slot + n, value, delay_s) for n, value in enumerate(_values(found, count))]
        slot += count
    return samples, slot


def _count(found: re.Match[str], slots_until_stale: int) -> int:
    if found["stale"]:
        return slots_until_stale
    if found["first"]:
        return int(found["times"] or 0) + 1
    return int(found["missing"] or 1)


def _values(found: re.Match[str], count: int) -> Iterator[float]:
    first, step = float(found["first"]), float(found["step"] or 0)
    return (round(first + n * step, 9) for n in range(count))
