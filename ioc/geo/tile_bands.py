"""From which zoom level to which a layer is drawn as tiles, and how much its outlines are simplified at each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from ioc.geo.layer import Geometries

EXTENT = 4096
"""Units along the edge of a tile."""

HALF_WORLD_M = 20037508.342789244
"""Half the edge of the map of the world in Web Mercator, in metres."""

NORTHMOST = 85.0511287798066
"""Where Web Mercator ends, in degrees."""

LOWEST_TOP, HIGHEST_TOP = 12, 14
"""The last zoom level lies between these: there a unit is 2.4 m, or 0.6 m."""

FINEST_SHARE = 200
"""At the last level a unit is at most this part of the usual distance between two vertices, or it is the highest level."""

MOST_TILES = 60_000
"""Of one zoom level; a layer that would have more ends at a lower level."""

MOST_FEATURES = 10_000
"""Of one tile, about a megabyte; a layer that would have more begins at a higher level."""

TOLERANCE = 2.0
"""Units by which an outline may be simplified, a quarter of a pixel of the screen."""

_WIDEST = np.radians(NORTHMOST)


class Band(NamedTuple):
    """Zoom levels that have the same outlines; `tolerance_m` is by how much they are simplified, None: not at all."""

    first: int
    last: int
    tolerance_m: float | None


def to_mercator(geometries: Geometries) -> Geometries:
    """Return geometries in longitude and latitude as metres in Web Mercator (EPSG:3857)."""

    def project(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lat = np.clip(np.radians(places[:, 1]), -_WIDEST, _WIDEST)
        northing = np.log(np.tan(np.pi / 4 + lat / 2)) / np.pi
        return np.column_stack([places[:, 0] / 180, northing]) * HALF_WORLD_M

    return np.asarray(shapely.transform(geometries, project), dtype=np.object_)


def bands(geometries: Geometries) -> list[Band]:
    """Return the bands in which `geometries`, in Web Mercator, are drawn, from far to near."""
    usual = _usual_distance(geometries)
    bounds = shapely.bounds(geometries)
    last = _last_level(bounds, usual)
    found: list[Band] = []
    for zoom in range(_first_level(bounds, last), last + 1):
        tolerance = TOLERANCE * unit_m(zoom)
        if usual is not None and usual < tolerance and zoom < last:
            found.append(Band(zoom, zoom, tolerance))
        elif found and found[-1].tolerance_m is None:
            found[-1] = found[-1]._replace(last=zoom)
        else:
            found.append(Band(zoom, zoom, None))
    return found


def simplified(geometries: Geometries, tolerance_m: float | None) -> Geometries:
    """Return `geometries` with fewer vertices: areas as a coverage, so that neighbours still meet in the same edge."""
    if tolerance_m is None:
        return geometries
    kinds = shapely.get_dimensions(geometries)
    found = geometries.copy()
    areas, lines = kinds == 2, kinds == 1  # noqa: PLR2004 - dimensions
    if areas.any():
        found[areas] = shapely.coverage_simplify(geometries[areas], tolerance_m)
    found[lines] = shapely.simplify(geometries[lines], tolerance_m / 2, preserve_topology=False)
    return found


def unit_m(zoom: int) -> float:
    """Return how long a unit of a tile is at the equator, in metres."""
    return float(2 * HALF_WORLD_M / 2**zoom / EXTENT)


def _usual_distance(geometries: Geometries) -> float | None:
    """Return the median distance between two vertices that follow each other in metres, None where there are only points."""
    outlines = geometries[shapely.get_dimensions(geometries) > 0]
    places, owners = shapely.get_coordinates(outlines, return_index=True)
    steps = np.hypot(*np.diff(places, axis=0).T)[np.diff(owners) == 0]
    return float(np.median(steps)) if len(steps) else None


def _last_level(bounds: npt.NDArray[np.float64], usual: float | None) -> int:
    fine = (zoom for zoom in range(LOWEST_TOP, HIGHEST_TOP) if usual is not None and unit_m(zoom) <= usual / FINEST_SHARE)
    last = next(fine, HIGHEST_TOP)
    while last > 0 and _tiles_of(bounds, last) > MOST_TILES:
        last -= 1
    return last


def _first_level(bounds: npt.NDArray[np.float64], last: int) -> int:
    return next((zoom for zoom in range(last) if _most_in_a_tile(bounds, zoom) <= MOST_FEATURES), last)


def _tiles_of(bounds: npt.NDArray[np.float64], zoom: int) -> int:
    """Return about how many tiles have something: what all extents come to, but no more than their common extent."""
    west, south, east, north = (_cells(side, zoom) for side in bounds.T)
    whole = (east.max() - west.min() + 1) * (north.max() - south.min() + 1)
    return int(min(whole, ((east - west + 1) * (north - south + 1)).sum()))


def _most_in_a_tile(bounds: npt.NDArray[np.float64], zoom: int) -> int:
    middle = _cells((bounds[:, 0] + bounds[:, 2]) / 2, zoom) * 2**zoom + _cells((bounds[:, 1] + bounds[:, 3]) / 2, zoom)
    return int(np.unique(middle, return_counts=True)[1].max())


def _cells(metres: npt.NDArray[np.float64], zoom: int) -> npt.NDArray[np.int64]:
    shares = metres / (2 * HALF_WORLD_M) + 0.5
    return np.asarray(np.clip(shares * 2**zoom, 0, 2**zoom - 1), dtype=np.int64)
