"""What happens in the centre itself as service events of the source `ioc`: transitions of alerts, publications of layers."""

from __future__ import annotations

from datetime import datetime

from ioc.store.pool import Connection
from ioc.store.quarantine import add_ledger
from ioc.store.touches import correct_events

SOURCE = "ioc"


def _before(row: str, *kinds: str) -> str:
    """Return the SQL of what the last of some kinds of transitions before `row` was."""
    some = ", ".join(f"'{kind}'" for kind in kinds)
    return f"(SELECT k.kind FROM alert_transition k WHERE k.alert_id = {row}.alert_id AND k.seq < {row}.seq AND k.kind IN ({some}) ORDER BY k.seq DESC LIMIT 1)"


def _is_over(row: str) -> str:
    return f"{_before(row, 'fired', 'worsened', 'eased', 'recovering', 'relapsed', 'cleared')} = 'cleared'"


def _resolves(row: str) -> str:
    """Return the SQL of whether an alert is open no more: somebody closed it, or it is over and somebody has acknowledged it, whichever comes last."""
    is_seen = f"{_before(row, 'acknowledged', 'unacknowledged', 'worsened', 'reopened')} = 'acknowledged'"
    return f"({row}.kind = 'closed' OR ({row}.kind = 'cleared' AND {is_seen}) OR ({row}.kind = 'acknowledged' AND {_is_over(row)}))"


# Somebody opened it again or takes back having seen that it is over; it is worse than it was; or it came again after it had been over.
_OPENS_AGAIN = f"(t.kind IN ('reopened', 'unacknowledged', 'worsened') OR (t.kind = 'relapsed' AND {_is_over('t')}))"
_WAS_RESOLVED = f"EXISTS (SELECT FROM alert_transition r WHERE r.alert_id = t.alert_id AND r.seq < t.seq AND {_resolves('r')})"
# None where somebody else sent events in our name.
_SEQ = "substring({0}.id FROM '^[0-9a-f-]{{36}}-([0-9]{{1,9}})')::int"
# Events that said that an alert was resolved before it was opened again: they count no more.
_REVOKED = f"""
SELECT r.source_id, r.id, o.id AS by_id FROM event o JOIN source s ON s.id = o.source_id AND s.name = '{SOURCE}'
JOIN event r ON r.source_id = o.source_id AND r.type = 'alert.resolved' AND r.subject = o.subject
WHERE o.type = 'alert.reopened' AND {_SEQ.format("r")} < {_SEQ.format("o")}
  AND NOT EXISTS (SELECT FROM event_correction c WHERE c.source_id = r.source_id AND c.id = r.id)
"""
_HAPPENED = f"""
SELECT t.alert_id || '-' || t.seq || e.suffix AS id, t.time, e.type, t.alert_id::text AS subject, a.unit_id,
  jsonb_strip_nulls(jsonb_build_object('severity', t.severity, 'rule', a.rule_id, 'by', t.actor)) AS data
FROM alert_transition t JOIN alert a ON a.id = t.alert_id CROSS JOIN LATERAL (
  SELECT 'alert.' || t.kind AS type, '' AS suffix WHERE t.kind IN ('fired', 'acknowledged')
  UNION ALL SELECT 'alert.reopened', '-reopened' WHERE {_OPENS_AGAIN} AND {_WAS_RESOLVED}
  UNION ALL SELECT 'alert.resolved', CASE WHEN t.kind = 'acknowledged' THEN '-resolved' ELSE '' END
  WHERE {_resolves("t")}
) e WHERE a.kind <> 'target' AND t.kind IN ('fired', 'acknowledged', 'cleared', 'closed', 'reopened', 'unacknowledged', 'worsened', 'relapsed') AND t.recorded >= $1
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
    if stored:
        await correct_events(conn, [tuple(row) for row in await conn.fetch(_REVOKED)])
    await add_ledger(conn, [(SOURCE, now.replace(second=0, microsecond=0), stored, stored, 0, 0, 0, 0)] if stored else [])
    return stored > 0
