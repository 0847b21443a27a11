"""The database: whether it answers, what it is, and who is in whose way."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from ioc.doctor.finding import Findings, in_short
from ioc.domain.clock import Clock
from ioc.ingest.partitions import lock_key
from ioc.settings import Settings
from ioc.store import diagnosis, quarantine
from ioc.store.diagnosis import Server
from ioc.store.level import Level, detect_level, recorded_level
from ioc.store.pool import Connection
from ioc.store.revisions import pending

_OLDEST_NUMBER, _OLDEST_VERSION = 150000, "15"
_CLOCK_S, _CLOCK_WARN_S = 60.0, 2.0
_OPEN_FOR = timedelta(minutes=5)
_WAITED = timedelta(seconds=5)
_FREE_SHARE, _FREE_FAULT_SHARE = 0.15, 0.03
_FULL = 0.5
_LEAST_DAYS = 30


async def check_database(conn: Connection, settings: Settings, clock: Clock, found: Findings) -> bool:
    """Look at the server and the schema; return whether the rest can be looked at, which needs every migration."""
    asked = clock.now()
    server = await diagnosis.describe_server(conn)
    judge_server(server, found)
    judge_clock(server.now, asked, clock.now(), found)
    _judge_space(server, found)
    level = await _check_schema(conn, server, found)
    await _check_others(conn, settings, found)
    if level is None or await pending(conn):
        return False
    judge_retention(settings.retention_days, await diagnosis.refreshed_back(conn, level), found)
    for job in await diagnosis.failed_jobs(conn, level):
        found.warn(
            "background job",
            f"job {job['job_id']} ({job['proc_name']}) failed in its last run, {job['failures']} times in all",
            why="rollups fall behind",
            remedy="look at timescaledb_information.job_errors",
        )
    await _check_quarantine(conn, found)
    return True


def unreachable(error: Exception, found: Findings) -> None:
    """Say that the database does not answer; without it nothing is committed, and what arrives waits in the broker."""
    refused = isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidPasswordError)
    found.fault(
        "connection",
        f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
        why="nothing is committed; what arrives waits in the broker until its queue is full",
        remedy="set user and password in IOC_DATABASE_URL right" if refused else "start PostgreSQL, or set IOC_DATABASE_URL right",
    )


def judge_server(server: Server, found: Findings) -> None:
    """Say whether the version is one that ioc works with."""
    if server.number >= _OLDEST_NUMBER:
        found.ok("connection", f"PostgreSQL {server.version}, as {server.role}, {server.size / 2**20:,.0f} MB stored")
    else:
        found.fault(
            "connection",
            f"PostgreSQL {server.version}",
            why=f"ioc needs version {_OLDEST_VERSION}",
            remedy="dump, install a newer PostgreSQL, and restore",
        )


def judge_clock(told: datetime, before: datetime, after: datetime, found: Findings) -> None:
    """Compare the server's clock with ours, which stood at `before` and `after` around its answer."""
    apart = max((told - after).total_seconds(), (before - told).total_seconds(), 0.0)
    why = "times of arrival and of changes come from both clocks; readings ahead of ours are rejected as from the future"
    remedy = "let chrony or systemd-timesyncd keep both machines in time"
    if apart < _CLOCK_WARN_S:
        found.ok("clock", f"the database's and this machine's are less than {in_short(max(apart, 0.1))} apart")
    elif apart < _CLOCK_S:
        found.warn("clock", f"the database's and this machine's are {apart:.1f} s apart", why=why, remedy=remedy)
    else:
        found.fault("clock", f"the database's and this machine's are {in_short(apart)} apart", why=why, remedy=remedy)


def judge_retention(days: int | None, refreshed: timedelta | None, found: Findings) -> None:
    """Hold how long readings are kept against how far back rollups are computed anew from them (None: they are views)."""
    if days is None:
        found.ok("retention", "everything is kept; IOC_RETENTION_DAYS lets go of old readings")
    elif refreshed is not None and timedelta(days=days) < refreshed:
        found.warn(
            "retention",
            f"readings are kept for {days} days, the hourly rollups are computed anew for the last {refreshed.days}",
            why="a rollup that is computed after its readings have gone is empty: what was kept for later is lost with them",
            remedy=f"set IOC_RETENTION_DAYS to {refreshed.days + 1} or more",
        )
    else:
        found.ok("retention", f"readings are kept for {days} days")


