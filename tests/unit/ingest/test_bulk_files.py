"""Files that are not what they say end in a clear error or in bad rows with numbers, and never in memory as a whole."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ioc.errors import BadInput
from ioc.ingest.bulk_files import ROWS, read_file
from ioc.ingest.bulk_kinds import Kind, kind_of
from ioc.ingest.bulk_rows import Told, Unreadable
from ioc.ingest.decode import MAX_BYTES
from ioc.ingest.outcome import Reason, Rejection
from tests.support.history import FORMATS, items, read

HEADER = b"source,station,property,time,value\n"
LINE = b"s,a,level,2011-03-01T00:00:00Z,1\n"
TOLD = Told()


def reasons(path: Path) -> list[Reason | None]:
    """Why each row of a file is not accepted."""
    return [item.reason if isinstance(item, Rejection) else None for item in items(read(path))]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.ndjson", Kind.NDJSON), ("A.JSONL.GZ", Kind.NDJSON), ("b.csv.gz", Kind.CSV), ("c.parquet", Kind.PARQUET), ("d.arrows", Kind.ARROW)],
)
def test_name_says_what_a_file_is(name: str, kind: Kind) -> None:
    assert kind_of(Path(name)) is kind


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.parquet.gz", ".gz"])
def test_name_that_says_nothing_is_told(name: str) -> None:
    with pytest.raises(BadInput, match="does not end in "):
        kind_of(Path(name))


@pytest.mark.parametrize("kind", [Kind.PARQUET, Kind.ARROW])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"ARROW1\0\0", HEADER + LINE, bytes(1000), b"PAR1" + bytes(100) + b"PAR1"])
def test_file_that_is_no_table_of_columns_is_told(content: bytes, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"x is not {kind}, or is broken or cut off"):
        list(read_file(path, kind, TOLD))


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrows", "rows.feather", "rows.csv.gz", "rows.ndjson.gz"])
def test_file_that_is_cut_off_is_told(name: str, tmp_path: Path) -> None:
    row = {"source": "s", "station": "a", "property": "level", "time": "2011-03-01T00:00:00Z", "value": 1.0}
    path = tmp_path / name
    whole = FORMATS[name]([row] * 50)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(BadInput, match="broken or cut off"):
        list(read_file(path, kind_of(path), TOLD))


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_file_that_cannot_be_opened_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_file(tmp_path / name, Kind.CSV, TOLD))


def test_rows_of_csv_that_are_none_keep_their_numbers_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(HEADER + LINE + b"s,a\n" + b"\n" + b"s,\xff,level,2011-03-01T00:00:00Z,1\n" + b's,"a"b,c,d,e\n' + LINE)
    assert reasons(path) == [None, Reason.SCHEMA, Reason.PAYLOAD, Reason.PAYLOAD, None]
    bad = [row for chunk in read_file(path, Kind.CSV, TOLD) for row in chunk.rows if isinstance(row, Unreadable)]
    assert [row[0] for row in bad] == [b"s,a", b"s,\xff,level,2011-03-01T00:00:00Z,1", b's,"a"b,c,d,e']


def test_quote_that_is_never_closed_does_not_take_the_file_with_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(HEADER + b's,"a,level,2011-03-01T00:00:00Z,1\n' + LINE * 20_000)
    found = reasons(path)
    assert found[0] is Reason.PAYLOAD
    assert found.count(None) > 15_000


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
def test_csv_may_have_a_mark_of_order_other_delimiters_and_windows_ends_of_lines(delimiter: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + LINE).replace(b",", delimiter).replace(b"\n", b"\r\n"))
    assert reasons(path) == [None]


def test_lines_of_json_that_are_none_are_told_one_by_one(tmp_path: Path) -> None:
    good = b'{"source":"s","station":"a","property":"p","time":1298937600,"value":1}\n'
    path = tmp_path / "x.ndjson"
    path.write_bytes(good + b"{\n\n[1]\n" + b'{"a":"' + b"x" * MAX_BYTES + b'"}\n' + b"\xff\n" + b"[" * 5000 + b"\n" + good.strip())
    assert reasons(path) == [None, Reason.PAYLOAD, Reason.SCHEMA, Reason.SIZE, Reason.PAYLOAD, Reason.PAYLOAD, None]


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_column_that_comes_twice_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"time,value,value\n1,2,3\n")
    if name == "x.parquet":
        pq.write_table(pa.table([[1], [2], [3]], names=["time", "value", "value"]), path)
    with pytest.raises(BadInput, match="more than one column 'value'"):
        read(path)


def test_line_without_an_end_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(64):
            file.write(b"x" * MAX_BYTES)
    tracemalloc.start()
    try:
        assert reasons(path) == [Reason.SIZE]
        assert tracemalloc.get_traced_memory()[1] < 16 * MAX_BYTES
    finally:
        tracemalloc.stop()


def test_chunks_are_small_and_know_how_far_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(HEADER + LINE * (2 * ROWS + 1))
    chunks = list(read_file(path, Kind.CSV, TOLD))
    assert [(chunk.first, len(chunk.rows)) for chunk in chunks] == [(1, ROWS), (ROWS + 1, ROWS), (2 * ROWS + 1, 1)]
    assert chunks[0].position <= chunks[1].position <= chunks[2].position == path.stat().st_size


def test_chunks_of_a_wide_file_have_fewer_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"time," + b",".join(b"p%d" % n for n in range(99)) + b"\n" + (b"1298937600" + b",1" * 99 + b"\n") * 500)
    chunks = list(read_file(path, Kind.CSV, Told(source="s", station="a", is_wide=True)))
    assert {len(chunk.rows) for chunk in chunks} == {ROWS // 100 + 1, 500 % (ROWS // 100 + 1)}


def test_line_of_csv_that_is_too_long_is_refused_though_its_beginning_has_all_the_cells(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    notes = 10  # columns that nobody asks for, each as long as a cell may be
    header = HEADER.replace(b"value", b",".join(b"n%d" % n for n in range(notes)) + b",value")
    begins = b"s,a,level,2011-03-01T00:00:00Z," + (b"x" * (MAX_BYTES // notes) + b",") * (notes - 1)
    filled = begins + b"x" * (MAX_BYTES - len(begins) - 2) + b",1234\n"
    path.write_bytes(header + filled)
    assert reasons(path) == [Reason.SIZE]
