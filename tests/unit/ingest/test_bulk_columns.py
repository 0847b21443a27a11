"""Columns of Arrow, however they are typed, tell what their rows tell one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ioc.domain.observation import Observation, SeriesKey
from ioc.ingest.bulk_rows import Told
from ioc.ingest.outcome import Reason, Rejection
from tests.support.history import items, read

AT = datetime(2011, 3, 1, 0, 0, tzinfo=UTC)
SECONDS = 1298937600
LEVEL = SeriesKey("s", "a", "level")


def found(tmp_path: Path, told: Told | None = None, **columns: Any) -> list[Any]:
    """The items of a table of these columns; those that are not told are a plain reading's."""
    rows = len(next(iter(columns.values())))
    usual = {"source": ["s"] * rows, "station": ["a"] * rows, "property": ["level"] * rows, "time": [AT] * rows, "value": [1.5] * rows}
    pq.write_table(pa.table(usual | columns), tmp_path / "x.parquet")
    return items(read(tmp_path / "x.parquet", told))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_of_any_unit_is_the_same_instant(unit: str, tmp_path: Path) -> None:
    assert found(tmp_path, time=pa.array([AT], pa.timestamp(unit, tz="Asia/Ho_Chi_Minh"))) == [Observation(LEVEL, AT, 1.5)]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([SECONDS]),
        pa.array([SECONDS], pa.int32()),
        pa.array([SECONDS * 1000]),
        pa.array([float(SECONDS)]),
        pa.array(["2011-03-01T00:00:00Z"]),
        pa.array(["2011-03-01T00:00:00Z"]).dictionary_encode(),
        pa.array([SECONDS], pa.uint64()),
    ],
    ids=str,
)
def test_time_may_be_a_number_or_a_text(column: pa.Array, tmp_path: Path) -> None:
    assert found(tmp_path, time=column) == [Observation(LEVEL, AT, 1.5)]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()], ids=str)
def test_day_begins_in_the_told_zone(kind: pa.DataType, tmp_path: Path) -> None:
    told = Told.of(None, None, None, "Asia/Ho_Chi_Minh", is_wide=False)
    (item,) = found(tmp_path, told, time=pa.array([date(2011, 3, 1)], kind))
    assert item.time == datetime(2011, 2, 28, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "column", [pa.array([2], pa.int8()), pa.array([2.0], pa.float32()), pa.array([2.0], pa.float16()), pa.array([Decimal("2.00")])], ids=str
)
def test_value_may_be_any_number(column: pa.Array, tmp_path: Path) -> None:
    assert found(tmp_path, value=column) == [Observation(LEVEL, AT, 2.0)]


@pytest.mark.parametrize(
    "column", [pa.array(["a"]), pa.array(["a"], pa.large_string()), pa.array(["a"]).dictionary_encode(), pa.array(["a"], pa.string_view())]
)
def test_names_may_be_any_text(column: pa.Array, tmp_path: Path) -> None:
    assert found(tmp_path, station=column) == [Observation(LEVEL, AT, 1.5)]


def test_number_may_name_a_station(tmp_path: Path) -> None:
    (item,) = found(tmp_path, station=pa.array([48900]))
    assert item.series.station == "48900"


def test_readings_of_many_series_are_sorted_out(tmp_path: Path) -> None:
    stations, values = ["b", "a", "b", "c", "a"], [1.0, 2.0, 3.0, 4.0, 5.0]
    times = pa.array([SECONDS + n for n in (5, 4, 3, 2, 1)])
    some = found(tmp_path, station=stations, value=values, time=times)
    assert [(item.series.station, item.value, item.time.second) for item in some] == list(
        zip(stations, values, (5, 4, 3, 2, 1), strict=True)
    )


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"value": pa.array([float("inf")])}, Reason.VALUE),
        ({"value": pa.array([float("nan")])}, Reason.SCHEMA),
        ({"value": pa.array([True])}, Reason.VALUE),
        ({"value": pa.array(["1.5"])}, Reason.VALUE),
        ({"value": pa.array([[1.5]])}, Reason.VALUE),
        ({"value": pa.nulls(1)}, Reason.SCHEMA),
        ({"time": pa.array([2**62])}, Reason.TIME),
        ({"time": pa.array([-(2**63)])}, Reason.TIME),
        ({"time": pa.array([2**52], pa.timestamp("ms", tz="UTC"))}, Reason.TIME),
        ({"time": pa.array([-(2**60)], pa.timestamp("us", tz="UTC"))}, Reason.TIME),
        ({"time": pa.array([None], pa.timestamp("us", tz="UTC"))}, Reason.TIME),
        ({"time": pa.array([True])}, Reason.TIME),
        ({"station": pa.array(["a b"])}, Reason.TOPIC),
        ({"station": pa.array([None], pa.string())}, Reason.TOPIC),
        ({"station": pa.array([b"a"])}, Reason.TOPIC),
        ({"station": pa.array([["a"]])}, Reason.TOPIC),
    ],
)
def test_bad_cell_is_a_bad_row_with_its_reason(columns: dict[str, pa.Array], reason: Reason, tmp_path: Path) -> None:
    (item,) = found(tmp_path, **columns)
    assert isinstance(item, Rejection), item
    assert item.reason is reason


def test_name_that_is_told_fills_gaps(tmp_path: Path) -> None:
    some = found(tmp_path, Told(station="told"), station=["a", None], time=[AT, AT])
    assert [item.series.station for item in some] == ["a", "told"]
