"""A published layer in memory: every feature encoded once, found by place, validity and attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Feature

Ordinals: TypeAlias = npt.NDArray[np.int64]
Kind: TypeAlias = Literal["string", "number", "boolean"]
BBox: TypeAlias = tuple[float, float, float, float]

_ALWAYS = date.max.toordinal() + 1
# What the items of a collection take as parameters of their own can name no attribute.
RESERVED = frozenset({"bbox", "bbox-crs", "crs", "cursor", "datetime", "f", "lang", "limit"})


@dataclass(frozen=True, slots=True)
class Column:
    """A queryable attribute: the kind of its values, and for each value the features that have it, in order."""

    kind: Kind
    where: dict[Any, Ordinals]


class Collection:
    """One version of a layer; its features are in order of their ids and known by their place in that order.

    Nothing in it changes after it is made, except that what is costly is made when first asked for.
    """

    def __init__(
        self, entry: CatalogueEntry, features: Sequence[Feature], *, version: int, published_at: datetime, changed_at: datetime
    ) -> None:
        self.entry = entry
        self.version, self.published_at, self.changed_at = version, published_at, changed_at
        self.has_validity = entry.kind == "units" or any(f.valid_from or f.valid_to for f in features)
        self.fids = [feature.fid for feature in features]
        self.encoded = [self._encode(feature) for feature in features]
        self._features = features
        self._tree = shapely.STRtree([feature.geometry for feature in features])
        self._since = np.array([f.valid_from.toordinal() if f.valid_from else 0 for f in features], dtype=np.int64)
        self._until = np.array([f.valid_to.toordinal() if f.valid_to else _ALWAYS for f in features], dtype=np.int64)
        self.all: Ordinals = np.arange(len(features), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.fids)

    @cached_property
    def bbox(self) -> BBox | None:
        """The extent, None where there are no features."""
        if not self.fids:
            return None
        west, south, east, north = shapely.total_bounds(self._tree.geometries).tolist()
        return west, south, east, north

    @cached_property
    def interval(self) -> tuple[date | None, date | None]:
        """The first day of validity and the first day after it; None is open."""
        since = min((f.valid_from for f in self._features if f.valid_from), default=None)
        ends = [f.valid_to for f in self._features]
        return since, None if None in ends else max((end for end in ends if end), default=None)

    @cached_property
    def queryables(self) -> dict[str, Kind]:
        """The attributes that items can be asked for by, in the order of the features' attributes."""
        kinds: dict[str, set[Kind | None]] = defaultdict(set)
        for feature in self._features:
            for name, value in self._attributes(feature).items():
                if value is not None:
                    kinds[name].add(_kind_of(value))
        named = {name: next(iter(found)) for name, found in kinds.items() if len(found) == 1 and name not in RESERVED}
        return {name: kind for name, kind in named.items() if kind is not None}

    def column(self, name: str) -> Column:
        """Return the queryable `name`; KeyError where there is none."""
        if name not in self._columns:
            kind = self.queryables[name]
            where: dict[Any, list[int]] = defaultdict(list)
            for ordinal, feature in enumerate(self._features):
                where[self._attributes(feature).get(name)].append(ordinal)
            self._columns[name] = Column(kind, {value: np.array(found, dtype=np.int64) for value, found in where.items()})
        return self._columns[name]

    def within(self, bbox: BBox) -> Ordinals:
        """Return the features that meet the rectangle, edges included; `west` > `east` is a rectangle across the 180th meridian."""
        west, south, east, north = bbox
        if west > east:
            return np.union1d(self.within((west, south, 180.0, north)), self.within((-180.0, south, east, north)))
        return np.sort(self._tree.query(shapely.box(west, south, east, north), predicate="intersects"))

    def valid_during(self, first: date, last: date) -> Ordinals:
        """Return the features in force on at least one day from `first` to `last`; those that say nothing always are."""
        return np.flatnonzero((self._since <= last.toordinal()) & (self._until > first.toordinal()))

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    def _attributes(self, feature: Feature) -> dict[str, Any]:
        if not self.has_validity:
            return feature.properties
        days = {"valid_from": feature.valid_from, "valid_to": feature.valid_to}
        return feature.properties | {name: day.isoformat() if day else None for name, day in days.items()}

    def _encode(self, feature: Feature) -> bytes:
        fid, properties = msgspec.json.encode(feature.fid), msgspec.json.encode(self._attributes(feature))
        geometry = shapely.to_geojson(feature.geometry).encode()
        return b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}' % (fid, geometry, properties)


def _kind_of(value: Any) -> Kind | None:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else None
