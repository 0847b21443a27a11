"""Features as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/): geometries as WKB, the extent and the coordinate system told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from ioc.geo.answers.about import About
from ioc.geo.answers.columns import KINDS, file_rows, file_schema, portions
from ioc.geo.answers.spool import spooled
from ioc.geo.collection import Collection
from ioc.geo.layer import Geometries
from ioc.geo.served_crs import CRS84, authority


class _Extent:
    """What is known of the geometries that were written."""

    def __init__(self) -> None:
        self._kinds: set[int] = set()
        self._bounds: list[Any] = []

    def add(self, geometries: Geometries) -> None:
        self._kinds |= set(np.unique(shapely.get_type_id(geometries)).tolist()) - {-1}
        self._bounds.append(shapely.total_bounds(geometries))

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"geometry_types": sorted(KINDS[kind] for kind in self._kinds)}
        if self._kinds:
            every = np.array(self._bounds)
            told["bbox"] = [*np.nanmin(every[:, :2], axis=0).tolist(), *np.nanmax(every[:, 2:], axis=0).tolist()]
        return told


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[bytes]:
    """Return the features as a file with a row group for each portion of them."""
    schema, place = file_schema(collection, about)

    def write(path: Path) -> None:
        extent = _Extent()
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for portion in portions(collection, ordinals, about):
                extent.add(portion.geometries)
                file.write_table(file_rows(portion, schema))
            column = {"encoding": "WKB", "orientation": "counterclockwise", **extent.as_json(), **_crs(about.crs.uri)}
            told = {"version": "1.1.0", "primary_column": place, "columns": {place: column}}
            file.add_key_value_metadata({"geo": msgspec.json.encode(told).decode()})

    return spooled(f"{collection.entry.id}.parquet", write)


def _crs(uri: str) -> dict[str, Any]:
    # Without a word it is CRS84.
    return {} if uri == CRS84 else {"crs": CRS.from_user_input(authority(uri)).to_json_dict()}
