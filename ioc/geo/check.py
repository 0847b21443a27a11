"""Checks that a layer must pass before anyone sees it; geometries that can be mended are mended and reported."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import shapely
from shapely import GeometryType

from ioc.geo.layer import Feature, Geometries, Problem, Properties, Repair

UNIT_ATTRIBUTES = ("code", "level", "name_vi", "name_en", "valid_from")
LONGEST_ID = 200
_WHERE = re.compile(r"\[(\S+) (\S+)\]$")
_EARTH = np.array([-180.0, -90.0, 180.0, 90.0])
_AREAL = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)


def mend(names: Sequence[str], geometries: Geometries) -> tuple[Geometries, list[Repair]]:
    """Return `geometries` with the invalid ones made valid, and what was done; areas stay areas where anything is left of them."""
    broken = np.flatnonzero(~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)).tolist()
    mended = geometries.copy()
    repairs = []
    for index in broken:
        reason = shapely.is_valid_reason(geometries[index])
        mended[index] = _make_valid(geometries[index])
        place = _WHERE.search(reason)
        lon, lat = (float(place[1]), float(place[2])) if place else shapely.get_coordinates(geometries[index])[0]
        repairs.append(Repair(names[index], reason.partition("[")[0], float(lon), float(lat)))
    return mended, repairs


def geometry_problems(names: Sequence[str], geometries: Geometries, *, areal: bool) -> Iterator[Problem]:
    """Yield what is wrong with `geometries` that no repair can mend; `areal` asks that every one be an area."""
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    kinds = shapely.get_type_id(geometries)
    bounds = shapely.bounds(geometries)
    for index, name in enumerate(names):
        if missing[index]:
            yield Problem(name, "it has no geometry")
        elif not np.isfinite(bounds[index]).all():
            yield Problem(name, "it has a coordinate that is not a number")
        elif not _is_on_earth(bounds[index]):
            west, south, east, north = bounds[index]
            yield Problem(name, f"its extent {west:g} {south:g} {east:g} {north:g} is outside -180 -90 180 90")
        elif areal and kinds[index] not in _AREAL:
            yield Problem(name, f"it is a {geometries[index].geom_type} but a unit is a polygon")


def id_problems(names: Sequence[str | None]) -> Iterator[Problem]:
    """Yield where ids are absent, given twice, or longer than `LONGEST_ID`."""
    for index, name in enumerate(names):
        if not name:
            yield Problem(None, f"feature number {index + 1} has no id")
        elif len(name) > LONGEST_ID:
            yield Problem(name[:20] + "…", f"its id has {len(name)} characters, more than {LONGEST_ID}")
    for name, count in Counter(names).items():
        if name and count > 1:
            yield Problem(name, f"its id is given {count} times")


def attribute_problems(names: Sequence[str], rows: Sequence[Properties]) -> Iterator[Problem]:
    """Yield which units lack an attribute that units must have, or have one that is not a text."""
    for name, row in zip(names, rows, strict=True):
        for attribute in UNIT_ATTRIBUTES:
            value = row.get(attribute)
            if value is None or value == "":
                yield Problem(name, f"it has no {attribute}")
            elif attribute != "valid_from" and not isinstance(value, str):
                yield Problem(name, f"its {attribute} {value!r} is not a text")
        parent = row.get("parent")
        if parent is not None and not isinstance(parent, str):
            yield Problem(name, f"its parent {parent!r} is not a text")


def validity_problems(units: Sequence[Feature]) -> Iterator[Problem]:
    """Yield where a unit ends before it begins, or two units have one code at the same time."""
    versions: dict[str, list[Feature]] = defaultdict(list)
    for unit in units:
        versions[unit.properties["code"]].append(unit)
        if unit.valid_from and unit.valid_to and unit.valid_to <= unit.valid_from:
            yield Problem(unit.fid, f"its valid_to {unit.valid_to} is not after its valid_from {unit.valid_from}")
    for same in versions.values():
        same.sort(key=lambda unit: unit.valid_from or date.min)
        for earlier, later in pairwise(same):
            if earlier.valid_to is None or earlier.valid_to > (later.valid_from or date.min):
                yield Problem(later.fid, f"its code is still that of {earlier.fid}")


def parent_of(unit: Feature, versions: Sequence[Feature]) -> Feature | None:
    """Return which of the `versions` of a unit's parent stood above it: at its beginning, else the first during its life."""
    since = unit.valid_from or date.min
    during = [v for v in versions if (v.valid_to or date.max) > since and (v.valid_from or date.min) < (unit.valid_to or date.max)]
    return min(during, key=lambda version: version.valid_from or date.min, default=None)


def parent_problems(units: Sequence[Feature], parents: Sequence[Feature | None]) -> Iterator[Problem]:
    """Yield which units name a parent that is not in the layer while they are, or are their own ancestor."""
    above = {unit.fid: parent for unit, parent in zip(units, parents, strict=True)}
    for unit, parent in zip(units, parents, strict=True):
        code = unit.properties.get("parent")
        if code and parent is None:
            yield Problem(unit.fid, f"its parent {code} is not in the layer at that time")
        if _is_own_ancestor(unit, above):
            yield Problem(unit.fid, "it is its own ancestor")


def _is_own_ancestor(unit: Feature, above: Mapping[str, Feature | None]) -> bool:
    seen: set[str] = set()
    ancestor = above[unit.fid]
    while ancestor is not None and ancestor.fid not in seen:
        seen.add(ancestor.fid)
        ancestor = above[ancestor.fid]
    return unit.fid in seen


def _make_valid(geometry: shapely.Geometry) -> shapely.Geometry:
    valid = shapely.make_valid(geometry)
    if shapely.get_type_id(geometry) not in _AREAL or shapely.get_type_id(valid) in _AREAL:
        return valid
    # Lines and points that a repair leaves over have no area: a unit is nothing but its areas.
    areas = [part for part in shapely.get_parts(valid) if part.area > 0]
    return shapely.union_all(areas)


def _is_on_earth(bounds: np.ndarray) -> bool:
    return bool((bounds[:2] >= _EARTH[:2]).all() and (bounds[2:] <= _EARTH[2:]).all())
