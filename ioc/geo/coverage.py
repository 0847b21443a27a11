"""Overlaps and gaps of units that should cover their area once, measured in square metres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import shapely
from pyproj import Geod

from ioc.geo.layer import Feature, Finding, Geometries

LEAST_M2 = 1.0
"""Slivers smaller than this come from rounding to the centimetre."""

LARGEST_GAP_M2 = 1e7
"""What is larger than 10 km² is a lake, a bay or a neighbour, not a gap."""

NAMED = 50
"""So many of each kind are told, the largest first."""

_DAYS = 3
_GEOD = Geod(ellps="WGS84")


def coverage_findings(units: Sequence[Feature]) -> Iterator[Finding]:
    """Yield where units of one level that are in force together overlap, and what they leave out between them.

    The latest three days on which units came into force are looked at; whatever is found on several is told once.
    """
    levels: dict[str, list[Feature]] = defaultdict(list)
    for unit in units:
        levels[unit.properties["level"]].append(unit)
    told: set[Finding] = set()
    for same in levels.values():
        for day in sorted({unit.valid_from or date.min for unit in same})[-_DAYS:]:
            in_force = [unit for unit in same if (unit.valid_from or date.min) <= day < (unit.valid_to or date.max)]
            for finding in _of_one_day(in_force):
                if finding not in told:
                    told.add(finding)
                    yield finding


def _of_one_day(units: Sequence[Feature]) -> Iterator[Finding]:
    names = [unit.fid for unit in units]
    areas = np.array([unit.geometry for unit in units], dtype=np.object_)
    uneven = ~shapely.is_missing(shapely.coverage_invalid_edges(areas)) & ~shapely.is_empty(shapely.coverage_invalid_edges(areas))
    yield from _overlaps(names, areas, np.flatnonzero(uneven))
    yield from _gaps(names, areas)


def _overlaps(names: Sequence[str], areas: Geometries, uneven: np.ndarray) -> Iterator[Finding]:
    """Only units with edges that do not meet those of their neighbours can overlap."""
    suspects = areas[uneven]
    first, second = shapely.STRtree(suspects).query(suspects, predicate="intersects")
    pairs = first < second
    shared = shapely.intersection(suspects[first[pairs]], suspects[second[pairs]])
    found = [(_square_metres(part), a, b, part) for part, a, b in zip(shared, uneven[first[pairs]], uneven[second[pairs]], strict=True)]
    for size, a, b, part in sorted(found, key=lambda one: -one[0])[:NAMED]:
        if size >= LEAST_M2:
            place = shapely.point_on_surface(part)
            text = f"{names[a]} and {names[b]} overlap by {size:,.0f} m²"
            yield Finding("overlap", text, (names[a], names[b]), round(size, 1), round(place.x, 6), round(place.y, 6))


def _gaps(names: Sequence[str], areas: Geometries) -> Iterator[Finding]:
    whole = shapely.get_parts(shapely.union_all(areas))
    holes = [shapely.Polygon(ring) for part in whole for ring in part.interiors]
    own = np.array([shapely.Polygon(ring) for part in shapely.get_parts(areas) for ring in part.interiors], dtype=np.object_)
    found = [(_square_metres(hole), hole) for hole in holes if not shapely.equals(own, hole).any()]
    tree = shapely.STRtree(areas)
    for size, hole in sorted(found, key=lambda one: -one[0])[:NAMED]:
        if LEAST_M2 <= size <= LARGEST_GAP_M2:
            place = shapely.point_on_surface(hole)
            around = tuple(names[index] for index in np.sort(tree.query(hole, predicate="intersects"))[:5])
            yield Finding(
                "gap",
                f"{size:,.0f} m² between {', '.join(around)} are in no unit",
                around,
                round(size, 1),
                round(place.x, 6),
                round(place.y, 6),
            )


def _square_metres(geometry: shapely.Geometry) -> float:
    if shapely.get_dimensions(geometry) < 2:  # noqa: PLR2004 - lines have no area
        return 0.0
    return float(abs(_GEOD.geometry_area_perimeter(shapely.MultiPolygon(_polygons(geometry)))[0]))


def _polygons(geometry: shapely.Geometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.Polygon)]
