"""Files of history as chunks of rows, piece by piece: NDJSON, CSV, Parquet and Arrow; none is ever in memory as a whole."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ioc.errors import BadInput
from ioc.ingest import fields
from ioc.ingest.bulk_kinds import Kind
from ioc.ingest.bulk_rows import COLUMNS, Row, Told, Unreadable, check_columns, is_number
from ioc.ingest.decode import MAX_BYTES
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.spreadsheet import separator_of, with_point
from ioc.ingest.topics import shown

ROWS = 20_000
"""Rows, or cells of a wide file, that are committed together at most: a commit that live ingest can wait for."""
_CHUNK_BYTES = 8 * 1024 * 1024
_BUFFER = 1024 * 1024
_GZIP = b"\x1f\x8b"
_ARROW_FILE = b"ARROW1\0\0"


class Chunk(NamedTuple):
    """Some rows of a file: `first` is the number of the first, from 1; `position` how many bytes of the file were read by then."""

    first: int
    rows: list[Row | Unreadable] | pa.RecordBatch
    position: int


def read_file(path: Path, kind: Kind, told: Told) -> Iterator[Chunk]:
    """Yield the rows of a file.

    Raises:
        BadInput: it cannot be opened, is not what `kind` says, breaks off, or lacks a column.
    """
    with _explained(path.name, kind):
        if kind is Kind.PARQUET:
            yield from _parquet(path, told)
        elif kind is Kind.ARROW:
            yield from _arrow(path, told)
        else:
            with path.open("rb") as file:
                yield from read_text(file, kind, told, name=path.name, is_gzip=file.peek(2)[:2] == _GZIP)


def read_text(file: IO[bytes], kind: Kind, told: Told, *, name: str, is_gzip: bool = False) -> Iterator[Chunk]:
    """Yield the rows of a file of lines, which need not be seekable; raises as `read_file` does."""
    counted = _Counted(file)
    with _explained(name, kind):
        lines = _Lines(gzip.GzipFile(fileobj=cast("IO[bytes]", counted)) if is_gzip else counted)
        some: list[Row | Unreadable] = []
        first, limit, size = 1, ROWS, 0
        for row in _ndjson(lines) if kind is Kind.NDJSON else _csv(lines, told, name):
            if not some:
                limit, size = ROWS // max(1, len(row)) + 1 if told.is_wide else ROWS, lines.size
            some.append(row)
            if len(some) >= limit or lines.size - size >= _CHUNK_BYTES:
                yield Chunk(first, some, counted.count)
                first, some = first + len(some), []
        if some:
            yield Chunk(first, some, counted.count)


@contextmanager
def _explained(name: str, kind: Kind) -> Iterator[None]:
    """Say of what the libraries raise which file it is."""
    try:
        yield
    except (pa.ArrowException, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadInput(f"{name} is not {kind}, or is broken or cut off: {said}") from error
    except OSError as error:
        if error.errno is None:  # Arrow's, about what is in the file
            raise BadInput(f"{name} is not {kind}, or is broken or cut off: {' '.join(str(error).split())[:200]}") from error
        raise BadInput(f"{name} cannot be read: {error.strerror}") from error


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Counted:
    """A file that counts the bytes that are read of it."""

    def __init__(self, file: _Readable) -> None:
        self._file, self.count = file, 0

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        some = self._file.read(size)
        self.count += len(some)
        return some


class _Lines:
    """The lines of a file; of one that is longer than a message may be its beginning, which is longer than a message may be, too."""

    def __init__(self, file: _Readable) -> None:
        self._counted = _Counted(file)

    @property
    def size(self) -> int:
        """How many bytes were read, once unpacked."""
        return self._counted.count

    def __iter__(self) -> Iterator[bytes]:
        """Yield them without what ends them."""
        rest = b""
        while block := self._counted.read(_BUFFER):
            lines = block.split(b"\n")
            lines[0] = (rest + lines[0])[: MAX_BYTES + 1]
            rest = lines.pop()
            yield from lines
        if rest:
            yield rest


def _ndjson(lines: Iterable[bytes]) -> Iterator[Row | Unreadable]:
    for line in lines:
        if not line.strip():
            continue
        if len(line) > MAX_BYTES:
            yield _too_long(line)
            continue
        try:
            told = fields.read_json(line)
        except fields.Refusal as refusal:
            yield Unreadable((line, Rejection(refusal.reason, refusal.detail)))
        else:
            yield told if isinstance(told, dict) else Unreadable((line, Rejection(Reason.SCHEMA, "the row is not an object")))


class _Text:
    """Lines as text for the reader of CSV; `raw` is what was read since it was last emptied."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.raw: list[bytes] = []
        self.is_broken = False

    def __iter__(self) -> Iterator[str]:
        """Yield line by line; of what is no UTF-8 the readable rest, and `is_broken` is set."""
        for line in self._lines:
            self.raw.append(line)
            try:
                yield line.decode() + "\n"
            except UnicodeDecodeError:
                self.is_broken = True
                yield line.decode(errors="replace") + "\n"

    def begin(self) -> None:
        """Begin a new row."""
        self.raw.clear()
        self.is_broken = False


