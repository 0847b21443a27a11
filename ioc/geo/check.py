"""Checks that a layer must pass before anyone sees it; geometries that can be mended are mended and reported."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from ioc.geo import limits
from ioc.geo.layer import Feature, Finding, Geometries, Problem, Properties, Repair

UNIT_ATTRIBUTES = ("code", "level", "name_vi", "name_en", "valid_from")
LONGEST_ID = 200
NAMED = 20
"""So many features are named of those that one finding is about."""
_WHERE = re.compile(r"\[(\S+) (\S+)\]$")
Mask: TypeAlias = npt.NDArray[np.bool_]
_EARTH = np.array([-180.0, -90.0, 180.0, 90.0])
_AREAL = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)


def size_problems(names: Sequence[str], geometries: Geometries) -> Iterator[Problem]:
    """Yield which geometries have more vertices than `limits` allow, before anything is done with them."""
    counts = shapely.get_num_coordinates(geometries)
    for index in np.flatnonzero(counts > limits.VERTICES).tolist():
        yield Problem(names[index], f"its geometry has {counts[index]} vertices, more than {limits.VERTICES}: simplify or divide it")
    if (total := int(counts.sum())) > limits.ALL_VERTICES:
        yield Problem(None, f"its geometries have {total} vertices, more than {limits.ALL_VERTICES}")


def mend(names: Sequence[str], geometries: Geometries) -> tuple[Geometries, list[Repair], list[Problem]]:
    """Return `geometries` with the invalid ones made valid, what was done, and which have too many vertices for that.

    Areas stay areas where anything is left of them.
    """
    broken = np.flatnonzero(~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)).tolist()
    mended = geometries.copy()
    repairs, problems = [], []
    for index in broken:
        reason = shapely.is_valid_reason(geometries[index])
        vertices = int(shapely.get_num_coordinates(geometries[index]))
        if vertices > limits.REPAIRED_VERTICES:
            more = f"has {vertices} vertices, more than the {limits.REPAIRED_VERTICES} that are repaired"
            problems.append(Problem(names[index], f"its geometry is invalid ({reason}) and {more}"))
            continue
        mended[index] = _make_valid(geometries[index])
        place = _WHERE.search(reason)
        lon, lat = (float(place[1]), float(place[2])) if place else shapely.get_coordinates(geometries[index])[0]
        repairs.append(Repair(names[index], reason.partition("[")[0], float(lon), float(lat)))
    return mended, repairs, problems


def geometry_problems(names: Sequence[str], geometries: Geometries, *, areal: bool) -> Iterator[Problem]:
    """Yield what is wrong with `geometries` that no repair can mend; `areal` asks that every one be an area."""
    missing = np.asarray(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    kinds = shapely.get_type_id(geometries)
    bounds = shapely.bounds(geometries)
    finite: Mask = np.asarray(np.isfinite(bounds).all(axis=1))
    on_earth: Mask = np.asarray(((bounds >= _EARTH[[0, 1, 0, 1]]) & (bounds <= _EARTH[[2, 3, 2, 3]])).all(axis=1))
    of_wrong_kind = np.full(len(kinds), areal) & ~np.isin(kinds, _AREAL)
    for index in np.flatnonzero(missing | ~finite | ~on_earth | of_wrong_kind).tolist():
        name = names[index]
        if missing[index]:
            yield Problem(name, "it has no geometry")
        elif not finite[index]:
            yield Problem(name, "it has a coordinate that is not a number")
        elif not on_earth[index]:
            west, south, east, north = bounds[index]
            yield Problem(name, f"its extent {west:g} {south:g} {east:g} {north:g} is outside -180 -90 180 90")
        else:
            yield Problem(name, f"it is a {geometries[index].geom_type} but a unit is a polygon")


def kind_findings(names: Sequence[str], geometries: Geometries) -> Iterator[Finding]:
    """Yield that a layer mixes points, lines and areas, and which features have the same geometry as another."""
    dimensions = shapely.get_dimensions(geometries)
    counts = {word: int((dimensions == number).sum()) for number, word in enumerate(("points", "lines", "areas"))}
    if sum(count > 0 for count in counts.values()) > 1:
        told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        yield Finding("mixed-kinds", f"it has {told}: many programs show only one kind of a layer")
    if collections := np.flatnonzero(shapely.get_type_id(geometries) == GeometryType.GEOMETRYCOLLECTION).tolist():
        named = tuple(names[index] for index in collections[:NAMED])
        yield Finding("collections", f"{len(collections)} geometries are collections of several kinds", named)
    times = Counter(shapely.to_wkb(geometries).tolist())
    if len(times) < len(names):
        doubled = {wkb for wkb, count in times.items() if count > 1}
        alike = [name for name, wkb in zip(names, shapely.to_wkb(geometries), strict=True) if wkb in doubled]
        text = f"{len(names) - len(times)} features have the geometry of another one"
        yield Finding("same-geometry", text, tuple(alike[:NAMED]))


def id_problems(names: Sequence[str | None]) -> Iterator[Problem]:
    """Yield where ids are absent, given twice, longer than `LONGEST_ID`, or have a character that no id can have."""
    for index, name in enumerate(names):
        if not name:
            yield Problem(None, f"feature number {index + 1} has no id")
        elif len(name) > LONGEST_ID:
            yield Problem(name[:20] + "…", f"its id has {len(name)} characters, more than {LONGEST_ID}")
        elif "\0" in name:
            yield Problem(name.replace("\0", "�"), "its id has the character U+0000")
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
    """Yield where two units have one code at the same time."""
    versions: dict[str, list[Feature]] = defaultdict(list)
    for unit in units:
        versions[unit.properties["code"]].append(unit)
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
