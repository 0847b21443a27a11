"""What differs between two versions of a layer: added, removed, moved, and which attributes have another value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely
from pyproj import Geod

from ioc.geo.layer import Feature

_GEOD = Geod(ellps="WGS84")
_AREA = 2


@dataclass(frozen=True, slots=True)
class Move:
    """How far a geometry has moved: the largest distance of a vertex of one to the edge of the other; what areas share of the union of both."""

    distance_m: float
    iou: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """One feature that is not the same in both versions: `old` is None where it was added, `new` where it was removed."""

    fid: str
    old: Feature | None
    new: Feature | None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What happened: `added`, `removed`, or `moved` and `changed`, one or both."""
        if self.old is None or self.new is None:
            return ("added",) if self.old is None else ("removed",)
        is_moved = shapely.to_wkb(self.old.geometry) != shapely.to_wkb(self.new.geometry)
        return (*(("moved",) if is_moved else ()), *(("changed",) if self.attributes else ()))

    @property
    def attributes(self) -> Mapping[str, tuple[Any, Any]]:
        """The attributes with another value, each with the old and the new; None is also one that was not there. Validity is among them."""
        if self.old is None or self.new is None:
            return {}
        old, new = _values(self.old), _values(self.new)
        names = sorted(old.keys() | new.keys())
        return {name: (old.get(name), new.get(name)) for name in names if not _is_same(old, new, name)}

    @property
    def move(self) -> Move | None:
        """How far it has moved, None where it has not."""
        return _move(self.old.geometry, self.new.geometry) if self.old and self.new and "moved" in self.kinds else None


def change_of(record: Mapping[str, Any]) -> Change:
    """Return the change that a row of `stream_differences` tells of."""
    return Change(record["fid"], _feature(record, "old"), _feature(record, "new"))


def as_row(change: Change) -> dict[str, Any]:
    """Return `change` as plain values."""
    move = change.move
    told: dict[str, Any] = {"fid": change.fid, "kinds": list(change.kinds)}
    if move is not None:
        told["moved"] = {"distance_m": move.distance_m, "iou": move.iou}
    if change.attributes:
        told["changed"] = {name: list(values) for name, values in change.attributes.items()}
    return told


def as_geojson(change: Change) -> dict[str, Any]:
    """Return `change` as a GeoJSON feature with the geometry that is there now, or was there last."""
    feature = change.new or change.old
    assert feature is not None
    return {
        "type": "Feature",
        "id": change.fid,
        "geometry": msgspec.Raw(shapely.to_geojson(feature.geometry).encode()),
        "properties": as_row(change) | {"attributes": _values(feature)},
    }


def as_cells(change: Change) -> list[list[Any]]:
    """Return `change` as rows of a table: fid, kind, metres moved, shared, attribute, old value, new value."""
    rows: list[list[Any]] = []
    move = change.move
    for kind in change.kinds:
        if kind == "changed":
            rows += [[change.fid, kind, None, None, name, *map(_cell, values)] for name, values in change.attributes.items()]
        elif move is not None:
            rows.append([change.fid, kind, move.distance_m, move.iou, None, None, None])
        else:
            rows.append([change.fid, kind, *[None] * 5])
    return rows


COLUMNS = ("fid", "kind", "distance_m", "iou", "attribute", "old", "new")
"""The columns of `as_cells`."""


def _feature(record: Mapping[str, Any], side: str) -> Feature | None:
    if record[f"{side}_geometry"] is None:
        return None
    return Feature(
        record["fid"],
        shapely.from_wkb(record[f"{side}_geometry"]),
        msgspec.json.decode(record[f"{side}_properties"]),
        record[f"{side}_from"],
        record[f"{side}_to"],
    )


def _values(feature: Feature) -> dict[str, Any]:
    days: dict[str, date | None] = {"valid_from": feature.valid_from, "valid_to": feature.valid_to}
    return feature.properties | {name: day.isoformat() for name, day in days.items() if day}


def _is_same(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> bool:
    """Return whether both have `name` with the same value of the same kind, as JSON has kinds: 1 is 1.0, but not true."""
    if (name in old) != (name in new):
        return False
    return msgspec.json.encode(old[name]) == msgspec.json.encode(new[name]) or (
        old[name] == new[name] and not isinstance(old[name], bool) and not isinstance(new[name], bool)
    )


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else msgspec.json.encode(value).decode()


def _move(old: shapely.Geometry, new: shapely.Geometry) -> Move:
    """Measure in a plane around the new place, where a degree of longitude is as long as one of latitude: good to a percent."""
    place = shapely.centroid(new)
    north = _GEOD.line_length([place.x, place.x], [place.y - 0.5, place.y + 0.5])
    east = _GEOD.line_length([place.x - 0.5, place.x + 0.5], [place.y, place.y])
    scale = np.array([east, north])
    flat_old, flat_new = (shapely.transform(geometry, lambda xy: xy * scale) for geometry in (old, new))
    distance = max(_farthest(flat_old, flat_new), _farthest(flat_new, flat_old))
    iou = None
    if shapely.get_dimensions(old) == shapely.get_dimensions(new) == _AREA:
        union = shapely.union(flat_old, flat_new).area
        iou = round(shapely.intersection(flat_old, flat_new).area / union, 6) if union else None
    return Move(round(distance, 2), iou)


def _farthest(of: shapely.Geometry, to: shapely.Geometry) -> float:
    """Return how far a vertex of `of` is at most from the edge of `to`."""
    edge = shapely.boundary(to) if shapely.get_dimensions(to) == _AREA else to
    if edge is None or shapely.is_empty(edge):
        edge = to
    shapely.prepare(edge)
    return float(shapely.distance(shapely.points(shapely.get_coordinates(of)), edge).max())


def counts_of(changes: Sequence[Change]) -> dict[str, int]:
    """Return how many features were added, removed, moved and changed; one that moved and changed counts in both."""
    counts = dict.fromkeys(("added", "removed", "moved", "changed"), 0)
    for change in changes:
        for kind in change.kinds:
            counts[kind] += 1
    return counts
