"""Events of a time, whole."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from ioc.store.pool import Connection

_DURING = """
SELECT s.name AS source, e.id, e.type, e.time, e.subject, e.unit_code, e.unit_id, e.lon, e.lat, e.data::text AS data
FROM event e JOIN source s ON s.id = e.source_id
WHERE ($1::timestamptz IS NULL OR e.time >= $1) AND ($2::timestamptz IS NULL OR e.time < $2) ORDER BY e.time DESC, e.id LIMIT $3
"""


async def events_during(conn: Connection, begin: datetime | None, end: datetime | None, *, limit: int) -> list[asyncpg.Record]:
    """Return the newest `limit` events from `begin` to before `end` (None: open), their data as JSON text."""
    return await conn.fetch(_DURING, begin, end, limit)
