"""What operators do with alerts, as it is written."""

from __future__ import annotations

import uuid
from datetime import datetime

from ioc.store.pool import Connection

_ACKNOWLEDGE = """
WITH a AS (
  UPDATE alert SET acknowledged_by = $2, acknowledged_at = $3, updated_at = greatest(updated_at, $3), version = version + 1
  WHERE id = $1 AND acknowledged_at IS NULL AND ($4::int IS NULL OR version = $4) RETURNING id, version, severity, value
)
INSERT INTO alert_transition (alert_id, seq, time, kind, severity, value, actor, note)
SELECT id, version, $3, 'acknowledged', severity, value, $2, $5 FROM a RETURNING seq
"""


async def acknowledge(
    conn: Connection, alert_id: uuid.UUID, *, actor: str, now: datetime, if_version: int | None, note: str | None
) -> bool:
    """Acknowledge an alert that nobody has acknowledged, of version `if_version` where one is named; return whether that was so."""
    return await conn.fetchval(_ACKNOWLEDGE, alert_id, actor, now, if_version, note) is not None
