"""GeoParquet: columns as they are, geometries in WKB or as nested points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from ioc.errors import BadInput, TooLarge
from ioc.geo import limits
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Raw


def read(path: Path, _entry: CatalogueEntry) -> Raw:
    """Return what the GeoParquet file `path` holds (version 1.1.0 of the standard, and 0.4 on).

    Raises:
        BadInput: it is broken or has no geometries.
        TooLarge: it has too many rows, or unpacks to too much.
    """
    try:
        file = pq.ParquetFile(path)
        _check_size(file.metadata, path)
        about = _about_geometries(file, path)
        shape = about["primary_column"]
        names = [name for name in file.schema_arrow.names if name not in about["columns"] and name != "bbox"]
        table = file.read(columns=names)
        shapes = gpd.read_parquet(path, columns=[shape]).geometry.to_numpy()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error
    return Raw(
        name=path.name,
        geometries=np.asarray(shapely.force_2d(shapes), dtype=np.object_),
        table=table.replace_schema_metadata(None),
        ids=[str(number) for number in range(table.num_rows)],
        crs=_crs_of(about["columns"][shape]),
        stated="UTF-8",
    )


def _check_size(metadata: pq.FileMetaData, path: Path) -> None:
    if metadata.num_rows > limits.FEATURES:
        raise TooLarge(f"{path.name} has {metadata.num_rows} features, more than {limits.FEATURES}")
    size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if size > limits.UNPACKED_BYTES:
        raise TooLarge(f"{path.name} unpacks to {size} bytes, more than {limits.UNPACKED_BYTES}")


def _about_geometries(file: pq.ParquetFile, path: Path) -> Any:
    told = (file.schema_arrow.metadata or {}).get(b"geo")
    if told is None:
        raise BadInput(f"{path.name} has no geometries: the word geo is missing in its metadata")
    return json.loads(told)


def _crs_of(column: Any) -> str | None:
    """Return the coordinate system of a geometry column: absent means longitude and latitude in WGS 84, null that nobody knows."""
    if "crs" not in column:
        return "OGC:CRS84"
    return None if column["crs"] is None else json.dumps(column["crs"])
