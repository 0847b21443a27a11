"""Killed at every kind of transition, before and after the commit: the log is that of a day without kills, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ioc.store.pool import open_pool
from tests.integration.alerts.killed import KINDS, MOMENTS
from tests.integration.alerts.test_rule_replay import Recording
from tests.integration.ingest.conftest import find_units
from tests.support.databases import Database, DatabaseServers

ROOT = Path(__file__).parents[3]


async def _ingest(database: Database, *how: str) -> tuple[list[str], dict[str, bytes]]:
    """Return what the processes said, and what the log has then."""
    pool = await open_pool(database.dsn, size=3)
    units = await find_units(pool)
    command = [sys.executable, "-m", "tests.integration.alerts.killed", database.dsn, *how]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert told.returncode == 0, told.stderr
    log = await Recording(pool, units, []).live_log()
    await pool.close()
    return [line for line in told.stdout.splitlines() if line.startswith("killed")], log


async def test_the_log_of_a_day_with_a_kill_at_each_kind_of_transition_is_that_of_a_calm_day(
    any_database: Database, database_servers: DatabaseServers
) -> None:
    kills, log = await _ingest(any_database)
    assert kills == [f"killed {kind} {moment}" for kind in KINDS for moment in MOMENTS]
    with database_servers.fresh(any_database.level) as database:
        _, undisturbed = await _ingest(database, "calm")
    assert len(undisturbed) > 50
    assert log == undisturbed
