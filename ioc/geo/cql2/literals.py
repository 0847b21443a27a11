"""Days, instants, intervals and geometries as both forms of CQL2 write them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ioc.errors import BadInput
from ioc.geo.cql2.nodes import Interval, Literal, Property, Shape

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")
_NESTING = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_OPEN = {"..", ""}
_DEEPEST_COLLECTION = 8


def day(text: Any) -> Literal:
    """Return the day that `text` is."""
    if isinstance(text, str) and _DAY.match(text):
        try:
            return Literal(date.fromisoformat(text))
        except ValueError:
            pass
    raise BadInput(f"the filter has the date {text!r}, which is no day such as '2025-07-01'")


def instant(text: Any) -> Literal:
    """Return the instant that `text` is; digits beyond a millionth of a second are cut off."""
    if isinstance(text, str) and _INSTANT.match(text.upper()):
        try:
            return Literal(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper())))
        except ValueError:
            pass
    raise BadInput(f"the filter has the timestamp {text!r}, which is no instant such as '2025-07-01T00:00:00Z'")


def bound(value: Property | Literal | str) -> Property | Literal | None:
    """Return the bound of an interval: a property, a day, an instant, or None for `..`."""
    if not isinstance(value, str):
        return value
    if value in _OPEN:
        return None
    return day(value) if _DAY.match(value) else instant(value)


def interval(bounds: Sequence[Property | Literal | str]) -> Interval:
    """Return the interval between two bounds; BadInput where it ends before it begins."""
    if len(bounds) != 2:  # noqa: PLR2004
        raise BadInput(f"the filter has an interval of {len(bounds)} bounds, not 2")
    start, end = (bound(each) for each in bounds)
    if isinstance(start, Literal) and isinstance(end, Literal) and type(start.value) is type(end.value):
        first: Any = start.value
        if first > end.value:
            raise BadInput(f"the filter has an interval that begins at {start} and ends before, at {end}")
    return Interval(start, end)


def box(numbers: Sequence[Any]) -> Shape:
    """Return the rectangle of 4 numbers, or of 6 with heights; the first is larger than the third across the 180th meridian."""
    if len(numbers) not in {4, 6} or not all(_is_number(each) for each in numbers):
        raise BadInput(f"the filter has a BBOX of {len(numbers)} values, not of 4 numbers (or 6 with heights)")
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])  # noqa: PLR2004
    if south > north:
        raise BadInput(f"the filter has a BBOX whose lower side {south} is above its upper side {north}")
    if west > east:
        return Shape(shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)))
    return Shape(_sound(lambda: shapely.box(west, south, east, north), "BBOX"))


def from_wkt(text: str) -> Shape:
    """Return the geometry that `text` is in well-known text."""
    return Shape(_sound(lambda: shapely.from_wkt(text), text[:40]))


def from_geojson(value: dict[str, Any]) -> Shape:
    """Return the geometry that the GeoJSON object `value` is."""
    _check_geojson(value, 1)
    return Shape(_sound(lambda: shapely.from_geojson(msgspec.json.encode(value).decode()), str(value.get("type"))))


def _check_geojson(value: Any, depth: int) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "GeometryCollection" and isinstance(value.get("geometries"), list) and depth <= _DEEPEST_COLLECTION:
        for each in value["geometries"]:
            _check_geojson(each, depth + 1)
    elif not isinstance(kind, str) or kind not in _NESTING:
        raise BadInput(f"the filter has a geometry of the type {kind!r}, which is none of {', '.join(_NESTING)}, GeometryCollection")
    elif not _is_nested(value.get("coordinates"), _NESTING[kind]):
        raise BadInput(f"the filter has a {kind} whose coordinates are not those of one")


def _is_nested(value: Any, nesting: int) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if nesting:
        return all(_is_nested(each, nesting - 1) for each in value)
    return len(value) in {2, 3} and all(_is_number(each) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _sound(make: Callable[[], BaseGeometry], what: str) -> BaseGeometry:
    try:
        geometry = shapely.force_2d(make())
    except (ShapelyError, ValueError) as error:
        raise BadInput(f"the filter has a geometry {what} that cannot be read: {error}") from None
    places = shapely.get_coordinates(geometry)
    if not len(places) or not all(map(math.isfinite, places.ravel().tolist())):
        raise BadInput(f"the filter has a geometry {what} without coordinates, or with one that is not a number")
    if not shapely.is_valid(geometry):
        raise BadInput(f"the filter has a geometry {what} that is not valid: {shapely.is_valid_reason(geometry)}")
    return geometry
