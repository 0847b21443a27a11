"""Which features a filter can be true of at all, found by what is in order already, so that the filter is looked at for these alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import reduce
from typing import TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ioc.geo.collection import Collection, Ordinals
from ioc.geo.cql2.nodes import Call, Items, Literal, Node, Property, Shape
from ioc.geo.cql2.values import is_geometry
from ioc.geo.table import FieldType

ToWgs84: TypeAlias = Callable[[BaseGeometry], BaseGeometry]

# Those that hold only where the extents meet.
_MEETING = frozenset({"s_intersects", "s_equals", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains"})
SOUGHT: Mapping[FieldType, type] = {"string": str, "integer": int, "date": date}
"""The types of attributes whose equal values are looked up, and those of the values."""


def narrowed(root: Node, collection: Collection, *, to_wgs84: ToWgs84 = lambda shape: shape) -> Ordinals | None:
    """Return the features in order of which alone `root` can be true; None where that may be any.

    It is a bound: whether `root` is true of them, or wrong, has still to be found out.

    Raises:
        BadInput: a geometry of the filter is not on the Earth.
    """
    match root:
        case Call("and", args):
            known = [found for arg in args if (found := narrowed(arg, collection, to_wgs84=to_wgs84)) is not None]
            return reduce(collection.both, sorted(known, key=len)) if known else None
        case Call("or", args):
            each = [narrowed(arg, collection, to_wgs84=to_wgs84) for arg in args]
            known = [found for found in each if found is not None]
            return reduce(np.union1d, known) if len(known) == len(each) else None
        case Call("=", (Property(name), Literal() as value)) | Call("=", (Literal() as value, Property(name))):
            return _having(collection, name, value)
        case Call("in", (Property(name), Items(items))):
            each = [_having(collection, name, item) if isinstance(item, Literal) else None for item in items]
            known = [found for found in each if found is not None]
            return reduce(np.union1d, known) if known and len(known) == len(each) else None
        case Call(op, (Property(name), Shape(shape))) | Call(op, (Shape(shape), Property(name))) if op in _MEETING:
            return _near(collection, to_wgs84(shape)) if is_geometry(name, collection) else None
    return None


def _having(collection: Collection, name: str, value: Literal) -> Ordinals | None:
    """Return the features that have exactly `value`; None where that is not a question of equal values of one type."""
    field = collection.queryables.get(name)
    kind = None if field is None else SOUGHT.get(field.type)
    is_exact = kind is not None and isinstance(value.value, kind) and not isinstance(value.value, bool | datetime)
    return collection.having(name, value.value) if is_exact else None


def _near(collection: Collection, shape: BaseGeometry) -> Ordinals | None:
    west, south, east, north = shapely.bounds(shape).tolist()
    return None if np.isnan(west) else collection.near((west, south, east, north))
