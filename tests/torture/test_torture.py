"""Killed, cut and restarted under a load of every kind of message: nothing is lost, nothing is stored twice, and alerts are as without."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.databases import Database, DatabaseServers
from tests.support.services import Service
from tests.torture.audit import Check, audit, compare_alerts
from tests.torture.chaos import Blow, Disturbance
from tests.torture.generator import plan
from tests.torture.run import run
from tests.torture.store import read_store

_HALF_A_DAY_MS = 43_200_000
_BLOWS = (
    Blow(1.5, Disturbance.KILL, patient=True),
    Blow(0.2, Disturbance.BROKER, patient=True),
    Blow(0.2, Disturbance.KILL, patient=True),
    Blow(0.2, Disturbance.CRASH, patient=True),
)


@pytest.mark.mosquitto
def test_after_kills_and_restarts_the_store_is_as_the_messages_say(
    any_database: Database, database_servers: DatabaseServers, start_service: Callable[..., Service], tmp_path: Path
) -> None:
    seed = os.environ.get("SEED") or str(time.time_ns())
    wanted = plan(seed=seed, start=int(time.time()) * 1000 - _HALF_A_DAY_MS, messages=4000, sources=10)
    with database_servers.fresh(any_database.level) as calm:
        run(wanted, calm, tmp_path / "calm", start_service)
        undisturbed = asyncio.run(read_store(calm.dsn))
    run(wanted, any_database, tmp_path / "rough", start_service, lasts_s=8, blows=_BLOWS, IOC_BATCH_SIZE="50")
    store = asyncio.run(read_store(any_database.dsn))
    checks = [*audit(wanted.model, undisturbed, once=True), *audit(wanted.model, store, once=False), *compare_alerts(undisturbed, store)]
    assert not _faults(checks), f"seed {seed}\n{_faults(checks)}"
    assert len(undisturbed.alerts) > 30


def _faults(checks: list[Check]) -> str:
    return "\n".join(str(check) for check in checks if check.differences)
