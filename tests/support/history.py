"""The same rows as a file of each format, and a store that only counts."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq

from ioc.ingest.bulk_files import read_file
from ioc.ingest.bulk_kinds import Kind, kind_of
from ioc.ingest.bulk_load import portions
from ioc.ingest.bulk_portion import Portion
from ioc.ingest.bulk_rows import RowReader, Told
from ioc.ingest.work import Decoded
from ioc.store.pool import Connection
from tests.support.doubles import ManualClock
from tests.support.examples import NOW

Rows = Sequence[dict[str, Any]]


def as_ndjson(rows: Rows) -> bytes:
    return b"".join(json.dumps(row, default=_text).encode() + b"\n" for row in rows)


def as_csv(rows: Rows) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def as_parquet(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(_table(rows), buffer, row_group_size=3)
    return buffer.getvalue()


def as_arrow(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, _table(rows).schema) as stream:
        stream.write_table(_table(rows), max_chunksize=3)
    return buffer.getvalue()


def as_arrow_file(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, _table(rows).schema) as file:
        file.write_table(_table(rows), max_chunksize=3)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "rows.ndjson": as_ndjson,
    "rows.csv": as_csv,
    "rows.parquet": as_parquet,
    "rows.arrows": as_arrow,
    "rows.feather": as_arrow_file,
    "rows.ndjson.gz": lambda rows: gzip.compress(as_ndjson(rows)),
    "rows.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
}


def read(path: Path, told: Told | None = None, kind: Kind | None = None) -> list[Portion]:
    """Return the portions of a file."""
    told, kind = told or Told(), kind or kind_of(path)
    return list(portions(read_file(path, kind, told), RowReader(told, is_text=kind is Kind.CSV), ManualClock(NOW)))


def items(some: Sequence[Portion]) -> list[Any]:
    """Return every item or rejection in order of its row."""
    each = [decoded for portion in some for decoded in portion]
    return [decoded.items[0] for decoded in sorted(each, key=lambda decoded: decoded.message.mid)]


class NoDatabase:
    """A pool that gives no connection."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        yield None

    def pool(self) -> asyncpg.Pool:
        return cast("asyncpg.Pool", self)


class OpenGate:
    """A gate that lets everything in."""

    async def sift(self, conn: Connection, batch: Sequence[Decoded]) -> Sequence[Decoded]:
        return batch


def _table(rows: Rows) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else json.dumps(value) if isinstance(value, dict) else value


def each_format(rows: Rows, folder: Path) -> Iterator[Path]:
    """Write `rows` as a file of each format."""
    for name, write in FORMATS.items():
        path = folder / name
        path.write_bytes(write(rows))
        yield path
