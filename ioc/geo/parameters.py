"""Values of query parameters: read, or refused with the value and the limit."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from ioc.domain.clock import local_day
from ioc.errors import BadInput
from ioc.geo.cql2.parse import LONGEST
from ioc.geo.table import FieldType

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 10_000
LARGEST_FILE = 1_000_000
"""Features of an answer that is a file."""
LARGEST_OFFSET = 10_000_000
LONGEST_VALUE = 1_000
DAY = re.compile(r"(\d{4}-\d\d-\d\d)T?")
"""A day; GDAL, and so QGIS, ends it with the T that an instant would go on with."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DIGITS = re.compile(r"^-?[0-9]{1,18}$")
_INT64 = 2.0**63
_TRUTH = {"true": True, "false": False, "1": True, "0": False}  # SQL clients have only numbers for it


def once(parameters: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return the parameters by name; BadInput where one is given twice, is too long, or is not UTF-8."""
    given: dict[str, str] = {}
    for name, value in parameters:
        longest = LONGEST if name == "filter" else LONGEST_VALUE
        if name in given:
            raise BadInput(f"parameter {name} is given more than once")
        if len(value) > longest:
            raise BadInput(f"parameter {name} has {len(value)} characters, more than {longest}")
        if "\ufffd" in value:
            raise BadInput(f"parameter {name} is not UTF-8")
        given[name] = value
    return given


def read_limit(text: str, largest: int = LARGEST_LIMIT) -> int:
    """Return how many features at most; more than the largest number counts as that."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadInput(f"limit {text:.50} is not a whole number from 1 (more than {largest} counts as {largest})")
    return min(int(text), largest)


def read_offset(text: str) -> int:
    """Return how many features to pass over."""
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_OFFSET:
        raise BadInput(f"offset {text:.50} is not a whole number from 0 to {LARGEST_OFFSET}")
    return int(text)


def read_bbox(text: str) -> tuple[float, float, float, float]:
    """Return the lower and the upper corner of a rectangle, without heights, in the order of axes in which they are given."""
    parts = text.split(",")
    if len(parts) not in {4, 6}:
        raise BadInput(f"bbox {text} has {len(parts)} numbers, not 4 (west,south,east,north) or 6 (with heights)")
    numbers = [_coordinate(part, text) for part in parts]
    first, second, third, fourth = numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])  # noqa: PLR2004
    return first, second, third, fourth


def check_degrees(west: float, south: float, east: float, north: float) -> None:
    """Raise BadInput unless the sides are those of a rectangle on the Earth; `west` may be greater than `east`."""
    for side, value, limit in (("west", west, 180), ("south", south, 90), ("east", east, 180), ("north", north, 90)):
        if abs(value) > limit:
            raise BadInput(f"bbox {side} {value} is outside -{limit}..{limit}")
    if south > north:
        raise BadInput(f"bbox south {south} is above north {north}")


def _coordinate(part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"bbox {text} has {part or 'nothing'} where a number is wanted")
    return number


def read_days(text: str) -> tuple[date, date]:
    """Return the first and last day in Viet Nam of an instant, a day, or an interval open (`..` or nothing) at one end or both."""
    first, slash, last = text.partition("/")
    if not slash:
        return _day(text, text), _day(text, text)
    days = (_day(first, text) if first not in {"", ".."} else date.min), (_day(last, text) if last not in {"", ".."} else date.max)
    if days[0] > days[1]:
        raise BadInput(f"datetime {text} begins after it ends")
    return days


def _day(part: str, text: str) -> date:
    if part.startswith("0000-"):  # QGIS says so for "since ever"; the calendar begins a year later
        return date.min
    try:
        if day := DAY.fullmatch(part):
            return date.fromisoformat(day[1])
        if INSTANT.fullmatch(part):
            return local_day(datetime.fromisoformat(part.upper()))
    except (ValueError, OverflowError):
        pass
    raise BadInput(f"datetime {text} is not an instant such as 2025-07-01T00:00:00Z, a day, or two of them with / between")


def read_value(name: str, text: str, kind: FieldType) -> Any:
    """Return the value that `text`, given as parameter `name`, is for an attribute of the type `kind`."""
    if kind == "string":
        return unicodedata.normalize("NFC", text)
    if kind in {"date", "date-time"}:
        return _time_value(name, text, kind)
    if kind == "boolean":
        if text not in _TRUTH:
            raise BadInput(f"{name} {text} is not true or false")
        return _TRUTH[text]
    number = _number(text)
    if number is None or (kind == "integer" and number != int(number)):
        raise BadInput(f"{name} {text} is not a {'whole ' if kind == 'integer' else ''}number")
    return int(number) if kind == "integer" else number


def _number(text: str) -> float | int | None:
    """Return the finite number that `text` is, None where it is none."""
    try:
        number = int(text) if _DIGITS.match(text) else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < _INT64 else None


def _time_value(name: str, text: str, kind: FieldType) -> date:
    try:
        if kind == "date" and (day := DAY.fullmatch(text)):
            return date.fromisoformat(day[1])
        if kind == "date-time" and INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise BadInput(f"{name} {text} is not {'a day such as 2025-07-01' if kind == 'date' else 'an instant such as 2025-07-01T00:00:00Z'}")
