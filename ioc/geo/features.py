"""Questions about the items of a collection: read from parameters, answered with a slice of ready features."""

from __future__ import annotations

import base64
import binascii
import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ioc.domain.clock import local_day
from ioc.errors import BadInput
from ioc.geo.collection import RESERVED, BBox, Collection, Ordinals
from ioc.geo.table import Field, FieldType

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 10_000
LONGEST_VALUE = 1_000
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class ItemsQuery:
    """Which items are wanted: those that meet every condition, at most `limit` of them, after the id `after`."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None
    bbox: BBox | None = None
    days: tuple[date, date] | None = None
    equal: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: how many items meet the conditions, the ones on this page, and the cursor of the next page if there is one."""

    matched: int
    ordinals: Sequence[int]
    cursor: str | None


def read_query(parameters: Iterable[tuple[str, str]], collection: Collection) -> ItemsQuery:
    """Return the query that `parameters` ask of `collection`.

    Raises:
        BadInput: a parameter is not known, given twice, or has a value that cannot be; the text names it and the limit.
    """
    given = _once(parameters)
    known = [*sorted(RESERVED), *parameters_of(collection)]
    if unknown := [name for name in given if name not in known]:
        raise BadInput(f"unknown parameter {', '.join(unknown)}: {collection.entry.id} takes {', '.join(known)}")
    for name in ("crs", "bbox-crs"):
        check_crs(name, given.get(name, CRS84))
    return ItemsQuery(
        limit=_limit(given["limit"]) if "limit" in given else DEFAULT_LIMIT,
        after=_decode_cursor(given["cursor"]) if "cursor" in given else None,
        bbox=_bbox(given["bbox"]) if "bbox" in given else None,
        days=_days(given["datetime"]) if "datetime" in given else None,
        equal=tuple((name, _value(name, text, collection.queryables[name].type)) for name, text in given.items() if name not in RESERVED),
    )


def parameters_of(collection: Collection) -> dict[str, Field]:
    """Return the queryables that are parameters too: an attribute that is an array is asked about in a filter only."""
    return {name: field for name, field in collection.queryables.items() if field.type != "array" and name not in RESERVED}


def check_crs(name: str, crs: str) -> None:
    """Raise BadInput unless `crs`, given as parameter `name`, is the one in which features are served."""
    if crs != CRS84:
        raise BadInput(f"{name} {crs} is not {CRS84}")


def answer(collection: Collection, query: ItemsQuery) -> Page:
    """Return the page of `collection` that `query` asks for; pages that follow each other by cursor miss nothing and repeat nothing."""
    matching = _matching(collection, query)
    start = 0
    if query.after is not None:
        start = int(np.searchsorted(matching, bisect_right(collection.fids, query.after)))
    page = matching[start : start + query.limit].tolist()
    more = start + len(page) < len(matching)
    return Page(len(matching), page, _encode_cursor(collection.fids[page[-1]]) if more and page else None)


def find(collection: Collection, fid: str) -> int | None:
    """Return the place of the feature `fid`, None where there is none."""
    place = bisect_left(collection.fids, fid)
    return place if place < len(collection.fids) and collection.fids[place] == fid else None


def _matching(collection: Collection, query: ItemsQuery) -> Ordinals:
    conditions = [_having(collection, name, value) for name, value in query.equal]
    if query.bbox:
        conditions.append(collection.within(query.bbox))
    if query.days:
        conditions.append(collection.valid_during(*query.days))
    return reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), conditions) if conditions else collection.all


def _having(collection: Collection, name: str, value: Any) -> Ordinals:
    same = pc.equal(collection.column(name), pa.scalar(value))
    return np.flatnonzero(same.fill_null(False).to_numpy())


def _once(parameters: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    given: dict[str, str] = {}
    for name, value in parameters:
        if name in given:
            raise BadInput(f"parameter {name} is given more than once")
        if len(value) > LONGEST_VALUE:
            raise BadInput(f"parameter {name} has {len(value)} characters, more than {LONGEST_VALUE}")
        given[name] = value
    return given


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadInput(f"limit {text} is not a whole number from 1 (more than {LARGEST_LIMIT} counts as {LARGEST_LIMIT})")
    return min(int(text), LARGEST_LIMIT)


def _bbox(text: str) -> BBox:
    parts = text.split(",")
    if len(parts) not in {4, 6}:
        raise BadInput(f"bbox {text} has {len(parts)} numbers, not 4 (west,south,east,north) or 6 (with heights)")
    numbers = [_coordinate(part, text) for part in parts]
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])  # noqa: PLR2004
    for side, value, limit in (("west", west, 180), ("south", south, 90), ("east", east, 180), ("north", north, 90)):
        if abs(value) > limit:
            raise BadInput(f"bbox {side} {value} is outside -{limit}..{limit}")
    if south > north:
        raise BadInput(f"bbox south {south} is above north {north}")
    return west, south, east, north


def _coordinate(part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"bbox {text} has {part or 'nothing'} where a number is wanted")
    return number


def _days(text: str) -> tuple[date, date]:
    """Return the first and last day in Viet Nam of an instant, a day, or an interval open (`..` or nothing) at one end or both."""
    first, slash, last = text.partition("/")
    if not slash:
        return _day(text, text), _day(text, text)
    days = (_day(first, text) if first not in {"", ".."} else date.min), (_day(last, text) if last not in {"", ".."} else date.max)
    if days[0] > days[1]:
        raise BadInput(f"datetime {text} begins after it ends")
    return days


def _day(part: str, text: str) -> date:
    try:
        if _DAY.match(part):
            return date.fromisoformat(part)
        if _INSTANT.match(part):
            return local_day(datetime.fromisoformat(part.upper()))
    except (ValueError, OverflowError):
        pass
    raise BadInput(f"datetime {text} is not an instant such as 2025-07-01T00:00:00Z, a day, or two of them with / between")


def _value(name: str, text: str, kind: FieldType) -> Any:
    if kind == "string":
        return unicodedata.normalize("NFC", text)
    if kind in {"date", "date-time"}:
        return _time_value(name, text, kind)
    if kind == "boolean":
        if text not in {"true", "false"}:
            raise BadInput(f"{name} {text} is not true or false")
        return text == "true"
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{name} {text} is not a number") from None


def _time_value(name: str, text: str, kind: FieldType) -> date:
    try:
        if kind == "date" and _DAY.match(text):
            return date.fromisoformat(text)
        if kind == "date-time" and _INSTANT.match(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise BadInput(f"{name} {text} is not {'a day such as 2025-07-01' if kind == 'date' else 'an instant such as 2025-07-01T00:00:00Z'}")


def _encode_cursor(fid: str) -> str:
    return base64.urlsafe_b64encode(fid.encode()).decode().rstrip("=")


def _decode_cursor(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise BadInput(f"cursor {text} is none of ours: take it from a next link") from None
