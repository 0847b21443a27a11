"""What was not accepted, and the books: every item counted once, by source and minute of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ioc.store.pool import Connection

_ADD_QUARANTINE = """
INSERT INTO quarantine (arrived, source, topic, items, reason, detail, payload) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_ADD_LEDGER = """
INSERT INTO ledger AS l (source, minute, received, stored, duplicate, late, quarantined, refused)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
ON CONFLICT (source, minute) DO UPDATE SET received = l.received + excluded.received, stored = l.stored + excluded.stored,
  duplicate = l.duplicate + excluded.duplicate, late = l.late + excluded.late, quarantined = l.quarantined + excluded.quarantined,
  refused = l.refused + excluded.refused
"""
_LEDGER = """
SELECT minute, received, stored, duplicate, late, quarantined, refused FROM ledger
WHERE source = $1 AND minute >= $2 AND minute < $3 ORDER BY minute
"""
_SOURCES = """
SELECT s.name AS id, s.online, s.status_at, s.last_seen, coalesce(sum(l.received), 0)::bigint AS received,
  coalesce(sum(l.stored), 0)::bigint AS stored, coalesce(sum(l.duplicate), 0)::bigint AS duplicate, coalesce(sum(l.late), 0)::bigint AS late,
  coalesce(sum(l.quarantined), 0)::bigint AS quarantined, coalesce(sum(l.refused), 0)::bigint AS refused
FROM source s LEFT JOIN ledger l ON l.source = s.name GROUP BY s.id ORDER BY s.name
"""
_QUARANTINE = """
SELECT id, arrived, source, topic, items, reason, detail, payload FROM quarantine
WHERE ($1::text IS NULL OR source = $1) AND ($2::text IS NULL OR reason = $2) ORDER BY id DESC LIMIT $3
"""

QuarantineRow = tuple[datetime, str, str, list[int] | None, str, str, bytes]
LedgerRow = tuple[str, datetime, int, int, int, int, int, int]


async def add_quarantine(conn: Connection, rows: Sequence[QuarantineRow]) -> None:
    """Keep rows of (arrived, source, topic, items, reason, detail, payload)."""
    if rows:
        await conn.executemany(_ADD_QUARANTINE, rows)


async def add_ledger(conn: Connection, rows: Sequence[LedgerRow]) -> None:
    """Add rows of (source, minute, received, stored, duplicate, late, quarantined, refused) to the books."""
    if rows:
        await conn.execute(_ADD_LEDGER, *(list(column) for column in zip(*rows, strict=True)))


async def sources(conn: Connection) -> list[asyncpg.Record]:
    """Return every source with its status, when it was last seen, and the sums of its ledger."""
    return await conn.fetch(_SOURCES)


async def ledger(conn: Connection, *, source: str, begin: datetime, end: datetime) -> list[asyncpg.Record]:
    """Return the minutes of one source's ledger in [begin, end), oldest first."""
    return await conn.fetch(_LEDGER, source, begin, end)


async def quarantined(conn: Connection, *, source: str | None, reason: str | None, limit: int) -> list[asyncpg.Record]:
    """Return the newest messages in quarantine; None means any source, any reason."""
    return await conn.fetch(_QUARANTINE, source, reason, limit)