def _judge_space(server: Server, found: Findings) -> None:
    directory = Path(server.directory) if server.directory else None
    try:
        space = shutil.disk_usage(directory) if directory else None
    except OSError:
        space = None
    if space is None:
        found.ok("free space", "cannot be told from here: look at the disk of the database's machine")
        return
    share, told = space.free / space.total, f"{space.free / 2**30:,.1f} GB free of {space.total / 2**30:,.1f} GB"
    why, remedy = "PostgreSQL stops when its disk is full", "set IOC_RETENTION_DAYS, compress old chunks, or add disk"
    if share >= _FREE_SHARE:
        found.ok("free space", told)
    elif share >= _FREE_FAULT_SHARE:
        found.warn("free space", told, why=why, remedy=remedy)
    else:
        found.fault("free space", told, why=why, remedy=remedy)


async def _check_schema(conn: Connection, server: Server, found: Findings) -> Level | None:
    level, offered, missing = await recorded_level(conn), await detect_level(conn), await pending(conn)
    if missing:
        found.fault(
            "migrations",
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing" if level else "the database has no tables of ioc yet",
            why="the service waits for them before it starts",
            remedy="run `ioc migrate` (after a backup where there is something to lose)",
        )
    else:
        found.ok("migrations", "all are there")
    present = level or offered
    edition = f", version {server.installed}" if server.installed else ""
    if present is not Level.PLAIN:
        found.ok("store level", f"{present.in_words()}{edition}")
    elif server.offered and "timescaledb" not in server.preloaded:
        found.warn(
            "store level",
            f"{present.in_words()}; TimescaleDB {server.offered} is installed but shared_preload_libraries = '{server.preloaded}'",
            why="readings are kept in plain tables, which are slow by the million",
            remedy="add timescaledb to shared_preload_libraries, restart PostgreSQL, and migrate a new database (a level cannot be changed)",
        )
    else:
        found.warn(
            "store level",
            present.in_words(),
            why="readings are kept in plain tables, which are slow by the million",
            remedy="install TimescaleDB and migrate a new database: a level cannot be changed",
        )
    if server.installed and server.offered and server.installed != server.offered:
        found.warn(
            "TimescaleDB version",
            f"the database has {server.installed}, the server offers {server.offered}",
            why="the older one gets no corrections",
            remedy="in a fresh session: ALTER EXTENSION timescaledb UPDATE",
        )
    return level


async def _check_others(conn: Connection, settings: Settings, found: Findings) -> None:
    """Say who is in the way, and who ingests."""
    why = "old rows cannot be cleared away, and what it has locked nobody else can write"
    for row in (old := await diagnosis.old_transactions(conn, _OPEN_FOR)):
        found.warn(
            "old transaction",
            f"process {row['pid']} ({row['name'] or 'without a name'}) has one open for {in_short(row['age_s'])}, {row['state']}: {_line(row['query'])}",
            why=why,
            remedy=f"find out whose it is and end it there, or SELECT pg_terminate_backend({row['pid']})",
        )
    for row in (waits := await diagnosis.lock_waits(conn, _WAITED)):
        found.warn(
            "lock",
            f"process {row['pid']} ({row['name']}) waits for {in_short(row['age_s'])} for process {row['by_pid']} "
            f"({row['by_name'] or 'without a name'}, {row['by_state']}): {_line(row['by_query'])}",
            why="while ingest waits for a lock nothing is committed",
            remedy=f"let process {row['by_pid']} come to its end, or SELECT pg_terminate_backend({row['by_pid']})",
        )
    if not old and not waits:
        found.ok(
            "locks",
            f"no transaction is open for {in_short(_OPEN_FOR.total_seconds())}, nobody waits for {in_short(_WAITED.total_seconds())}",
        )
    holder = await diagnosis.lock_holder(conn, lock_key(settings.partition))
    if holder is None:
        found.ok("ingest", f"no process has partition {settings.partition} now: right while no service runs")
    else:
        where = holder["address"] or "a local socket"
        found.ok(
            "ingest",
            f"partition {settings.partition} is held by database process {holder['pid']} from {where} since {holder['since']:%Y-%m-%d %H:%M}Z",
        )


async def _check_quarantine(conn: Connection, found: Findings) -> None:
    size = await quarantine.quarantine_size(conn)
    if size.share < _FULL and not size.lost_messages:
        found.ok("quarantine", size.in_words())
        return
    found.warn(
        "quarantine",
        size.in_words().partition("; warning")[0] + (f"; {size.lost_messages} messages were lost" if size.lost_messages else ""),
        why="when it is full the oldest messages go, unread",
        remedy="ioc quarantine list, then replay or drop; or raise IOC_QUARANTINE_MAX_MB",
    )


def _line(query: str) -> str:
    return " ".join(query.split()) or "no statement is shown to this role"
