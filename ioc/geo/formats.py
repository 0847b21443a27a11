"""Files of every kind that can be published, read into columns; nothing is believed or changed yet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from ioc.errors import BadInput, TooLarge
from ioc.geo import csv_file, limits, parquet_file
from ioc.geo.archive import unpacked
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Raw

# What a file of each kind begins with: a file that only calls itself so may make the reader open others.
BEGINNINGS = {
    ".csv": b"",
    ".fgb": b"fgb\x03fgb",
    ".geojson": b"{",
    ".geojsonl": b"{",
    ".geojsons": b"\x1e",
    ".gpkg": b"SQLite format 3\0",
    ".json": b"{",
    ".parquet": b"PAR1",
    ".shp": b"\0\0\x27\x0a",
    ".tsv": b"",
    ".zip": b"PK",
}
_READERS: dict[str, Callable[[Path, CatalogueEntry], Raw]] = {
    ".csv": csv_file.read,
    ".tsv": csv_file.read,
    ".parquet": parquet_file.read,
}
_DRIVERS = {
    ".fgb": "FlatGeobuf",
    ".geojson": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".geojsons": "GeoJSONSeq",
    ".gpkg": "GPKG",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
}
_BESIDE_SHP = frozenset({".shx", ".dbf", ".prj", ".cpg"})
_NEEDED_BESIDE_SHP = (".shx", ".dbf")
_SEEN_OF_TEXT = 64
# Where a dBASE file says its code page, and what the words mean that are met here.
_CODE_PAGE_BYTE = 29
_CODE_PAGES = {0x03: "1252", 0x57: "1252", 0x78: "950", 0x7A: "936"}


def read_file(path: Path, entry: CatalogueEntry) -> Raw:
    """Return what the file `path` holds; it may be a zip with one file of another kind.

    Raises:
        BadInput: the file is absent, of no kind that is known, broken, or without the layer that `entry` names.
        TooLarge: it is over one of `limits`.
    """
    _check_kind(path)
    if path.suffix.lower() != ".zip":
        return _read(path, entry)
    with unpacked(path, frozenset(BEGINNINGS) - {".zip"}, _BESIDE_SHP) as inside:
        _check_kind(inside)
        return _read(inside, entry)


def _check_kind(path: Path) -> None:
    beginning = BEGINNINGS.get(path.suffix.lower())
    if beginning is None:
        raise BadInput(f"{path.name} is of no kind that can be published: {', '.join(sorted(BEGINNINGS))}")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_SEEN_OF_TEXT)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if size > limits.FILE_BYTES:
        raise TooLarge(f"{path.name} has {size} bytes, more than {limits.FILE_BYTES}")
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(beginning) and not start.startswith(beginning):
        raise BadInput(f"{path.name} does not begin as a {path.suffix} file does")


def _read(path: Path, entry: CatalogueEntry) -> Raw:
    raw = _READERS.get(path.suffix.lower(), _read_with_gdal)(path, entry)
    if raw.table.num_columns > limits.ATTRIBUTES:
        raise TooLarge(f"{path.name} has {raw.table.num_columns} attributes, more than {limits.ATTRIBUTES}")
    return raw


def _read_with_gdal(path: Path, entry: CatalogueEntry) -> Raw:
    suffix = path.suffix.lower()
    is_shp = suffix == ".shp"
    if is_shp and (absent := [other for other in _NEEDED_BESIDE_SHP if _beside(path, other) is None]):
        raise BadInput(f"{path.name} lacks {' and '.join(absent)} beside it: give them too, or all in one .zip")
    try:
        layer = _layer_of(path, entry)
        about = pyogrio.read_info(path, layer=layer, encoding="ISO-8859-1" if is_shp else None)
        if about["features"] > limits.FEATURES:
            raise TooLarge(f"{path.name} has {about['features']} features, more than {limits.FEATURES}")
        if about["geometry_type"] is None:
            raise BadInput(f"{path.name} has no geometries")
        # One byte of a text stays one letter, so that its encoding can be found out.
        encoding = "ISO-8859-1" if is_shp else None
        meta, table = _quietly(
            lambda: pyogrio.raw.read_arrow(path, layer=layer, encoding=encoding, return_fids=True, datetime_as_string=True)
        )
    except (DataSourceError, DataLayerError, ValueError, pa.ArrowInvalid) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error
    shape = meta["geometry_name"] or "wkb_geometry"
    wkb = table.column(shape).to_numpy(zero_copy_only=False)
    ids = table.column(meta["fid_column"] or "OGC_FID")
    attributes = table.select([name for name in meta["fields"].tolist() if name != shape])
    return Raw(
        name=path.name,
        geometries=_shapes(wkb, path),
        table=attributes,
        ids=ids.cast(pa.string()).to_pylist(),
        crs=meta["crs"],
        is_bytes=is_shp,
        stated=_stated_encoding(path) if is_shp else "UTF-8",
        may_default_crs=_DRIVERS[suffix].startswith("GeoJSON"),
    )


def _layer_of(path: Path, entry: CatalogueEntry) -> str | int:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if entry.file_layer is not None:
        if entry.file_layer not in layers:
            raise BadInput(f"{path.name} has no layer {entry.file_layer}: it has {', '.join(layers)}")
        return entry.file_layer
    if not layers:
        raise BadInput(f"{path.name} has no geometries")
    if len(layers) != 1:
        raise BadInput(f"{path.name} has {len(layers)} layers ({', '.join(layers)}): name one as file_layer")
    return layers[0]


def _shapes(wkb: np.ndarray, path: Path) -> np.ndarray:
    try:
        return np.asarray(shapely.force_2d(shapely.from_wkb(wkb)), dtype=np.object_)
    except shapely.errors.GEOSException as error:
        raise BadInput(f"{path.name} has a geometry that cannot be read: {error}") from error


def _quietly(read: Callable[[], tuple[dict[str, object], pa.Table]]) -> tuple[dict, pa.Table]:  # type: ignore[type-arg]
    """Keep what the reader says of itself out of our log: what matters is in the error."""
    logger = logging.getLogger("pyogrio")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        return read()
    finally:
        logger.setLevel(before)


def _beside(path: Path, suffix: str) -> Path | None:
    return next((other for other in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if other.is_file()), None)


def _stated_encoding(path: Path) -> str | None:
    """Return the encoding that the .cpg names, else the code page of the table; None where neither says."""
    if (cpg := _beside(path, ".cpg")) is not None:
        return cpg.read_bytes()[:_SEEN_OF_TEXT].decode("ascii", "replace").strip() or None
    dbf = _beside(path, ".dbf")
    if dbf is None:
        return None
    with dbf.open("rb") as file:
        head = file.read(_CODE_PAGE_BYTE + 1)
    return _CODE_PAGES.get(head[_CODE_PAGE_BYTE]) if len(head) > _CODE_PAGE_BYTE else None
