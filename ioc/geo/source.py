"""Layers as files: what a file holds, in the words of the catalogue, before anything is checked."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from ioc.errors import BadInput
from ioc.geo.entry import CatalogueEntry, Constant
from ioc.geo.layer import Geometries, Properties, Source

# What a file of each kind begins with: a file that only calls itself so may make the reader open others.
BEGINNINGS = {".geojson": b"{", ".json": b"{", ".gpkg": b"SQLite format 3\0"}
DECIMALS = 7  # of a degree: a centimetre


def read_source(path: Path, entry: CatalogueEntry) -> Source:
    """Read what `entry` names from the file `path`.

    Raises:
        BadInput: the file is absent, not of a kind that is known, broken, without the layer or attribute, or its coordinate system
            is not known.
    """
    _check_kind(path)
    try:
        # The reader's own ids serve where the entry names no key; dates stay texts as the file has them.
        frame = gpd.read_file(path, layer=_layer_of(path, entry), fid_as_index=True, datetime_as_string=True)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise BadInput(f"{path.name} has no geometries")
    crs = _known_crs(frame, path, entry)
    geometries = _on_wgs84(frame)
    rows = _rename(_rows(frame), entry, path)
    keys = [row.get(entry.key) for row in rows] if entry.key else frame.index.tolist()
    return Source(crs, ["" if key is None else str(key) for key in keys], geometries, rows)


def _check_kind(path: Path) -> None:
    beginning = BEGINNINGS.get(path.suffix.lower())
    if beginning is None:
        raise BadInput(f"{path.name} is of no kind that can be published: {', '.join(sorted(BEGINNINGS))}")
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(beginning):
        raise BadInput(f"{path.name} does not begin as a {path.suffix} file does")


def _layer_of(path: Path, entry: CatalogueEntry) -> str | int:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if entry.file_layer is not None:
        if entry.file_layer not in layers:
            raise BadInput(f"{path.name} has no layer {entry.file_layer}: it has {', '.join(layers)}")
        return entry.file_layer
    if len(layers) != 1:
        raise BadInput(f"{path.name} has {len(layers)} layers ({', '.join(layers)}): name one as file_layer")
    return layers[0]


def _known_crs(frame: gpd.GeoDataFrame, path: Path, entry: CatalogueEntry) -> str:
    try:
        if frame.crs is None and entry.crs is not None:
            frame.set_crs(entry.crs, inplace=True)
    except CRSError as error:
        raise BadInput(f"the coordinate system {entry.crs} is not known") from error
    if frame.crs is None:
        raise BadInput(f"{path.name} does not say in which coordinate system it is: name it as crs")
    return str(frame.crs.to_string())


def _on_wgs84(frame: gpd.GeoDataFrame) -> Geometries:
    flat = shapely.force_2d(frame.to_crs(4326).geometry.to_numpy())
    # Rounding each vertex alike keeps the edges that neighbours share the same on both sides.
    return np.asarray(shapely.transform(flat, lambda xy: np.round(xy, DECIMALS)), dtype=np.object_)


def _rows(frame: gpd.GeoDataFrame) -> list[Properties]:
    columns = {str(name): _values(frame[name]) for name in frame.columns if name != frame.geometry.name}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)] or [{} for _ in range(len(frame))]


def _values(column: Any) -> list[Any]:
    """Return plain values; what is not there is None; texts are in the composed form, so that equal names are equal."""
    return [_plain(value) for value in column.astype(object).where(column.notna(), None).tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _rename(rows: list[Properties], entry: CatalogueEntry, path: Path) -> list[Properties]:
    """Return `rows` with the attributes that `entry.fields` names; those that they are taken from are gone, the others stay."""
    taken = {name: word for name, word in entry.fields.items() if isinstance(word, str)}
    given = {name: word.const for name, word in entry.fields.items() if isinstance(word, Constant)}
    if rows and (absent := sorted(set(taken.values()) - set(rows[0]))):
        raise BadInput(f"{path.name} has no attribute {', '.join(absent)}: it has {', '.join(rows[0])}")
    dropped = set(taken.values()) | set(taken) | set(given)
    kept = [{name: value for name, value in row.items() if name not in dropped} for row in rows]
    return [{name: row[word] for name, word in taken.items()} | given | rest for row, rest in zip(rows, kept, strict=True)]
