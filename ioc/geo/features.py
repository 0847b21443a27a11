"""Questions about the items of a collection: read from parameters, answered with a page of features."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ioc.errors import BadInput
from ioc.geo.collection import LARGEST_SCAN, RESERVED, BBox, Collection, Ordinals
from ioc.geo.cql2 import spatial
from ioc.geo.cql2.evaluate import evaluate
from ioc.geo.cql2.narrow import SOUGHT, narrowed
from ioc.geo.cql2.nodes import Node
from ioc.geo.cql2.parse import Form, parse
from ioc.geo.parameters import DEFAULT_LIMIT, LARGEST_LIMIT, check_degrees, once, read_bbox, read_days, read_limit, read_offset, read_value
from ioc.geo.served_crs import CRS84, DEFAULT_CRS, ServedCrs, served_crs
from ioc.geo.sorting import Cursor, SortKey, cursor_at, in_order, read_cursor, read_sort
from ioc.geo.table import INSTANT_TYPE, Field

FEW = 4
"""A filter is looked at for a part of the features alone where they are at most one in so many."""
FILTER_FORMS = ("cql2-text", "cql2-json")


@dataclass(frozen=True, slots=True)
class ItemsQuery:
    """Which items are wanted, in which order and how: those that meet every condition, at most `limit`, behind the cursor `after`.

    `place` is a rectangle in longitude and latitude, or a geometry where it was given in a system that makes no rectangle of it;
    `properties` are the attributes that are wanted, None: all.
    """

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: Cursor | None = None
    place: BBox | BaseGeometry | None = None
    days: tuple[date, date] | None = None
    equal: tuple[tuple[str, Any], ...] = ()
    condition: Node | None = None
    filter_crs: ServedCrs = DEFAULT_CRS
    sort: tuple[SortKey, ...] = ()
    crs: ServedCrs = DEFAULT_CRS
    properties: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: how many items meet the conditions, the ones on this page, and the cursor of the next page if there is one."""

    matched: int
    ordinals: Sequence[int]
    cursor: str | None


def read_query(
    parameters: Iterable[tuple[str, str]], collection: Collection, *, usual: int = DEFAULT_LIMIT, largest: int = LARGEST_LIMIT
) -> ItemsQuery:
    """Return the query that `parameters` ask of `collection`, of `usual` features where no limit is named and never more than `largest`.

    Raises:
        BadInput: a parameter is not known, given twice, or has a value that cannot be; the text names it and the limit.
    """
    given = once(parameters)
    attributes = parameters_of(collection)
    known = [*sorted(RESERVED), *attributes]
    if unknown := [name for name in given if name not in known]:
        raise BadInput(f"unknown parameter {', '.join(unknown)}: {collection.entry.id} takes {', '.join(known)}")
    if "cursor" in given and "offset" in given:
        raise BadInput(f"offset {given['offset']:.50} and a cursor exclude each other")
    form = _filter_form(given)
    bbox_crs = served_crs("bbox-crs", given.get("bbox-crs", CRS84))
    sort = read_sort(given["sortby"], collection) if "sortby" in given else ()
    return ItemsQuery(
        limit=read_limit(given["limit"], largest) if "limit" in given else usual,
        offset=read_offset(given["offset"]) if "offset" in given else 0,
        after=read_cursor(given["cursor"], sort, collection) if "cursor" in given else None,
        place=_place(given["bbox"], bbox_crs) if "bbox" in given else None,
        days=read_days(given["datetime"]) if "datetime" in given else None,
        equal=tuple((name, read_value(name, given[name], field.type)) for name, field in attributes.items() if name in given),
        condition=parse(given["filter"], form) if "filter" in given else None,
        filter_crs=served_crs("filter-crs", given.get("filter-crs", CRS84)),
        sort=sort,
        crs=served_crs("crs", given.get("crs", CRS84)),
        properties=_properties(given["properties"], collection) if "properties" in given else None,
    )


def parameters_of(collection: Collection) -> dict[str, Field]:
    """Return the queryables that are parameters too: an attribute that is an array is asked about in a filter only."""
    return {name: field for name, field in collection.queryables.items() if field.type != "array" and name not in RESERVED}


