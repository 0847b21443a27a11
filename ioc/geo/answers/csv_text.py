"""Features as CSV (RFC 4180), in UTF-8 with a byte order mark: without it Excel takes Vietnamese names for Windows-1252."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from ioc.geo.answers.about import About
from ioc.geo.answers.columns import Portion, are_points, attributes, free_name, id_name, plain, portions
from ioc.geo.collection import Collection

_BOM = "\ufeff"


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[bytes]:
    """Yield a head, then a row for each feature: its id, attributes, and two columns for a point, else one of well-known text.

    The two are `lon` and `lat` where the coordinate system is in degrees, `x` (east) and `y` (north) where it is in metres.
    """
    table = attributes(collection, about)
    has_points = are_points(collection.geometries)
    names = ("wkt",) if not has_points else ("lon", "lat") if about.crs.is_in_degrees else ("x", "y")
    head = [id_name(table), *table.column_names, *(free_name(name, table.column_names) for name in names)]
    yield (_BOM + _written([head])).encode()
    for portion in portions(collection, ordinals, about):
        places = _points(portion) if has_points else [shapely.to_wkt(portion.geometries, rounding_precision=-1).tolist()]
        columns = [portion.fids, *(_texts(column) for column in plain(portion.table).columns), *places]
        yield _written(zip(*columns, strict=True)).encode()


def _points(portion: Portion) -> list[list[float | None]]:
    """Return the two coordinates of each point, nothing where there is none."""
    numbers = (shapely.get_x(portion.geometries), shapely.get_y(portion.geometries))
    return [[None if each != each else each for each in column.tolist()] for column in numbers]  # noqa: PLR0124 - NaN is not itself


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_timestamp(column.type):
        column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _written(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
