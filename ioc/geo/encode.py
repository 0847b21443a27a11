"""Features as GeoJSON, many at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import shapely

from ioc.geo.layer import Geometries
from ioc.geo.table import plain_rows


def encode_features(fids: Sequence[str], geometries: Geometries, table: pa.Table) -> list[bytes]:
    """Return each feature as a GeoJSON object; rings wind as RFC 7946 says, a place that is not finite is null."""
    encoder = msgspec.json.Encoder()
    shapes = shapely.to_geojson(_sound(geometries))
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}'
        % (encoder.encode(fid), b"null" if shape is None else shape.encode(), encoder.encode(row))
        for fid, shape, row in zip(fids, shapes.tolist(), plain_rows(table), strict=True)
    ]


def _sound(geometries: Geometries) -> Geometries:
    """Return `geometries` with rings the right way round, without those that have a coordinate which JSON cannot hold."""
    places, owners = shapely.get_coordinates(geometries, return_index=True)
    unsound = owners[~np.isfinite(places).all(axis=1)]
    sound = np.asarray(shapely.orient_polygons(geometries), dtype=np.object_)
    sound[unsound] = None
    return sound