def answer(collection: Collection, query: ItemsQuery) -> Page:
    """Return the page of `collection` that `query` asks for; pages that follow each other by cursor miss nothing and repeat nothing.

    Raises:
        BadInput: the filter cannot be applied to this collection.
    """
    matching = _matching(collection, query)
    matched, rest = len(matching), matching
    if query.sort:
        rest = in_order(collection, query.sort, matching, query.after)
    elif query.after is not None:
        rest = matching[np.searchsorted(matching, collection.place_of(query.after.fid), side="right") :]
    page = rest[query.offset : query.offset + query.limit].tolist()
    more = query.offset + len(page) < len(rest)
    return Page(matched, page, cursor_at(collection, query.sort, page[-1]).encode() if more and page else None)


def find(collection: Collection, fid: str) -> int | None:
    """Return the place of the feature `fid`, None where there is none."""
    place = bisect_left(collection.fids, fid)
    return place if place < len(collection.fids) and collection.fids[place] == fid else None


def _matching(collection: Collection, query: ItemsQuery) -> Ordinals:
    found = collection.all
    for name, value in query.equal:
        found = collection.both(found, _having(collection, name, value))
    if isinstance(query.place, BaseGeometry):
        near = collection.near(_bounds(query.place))
        meets = np.asarray(spatial.related("s_intersects", collection.part(near), query.place).fill_null(False))
        found = collection.both(found, near[meets])
    elif query.place:
        found = collection.both(found, collection.within(query.place))
    if query.days:
        found = collection.both(found, collection.valid_during(*query.days))
    return found if query.condition is None else _meeting(collection, query.condition, query.filter_crs, found)


def _having(collection: Collection, name: str, value: Any) -> Ordinals:
    if len(collection) > LARGEST_SCAN and collection.queryables[name].type in SOUGHT:
        return collection.having(name, value)
    wanted = pa.scalar(value, INSTANT_TYPE) if isinstance(value, datetime) else pa.scalar(value)
    same = pc.equal(collection.column(name), wanted)
    return np.flatnonzero(np.asarray(same.fill_null(False)))


def _meeting(collection: Collection, condition: Node, crs: ServedCrs, among: Ordinals) -> Ordinals:
    """Return which of the features `among` meet `condition`, looking closely at no more than have to be."""
    try:
        if len(collection) > LARGEST_SCAN and (bound := narrowed(condition, collection, to_wgs84=crs.to_wgs84)) is not None:
            among = collection.both(among, bound)
        if len(among) < len(collection) // FEW:
            return among[evaluate(condition, collection.part(among), to_wgs84=crs.to_wgs84)]
        return among[evaluate(condition, collection, to_wgs84=crs.to_wgs84)[among]]
    except ShapelyError as error:
        raise BadInput(f"the filter has geometries that cannot be compared: {error}") from error


def _bounds(shape: BaseGeometry) -> BBox:
    west, south, east, north = shapely.bounds(shape).tolist()
    return west, south, east, north


def _filter_form(given: Mapping[str, str]) -> Form:
    form = given.get("filter-lang", "cql2-text")
    if form not in FILTER_FORMS:
        raise BadInput(f"filter-lang {form:.50} is not {' or '.join(FILTER_FORMS)}")
    return cast("Form", form)


def _place(text: str, crs: ServedCrs) -> BBox | BaseGeometry:
    first, second, third, fourth = read_bbox(text)
    if crs.is_in_degrees:
        west, south, east, north = (second, first, fourth, third) if crs.has_latitude_first else (first, second, third, fourth)
        check_degrees(west, south, east, north)
        if crs.is_wgs84 or west > east:
            return west, south, east, north
    if first > third or second > fourth:
        raise BadInput(f"bbox {text} has a lower corner {first:g},{second:g} that is beyond its upper corner {third:g},{fourth:g}")
    return crs.rectangle((first, second), (third, fourth))


def _properties(text: str, collection: Collection) -> tuple[str, ...]:
    known = collection.table.column_names
    names = tuple(dict.fromkeys(text.split(",")))
    if unknown := [name for name in names if name not in known]:
        raise BadInput(f"properties {', '.join(unknown) or 'nothing'} is none of {', '.join(known)}")
    return names
