"""Columns of live collections: what their entries have in common, places as points, texts and instants as Arrow has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from ioc.geo.entry import CatalogueEntry, Text
from ioc.geo.layer import Geometries
from ioc.geo.table import INSTANT_TYPE

_OWNER = "ioc"
_LICENCE = "as the administrator of this centre decides"
_LINEAGE = Text(
    vi="Từ các hệ thống hiện trường qua MQTT, như trung tâm biết đến lúc hỏi.",
    en="From the field systems by MQTT, as the centre knows it at the moment of asking.",
)
UNIT_COLUMNS = ("code", "level", "name_vi", "name_en", "valid_from")
_US = 1_000_000


def live_entry(name: str, title: Text, summary: Text, *, public: bool, note: Text | None = None) -> CatalogueEntry:
    """Return the catalogue entry of the live collection `name`."""
    return CatalogueEntry(id=name, title=title, summary=summary, note=note, public=public, owner=_OWNER, licence=_LICENCE, lineage=_LINEAGE)


def points(lons: Sequence[float | None], lats: Sequence[float | None]) -> Geometries:
    """Return a point for each place, None where either number is missing."""
    places = np.column_stack([np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)]).reshape(-1, 2)
    known = np.isfinite(places).all(axis=1)
    found = np.empty(len(places), dtype=np.object_)
    found[known] = shapely.points(places[known])
    return found


def text_column(values: Sequence[str | None]) -> pa.Array:
    """Return a column of texts."""
    return pa.array(values, type=pa.string())


def instant_column(values: Sequence[datetime | None]) -> pa.Array:
    """Return a column of instants."""
    # Arrow takes microseconds for a time with a zone; as a number it costs a tenth of that.
    known = [value for value in values if value is not None]
    micros = np.rint(np.fromiter(map(datetime.timestamp, known), dtype=np.float64, count=len(known)) * _US).astype(np.int64)
    column = pa.array(micros).cast(INSTANT_TYPE)
    if len(known) == len(values):
        return column
    return scattered(column, [place for place, value in enumerate(values) if value is not None], len(values))


def scattered(column: pa.Array, places: Sequence[int], length: int) -> pa.Array:
    """Return a column of `length` that has the values of `column` at `places` and nothing elsewhere."""
    sources = np.full(length, -1, dtype=np.int64)
    sources[np.asarray(places, dtype=np.int64)] = np.arange(len(column), dtype=np.int64)
    return column.take(pa.array(sources, mask=sources < 0))


def unit_columns(units: Sequence[Mapping[str, Any] | None]) -> dict[str, pa.Array]:
    """Return what is told of the unit that each thing is in: `unit_code`, `unit_level`, its names and since when it has been."""
    keys = [None if unit is None else (unit["code"], unit["valid_from"]) for unit in units]
    distinct = {key: unit for key, unit in zip(keys, units, strict=True) if unit is not None}
    numbers = {key: number for number, key in enumerate(distinct)}
    places = pa.array([None if key is None else numbers[key] for key in keys], type=pa.int64())
    columns = {f"unit_{name}": text_column([unit[name] for unit in distinct.values()]).take(places) for name in UNIT_COLUMNS}
    return columns | {"unit_valid_from": columns["unit_valid_from"].cast(pa.date32())}