def _csv(lines: Iterable[bytes], told: Told, name: str) -> Iterator[Row | Unreadable]:
    text = _Text(iter(lines))
    each = iter(text)
    header = next(each, "").removeprefix("\ufeff")
    delimiter = separator_of(header)
    try:
        names = [cell.strip() for cell in next(csv.reader([header], delimiter=delimiter), [])]
    except csv.Error as error:
        raise BadInput(f"{name} is not CSV: {error}") from None
    if doubled := {one for one in names if names.count(one) > 1}:
        raise BadInput(f"{name} has more than one column {shown(min(doubled))}")
    check_columns(name, names, told)
    numbers = [column for column, one in enumerate(names) if is_number(one, told)] if delimiter == ";" else []
    reader = csv.reader(each, delimiter=delimiter, strict=True)
    while True:
        text.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable((b"\n".join(text.raw), Rejection(Reason.PAYLOAD, f"not CSV: {error}")))
            continue
        if not cells:
            continue
        # Of a line that is too long only the beginning is here, and it may have all the cells.
        if len(cells) != len(names) or text.is_broken or sum(map(len, text.raw)) > MAX_BYTES:
            yield _not_a_row(text, len(cells), len(names))
        else:
            for column in numbers:
                cells[column] = with_point(cells[column], delimiter)
            yield dict(zip(names, cells, strict=True))


def _not_a_row(text: _Text, cells: int, columns: int) -> Unreadable:
    line = b"\n".join(text.raw)
    if len(line) > MAX_BYTES:
        return _too_long(line)
    if text.is_broken:
        return Unreadable((line, Rejection(Reason.PAYLOAD, "the row is not UTF-8")))
    return Unreadable((line, Rejection(Reason.SCHEMA, f"the row has {cells} cells, the header {columns}")))


def _too_long(line: bytes) -> Unreadable:
    return Unreadable((line[:1000], Rejection(Reason.SIZE, f"the row is over the limit of {MAX_BYTES} bytes")))


def _parquet(path: Path, told: Told) -> Iterator[Chunk]:
    with pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
        schema, total, size = file.schema_arrow, max(1, file.metadata.num_rows), path.stat().st_size
        wanted = _wanted(path.name, schema, told)
        first = 1
        for batch in file.iter_batches(batch_size=_rows(schema, told), columns=wanted):
            batch.validate(full=True)
            yield Chunk(first, batch, size * min(total, first + batch.num_rows - 1) // total)
            first += batch.num_rows


def _arrow(path: Path, told: Told) -> Iterator[Chunk]:
    size = path.stat().st_size
    # Mapped, a batch need not be in memory as a whole, however large its writer has made it.
    with pa.memory_map(str(path)) as file:
        is_file = file.read(len(_ARROW_FILE)) == _ARROW_FILE
        file.seek(0)
        reader = pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file)
        wanted = _wanted(path.name, reader.schema, told)
        count = reader.num_record_batches if is_file else None
        batches = (reader.get_batch(number) for number in range(count)) if count is not None else iter(reader)
        first, limit = 1, _rows(reader.schema, told)
        for number, batch in enumerate(batches, start=1):
            some = batch.select(wanted)
            position = size * number // count if count else file.tell()
            for begin in range(0, batch.num_rows, limit):
                part = some.slice(begin, limit)
                part.validate(full=True)
                yield Chunk(first, part, position)
                first += part.num_rows


def _wanted(name: str, schema: pa.Schema, told: Told) -> list[str]:
    """Return the columns that are to be read; raises BadInput where one is missing or has times of which nobody knows when they were."""
    if doubled := {one for one in schema.names if schema.names.count(one) > 1}:
        raise BadInput(f"{name} has more than one column {shown(min(doubled))}")
    check_columns(name, schema.names, told)
    kind = schema.field("time").type
    if told.zone is None and (pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)):
        raise BadInput(f"column time of {name} is {kind}, without a time zone: tell the zone, such as Asia/Ho_Chi_Minh")
    return [one for one in schema.names if told.is_wide or one in COLUMNS]


def _rows(schema: pa.Schema, told: Told) -> int:
    return max(1, ROWS // len(schema.names)) if told.is_wide else ROWS
