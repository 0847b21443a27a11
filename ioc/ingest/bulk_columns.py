"""Columns of Arrow to readings, whole columns at a time; a row that is not plainly a good reading is left to the careful way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ioc.domain.observation import SeriesKey
from ioc.ingest.bulk_portion import Portion
from ioc.ingest.bulk_rows import Row, RowReader, Unreadable
from ioc.ingest.outcome import Reason, Rejection

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

_NAMES = ("source", "station", "property")
_PER_UNIT = {"s": 1_000_000, "ms": 1000, "us": 1}
_MILLISECONDS_FROM = 10**11  # as live ingest has it
_FIRST, _LAST = (int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000 for year in (1, 9999))


def take_batch(batch: pa.RecordBatch, first: int, reader: RowReader, portion: Portion) -> None:
    """Put the rows of `batch`, of which the first has the number `first`, into `portion`."""
    numbers = np.arange(first, first + batch.num_rows)
    if not reader.told.is_wide:
        _take_long(batch, numbers, reader, portion)
        return
    fixed = [name for name in ("source", "station", "time") if name in batch.schema.names]
    for name in batch.schema.names:
        if name in fixed:
            continue
        column = batch.column(name)
        # Not a number is how tables of numbers say that there is none.
        filled: Bools = ~np.asarray(pc.is_null(column, nan_is_null=True))
        long = pa.RecordBatch.from_arrays(
            [*(batch.column(one) for one in fixed), pa.repeat(name, batch.num_rows), column], names=[*fixed, "property", "value"]
        )
        _take_long(long.filter(pa.array(filled)), numbers[filled], reader, portion)


def _take_long(batch: pa.RecordBatch, numbers: Ints, reader: RowReader, portion: Portion) -> None:
    has = set(batch.schema.names)
    times, timely = _times(batch.column("time"), reader) if "time" in has else _none(batch)
    values, finite = _values(batch.column("value")) if "value" in has else (np.zeros(batch.num_rows), _none(batch)[1])
    codes, series = _series(batch, reader)
    good = timely & finite & (codes >= 0)
    # In order of series and time: that is how the store is quickest.
    order = np.flatnonzero(good)
    order = order[np.lexsort((times[order], codes[order]))]
    bounds = np.flatnonzero(np.diff(codes[order], prepend=-1, append=-1))
    rows, instants, told = numbers[order].tolist(), _datetimes(times[order]), values[order].tolist()
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        portion.part(series[codes[order[begin]]]).extend(rows[begin:end], instants[begin:end], told[begin:end])
    rest = np.flatnonzero(~good)
    if len(rest):
        for number, row in zip(numbers[rest].tolist(), _rows(batch, rest, times, timely), strict=True):
            if isinstance(row, Unreadable):
                reader.take(number, row, portion)
            else:
                reader.take_carefully(number, row, portion)


def _none(batch: pa.RecordBatch) -> tuple[Ints, Bools]:
    return np.zeros(batch.num_rows, np.int64), np.zeros(batch.num_rows, np.bool_)


def _values(column: pa.Array) -> tuple[Numbers, Bools]:
    """Return a column as numbers, and which of them are finite; of what is no number none is."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return np.zeros(len(column)), np.zeros(len(column), np.bool_)
    values: Numbers = np.asarray(pc.cast(column, pa.float64(), safe=False).fill_null(np.nan))
    return values, np.isfinite(values)


def _times(column: pa.Array, reader: RowReader) -> tuple[Ints, Bools]:
    """Return a column as microseconds after 1970 in UTC, and which of them are in the calendar; of what is no time none is."""
    if not _tells_instants(column.type):
        return np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    if pa.types.is_date(column.type):
        column = pc.cast(column, pa.timestamp("ms"))
    kind = column.type
    is_told: Bools = np.asarray(column.is_valid())
    raw: Ints = np.asarray(pc.cast(column, pa.int64()).fill_null(0))
    if pa.types.is_integer(kind):
        unit = np.where(np.abs(raw) >= _MILLISECONDS_FROM, 1000, 1_000_000)
    elif kind.unit == "ns":
        raw, unit = raw // 1000, np.ones(1, np.int64)
    else:
        unit = np.full(1, _PER_UNIT[kind.unit])
    fits = is_told & (raw > _FIRST // unit) & (raw < _LAST // unit)
    times: Ints = np.where(fits, raw, 0) * unit
    if pa.types.is_timestamp(kind) and kind.tz is None:
        times = _in_zone(times, reader)
    return times, fits


def _tells_instants(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind) or (pa.types.is_integer(kind) and kind != pa.uint64()))


