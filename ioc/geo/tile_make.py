"""Tiles made from the features of a layer by GDAL, in a process of its own: it holds up nothing else, and can fail alone.

As a program: `python -m ioc.geo.tile_make FEATURES.arrow ARCHIVE.pmtiles LAYER`; it says how much is drawn, a number a line, and at last what
is wrong, if something is, as a JSON string.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from ioc.geo.layer import Geometries
from ioc.geo.table import JSON_TYPE, TableBuilder
from ioc.geo.tile_bands import EXTENT, Band, bands, simplified, to_mercator

MOST_ATTRIBUTES = 60
LONGEST_TEXT = 500
"""Characters; a column with longer texts is left out of tiles, since it is sent with every part of a feature."""

_BUFFER = 80
# GDAL drops what it finds too small or too much in a tile that is larger than this; `bands` sees to it that none is.
_LARGEST_TILE = 16 * 1024 * 1024
_KINDS = {0: "point", 1: "line", 2: "polygon"}
_ROWS_AT_ONCE = 20_000
_MANY = 50_000
_NICE = 5  # what is live goes before
_PR_SET_PDEATHSIG = 1  # prctl(2)


def make_tiles(features: pa.Table, layer: str, archive: Path, *, on_drawn: Callable[[float], None] = lambda _: None) -> None:
    """Write the tiles of `features`, as `publication.prepare` has made them, to `archive`; each has one layer, `layer`.

    `on_drawn` is told how much is drawn, 0 to 1.

    Raises:
        ValueError: not one feature can be drawn.
    """
    geometries = to_mercator(np.asarray(shapely.from_wkb(features["geometry"].to_numpy()), dtype=np.object_))
    drawn = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    if not drawn.any():
        raise ValueError("none of its features has a place")
    table = attributes(features).filter(pa.array(drawn))
    geometries = geometries[drawn]
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        steps, parts = _steps(bands(geometries), len(geometries)), []
        for number, band in enumerate(steps):
            on_drawn(number / len(steps))
            parts.append(_draw(geometries, table, layer, band, Path(folder)))
        kinds = [_KINDS[number] for number in sorted({min(int(each), 2) for each in np.unique(shapely.get_dimensions(geometries))})]
        _join(parts, archive, bounds=_degrees(features), about={"name": layer, "format": "pbf", "kinds": kinds})


def _steps(found: list[Band], features: int) -> list[Band]:
    """Return what is drawn at once: a band, of many features each level of it, so that one sees how far it is."""
    if features < _MANY:
        return found
    return [band._replace(first=zoom, last=zoom) for band in found for zoom in range(band.first, band.last + 1)]


def attributes(features: pa.Table) -> pa.Table:
    """Return the attributes that go into tiles as texts, numbers and truth values, with the id as `fid`, and the days of validity."""
    builder = TableBuilder()
    for start in range(0, features.num_rows, _ROWS_AT_ONCE):
        builder.add_json(features["properties"].slice(start, _ROWS_AT_ONCE).to_pylist())
    table = builder.finish()
    columns: dict[str, Any] = {"fid": features["fid"].cast(pa.string())}
    columns |= {name: features[name] for name in ("valid_from", "valid_to") if features[name].null_count < len(features)}
    columns |= {name: table[name] for name in table.column_names if name not in columns and _is_told(table[name])}
    # GDAL takes names that differ in case only for one: the first of them is told.
    names = {name.lower(): name for name in reversed(columns)}
    told = [name for name in columns if names[name.lower()] == name][:MOST_ATTRIBUTES]
    return pa.table({name: _plain(columns[name]) for name in told})


def _is_told(column: pa.ChunkedArray) -> bool:
    if column.type == JSON_TYPE or pa.types.is_list(column.type):
        return False
    longest = pc.max(pc.utf8_length(column)).as_py() if column.type == pa.string() else 0
    return longest is not None and longest <= LONGEST_TEXT


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return days and instants as the texts that ISO 8601 has for them: tiles know neither."""
    if pa.types.is_date(column.type):
        return pc.strftime(column, format="%Y-%m-%d")
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("s", tz="UTC"), safe=False), format="%Y-%m-%dT%H:%M:%SZ")
    return column


def _draw(geometries: Geometries, table: pa.Table, layer: str, band: Band, folder: Path) -> Path:
    """Return the archive of one band."""
    path = folder / f"{band.first}.pmtiles"
    shapes = shapely.to_wkb(simplified(geometries, band.tolerance_m))
    place = f"{max(table.column_names, key=len)}_"  # an attribute may have any name, this one too
    # GDAL's own simplification works on each feature alone and tears neighbours apart: docs/tiles.md has figures.
    pyogrio.write_arrow(
        table.append_column(place, pa.array(shapes, pa.binary())),
        path,
        layer=layer,
        driver="PMTiles",
        geometry_name=place,
        geometry_type="Unknown",
        crs="EPSG:3857",
        dataset_options={
            "MINZOOM": band.first,
            "MAXZOOM": band.last,
            "EXTENT": EXTENT,
            "BUFFER": _BUFFER,
            "MAX_SIZE": _LARGEST_TILE,
            "MAX_FEATURES": len(table) + 1,
        },
    )
    return path


def _join(parts: Iterable[Path], archive: Path, *, bounds: list[int], about: dict[str, Any]) -> None:
    """Write one archive with the tiles of all `parts`, which are in order of their zoom levels."""
    limits: dict[int, list[int]] = {}
    layers: list[Any] = []
    with archive.open("wb") as file:
        writer = Writer(file)
        for part in parts:
            for (zoom, col, row), tile in _tiles(part, layers):
                writer.write_tile(zxy_to_tileid(zoom, col, row), tile)
                low_row, high_row, low_col, high_col = limits.setdefault(zoom, [row, row, col, col])
                limits[zoom] = [min(low_row, row), max(high_row, row), min(low_col, col), max(high_col, col)]
        if not limits:
            raise ValueError("its features are too small to be drawn")
        sides = zip(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"), bounds, strict=True)
        layers[-1] |= {"minzoom": min(limits), "maxzoom": max(limits)}
        metadata = about | {"limits": limits, "vector_layers": [layers[-1]]}
        writer.finalize({"tile_type": TileType.MVT, "tile_compression": Compression.GZIP, **dict(sides)}, metadata)


def _tiles(part: Path, layers: list[Any]) -> Iterator[tuple[tuple[int, int, int], bytes]]:
    """Yield the tiles of an archive of GDAL's, and add what it says of its layer to `layers`."""
    with part.open("rb") as file:
        source = MmapSource(file)
        layers += Reader(source).metadata()["vector_layers"]
        yield from all_tiles(source)


def _degrees(features: pa.Table) -> list[int]:
    """Return west, south, east and north as an archive has them."""
    low = [pc.min(features[side]).as_py() for side in ("west", "south")]
    high = [pc.max(features[side]).as_py() for side in ("east", "north")]
    return [round(each * 1e7) for each in (*low, *high)]


def end_with_starter() -> None:
    """Let this process end when the one ends that has started it, even if that is killed; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _say(share: float) -> None:
    sys.stdout.write(f"{share}\n")
    sys.stdout.flush()


def main(source: str, archive: str, layer: str) -> None:
    """Make the tiles of the features in the Arrow file `source`."""
    with pa.memory_map(source) as file:
        make_tiles(pa.ipc.open_file(file).read_all(), layer, Path(archive), on_drawn=_say)


if __name__ == "__main__":
    end_with_starter()
    os.nice(_NICE)
    try:
        main(*sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - who has started this tells it
        json.dump(f"{type(error).__name__}: {error}", sys.stdout)
        sys.exit(1)
