"""Letting go of old readings: whole chunks where TimescaleDB keeps them, rows where it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from ioc.store.level import Level
from ioc.store.pool import Connection

_TABLES = ("observation", "position")
_CORRECTED = "corrected_observation"
_DELETE = {table: f"DELETE FROM {table} WHERE time < $1" for table in (*_TABLES, _CORRECTED)}
_DROP = "SELECT count(*) FROM drop_chunks($1::regclass, older_than => $2::timestamptz)"


async def drop_old(conn: Connection, *, level: Level, now: datetime, days: int) -> dict[str, int]:
    """Drop observations and positions older than `days`; return what went by table: chunks with TimescaleDB, else rows.

    With TimescaleDB a chunk goes when all of it is old enough, so up to a day more is kept. Values that were corrected go as rows.
    """
    limit = now - timedelta(days=days)
    gone: dict[str, int] = {}
    for table in _TABLES:
        if level.has_timescale:
            gone[table] = await conn.fetchval(_DROP, table, limit)
        else:
            gone[table] = await _delete(conn, table, limit)
    gone[_CORRECTED] = await _delete(conn, _CORRECTED, limit)
    return gone


async def _delete(conn: Connection, table: str, limit: datetime) -> int:
    return int((await conn.execute(_DELETE[table], limit)).split()[-1])
