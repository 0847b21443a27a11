"""A set of features in memory, all that is served under `/ogc`: typed columns beside geometries, encoded when somebody asks."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from ioc.geo.cql2.strings import Fold, folded_column
from ioc.geo.encode import encode_features
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Feature, Geometries
from ioc.geo.table import Field, empty_table, field_type, table_of

Ordinals: TypeAlias = npt.NDArray[np.int64]
BBox: TypeAlias = tuple[float, float, float, float]

ID = "id"
"""The queryable that is the id of a feature, unless there is an attribute of that name."""
MOST_KEPT = 8
"""Columns without case and accents, and orders of columns, that a collection keeps once they were asked for."""
VALIDITY = ("valid_from", "valid_to")
LARGEST_SCAN = 2_000
"""Features up to which all extents are looked at where a tree of them would have to be made first, as of what is live for each question."""
MUCH_FEWER = 16
"""So many times fewer features are looked up among others one by one, rather than all gone through."""
# Encoded features that a collection keeps, in bytes: the units of a province whole, of a million buildings the pages asked for lately.
LARGEST_CACHE = 128 * 1024 * 1024
_EARLIEST, _NEVER = 0, date.max.toordinal() + 1
_EPOCH = date(1970, 1, 1).toordinal()
# What the items of a collection take as parameters of their own can name no attribute.
RESERVED = frozenset(
    {
        "bbox",
        "bbox-crs",
        "crs",
        "cursor",
        "datetime",
        "f",
        "filter",
        "filter-crs",
        "filter-lang",
        "lang",
        "limit",
        "offset",
        "properties",
        "sortby",
    }
)


class Collection:
    """One version of a set of features; they are in order of their ids and known by their place in that order, their ordinal.

    Nothing in it changes after it is made, except that what is costly is made when first asked for.

    Attributes:
        fids: the ids, in order.
        geometries: shapely geometries in longitude and latitude (WGS 84), None where a feature has no place.
        table: the attributes, a typed column each; `valid_from` and `valid_to` (exclusive) are days where it has validity.
        bounds: west, south, east and north of each geometry, NaN where there is none.
        changed_at: when it last changed in any way, its description included.
        checked_at: when its content was last published or confirmed; its freshness counts from then.
    """

    def __init__(
        self,
        entry: CatalogueEntry,
        *,
        fids: Sequence[str],
        geometries: Geometries,
        table: pa.Table,
        version: int,
        published_at: datetime,
        changed_at: datetime,
        checked_at: datetime | None = None,
    ) -> None:
        """Take in features that are in order of `fids`, with geometries and rows of `table` in the same order."""
        if not len(fids) == len(geometries) == len(table):
            raise ValueError(f"{len(fids)} ids, {len(geometries)} geometries and {len(table)} rows are not of the same features")
        self.entry = entry
        self.fids = list(fids)
        self.geometries = geometries
        self.table = table.combine_chunks()
        self.version, self.published_at, self.changed_at = version, published_at, changed_at
        self.checked_at = checked_at or published_at
        self.has_validity = any(name in table.column_names and table.schema.field(name).type == pa.date32() for name in VALIDITY)
        self.all: Ordinals = np.arange(len(self.fids), dtype=np.int64)
        self.bounds = np.ascontiguousarray(shapely.bounds(geometries).reshape(-1, 4).T)
        self._encoded = _Cache(LARGEST_CACHE)
        self._lock = Lock()
        self._ranked: dict[str, tuple[Ordinals, pa.Array]] = {}
        self._posted: dict[str, tuple[Ordinals, Ordinals]] = {}
        self._folded: dict[tuple[str, frozenset[Fold]], pa.ChunkedArray] = {}

    @classmethod
    def from_features(
        cls, entry: CatalogueEntry, features: Sequence[Feature], *, version: int, published_at: datetime, changed_at: datetime
    ) -> Collection:
        """Return the collection of `features`, which are in order of their ids."""
        table = table_of([feature.properties for feature in features]) if features else empty_table(0)
        if entry.kind == "units" or any(f.valid_from or f.valid_to for f in features):
            table = with_validity(table, [f.valid_from for f in features], [f.valid_to for f in features])
        geometries = np.empty(len(features), dtype=np.object_)
        geometries[:] = [feature.geometry for feature in features]
        fids = [feature.fid for feature in features]
        return cls(entry, fids=fids, geometries=geometries, table=table, version=version, published_at=published_at, changed_at=changed_at)

    def __len__(self) -> int:
        return len(self.fids)

    @cached_property
    def bbox(self) -> BBox | None:
        """The extent, None where nothing has a place."""
        if not np.isfinite(self.bounds).any():
            return None
        (west, south), (east, north) = np.nanmin(self.bounds[:2], axis=1).tolist(), np.nanmax(self.bounds[2:], axis=1).tolist()
        return west, south, east, north

    @cached_property
    def interval(self) -> tuple[date | None, date | None]:
        """The first day of validity and the first day after it; None is open."""
        since, until = (self._days(name) for name in VALIDITY)
        first = None if since is None else pc.min(since).as_py()
        return first, None if until is None or until.null_count else pc.max(until).as_py()

    @cached_property
    def queryables(self) -> dict[str, Field]:
        """What items can be asked for by: the id, and the attributes in the order of the table; those of mixed kinds are none."""
        types = {ID: field_type(pa.string())} | {field.name: field_type(field.type) for field in self.table.schema}
        return {name: Field(kind, name) for name, kind in types.items() if kind is not None}

    def column(self, name: str) -> pa.ChunkedArray:
        """Return the queryable `name`, null where a feature says nothing."""
        return self.table[name] if name in self.table.column_names else self._ids

    def folded(self, name: str, folds: frozenset[Fold]) -> pa.ChunkedArray:
        """Return the text column `name` without regard to case or accents; the last few that were asked for are kept."""
        found = self._folded.get((name, folds))
        if found is None:
            found = folded_column(self.column(name), folds)
            self._keep(self._folded, (name, folds), found)
        return found

    def ranked(self, name: str) -> tuple[Ordinals, pa.Array]:
        """Return the distinct values of the queryable `name` in order, and for each feature the place of its value; null comes last."""
        found = self._ranked.get(name)
        if found is None:
            column = _sortable(self.column(name))
            distinct = pc.unique(column).drop_null()
            distinct = distinct.take(pc.sort_indices(distinct))
            places = pc.fill_null(pc.index_in(column, value_set=distinct), len(distinct))
            found = np.asarray(places, dtype=np.int64), distinct
            self._keep(self._ranked, name, found)
        return found

    def place_of(self, fid: str) -> float:
        """Return the ordinal of the feature `fid`; half way between its neighbours where there is none."""
        place = bisect_left(self.fids, fid)
        return place if place < len(self.fids) and self.fids[place] == fid else place - 0.5

    def encoded(self, ordinals: Ordinals | Sequence[int]) -> list[bytes]:
        """Return the features as GeoJSON objects, encoded when first asked for and kept while there is room."""
        wanted = np.asarray(ordinals, dtype=np.int64).tolist()
        known = self._encoded.get(wanted)
        if missing := [ordinal for ordinal in dict.fromkeys(wanted) if ordinal not in known]:
            fresh = encode_features([self.fids[each] for each in missing], self.geometries[missing], self.table.take(pa.array(missing)))
            made = dict(zip(missing, fresh, strict=True))
            self._encoded.put(made)
            known |= made
        return [known[ordinal] for ordinal in wanted]

    def near(self, bbox: BBox) -> Ordinals:
        """Return the features whose extent meets the rectangle, edges included; a rectangle across the 180th meridian is two."""
        if len(self) > LARGEST_SCAN:
            return np.sort(np.asarray(self._tree.query(shapely.box(*bbox)), dtype=np.int64))
        west, south, east, north = bbox
        left, bottom, right, top = self.bounds
        return np.flatnonzero((left <= east) & (right >= west) & (bottom <= north) & (top >= south))

    def within(self, bbox: BBox) -> Ordinals:
        """Return the features that meet the rectangle, edges included; `west` > `east` is a rectangle across the 180th meridian."""
        west, south, east, north = bbox
        if west > east:
            return np.union1d(self.within((west, south, 180.0, north)), self.within((-180.0, south, east, north)))
        found = self.near(bbox)
        left, bottom, right, top = self.bounds[:, found]
        # A geometry whose extent lies in the rectangle meets it; only those that stand out need a closer look.
        meets = (left >= west) & (right <= east) & (bottom >= south) & (top <= north)
        unsure = np.flatnonzero(~meets)
        box = shapely.box(west, south, east, north)
        shapely.prepare(box)
        meets[unsure] = shapely.intersects(box, self.geometries[found[unsure]])
        return np.asarray(found[meets])

    def having(self, name: str, value: Any) -> Ordinals:
        """Return the features whose queryable `name` is `value`, which is a text, a whole number or a day as the column has them."""
        if name not in self.table.column_names:
            place = bisect_left(self.fids, value)
            return self.all[place : place + (place < len(self.fids) and self.fids[place] == value)]
        _, distinct = self.ranked(name)
        rank = bisect_left(range(len(distinct)), value, key=lambda at: distinct[at].as_py())
        if rank == len(distinct) or distinct[rank].as_py() != value:
            return self.all[:0]
        order, starts = self._postings(name)
        return order[int(starts[rank]) : int(starts[rank + 1])]

    def both(self, some: Ordinals, others: Ordinals) -> Ordinals:
        """Return the features that are among `some` and among `others`, both in order."""
        few, many = sorted((some, others), key=len)
        if len(few) < len(many) // MUCH_FEWER:
            places = np.searchsorted(many, few)
            return np.asarray(few[many[np.minimum(places, len(many) - 1)] == few])
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[few] = True
        return np.asarray(many[mask[many]])

    def part(self, ordinals: Ordinals) -> Collection:
        """Return the features `ordinals`, which are in order, as far as a filter looks at them."""
        return _Part(self, ordinals)

    def prepare(self) -> None:
        """Make what every question about places needs, before the first is asked."""
        if len(self) > LARGEST_SCAN:
            _ = self._tree

    def valid_during(self, first: date, last: date) -> Ordinals:
        """Return the features in force on at least one day from `first` to `last`; those that say nothing always are."""
        since, until = self._validity
        return np.flatnonzero((since <= last.toordinal()) & (until > first.toordinal()))

    def _postings(self, name: str) -> tuple[Ordinals, Ordinals]:
        """Return the ordinals of the features in the order of their values of `name`, and where those of each value begin."""
        found = self._posted.get(name)
        if found is None:
            ranks, distinct = self.ranked(name)
            starts = np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=len(distinct) + 1))])
            found = np.argsort(ranks, kind="stable"), starts
            self._keep(self._posted, name, found)
        return found

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometries)

    def _keep(self, kept: dict[Any, Any], key: Any, value: Any) -> None:
        with self._lock:
            while len(kept) >= MOST_KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = value

    @cached_property
    def placeless(self) -> npt.NDArray[np.bool_]:
        """Which features have no geometry."""
        return np.asarray(shapely.is_missing(self.geometries))

    @cached_property
    def geometry_types(self) -> frozenset[int]:
        """The kinds of geometry that there are, as shapely numbers them."""
        return frozenset(np.unique(shapely.get_type_id(self.geometries)).tolist()) - {-1}

    @cached_property
    def _ids(self) -> pa.ChunkedArray:
        return pa.chunked_array([pa.array(self.fids, type=pa.string())])

    @cached_property
    def _validity(self) -> tuple[Ordinals, Ordinals]:
        columns = [(self._days(name), default) for name, default in zip(VALIDITY, (_EARLIEST, _NEVER), strict=True)]
        since, until = (
            np.full(len(self), default, dtype=np.int64)
            if days is None
            else days.cast(pa.int32()).cast(pa.int64()).fill_null(default - _EPOCH).to_numpy() + _EPOCH
            for days, default in columns
        )
        return since, until

    def _days(self, name: str) -> pa.ChunkedArray | None:
        column = self.table[name] if self.has_validity and name in self.table.column_names else None
        return column if column is not None and column.type == pa.date32() else None


class _Part(Collection):
    """Some features of a collection: their attributes are taken out of it when they are asked for, since a filter asks for few."""

    def __init__(self, whole: Collection, ordinals: Ordinals) -> None:
        self._whole, self._ordinals = whole, pa.array(ordinals)
        self.entry, self.queryables = whole.entry, whole.queryables
        self.geometries, self.bounds = whole.geometries[ordinals], whole.bounds[:, ordinals]

    def __len__(self) -> int:
        return len(self.geometries)

    def column(self, name: str) -> pa.ChunkedArray:
        return self._whole.column(name).take(self._ordinals)

    def folded(self, name: str, folds: frozenset[Fold]) -> pa.ChunkedArray:
        return folded_column(self.column(name), folds)


def with_validity(table: pa.Table, since: Sequence[date | None], until: Sequence[date | None]) -> pa.Table:
    """Return `table` with the days of validity as its columns, in the place of those that it has or behind the others."""
    for name, days in zip(VALIDITY, (since, until), strict=True):
        column = pa.array(days, type=pa.date32())
        place = table.column_names.index(name) if name in table.column_names else None
        table = table.append_column(name, column) if place is None else table.set_column(place, name, column)
    return table


def _sortable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int8()) if column.type == pa.bool_() else column


class _Cache:
    """Encoded features by ordinal, up to a number of bytes; the oldest make room."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        # Of a plain dictionary the oldest entry costs a walk past all that were there before it.
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, ordinals: Iterable[int]) -> dict[int, bytes]:
        return {ordinal: found for ordinal in ordinals if (found := self._kept.get(ordinal)) is not None}

    def put(self, made: dict[int, bytes]) -> None:
        with self._lock:
            for ordinal, encoded in made.items():
                if ordinal not in self._kept:
                    self._size += len(encoded)
                    self._kept[ordinal] = encoded
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])
