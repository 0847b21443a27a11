"""Features as columns a portion at a time, for the forms that are tables: an id, attributes, and a geometry as WKB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import shapely

from ioc.geo.answers.about import About
from ioc.geo.collection import ID, Collection
from ioc.geo.layer import Geometries
from ioc.geo.served_crs import ServedCrs
from ioc.geo.table import JSON_TYPE

AT_ONCE = 10_000
"""Features in a portion: some megabytes."""

KINDS = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection"}
"""The simple features by the numbers that GEOS gives them."""

_POINT = 0


@dataclass(frozen=True, slots=True)
class Portion:
    """Some features: their ids, attributes and geometries in the coordinate system that was asked for, easting or longitude first."""

    fids: list[str]
    table: pa.Table
    geometries: Geometries


def attributes(collection: Collection, about: About) -> pa.Table:
    """Return the attributes that are wanted."""
    return collection.table if about.properties is None else collection.table.select(about.properties)


def portions(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[Portion]:
    """Yield the features `ordinals` in their order, `AT_ONCE` of them at a time."""
    table = attributes(collection, about)
    for begin in range(0, len(ordinals), AT_ONCE):
        wanted = np.asarray(ordinals[begin : begin + AT_ONCE], dtype=np.int64)
        yield Portion(
            [collection.fids[each] for each in wanted.tolist()],
            table.take(pa.array(wanted)),
            in_plane_order(collection.geometries[wanted], about.crs),
        )


def file_schema(collection: Collection, about: About) -> tuple[pa.Schema, str]:
    """Return the columns of a file (ids, attributes, geometry as WKB) and the name of the last."""
    table = plain(attributes(collection, about).slice(0, 0))
    place = free_name("geometry", table.column_names)
    return pa.schema([pa.field(id_name(table), pa.string()), *table.schema, pa.field(place, pa.binary())]), place


def file_rows(portion: Portion, schema: pa.Schema) -> pa.Table:
    """Return the rows of `portion` as `file_schema` has them."""
    shapes = pa.array(shapely.to_wkb(portion.geometries), type=pa.binary())
    return pa.table([pa.array(portion.fids, type=pa.string()), *plain(portion.table).columns, shapes], schema=schema)


def in_plane_order(geometries: Geometries, crs: ServedCrs) -> Geometries:
    """Return geometries in `crs` with the coordinate to the east first, as files have it whatever the register says; none that is not finite."""
    placed = crs.from_wgs84(geometries)
    if crs.has_latitude_first:
        placed = shapely.transform(placed, lambda xy: xy[:, ::-1])
    placed = np.array(shapely.orient_polygons(placed), dtype=np.object_)
    places, owners = shapely.get_coordinates(placed, return_index=True)
    placed[owners[~np.isfinite(places).all(axis=1)]] = None
    return placed


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return a name for a column of ours: `name`, or with lines before it where features have an attribute of that name."""
    lower = {each.lower() for each in taken}
    while name.lower() in lower:
        name = f"_{name}"
    return name


def id_name(table: pa.Table) -> str:
    """Return the name of the column of ids beside `table`."""
    return free_name(ID, table.column_names)


def plain(table: pa.Table) -> pa.Table:
    """Return `table` with arrays and objects as JSON text, for forms that have neither."""
    for place, field in enumerate(table.schema):
        if field.type == JSON_TYPE:
            storage = [chunk.storage for chunk in table.column(place).chunks]
            table = table.set_column(place, field.name, pa.chunked_array(storage, type=pa.string()))
        elif pa.types.is_list(field.type):
            table = table.set_column(place, field.name, _as_json(table.column(place)))
    return table


def are_points(geometries: Geometries) -> bool:
    """Return whether all that has a place is a point."""
    kinds = set(np.unique(shapely.get_type_id(geometries)).tolist()) - {-1}
    return kinds <= {_POINT}


def _as_json(column: pa.ChunkedArray) -> pa.Array:
    values = [None if value is None else msgspec.json.encode(value).decode() for value in column.to_pylist()]
    return pa.array(values, type=pa.string())
