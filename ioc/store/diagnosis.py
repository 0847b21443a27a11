"""Questions about the health of a database: the server, who is in whose way, and how what is stored looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from ioc.store.level import Level
from ioc.store.pool import Connection

_SERVER = """
SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version, current_user AS role,
  current_setting('shared_preload_libraries', true) AS preloaded, pg_database_size(current_database()) AS size, clock_timestamp() AS now,
  (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb') AS offered,
  (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS installed,
  current_setting('timescaledb.license', true) AS license, inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' AS is_here
"""
_DIRECTORY = "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END"
_OLDEST = """
SELECT pid, application_name AS name, state, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age_s, left(query, 100) AS query
FROM pg_stat_activity
WHERE xact_start < clock_timestamp() - $1::interval AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND datname = current_database() ORDER BY xact_start LIMIT 5
"""
_WAITING = """
SELECT a.pid, a.application_name AS name, extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS age_s, b.pid AS by_pid,
  b.application_name AS by_name, b.state AS by_state, left(b.query, 100) AS by_query
FROM pg_stat_activity a JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS w (pid) ON true JOIN pg_stat_activity b ON b.pid = w.pid
WHERE a.wait_event_type = 'Lock' AND a.datname = current_database() AND a.query_start < clock_timestamp() - $1::interval
ORDER BY a.query_start LIMIT 5
"""
# A lock of 64 bits is told in two halves, with objsubid 1 (PostgreSQL, pg_locks).
_HOLDER = """
SELECT a.pid, a.application_name AS name, host(a.client_addr) AS address, a.backend_start AS since
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = $1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_REFRESHED = """
SELECT max((config->>'start_offset')::interval) FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'
"""
_FAILED_JOBS = """
SELECT j.job_id, j.proc_name, s.last_run_status AS status, s.total_failures AS failures
FROM timescaledb_information.jobs j JOIN timescaledb_information.job_stats s USING (job_id) WHERE s.last_run_status = 'Failed' ORDER BY 1
"""
_STATIONS = """
SELECT (SELECT count(*) FROM unit WHERE valid_to IS NULL) AS units, (SELECT count(*) FROM layer) AS layers, count(*) AS stations,
  count(*) FILTER (WHERE st.unit_id IS NULL AND st.lon IS NOT NULL) AS outside,
  count(*) FILTER (WHERE st.lon IS NULL AND NOT EXISTS (SELECT FROM latest_position p WHERE p.station_id = st.id)) AS nowhere
FROM station st
"""
_OUTSIDE = """
SELECT s.name || '/' || st.code AS id FROM station st JOIN source s ON s.id = st.source_id
WHERE st.unit_id IS NULL AND st.lon IS NOT NULL ORDER BY 1 LIMIT $1
"""
# By source, so that the primary key of the ledger finds the last hour among years of minutes.
_RECENT = """
SELECT t.source, l.received, l.quarantined, l.refused,
  (SELECT q.reason FROM quarantine q WHERE q.source = t.source AND q.arrived >= $1 GROUP BY q.reason ORDER BY count(*) DESC, 1 LIMIT 1) AS reason
FROM source_total t CROSS JOIN LATERAL (
  SELECT coalesce(sum(received), 0)::bigint AS received, coalesce(sum(quarantined), 0)::bigint AS quarantined,
    coalesce(sum(refused), 0)::bigint AS refused
  FROM ledger WHERE source = t.source AND minute >= $1
) AS l WHERE l.received > 0 ORDER BY 1
"""
_NEWEST = "SELECT greatest((SELECT max(time) FROM latest_observation), (SELECT max(time) FROM latest_position))"


@dataclass(frozen=True, slots=True)
class Server:
    """The server as it describes itself; `directory` is where its data is, None where our role may not know or it is elsewhere."""

    number: int
    version: str
    role: str
    preloaded: str
    size: int
    now: datetime
    offered: str | None
    installed: str | None
    license: str | None
    directory: str | None


async def describe_server(conn: Connection) -> Server:
    """Return what the server says of itself."""
    row = await conn.fetchrow(_SERVER)
    assert row is not None
    told = dict(row)
    directory = await conn.fetchval(_DIRECTORY) if told.pop("is_here") else None
    return Server(**told, directory=directory)


async def old_transactions(conn: Connection, older_than: timedelta) -> list[asyncpg.Record]:
    """Return (pid, name, state, age_s, query) of transactions that are open for longer, the oldest first, at most five."""
    return await conn.fetch(_OLDEST, older_than)


async def lock_waits(conn: Connection, longer_than: timedelta) -> list[asyncpg.Record]:
    """Return who waits for a lock for longer and who has it (`by_…`), at most five."""
    return await conn.fetch(_WAITING, longer_than)


async def lock_holder(conn: Connection, key: int) -> asyncpg.Record | None:
    """Return (pid, name, address, since) of the session that has the advisory lock `key`, None while nobody has it."""
    return await conn.fetchrow(_HOLDER, key)


async def refreshed_back(conn: Connection, level: Level) -> timedelta | None:
    """Return how far back rollups are computed anew, None where they are views."""
    if level is not Level.COMMUNITY:
        return None
    found: timedelta | None = await conn.fetchval(_REFRESHED)
    return found


async def failed_jobs(conn: Connection, level: Level) -> list[asyncpg.Record]:
    """Return (job_id, proc_name, status, failures) of TimescaleDB's jobs whose last run failed."""
    return await conn.fetch(_FAILED_JOBS) if level is Level.COMMUNITY else []


async def describe_stations(conn: Connection) -> asyncpg.Record:
    """Return (units, layers, stations, outside, nowhere): `outside` have a place in no unit, `nowhere` have none."""
    row = await conn.fetchrow(_STATIONS)
    assert row is not None
    return row


async def stations_outside(conn: Connection, *, limit: int) -> list[str]:
    """Return some of the stations that stand in no unit, as "SOURCE/STATION"."""
    return [row["id"] for row in await conn.fetch(_OUTSIDE, limit)]


async def recent_books(conn: Connection, since: datetime) -> list[asyncpg.Record]:
    """Return (source, received, quarantined, refused, reason) of what arrived `since`; the reason is the most frequent in quarantine."""
    return await conn.fetch(_RECENT, since)


async def newest_reading(conn: Connection) -> datetime | None:
    """Return the time of the newest observation or position of all, None where there is none."""
    newest: datetime | None = await conn.fetchval(_NEWEST)
    return newest
