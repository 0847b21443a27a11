"""How fast history goes in, `make bench NAME=bulk ARGS='--rows 5000000'`: `ioc ingest` against a raw COPY of the same rows, and how much memory it takes.

One machine and one run: the database, and in turn a COPY of rows that are ready in memory and the command on a file of each format. Each
file is ingested whole and its first fifth alone: memory must not grow with the file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.rig import SERIES, execute, report
from ioc.demo.postgres import PostgresServer
from ioc.store.level import Level
from ioc.store.migrate import migrate

_START = datetime(2019, 1, 1, tzinfo=UTC)
_STEP_US = 60_000_000
_BATCH = 20_000
_GOALS = {"parquet": 0.5, "csv": 0.25, "ndjson": 0.25}
_GOAL_MEMORY = 1.3


@dataclass(frozen=True)
class Cost:
    """What a run of the command took: rows a second, microseconds of its own CPU for a row, and its peak of memory in MB."""

    rate: float
    cpu_us: float
    peak_mb: float


def tables(rows: int) -> Iterator[pa.Table]:
    """Yield the rows, a reading of each series after the other and a minute later each time round."""
    for begin in range(0, rows, 1_000_000):
        number = np.arange(begin, min(rows, begin + 1_000_000))
        names = [f"g{n}" for n in range(SERIES)]
        stations = pa.DictionaryArray.from_arrays(pa.array(number % SERIES, pa.int32()), names).cast(pa.string())
        times = pa.array(int(_START.timestamp()) * 1_000_000 + number // SERIES * _STEP_US, pa.timestamp("us", tz="UTC"))
        level = pa.repeat("level", len(number))
        yield pa.table({"station": stations, "property": level, "time": times, "value": number % 977 / 10})


def write_parquet(path: Path, rows: int) -> None:
    """Write the rows with row groups of a million."""
    with pq.ParquetWriter(path, next(tables(1)).schema) as writer:
        for table in tables(rows):
            writer.write_table(table, row_group_size=1_000_000)


def write_csv(path: Path, rows: int) -> None:
    """Write the rows with times of RFC 3339."""
    with path.open("wb") as file:
        for number, table in enumerate(tables(rows)):
            pa.csv.write_csv(_spelled(table), file, pa.csv.WriteOptions(include_header=number == 0, quoting_style="none"))


def write_ndjson(path: Path, rows: int) -> None:
    """Write the rows with times of RFC 3339."""
    with path.open("w", encoding="utf-8") as file:
        for table in tables(rows):
            columns = (column.to_pylist() for column in _spelled(table).columns)
            for station, name, at, value in zip(*columns, strict=True):
                file.write(f'{{"station":"{station}","property":"{name}","time":"{at}","value":{value}}}\n')


def _spelled(table: pa.Table) -> pa.Table:
    spelled = pa.compute.strftime(table.column("time"), format="%Y-%m-%dT%H:%M:%SZ")
    return table.set_column(2, "time", spelled)


def ingest(dsn: str, path: Path, source: str, rows: int) -> Cost:
    """Run the command on a file and return what it cost; every row must be stored."""
    command = [str(Path(sys.executable).with_name("ioc")), "ingest", str(path), "--source", source]
    began = time.monotonic()
    with (path.parent / "ingest.log").open("wb") as log:
        running = subprocess.Popen(command, env=dict(os.environ) | {"IOC_DATABASE_URL": dsn}, cwd=path.parent, stdout=log, stderr=log)
        # Looked at from outside: what the system calls the peak of a child begins with that of its parent.
        process, peak = psutil.Process(running.pid), 0
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                peak = max(peak, process.memory_info().rss)
                times = process.cpu_times()
            time.sleep(0.05)
    seconds, status = time.monotonic() - began, running.returncode
    stored = execute(dsn, lambda conn: conn.fetchval("SELECT sum(stored)::bigint FROM ledger WHERE source = $1", source))
    if status or stored != rows:
        raise RuntimeError(f"{stored} of {rows} rows are stored, exit code {status}: {(path.parent / 'ingest.log').read_text()[-2000:]}")
    return Cost(rows / seconds, (times.user + times.system) / rows * 1e6, peak / 2**20)


async def copy(conn: asyncpg.Connection, rows: int, level: Level) -> float:
    """Return the rows a second of a raw COPY, a batch a transaction, into a table like that of the readings; making them is not counted."""
    await conn.execute("DROP TABLE IF EXISTS copied; CREATE TABLE copied (LIKE observation INCLUDING ALL)")
    if level is not Level.PLAIN:
        await conn.execute(
            "SELECT create_hypertable('copied', 'time', chunk_time_interval => interval '1 day', create_default_indexes => false)"
        )
    arrived, seconds = datetime.now(UTC), 0.0
    for begin in range(0, rows, _BATCH):
        numbers = range(begin, min(rows, begin + _BATCH))
        made = [(n % SERIES, _START + timedelta(minutes=n // SERIES), n % 977 / 10, arrived) for n in numbers]
        began = time.monotonic()
        await conn.copy_records_to_table("copied", records=made)
        seconds += time.monotonic() - began
    return rows / seconds


def main(rows: int, kinds: list[str]) -> None:
    """Measure in turn and print the ratios."""
    writers: dict[str, Callable[[Path, int], None]] = {"parquet": write_parquet, "csv": write_csv, "ndjson": write_ndjson}
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # PostgreSQL runs as another user than root
        with PostgresServer(place / "postgres") as server:
            server.create_database("ioc")
            dsn = server.dsn("ioc")
            level = migrate(dsn)
            print(f"{server.description}; store level {level}; {rows:,} rows of {SERIES} series", flush=True)
            found: list[tuple[str, float, float]] = []
            for kind in kinds:
                write = writers[kind]
                write(place / f"small.{kind}", rows // 5)
                small = ingest(dsn, place / f"small.{kind}", f"small-{kind}", rows // 5)
                (place / f"small.{kind}").unlink()
                path = place / f"large.{kind}"
                write(path, rows)
                raw = execute(dsn, lambda conn: copy(conn, min(rows, 500_000), level))
                large = ingest(dsn, path, kind, rows)
                raw = (raw + execute(dsn, lambda conn: copy(conn, min(rows, 500_000), level))) / 2
                path.unlink()
                print(
                    f"{kind}: {large.rate:,.0f} rows/s, {large.cpu_us:.1f} µs of CPU a row; COPY {raw:,.0f} rows/s; "
                    f"peak {small.peak_mb:,.0f} MB for {rows // 5:,} rows, {large.peak_mb:,.0f} MB for {rows:,}",
                    flush=True,
                )
                found.append((kind, large.rate / raw, large.peak_mb / small.peak_mb))
    for kind, of_copy, growth in found:
        report(f"{kind}_of_copy", of_copy, _GOALS[kind])
        report(f"{kind}_memory_of_a_fifth", growth, _GOAL_MEMORY, at_most=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000, help="rows of each file")
    arguments.add_argument("--kinds", nargs="+", choices=list(_GOALS), default=list(_GOALS), help="which formats")
    chosen = arguments.parse_args()
    main(chosen.rows, chosen.kinds)
