"""Whatever the bytes of a file: a report in which every row is counted once, or a clear error; and each format tells the same."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.errors import BadInput
from ioc.ingest.bulk_files import read_file
from ioc.ingest.bulk_kinds import Kind, kind_of
from ioc.ingest.bulk_load import portions, rehearsing
from ioc.ingest.bulk_report import Report
from ioc.ingest.bulk_rows import RowReader, Told
from tests.support.doubles import ManualClock
from tests.support.examples import NOW
from tests.support.history import FORMATS, NoDatabase, OpenGate, items, read

KINDS = {"x.ndjson": Kind.NDJSON, "x.csv": Kind.CSV, "x.parquet": Kind.PARQUET, "x.arrows": Kind.ARROW}
NAMES = st.sampled_from(["a", "b", "luc-nam", "trạm", "no name", "a/b"])
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
READINGS = st.fixed_dictionaries(
    {"source": NAMES, "station": NAMES, "property": NAMES, "time": TIMES, "value": st.floats(allow_nan=False, allow_infinity=False)}
)
CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["2020-01-01T00:00:00Z", "s", "9"])
COLUMNS = st.sampled_from(["source", "station", "property", "time", "value", "type", "id", "lon", "lat", "data", "subject", "speed", "x"])
JSON = st.recursive(
    CELLS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5
)
ROWS = st.lists(st.dictionaries(COLUMNS, JSON), max_size=8)
TOLD = st.sampled_from(
    [Told(), Told("s", "a", "p"), Told("s", "a", is_wide=True), Told.of("s", None, None, "Asia/Ho_Chi_Minh", is_wide=False)]
)


def rehearse(content: bytes, name: str, told: Told) -> Report | None:
    """Return the report of a file, None where it is told that it is none; what else is raised fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        kind = kind_of(path)
        rows = portions(read_file(path, kind, told), RowReader(told, is_text=kind is Kind.CSV), ManualClock(NOW))
        loader = rehearsing([], gate=OpenGate(), pool=NoDatabase().pool)
        try:
            return asyncio.run(loader.load(rows))
        except BadInput:
            return None


def is_balanced(report: Report) -> bool:
    return report.items == report.counts.total() and report.rejected == report.reasons.total() == len(report.first)


@pytest.mark.parametrize("name", KINDS)
@given(content=st.binary(max_size=300), told=TOLD)
def test_whatever_the_bytes_there_is_a_balanced_report_or_a_clear_error(name: str, content: bytes, told: Told) -> None:
    report = rehearse(content, name, told)
    assert report is None or is_balanced(report)


@given(rows=ROWS, told=TOLD, spoil=st.binary(max_size=3), at=st.integers(0, 400))
def test_whatever_the_rows_there_is_a_balanced_report(rows: list[dict[str, Any]], told: Told, spoil: bytes, at: int) -> None:
    content = FORMATS["rows.ndjson"](rows)
    report = rehearse(content[:at] + spoil + content[at:], "x.ndjson", told)
    assert report is not None
    assert is_balanced(report)
    assert told.is_wide or report.items == report.reached


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrows", "rows.csv.gz"])
@settings(max_examples=40)
@given(rows=st.lists(READINGS, min_size=1, max_size=5), at=st.integers(0, 5000), byte=st.integers(0, 255))
def test_one_wrong_byte_anywhere_in_a_file_is_survived(name: str, rows: list[dict[str, Any]], at: int, byte: int) -> None:
    content = bytearray(FORMATS[name](rows))
    content[at % len(content)] = byte
    report = rehearse(bytes(content), name, Told())
    assert report is None or is_balanced(report)


@settings(max_examples=30)
@given(rows=st.lists(READINGS, min_size=1, max_size=9))
def test_each_format_tells_the_same(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = []
        for name, write in FORMATS.items():
            path = Path(folder) / name
            path.write_bytes(write(rows))
            told.append(items(read(path)))
    assert all(one == told[0] for one in told)
