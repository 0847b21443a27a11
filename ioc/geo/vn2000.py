"""Which zone of VN-2000 a file is in, proved by areas that are known: a neighbouring zone is only 26 km off, so lying in the province proves nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from pyproj import Transformer

from ioc.errors import BadInput
from ioc.geo.layer import Geometries

PROJECTED = tuple(f"EPSG:{code}" for code in (*range(9205, 9219), *range(5896, 5900), 3405, 3406))
"""The zones of 3° (TM-3, meridians 102°00' to 108°30') and of 6° (UTM 48 and 49 North)."""

GEOGRAPHIC = ("EPSG:4326", "EPSG:4756")
"""Degrees can be those of WGS 84 or of VN-2000: 224 m apart."""

SAMPLE = 24
"""Areas that are compared."""

ENOUGH = 0.7
"""How much of the union of both an area and a known one must share, on average."""

CLEARLY = 4.0
"""How many times larger what is not shared must be under every other coordinate system."""

_LEAST = 0.005
_LARGEST_DEGREES = 400.0


def prove(geometries: Geometries, known: Geometries | None, name: str) -> tuple[str, str]:
    """Return the coordinate system in which the areas of the file `name` are known ones, and the scores that show it.

    Raises:
        BadInput: there is nothing to compare, or no coordinate system fits clearly better than all others; the best are named with their
            scores.
    """
    unknown = f"{name} does not say in which coordinate system it is: name it as crs"
    areas = _sample(geometries)
    if known is None or not len(known):
        raise BadInput(f"{unknown} (it cannot be proved: no units are published)")
    if not len(areas):
        raise BadInput(f"{unknown} (it cannot be proved by points and lines)")
    scores = agreement(areas, known)
    best, second, *_ = sorted(scores, key=lambda crs: -scores[crs])
    told = ", ".join(f"{crs} {scores[crs]:.3f}" for crs in sorted(scores, key=lambda crs: -scores[crs])[:3])
    if scores[best] < ENOUGH or 1 - scores[second] < CLEARLY * (1 - scores[best]) + _LEAST:
        raise BadInput(f"{unknown}. No coordinate system agrees clearly better than all others with the published units: {told}")
    return best, f"proved by {len(areas)} areas; shared with published units: {told}"


def agreement(areas: Geometries, known: Geometries) -> Mapping[str, float]:
    """Return for each coordinate system that `areas` can be in how much they share with the known areas: the mean of intersection by union."""
    reach = np.abs(shapely.total_bounds(areas)).max()
    tree = shapely.STRtree(known)
    candidates = GEOGRAPHIC if reach < _LARGEST_DEGREES else PROJECTED
    return {crs: _shared(areas, tree, crs) for crs in candidates}


def _sample(geometries: Geometries) -> Geometries:
    kinds = shapely.get_type_id(geometries)
    areal = geometries[np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))]
    areal = areal[shapely.area(areal) > 0]
    return areal[np.unique(np.linspace(0, len(areal) - 1, SAMPLE).astype(np.int64))] if len(areal) else areal


def _shared(areas: Geometries, tree: shapely.STRtree, crs: str) -> float:
    way = Transformer.from_crs(crs, "EPSG:4326", always_xy=True, allow_ballpark=False)
    placed = shapely.transform(areas, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    placed = shapely.make_valid(placed[np.isfinite(shapely.bounds(placed)).all(axis=1)])
    if len(placed) < len(areas):
        return 0.0
    own, others = tree.query(placed)
    known = tree.geometries[others]
    both = shapely.area(shapely.intersection(placed[own], known))
    union = shapely.area(placed)[own] + shapely.area(known) - both
    best = np.zeros(len(placed))
    np.maximum.at(best, own, both / union)
    return float(best.mean())
