"""Two processes of one partition: one works, the other stands by and goes on where the first one fell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from ioc.demo.broker import Broker
from ioc.ingest.partitions import lock_key
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.acceptance.test_faults import _count, _fetch, _publish_many, _ready_checks
from tests.support.databases import Database
from tests.support.services import Service

pytestmark = pytest.mark.mosquitto
_OBSERVATIONS = 12_000
_HOLDS, _STANDS_BY = "holds partition default", "standby: another process has partition default"


def _role(service: Service) -> object:
    return _ready_checks(service).get("ingest", {}).get("detail")


@pytest.fixture
def two(any_database: Database, mosquitto: Broker, start_service: Callable[..., Service], sdi: Path) -> tuple[Service, Service]:
    """The one that holds the partition, and the one that stands by; both are ready."""
    holder = start_service(any_database, mosquitto, IOC_SDI_DIR=str(sdi), IOC_BATCH_SIZE="200")
    other = start_service(any_database, mosquitto, IOC_SDI_DIR=str(sdi), IOC_BATCH_SIZE="200")
    assert (_role(holder), _role(other)) == (_HOLDS, _STANDS_BY)
    return holder, other


def _assert_all_once(database: Database, count: int) -> None:
    (row,) = asyncio.run(_fetch(database, "SELECT count(*) AS n, count(DISTINCT (series_id, time)) AS d FROM observation"))
    assert (row["n"], row["d"]) == (count, count)
    (books,) = asyncio.run(_fetch(database, "SELECT sum(stored + late) AS kept FROM ledger WHERE source = 'crowd'"))
    assert books["kept"] == count


def test_the_holder_is_killed_under_load_and_the_other_one_stores_the_rest_once(
    two: tuple[Service, Service], any_database: Database, mosquitto: Broker
) -> None:
    holder, other = two
    start = datetime.now(UTC) - timedelta(minutes=5)
    with field_system(mosquitto, "crowd") as system:
        _publish_many(system, start, 0, _OBSERVATIONS // 2)
        wait_for(lambda: _count(any_database) > 500)
        holder.kill()
        killed = time.monotonic()
        _publish_many(system, start, _OBSERVATIONS // 2, _OBSERVATIONS)
        wait_for(lambda: _role(other) == _HOLDS, within_s=10)
        assert time.monotonic() - killed < 10
        wait_for(lambda: _count(any_database) >= _OBSERVATIONS, within_s=60)
    _assert_all_once(any_database, _OBSERVATIONS)
    assert other.is_ready()
    holder.start()
    assert _role(holder) == _STANDS_BY


def test_the_holder_loses_its_connection_and_no_two_take_the_session_from_each_other(
    two: tuple[Service, Service], any_database: Database, mosquitto: Broker
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=5)
    with field_system(mosquitto, "crowd") as system:
        for part in range(3):
            _publish_many(system, start, 1000 * part, 1000 * part + 1000)
            wait_for(lambda: asyncio.run(_end_holder(any_database)))
        wait_for(lambda: _count(any_database) >= 3000, within_s=60)
        wait_for(lambda: sorted(map(str, map(_role, two))) == [_HOLDS, _STANDS_BY])
        system.publish("obs/after/level", 1)
        wait_for(lambda: _count(any_database) == 3001)
    (books,) = asyncio.run(_fetch(any_database, "SELECT sum(stored + late) AS kept FROM ledger WHERE source = 'crowd'"))
    assert books["kept"] == 3001
    logs = [service.log.read_text(encoding="utf-8") for service in two]
    assert 2 <= sum(log.count("partition.held") for log in logs) <= 4  # one may be ended while it takes over
    assert sum(log.count("mqtt.connected") for log in logs) < 12


async def _end_holder(database: Database) -> bool:
    """End the connection that has the lock, as an administrator or a failing network does; False while nobody has it."""
    conn = await asyncpg.connect(database.dsn)
    key = lock_key("default") & (1 << 64) - 1
    try:
        ended = await conn.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2",
            key >> 32,
            key & 0xFFFFFFFF,
        )
    finally:
        await conn.close()
    return len(ended) == 1


def test_who_stands_by_serves_what_is_stored_and_takes_over_from_one_that_is_stopped(
    two: tuple[Service, Service], any_database: Database, mosquitto: Broker
) -> None:
    holder, other = two
    with field_system(mosquitto, "crowd") as system:
        system.publish("obs/a/level", "no number")
        wait_for(lambda: any(source["ledger"]["quarantined"] for source in httpx.get(f"{other.url}/v1/sources").json()["sources"]))
    metrics = [httpx.get(f"{service.url}/metrics").text for service in two]
    assert ["ioc_partition_held 1.0" in text for text in metrics] == [True, False]
    holder.stop()
    wait_for(lambda: _role(other) == _HOLDS, within_s=5)
