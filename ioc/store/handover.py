"""What is needed to tell how alerts stood at any time: every alert that could have been open since, with its history up to then."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from ioc.domain.live import AlertView
from ioc.store.alerts import ALERTS, IS_OPEN, UnitOf, view
from ioc.store.pool import Connection

# Whatever is closed now and did not move since `begin` was closed then: only transitions close and open.
_CONCERNED = f"""
{ALERTS} WHERE ({IS_OPEN} OR a.id IN (SELECT alert_id FROM alert_transition WHERE recorded >= $1))
  AND EXISTS (SELECT FROM alert_transition t WHERE t.alert_id = a.id AND t.seq = 1 AND t.recorded < $2)
ORDER BY a.fired_at, a.id LIMIT $3
"""
_STEPS = """
SELECT alert_id::text AS alert_id, time, recorded, kind, severity, value, actor, note, detail FROM alert_transition
WHERE alert_id IN (SELECT unnest($1::uuid[])) ORDER BY alert_id, seq
"""


async def concerned(conn: Connection, unit_of: UnitOf, *, begin: datetime, end: datetime, limit: int) -> list[AlertView]:
    """Return at most `limit` alerts, as they stand now, that were there before `end` and may have been open at `begin` or later."""
    return [view(row, unit_of) for row in await conn.fetch(_CONCERNED, begin, end, limit)]


async def steps(conn: Connection, ids: list[str]) -> list[asyncpg.Record]:
    """Return all transitions of these alerts, those of each in order."""
    return await conn.fetch(_STEPS, ids)
