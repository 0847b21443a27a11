"""Spatial relations between the features of a collection and a geometry that is written out, or between nothing but geometries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.layer import Geometries

Mask: TypeAlias = npt.NDArray[np.bool_]

FARTHEST = 1_000_000.0
"""Metres that a distance may have: farther away a plane around the geometry is too far from the Earth's shape."""

_RELATIONS: Mapping[str, Callable[..., Mask]] = {
    "s_intersects": shapely.intersects,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_within": shapely.within,
    "s_overlaps": shapely.overlaps,
    "s_crosses": shapely.crosses,
    "s_contains": shapely.contains,
}
# What holds between a feature and a geometry, said of the geometry and the feature: it is the geometry that is prepared.
_SWAPPED = {"s_within": "s_contains", "s_contains": "s_within"}
_HOLD_INSIDE = {"s_intersects", "s_within"}
_AREAL = {shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON}
_MANY = 5_000
_CELLS = 64
_METRES_PER_DEGREE = 110_500.0  # of latitude, where it has fewest


def related(op: str, collection: Collection, shape: BaseGeometry, *, is_first: bool = False) -> pa.Array:
    """Return for each feature whether it stands in the relation `op` to `shape`, or with `is_first` `shape` to it; null without a place."""
    op = _SWAPPED.get(op, op) if is_first else op
    found = ~_related("s_intersects", collection, shape) if op == "s_disjoint" else _related(op, collection, shape)
    return pa.array(found, mask=collection.placeless)


def constant(op: str, left: BaseGeometry, right: BaseGeometry) -> bool:
    """Return whether two geometries that are written out stand in the relation `op`."""
    return not shapely.intersects(left, right) if op == "s_disjoint" else bool(_RELATIONS[op](left, right))


def with_itself(op: str, collection: Collection) -> pa.Array:
    """Return for each feature whether it stands in the relation `op` to itself."""
    places = collection.geometries
    found = ~shapely.intersects(places, places) if op == "s_disjoint" else _RELATIONS[op](places, places)
    return pa.array(found, mask=collection.placeless)


def is_near(collection: Collection, shape: BaseGeometry, metres: float) -> pa.Array:
    """Return for each feature whether it is at most `metres` from `shape`; null without a place.

    Distances are taken in the plane that is true to them from the middle of `shape`: exact from a point, and of a shape as large as a
    province out by less than a thousandth.
    """
    if not 0 <= metres <= FARTHEST:
        raise BadInput(f"the filter has a distance of {metres:g} m, which is not from 0 to {FARTHEST:g}")
    _, south, _, north = shapely.bounds(shape).tolist()
    by_latitude = metres / _METRES_PER_DEGREE
    farthest_north = min(max(abs(south), abs(north)) + by_latitude, 89.9)
    by_longitude = min(by_latitude / np.cos(np.radians(farthest_north)), 360.0)
    west, south, east, north = shapely.bounds(shape) + np.array([-by_longitude, -by_latitude, by_longitude, by_latitude])
    candidates = np.flatnonzero(_meets(collection, (west, south, east, north)))
    lon, lat = shapely.get_coordinates(shapely.centroid(shape))[0].tolist()
    plane = CRS.from_proj4(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m")
    way = Transformer.from_crs("OGC:CRS84", plane, always_xy=True)

    def flat(geometries: Geometries) -> Geometries:
        return np.asarray(shapely.transform(geometries, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1]))))

    middle = flat(np.array([shape], dtype=np.object_))[0]
    shapely.prepare(middle)
    found = np.zeros(len(collection), dtype=np.bool_)
    found[candidates] = shapely.dwithin(middle, flat(collection.geometries[candidates]), metres)
    return pa.array(found, mask=collection.placeless)


def _related(op: str, collection: Collection, shape: BaseGeometry) -> Mask:
    found = _meets(collection, tuple(shapely.bounds(shape).tolist()))
    if op in _HOLD_INSIDE and shapely.equals(shape, shapely.box(*shapely.bounds(shape))):
        # What is a rectangle is answered by extents, but for those that stand out of it.
        unsure = np.flatnonzero(found & ~_lies_in(collection, shape))
    else:
        unsure = np.flatnonzero(found)
    if len(unsure) > _MANY and shapely.get_type_id(shape) in _AREAL:
        inside, outside = _by_cell(collection, shape, unsure)
        found[unsure[inside]] = op in _HOLD_INSIDE
        found[unsure[outside]] = False
        unsure = unsure[~inside & ~outside]
    shapely.prepare(shape)
    found[unsure] = _RELATIONS[_SWAPPED.get(op, op)](shape, collection.geometries[unsure])
    return found


def _meets(collection: Collection, bounds: tuple[float, ...]) -> Mask:
    west, south, east, north = bounds
    left, bottom, right, top = collection.bounds
    return np.asarray((left <= east) & (right >= west) & (bottom <= north) & (top >= south))


def _lies_in(collection: Collection, box: BaseGeometry) -> Mask:
    """Return which features have an extent that is in the rectangle `box` and touches no side of it."""
    west, south, east, north = shapely.bounds(box).tolist()
    left, bottom, right, top = collection.bounds
    return np.asarray((left > west) & (right < east) & (bottom > south) & (top < north))


def _by_cell(collection: Collection, shape: BaseGeometry, ordinals: npt.NDArray[np.int64]) -> tuple[Mask, Mask]:
    """Return which of the features lie in a cell of the area of `shape` that is wholly inside of it, and which in one wholly outside."""
    west, south, east, north = shapely.bounds(shape).tolist()
    xs, ys = np.linspace(west, east, _CELLS + 1), np.linspace(south, north, _CELLS + 1)
    cells = shapely.box(xs[:-1, None], ys[None, :-1], xs[1:, None], ys[None, 1:])
    shapely.prepare(shape)
    within, apart = shapely.contains_properly(shape, cells), shapely.disjoint(shape, cells)
    left, bottom, right, top = collection.bounds[:, ordinals]
    column, row = np.searchsorted(xs, left, side="right") - 1, np.searchsorted(ys, bottom, side="right") - 1
    # Whoever stands out of the area, or of the cell in which its south-west corner lies, is looked at closely.
    fits = (column >= 0) & (row >= 0) & (column < _CELLS) & (row < _CELLS)
    column, row = np.clip(column, 0, _CELLS - 1), np.clip(row, 0, _CELLS - 1)
    fits &= (right <= xs[column + 1]) & (top <= ys[row + 1])
    return fits & within[column, row], fits & apart[column, row]
