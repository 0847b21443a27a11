"""Ways to store a batch of observations that may hold some already, on a PostgreSQL of its own. `make bench NAME=writes`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg

from ioc.demo.postgres import PostgresServer
from ioc.store.migrate import migrate_async
from ioc.store.readings import add_observations, copy_observations

START = datetime(2026, 11, 22, tzinfo=UTC)
SERIES, BATCH, BATCHES = 500, 2000, 30
Row = tuple[int, datetime, float, datetime]
Way = Callable[[asyncpg.Connection, list[Row]], Awaitable[object]]

_STAGE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS stage (series_id int, time timestamptz, value float8, arrived timestamptz) ON COMMIT DELETE ROWS"
)
_TAKE = "INSERT INTO observation (series_id, time, value, arrived) SELECT * FROM stage ON CONFLICT DO NOTHING RETURNING series_id, time"
_ONE = "INSERT INTO observation (series_id, time, value, arrived) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"


async def copy_to_stage(conn: asyncpg.Connection, rows: list[Row]) -> object:
    """COPY into a temporary table, and from there into the real one."""
    await conn.copy_records_to_table("stage", records=rows)
    return await conn.fetch(_TAKE)


async def one_by_one(conn: asyncpg.Connection, rows: list[Row]) -> object:
    """One prepared statement for each row; does not say which rows were new."""
    await conn.executemany(_ONE, rows)
    return None


def batch(number: int) -> list[Row]:
    """Return the rows of a batch: a reading of each series after the other, an instant later each time round."""
    places = range(number * BATCH, (number + 1) * BATCH)
    return [(n % SERIES, START + timedelta(seconds=n // SERIES), n % 7 / 2, START) for n in places]


async def rows_per_second(dsn: str, way: Way) -> float:
    """Return how many rows a second `way` commits, a batch a transaction, on one connection."""
    conn = await asyncpg.connect(dsn)
    await conn.execute("TRUNCATE observation")
    await conn.execute(_STAGE)
    batches = [batch(number) for number in range(BATCHES)]
    began = perf_counter()
    for rows in batches:
        async with conn.transaction():
            await way(conn, rows)
    seconds = perf_counter() - began
    await conn.close()
    return BATCH * BATCHES / seconds


async def main(dsn: str) -> None:
    """Print what each way manages, the best of three rounds."""
    level = await migrate_async(dsn)
    print(f"{level.in_words()}, batches of {BATCH} rows, one connection")
    first = "COPY (the service, what is ahead of its series)"
    ways: dict[str, Way] = {
        first: copy_observations,
        "unnest (the service, what may be there already)": add_observations,
        "COPY to a staging table": copy_to_stage,
        "row by row": one_by_one,
    }
    best = dict.fromkeys(ways, 0.0)
    for _ in range(3):
        for name, way in ways.items():
            best[name] = max(best[name], await rows_per_second(dsn, way))
    base = best[first]
    for name, rate in best.items():
        print(f"{name}: {rate:,.0f} rows/s, ratio {rate / base:.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        Path(folder).chmod(0o711)
        with PostgresServer(Path(folder) / "postgres") as server:
            server.create_database("bench")
            sys.exit(asyncio.run(main(server.dsn("bench"))))
