"""Features as files that GDAL writes: FlatGeobuf and GeoPackage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from ioc.geo.answers.about import About
from ioc.geo.answers.columns import KINDS, file_rows, file_schema, free_name, portions
from ioc.geo.answers.spool import spooled
from ioc.geo.collection import Collection
from ioc.geo.served_crs import authority


def flatgeobuf(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[bytes]:
    """Return the features as FlatGeobuf with its index, without one where a feature is nowhere."""
    return _file(collection, ordinals, about, suffix="fgb", driver="FlatGeobuf")


def geopackage(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[bytes]:
    """Return the features as a GeoPackage with one layer."""
    return _file(collection, ordinals, about, suffix="gpkg", driver="GPKG")


def _file(collection: Collection, ordinals: Sequence[int], about: About, *, suffix: str, driver: str) -> Iterator[bytes]:
    name = collection.entry.id
    schema, place = file_schema(collection, about)
    rows = (
        batch for portion in portions(collection, ordinals, about) for batch in file_rows(portion, schema).combine_chunks().to_batches()
    )
    kind, is_whole = _kind(collection, ordinals)
    # An index of FlatGeobuf takes no feature that is nowhere; a GeoPackage numbers its rows in a column of its own.
    options = {"SPATIAL_INDEX": "YES" if is_whole else "NO"} if driver == "FlatGeobuf" else {"FID": free_name("fid", schema.names)}

    def write(path: Path) -> None:
        import pyogrio  # noqa: PLC0415 - it loads pandas, which a service that writes no such file need not wait for

        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, rows),
            path,
            layer=name,
            driver=driver,
            geometry_name=place,
            geometry_type=kind,
            crs=authority(about.crs.uri),
            layer_options=options,
        )

    return spooled(f"{name}.{suffix}", write)


def _kind(collection: Collection, ordinals: Sequence[int]) -> tuple[str, bool]:
    """Return what all places are, `Unknown` where they are of several kinds or there is none, and whether everything has a place."""
    found = set(np.unique(shapely.get_type_id(collection.geometries[np.asarray(ordinals, dtype=np.int64)])).tolist())
    kinds = found - {-1}
    return KINDS.get(kinds.pop(), "Unknown") if len(kinds) == 1 else "Unknown", bool(found) and -1 not in found
