"""Readings that came again with another value: the newest value counts, the ones before it are kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ioc.store.pool import Connection
from ioc.store.readings import ObservationRow, columns

# Key by key through the index, and only in the chunks of that time: most of these keys are redelivered, and there may be thousands.
_STORED = """
SELECT k.series_id, k.time, o.value, o.arrived FROM unnest($1::int[], $2::timestamptz[]) AS k (series_id, time),
LATERAL (
  SELECT value, arrived FROM observation WHERE series_id = k.series_id AND time = k.time AND time >= $3 AND time <= $4 LIMIT 1
) AS o
"""
_FORMER = """
SELECT c.series_id, c.time, c.value FROM unnest($1::int[], $2::timestamptz[]) AS k (series_id, time) JOIN corrected_observation c USING (series_id, time)
"""
_KEEP_FORMER = """
INSERT INTO corrected_observation (series_id, time, value, arrived, corrected_at)
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[], $4::timestamptz[], $5::timestamptz[])
"""
_CORRECT = "UPDATE observation SET value = $3, arrived = $4 WHERE series_id = $1 AND time = $2"
_CORRECTED = """
SELECT time, value, arrived, corrected_at FROM corrected_observation WHERE series_id = $1 AND time >= $2 AND time < $3 ORDER BY time, arrived
"""


async def corrected_values(conn: Connection, series_id: int, *, begin: datetime, end: datetime) -> list[asyncpg.Record]:
    """Return (time, value, arrived, corrected_at) of the values that observations in [begin, end) had before they were corrected."""
    return await conn.fetch(_CORRECTED, series_id, begin, end)


async def correct(conn: Connection, rows: Sequence[ObservationRow]) -> set[int]:
    """Store what corrects an observation that is there; return which of `rows`, each of a (series, time) that is stored, are corrections.

    A value that the observation has, or had before, is the same message once more and no correction: a broker delivers at least once, and
    what was corrected must not come back by redelivery.
    """
    if not rows:
        return set()
    keys = sorted({row[:2] for row in rows})
    times = [time for _, time in keys]
    stored = await conn.fetch(_STORED, *columns(keys), min(times), max(times))
    present = {(r["series_id"], r["time"]): (r["value"], r["arrived"]) for r in stored}
    if all(present[row[:2]][0] == row[2] for row in rows):
        return set()
    known = {(r["series_id"], r["time"], r["value"]) for r in await conn.fetch(_FORMER, *columns(keys))}
    corrections, replaced, changed = set(), [], set()
    for number, (series, time, value, arrived) in enumerate(rows):
        before, before_arrived = present[series, time]
        if value == before or (series, time, value) in known:
            continue
        corrections.add(number)
        known.add((series, time, before))
        replaced.append((series, time, before, before_arrived, arrived))
        present[series, time] = value, arrived
        changed.add((series, time))
    if replaced:
        await conn.execute(_KEEP_FORMER, *columns(replaced))
        await conn.executemany(_CORRECT, [(*key, *present[key]) for key in sorted(changed)])
    return corrections
