"""CSV: places in two columns or one of WKT; numbers are numbers only where they look the same when written again."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import shapely

from ioc.errors import BadInput, TooLarge
from ioc.geo import limits
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Geometries, Raw

LON_NAMES = ("lon", "lng", "long", "longitude", "x", "kinh_do", "kinhdo", "kinh do", "kinh độ", "easting")
LAT_NAMES = ("lat", "latitude", "y", "vi_do", "vido", "vi do", "vĩ độ", "northing")
WKT_NAMES = ("wkt", "geometry", "geom", "the_geom", "shape")
_WHOLE = r"^-?(0|[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d+\s*")
_SRID = re.compile(r"^\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)
_DELIMITERS = ",;\t"


def read(path: Path, entry: CatalogueEntry) -> Raw:
    """Return what the CSV file `path` holds; `entry` may name the columns `lon` and `lat`, or `wkt`.

    Raises:
        BadInput: its columns cannot be told apart, or a place is no pair of numbers, has a decimal comma or is no WKT.
        TooLarge: it has too many rows.
    """
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    head, _, _ = content.partition(b"\n")
    delimiter = _delimiter(head.decode("latin-1"), path)
    table = _columns(content, delimiter, path)
    if table.num_rows > limits.FEATURES:
        raise TooLarge(f"{path.name} has {table.num_rows} features, more than {limits.FEATURES}")
    used, geometries, crs = _places(table, entry, path)
    kept = [name for name in table.column_names if name not in used]
    texts = _text_columns(entry)
    plain = pa.table({name: table[name] if name in texts else _as_numbers(table[name]) for name in kept})
    return Raw(
        name=path.name,
        geometries=geometries,
        table=plain,
        ids=[str(number) for number in range(1, table.num_rows + 1)],
        crs=crs or "OGC:CRS84",
        is_bytes=True,
        may_default_crs=crs is None,
    )


def _delimiter(head: str, path: Path) -> str:
    counts = {mark: len(next(csv.reader(io.StringIO(head), delimiter=mark), [])) for mark in _DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best] < 2 or sum(count == counts[best] for count in counts.values()) > 1:  # noqa: PLR2004 - a place and something else
        raise BadInput(f"the first line of {path.name} does not name columns with one of , ; and tab between them: {head:.80}")
    return best


def _columns(content: bytes, delimiter: str, path: Path) -> pa.Table:
    """Return the columns as texts, a letter for each byte; a cell of nothing is None."""
    try:
        names = [name.strip() for name in next(csv.reader(io.StringIO(_line(content)), delimiter=delimiter))]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise BadInput(f"{path.name} has the column {', '.join(doubled)} more than once")
        return pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, encoding="latin-1"),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
            ),
        )
    except (pa.ArrowInvalid, csv.Error) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error


def _line(content: bytes) -> str:
    return content.partition(b"\n")[0].decode("latin-1").rstrip("\r")


def _places(table: pa.Table, entry: CatalogueEntry, path: Path) -> tuple[set[str], Geometries, str | None]:
    """Return which columns hold the places, these, and the coordinate system that they name."""
    names = {_spelled(name): name for name in table.column_names}
    if entry.lon and entry.lat:
        if absent := [word for word in (entry.lon, entry.lat) if word not in table.column_names]:
            raise BadInput(f"{path.name} has no column {', '.join(absent)}: it has {', '.join(table.column_names)}")
        return {entry.lon, entry.lat}, _points(table, entry.lon, entry.lat, path), None
    wkt = entry.wkt or next((names[word] for word in WKT_NAMES if word in names), None)
    if wkt is not None:
        if wkt not in table.column_names:
            raise BadInput(f"{path.name} has no column {wkt}: it has {', '.join(table.column_names)}")
        geometries, crs = _from_wkt(table[wkt].to_pylist(), path)
        return {wkt}, geometries, crs
    lons, lats = ([names[word] for word in words if word in names] for words in (LON_NAMES, LAT_NAMES))
    if len(lons) != 1 or len(lats) != 1:
        raise BadInput(
            f"{path.name} has no one column for longitude and one for latitude, nor one of WKT: it has {', '.join(table.column_names)}. "
            "Name them as lon and lat, or as wkt"
        )
    return {lons[0], lats[0]}, _points(table, lons[0], lats[0], path), None


def _spelled(name: str) -> str:
    try:
        return name.encode("latin-1").decode("utf-8").strip().lower()
    except UnicodeDecodeError:
        return name.strip().lower()


def _points(table: pa.Table, lon: str, lat: str, path: Path) -> Geometries:
    x, y = (_coordinates(table[name], name, path) for name in (lon, lat))
    points = np.asarray(shapely.points(np.nan_to_num(x), np.nan_to_num(y)), dtype=np.object_)
    points[np.isnan(x) | np.isnan(y)] = None
    return points


def _coordinates(column: pa.ChunkedArray, name: str, path: Path) -> np.ndarray:
    try:
        return np.asarray(pc.cast(pc.utf8_trim_whitespace(column), pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        for number, text in enumerate(column.to_pylist(), 2):
            _refuse_unless_number(text, f"{name} in line {number} of {path.name}")
        raise


def _refuse_unless_number(text: str | None, where: str) -> None:
    if text is None:
        return
    if _DECIMAL_COMMA.fullmatch(text):
        raise BadInput(
            f"{where} is {text!r}: a decimal comma is not taken, since it may part thousands; write {text.strip().replace(',', '.')}"
        )
    try:
        float(text)
    except ValueError:
        raise BadInput(f"{where} is {text!r:.80}, which is no number") from None


def _from_wkt(texts: list[str | None], path: Path) -> tuple[Geometries, str | None]:
    found = {match[1]: number for number, text in enumerate(texts, 2) if text and (match := _SRID.match(text))}
    if len(found) > 1:
        raise BadInput(f"{path.name} has geometries of several coordinate systems: {', '.join(f'EPSG:{code}' for code in sorted(found))}")
    plain = np.array([text and _SRID.sub("", text) for text in texts], dtype=np.object_)
    geometries = np.asarray(shapely.force_2d(shapely.from_wkt(plain, on_invalid="ignore")), dtype=np.object_)
    for number, (text, geometry) in enumerate(zip(texts, geometries, strict=True), 2):
        if text and geometry is None:
            raise BadInput(f"line {number} of {path.name} has no WKT: {text!r:.80}")
    return geometries, next((f"EPSG:{code}" for code in found), None)


def _text_columns(entry: CatalogueEntry) -> set[str]:
    """Return the columns that stay texts whatever they look like: codes and ids begin with zeros."""
    own = {"code", "parent", "level", "name_vi", "name_en", "valid_from", "valid_to"}
    return (
        own | {word for name, word in entry.fields.items() if name in own and isinstance(word, str)} | ({entry.key} if entry.key else set())
    )


def _as_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    for pattern, kind in ((_WHOLE, pa.int64()), (_NUMBER, pa.float64())):
        if column.null_count < len(column) and pc.all(pc.match_substring_regex(column, pattern), skip_nulls=True).as_py():
            return pc.cast(column, kind)
    return column