def _in_zone(times: Ints, reader: RowReader) -> Ints:
    """Return the instants at which clocks in the told zone show `times`."""
    zone = reader.told.zone
    local = times.astype("M8[us]").tolist()
    return np.array([one.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for one in local], "M8[us]").astype(np.int64)


def _datetimes(times: Ints) -> list[datetime]:
    import pandas as pd  # noqa: PLC0415 - a service that takes no history need not wait for it

    instants: list[datetime] = pd.DatetimeIndex(times.astype("M8[us]")).tz_localize("UTC").to_pydatetime().tolist()
    return instants


def _series(batch: pa.RecordBatch, reader: RowReader) -> tuple[Ints, list[SeriesKey]]:
    """Return for each row the place of its series in the list, -1 where it has none."""
    told = reader.told.names()
    codes = np.zeros(batch.num_rows, np.int64)
    levels: list[list[Any]] = []
    for name in _NAMES:
        own, names = _coded(batch, name, told.get(name))
        levels.append(names)
        codes = np.where((codes < 0) | (own < 0), -1, codes * max(1, len(names)) + own)
    found, places = np.unique(codes, return_inverse=True)
    series: list[SeriesKey] = []
    place_of = np.full(len(found), -1, np.int64)
    for number, code in enumerate(found.tolist()):
        if code < 0:
            continue
        above, last = divmod(code, len(levels[2]))
        source, station = divmod(above, len(levels[1]))
        key = reader.series_of(levels[0][source], levels[1][station], levels[2][last])
        if key is not None:
            place_of[number] = len(series)
            series.append(key)
    return place_of[places], series


def _coded(batch: pa.RecordBatch, name: str, told: str | None) -> tuple[Ints, list[Any]]:
    """Return a column of names as places in a list, -1 where there is none; what is told beside the file fills gaps."""
    rows = batch.num_rows
    none = np.full(rows, -1, np.int64)
    if name not in batch.schema.names:
        return (none, []) if told is None else (np.zeros(rows, np.int64), [told])
    column = batch.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        return none, []
    if told is not None and column.null_count:
        return none, []
    coded = pc.cast(column, pa.string()).dictionary_encode()
    return np.asarray(coded.indices.fill_null(-1)).astype(np.int64), coded.dictionary.to_pylist()


def _rows(batch: pa.RecordBatch, chosen: Ints, times: Ints, timely: Bools) -> Iterator[Row | Unreadable]:
    """Yield chosen rows one by one; what Python has no value for is shown as text."""
    is_instant = "time" in batch.schema.names and _tells_instants(batch.schema.field("time").type)
    names = [name for name in batch.schema.names if name != "time" or not is_instant]
    some = batch.select(names).take(pa.array(chosen))
    instants = _datetimes(times[chosen])
    for index, number in enumerate(chosen.tolist()):
        try:
            row = {name: some.column(name)[index].as_py() for name in names}
        except (ValueError, OverflowError, pa.ArrowException) as error:
            yield Unreadable((str(error).encode(errors="replace"), Rejection(Reason.PAYLOAD, f"the row cannot be read: {error}"[:256])))
            continue
        if is_instant:
            row["time"] = instants[index] if timely[number] else _shown(batch.column("time")[number])
        yield row


def _shown(cell: pa.Scalar) -> str | None:
    """Return a time that is outside the calendar as text."""
    return str(getattr(cell, "value", cell)) if cell.is_valid else None
