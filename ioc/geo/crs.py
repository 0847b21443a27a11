"""From the coordinate system of a file to longitude and latitude in WGS 84: stated by the file, declared in the catalogue, or proved; never guessed."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from ioc.errors import BadInput
from ioc.geo import vn2000
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Geometries, Raw

DECIMALS = 7  # of a degree: a centimetre
_DEGREES = np.array([180.0, 90.0, 180.0, 90.0])
_SURELY_METRES = 1000.0
# Northings of the country in metres, from the Equator, and eastings in any of its zones.
_NORTHINGS, _EASTINGS = (850_000.0, 2_650_000.0), (50_000.0, 950_000.0)
_WGS84 = ("EPSG:4326", "EPSG:4979", "OGC:CRS84", "OGC:CRS84h")


def needs_proof(raw: Raw, entry: CatalogueEntry) -> bool:
    """Return whether nothing says in which coordinate system `raw` is, so that only a comparison with known areas can."""
    return entry.crs is None and _stated(raw) is None


def on_wgs84(raw: Raw, entry: CatalogueEntry, known: Geometries | None) -> tuple[Geometries, str, str]:
    """Return the geometries of `raw` in WGS 84, the coordinate system that they were in, and where that is known from.

    `known` are areas in WGS 84 that the layer may share, for a proof; None where there are none.

    Raises:
        BadInput: the coordinate system is not known, there are two, the axes are swapped, or there is no exact way from it to WGS 84.
    """
    bounds = _bounds(raw)
    stated, declared = _stated(raw), entry.crs
    _refuse_two(raw, stated, declared, bounds)
    if declared is not None:
        name, how = declared, "declared"
    elif stated is not None:
        name, how = stated, "stated by the file"
    else:
        name, how = vn2000.prove(raw.geometries, known, raw.name)
    crs = _known(name)
    _refuse_swapped(raw, crs, bounds)
    return _transformed(raw, crs), crs.to_string() if len(name) > len("EPSG:100000") else name, how


def _bounds(raw: Raw) -> np.ndarray:
    bounds = shapely.bounds(raw.geometries)
    return np.asarray(bounds[np.isfinite(bounds).all(axis=1)])


def _stated(raw: Raw) -> str | None:
    """Return the coordinate system that the file states; the one that a format has by default says nothing where the numbers deny it."""
    if raw.crs in _WGS84 and raw.may_default_crs:
        bounds = _bounds(raw)
        if len(bounds) and (np.abs(bounds) > _SURELY_METRES).any(axis=1).all():
            return None
    return raw.crs


def _refuse_two(raw: Raw, stated: str | None, declared: str | None, bounds: np.ndarray) -> None:
    if stated is not None and declared is not None and not (raw.may_default_crs and stated in _WGS84):
        first, second = _known(stated), _known(declared)
        if not first.equals(second, ignore_axis_order=True):
            raise BadInput(
                f"{raw.name} has two coordinate systems: it says {first.name}, the catalogue says {declared}; leave out the wrong one"
            )
    beyond = (np.abs(bounds) > _SURELY_METRES).any(axis=1)
    within = (np.abs(bounds) <= _DEGREES).all(axis=1)
    if beyond.any() and within.any():
        raise BadInput(
            f"{raw.name} has two coordinate systems: {within.sum()} features are in degrees, {beyond.sum()} in metres, "
            f"such as {bounds[beyond][0][0]:.0f} {bounds[beyond][0][1]:.0f}"
        )


def _known(name: str) -> CRS:
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise BadInput(f"the coordinate system {name:.60} is not known") from error


def _refuse_swapped(raw: Raw, crs: CRS, bounds: np.ndarray) -> None:
    if not len(bounds):
        return
    west, south, east, north = bounds[:, 0].min(), bounds[:, 1].min(), bounds[:, 2].max(), bounds[:, 3].max()
    if crs.is_geographic:
        is_swapped = south > _DEGREES[1] and north <= _DEGREES[0] and max(abs(west), abs(east)) <= _DEGREES[1]
        order = "latitude before longitude"
    else:
        is_swapped = _NORTHINGS[0] < west <= east < _NORTHINGS[1] and _EASTINGS[0] < south <= north < _EASTINGS[1]
        is_swapped = is_swapped and west > _EASTINGS[1]
        order = "northing before easting"
    if is_swapped:
        raise BadInput(
            f"{raw.name} has its axes swapped, {order}: it reaches from {west:g} {south:g} to {east:g} {north:g}; write x before y"
        )


def _transformed(raw: Raw, crs: CRS) -> Geometries:
    """Return the geometries in WGS 84; the way there keeps the shift of the datum, or there is none."""
    way = None
    if not any(crs == CRS(name) for name in _WGS84):
        try:
            way = Transformer.from_crs(crs, "EPSG:4326", always_xy=True, allow_ballpark=False)
        except ProjError as error:
            raise BadInput(
                f"from {crs.name} of {raw.name} no exact way to WGS 84 is known, its datum may be {crs.datum}: name as crs which one it is"
            ) from error

    def shift(xy: np.ndarray) -> np.ndarray:
        placed = xy if way is None else np.column_stack(way.transform(xy[:, 0], xy[:, 1]))
        # Rounding each vertex alike keeps the edges that neighbours share the same on both sides.
        return np.round(placed, DECIMALS)

    try:
        return np.asarray(shapely.transform(raw.geometries, shift), dtype=np.object_)
    except ProjError as error:
        raise BadInput(f"places of {raw.name} cannot be brought from {crs.name} to WGS 84: {error}") from error
