"""Files of stations: CSV, GeoJSON and GeoPackage, as rows that say which columns they fill."""

from __future__ import annotations

import csv
import math
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ioc.errors import BadInput
from ioc.ingest.spreadsheet import separator_of, with_point
from ioc.ingest.stations import StationRow

# What a file of each kind begins with: a file that only calls itself so may make the reader open others.
_BEGINNINGS = {".geojson": b"{", ".json": b"{", ".gpkg": b"SQLite format 3\0"}
_NUMBERS = ("lon", "lat", "interval_s")
_TEXTS = ("name", "kind")
_BOUNDS = ("min:", "max:")
_OF_PROPERTY = ("unit", "name", "min", "max")
_MAX_ROWS = 200_000
_DECIMALS = 7  # of a degree: a centimetre


def read_stations(path: Path) -> list[StationRow]:
    """Return the rows of the file `path`.

    Columns are `code`, `name`, `kind`, `lon`, `lat`, `interval_s`, `properties` as JSON, and `unit:PROPERTY` (also `name:`, `min:`, `max:`).
    In GeoJSON and GeoPackage the place is that of the point. An empty cell states nothing; other columns are left aside.

    Raises:
        BadInput: the file is absent, of no known kind, broken, without a column `code`, in no known coordinate system, or too long.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        rows = _csv_rows(path)
    elif kind in _BEGINNINGS:
        rows = _point_rows(path)
    else:
        raise BadInput(f"{path.name} is of no kind that can be imported: {', '.join(sorted({'.csv', *_BEGINNINGS}))}")
    if rows and all("code" not in row for row in rows):
        raise _without_codes(path, rows[0])
    if len(rows) > _MAX_ROWS:
        raise BadInput(f"{path.name} has {len(rows)} rows, at most {_MAX_ROWS} are allowed")
    return [_row(number, row) for number, row in enumerate(rows, start=1)]


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    lines = text.splitlines(keepends=True)
    separator = separator_of(lines[0] if lines else "")
    try:
        reader = csv.DictReader(lines, delimiter=separator, strict=True, restkey="")
        columns = [name.strip() for name in reader.fieldnames or ()]
        if "code" not in columns:
            raise _without_codes(path, columns)
        return [_with_points(_without_surplus(row), separator) for row in reader]
    except csv.Error as error:
        raise BadInput(f"{path.name} is not CSV: {error}") from None


def _without_codes(path: Path, columns: Iterable[str]) -> BadInput:
    return BadInput(f"{path.name} has no column code: it has {', '.join(columns) or 'none'}")


def _without_surplus(row: dict[str, Any]) -> dict[str, Any]:
    if surplus := [cell for cell in row.pop("", None) or [] if cell.strip()]:
        row["fault"] = f"the row has more cells than there are columns: {surplus[0][:80]!r}"
    return {name.strip(): value for name, value in row.items()}


def _with_points(row: dict[str, Any], separator: str) -> dict[str, Any]:
    numbers = [name for name, cell in row.items() if isinstance(cell, str) and (name in _NUMBERS or name.startswith(_BOUNDS))]
    return row | {name: with_point(row[name], separator) for name in numbers}


def _point_rows(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_BEGINNINGS[path.suffix.lower()]):
        raise BadInput(f"{path.name} does not begin as a {path.suffix} file does")
    import geopandas as gpd  # noqa: PLC0415 - loads GDAL and pandas, for which a service need not wait
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        frame = gpd.read_file(path, datetime_as_string=True)
        if not isinstance(frame, gpd.GeoDataFrame):
            raise BadInput(f"{path.name} has no geometries")
        if frame.crs is None:
            raise BadInput(f"{path.name} does not say in which coordinate system it is")
        points = frame.to_crs(4326).geometry
    except (DataSourceError, DataLayerError, CRSError, ValueError) as error:
        said = str(error).partition(";")[0].rstrip(".")  # what follows is advice to programmers
        raise BadInput(f"{path.name} cannot be read: {said}") from error
    columns = frame.drop(columns=frame.geometry.name).astype(object)
    told = columns.where(columns.notna(), None).to_dict("records") or [{} for _ in range(len(frame))]
    return [{str(name): value for name, value in row.items()} | _place(point) for row, point in zip(told, points, strict=True)]


def _place(point: Any) -> dict[str, Any]:
    if point is None or point.is_empty:
        return {}
    if point.geom_type != "Point":
        return {"fault": f"the geometry is a {point.geom_type}, not a Point"}
    return {"lon": round(point.x, _DECIMALS), "lat": round(point.y, _DECIMALS)}


def _row(number: int, row: Mapping[str, Any]) -> StationRow:
    """Return the row with its numbers read; texts are in the composed form, so that equal names are equal."""
    stated = {name: cell for name, value in row.items() if (cell := _cell(value)) is not None}
    code = str(stated.get("code", ""))
    fault = stated.get("fault")
    try:
        told: dict[str, Any] = {name: str(stated[name]) for name in _TEXTS if name in stated}
        told |= {name: _number(stated[name], name) for name in _NUMBERS if name in stated}
        if properties := _properties(stated):
            told["properties"] = properties
    except ValueError as error:
        return StationRow(number, code, {}, str(error))
    return StationRow(number, code, told, fault)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip()) or None
    return None if isinstance(value, float) and math.isnan(value) else value


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} {str(value)[:80]!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} {number} is not a finite number")
    return number


def _properties(stated: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the descriptions of the row's properties, those of the column `properties` first."""
    told: dict[str, dict[str, Any]] = _json_properties(stated["properties"]) if "properties" in stated else {}
    for name, value in _property_cells(stated):
        word, _, prop = name.partition(":")
        told.setdefault(prop, {})[word] = _number(value, name) if word in ("min", "max") else str(value)
    return told


def _property_cells(stated: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, value) for name, value in stated.items() if name.partition(":")[0] in _OF_PROPERTY and ":" in name)


def _json_properties(value: Any) -> dict[str, dict[str, Any]]:
    try:
        told = msgspec.json.decode(value) if isinstance(value, str) else value
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"properties are not JSON: {error}") from None
    if not isinstance(told, dict) or not all(isinstance(one, dict) for one in told.values()):
        raise ValueError("properties are not an object of objects")
    return {str(name): dict(one) for name, one in told.items()}
