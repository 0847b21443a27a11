"""Coordinate systems in which features are asked for and answered, with their axes in the order of the EPSG register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from ioc.errors import BadInput
from ioc.geo.layer import Geometries

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# WGS 84 with latitude first, web maps, then VN-2000: geographic, UTM 48N and 49N, and the zones of 3 degrees.
_CODES = (4326, 3857, 4756, 3405, 3406, 5896, 5897, 5898, 5899, *range(9205, 9219))
_IN_DEGREES = frozenset({CRS84, f"{_EPSG}4326", f"{_EPSG}4756"})
_DEGREE_DECIMALS, _METRE_DECIMALS = 7, 2
# A side of a rectangle is a curve in another system: so many points on it keep within metres of it.
_POINTS_ON_A_SIDE = 32


@dataclass(frozen=True, slots=True)
class ServedCrs:
    """A coordinate system by its URI."""

    uri: str

    @property
    def is_in_degrees(self) -> bool:
        """Whether its coordinates are degrees."""
        return self.uri in _IN_DEGREES

    @property
    def is_wgs84(self) -> bool:
        """Whether its coordinates are those of WGS 84 in degrees, in either order."""
        return self.uri in {CRS84, f"{_EPSG}4326"}

    @property
    def has_latitude_first(self) -> bool:
        """Whether the first coordinate is the latitude."""
        return self.is_in_degrees and self.uri != CRS84

    def from_wgs84(self, geometries: Geometries) -> Geometries:
        """Return geometries in longitude and latitude (WGS 84) in this system; what is too far from where it is made for is not finite."""
        if self.uri == CRS84:
            return geometries
        way, decimals = _way(CRS84, self.uri), _DEGREE_DECIMALS if self.is_in_degrees else _METRE_DECIMALS
        return np.asarray(
            shapely.transform(geometries, lambda xy: np.round(np.column_stack(way.transform(xy[:, 0], xy[:, 1])), decimals)),
            dtype=np.object_,
        )

    def to_wgs84(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry of this system in longitude and latitude (WGS 84); BadInput where it is not on the Earth."""
        placed = geometry
        if self.uri != CRS84:
            way = _way(self.uri, CRS84)
            placed = shapely.transform(geometry, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
        bounds = shapely.bounds(placed)
        if not np.isfinite(bounds).all() or (np.abs(bounds) > (180, 90, 180, 90)).any():
            first, last = shapely.bounds(geometry)[:2].tolist(), shapely.bounds(geometry)[2:].tolist()
            raise BadInput(f"the geometry from {_words(first)} to {_words(last)} is not on the Earth in {self.uri}")
        return placed

    def rectangle(self, low: Sequence[float], high: Sequence[float]) -> BaseGeometry:
        """Return the rectangle between two corners of this system as a geometry in longitude and latitude (WGS 84)."""
        box = shapely.box(low[0], low[1], high[0], high[1])
        longest = max(high[0] - low[0], high[1] - low[1])
        return self.to_wgs84(shapely.segmentize(box, longest / _POINTS_ON_A_SIDE) if longest > 0 else box)


SERVED = {uri: ServedCrs(uri) for uri in (CRS84, *(f"{_EPSG}{code}" for code in _CODES))}
DEFAULT_CRS = SERVED[CRS84]


def served_crs(name: str, uri: str) -> ServedCrs:
    """Return the system `uri`, given as parameter `name`; BadInput names those that are served where it is none."""
    found = SERVED.get(uri)
    if found is None:
        raise BadInput(f"{name} {uri:.100} is none of {', '.join(SERVED)}")
    return found


@lru_cache(maxsize=64)
def _way(source: str, target: str) -> Transformer:
    return Transformer.from_crs(authority(source), authority(target))


def authority(uri: str) -> str:
    """Return the system `uri` as libraries name it, such as EPSG:3405."""
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.removeprefix(_EPSG)}"


def _words(place: Sequence[float]) -> str:
    return " ".join(f"{each:g}" for each in place)
