"""What happens in the centre itself as service events of the source `ioc`: transitions of alerts, publications of layers."""

from __future__ import annotations

from datetime import datetime

from ioc.store.pool import Connection
from ioc.store.quarantine import add_ledger

SOURCE = "ioc"
# What the last of some kinds of transitions before `t` was.
_BEFORE = (
    "(SELECT k.kind FROM alert_transition k WHERE k.alert_id = t.alert_id AND k.seq < t.seq AND k.kind IN ({}) ORDER BY k.seq DESC LIMIT 1)"
)
_SEEN = _BEFORE.format("'acknowledged', 'unacknowledged', 'worsened', 'reopened'") + " = 'acknowledged'"
_OVER = _BEFORE.format("'fired', 'worsened', 'eased', 'recovering', 'relapsed', 'cleared'") + " = 'cleared'"
# An alert is resolved when it is open no more: somebody closed it, or it is over and somebody has acknowledged it, whichever comes last.
_HAPPENED = f"""
SELECT t.alert_id || '-' || t.seq || e.suffix AS id, t.time, e.type, t.alert_id::text AS subject, a.unit_id,
  jsonb_strip_nulls(jsonb_build_object('severity', t.severity, 'rule', a.rule_id, 'by', t.actor)) AS data
FROM alert_transition t JOIN alert a ON a.id = t.alert_id CROSS JOIN LATERAL (
  SELECT 'alert.' || t.kind AS type, '' AS suffix WHERE t.kind IN ('fired', 'acknowledged')
  UNION ALL SELECT 'alert.resolved', CASE WHEN t.kind = 'acknowledged' THEN '-resolved' ELSE '' END
  WHERE t.kind = 'closed' OR (t.kind = 'cleared' AND {_SEEN}) OR (t.kind = 'acknowledged' AND {_OVER})
) e WHERE a.kind <> 'target' AND t.kind IN ('fired', 'acknowledged', 'cleared', 'closed') AND t.recorded >= $1
UNION ALL
SELECT v.layer || '-' || v.version, v.published_at, CASE WHEN v.version = 1 THEN 'layer.published' ELSE 'layer.replaced' END, v.layer,
  (SELECT u.id FROM unit u JOIN layer l ON l.id = u.layer WHERE u.parent_id IS NULL AND u.valid_from <= v.published_at::date
     AND v.published_at::date < coalesce(u.valid_to, 'infinity') ORDER BY l.position, u.code LIMIT 1),
  jsonb_build_object('layer', v.layer, 'version', v.version)
FROM layer_version v WHERE v.published_at >= $1
"""
_TAKE_IN = f"""
WITH happened AS MATERIALIZED (
  SELECT h.* FROM ({_HAPPENED}) h WHERE NOT EXISTS (SELECT FROM event_key k JOIN source s ON s.id = k.source_id WHERE s.name = '{SOURCE}' AND k.id = h.id)),
named AS (INSERT INTO source (name) SELECT '{SOURCE}' WHERE EXISTS (SELECT FROM happened)
  ON CONFLICT (name) DO UPDATE SET last_seen = greatest(source.last_seen, now()) RETURNING id),
fresh AS (INSERT INTO event_key (source_id, id, time) SELECT n.id, h.id, h.time FROM happened h, named n ON CONFLICT DO NOTHING RETURNING source_id, id),
put AS (INSERT INTO event (source_id, id, time, type, subject, unit_id, data, arrived)
  SELECT f.source_id, h.id, h.time, h.type, h.subject, h.unit_id, h.data, now() FROM happened h JOIN fresh f ON f.id = h.id RETURNING source_id, type, time),
touched AS (INSERT INTO indicator_touch (source_id, type, day)
  SELECT DISTINCT source_id, type, (time AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM put)
SELECT count(*)::int FROM put
"""


async def take_in(conn: Connection, since: datetime, now: datetime) -> bool:
    """Store what has happened in the centre since then and is no event yet, with its line in the ledger; return whether anything has."""
    stored: int = await conn.fetchval(_TAKE_IN, since)
    await add_ledger(conn, [(SOURCE, now.replace(second=0, microsecond=0), stored, stored, 0, 0, 0, 0)] if stored else [])
    return stored > 0
