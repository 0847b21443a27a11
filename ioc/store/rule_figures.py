"""How the alerts of each rule fared since some time, and which events there were: what a report of rules is made from."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from ioc.store.pool import Connection

_FIGURES = """
SELECT a.rule_id, count(*) FILTER (WHERE a.fired_at >= $1) AS fired, max(a.fired_at) AS last_fired,
  count(*) FILTER (WHERE a.condition <> 'normal') AS standing, count(*) FILTER (WHERE a.flapping) AS flapping,
  coalesce(sum(extract(epoch FROM coalesce(a.cleared_at, $2) - greatest(a.fired_at, $1))) FILTER (WHERE coalesce(a.cleared_at, $2) > $1), 0)::float8
    AS firing_s,
  count(*) FILTER (WHERE a.acknowledged_at IS NOT NULL) AS acknowledged,
  count(*) FILTER (WHERE a.acknowledged_at IS NOT NULL AND a.comments = 0 AND a.assignee IS NULL) AS without_action,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM a.acknowledged_at - a.fired_at)) AS median_acknowledge_s,
  count(*) FILTER (WHERE EXISTS (SELECT FROM alert_transition t WHERE t.alert_id = a.id AND t.kind = 'shelved')) AS shelved
FROM alert a WHERE a.fired_at >= $1 OR a.cleared_at >= $1 OR a.condition <> 'normal' GROUP BY a.rule_id
"""
_LAST_FIRED = "SELECT rule_id, max(fired_at) AS last_fired FROM alert GROUP BY rule_id"
_EVENTS = "SELECT type, count(*) AS events FROM event WHERE time >= $1 AND time < $2 GROUP BY type"
_SOURCES = "SELECT name FROM source ORDER BY name"


async def figures(conn: Connection, since: datetime, now: datetime) -> dict[str, asyncpg.Record]:
    """Return the figures of every rule that had an alert since then, by rule."""
    return {row["rule_id"]: row for row in await conn.fetch(_FIGURES, since, now)}


async def last_fired(conn: Connection) -> dict[str, datetime]:
    """Return when each rule fired last, whenever that was."""
    return {row["rule_id"]: row["last_fired"] for row in await conn.fetch(_LAST_FIRED)}


async def event_counts(conn: Connection, since: datetime, now: datetime) -> dict[str, int]:
    """Return how many events of each type there were."""
    return {row["type"]: row["events"] for row in await conn.fetch(_EVENTS, since, now)}


async def source_names(conn: Connection) -> list[str]:
    """Return the sources that are known."""
    return [row["name"] for row in await conn.fetch(_SOURCES)]
