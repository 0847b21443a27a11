"""Kill, cut and restart: nothing acknowledged is lost, nothing is counted twice, and the service says what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from ioc.demo.broker import Broker, start_broker
from ioc.demo.processes import free_port
from tests.acceptance.city import FieldSystem, Screen, field_system
from tests.acceptance.test_bad_input import wait_for
from tests.support.databases import Database
from tests.support.services import Service

StartService = Callable[..., Service]
_OBSERVATIONS = 20_000


async def _fetch(database: Database, query: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(database.dsn)
    try:
        return await conn.fetch(query)
    finally:
        await conn.close()


def _count(database: Database) -> int:
    (row,) = asyncio.run(_fetch(database, "SELECT count(*) AS n FROM observation"))
    n: int = row["n"]
    return n


def _publish_many(system: FieldSystem, start: datetime, first: int, end: int) -> None:
    infos = []
    for number in range(first, end):
        time_ = (start + timedelta(milliseconds=number)).isoformat()
        infos.append(system.publish(f"obs/s{number % 50}/level", {"time": time_, "value": number % 7}))
    system.flush(*infos)


@pytest.mark.mosquitto
def test_killed_in_the_middle_of_many_observations_all_are_there_and_none_twice(
    any_database: Database, mosquitto: Broker, start_service: StartService, sdi: Path
) -> None:
    service = start_service(any_database, mosquitto, IOC_SDI_DIR=str(sdi), IOC_BATCH_SIZE="200")
    start = datetime.now(UTC) - timedelta(minutes=5)
    with field_system(mosquitto, "crowd") as system:
        _publish_many(system, start, 0, _OBSERVATIONS // 2)
        wait_for(lambda: _count(any_database) > 1000)
        service.kill()
        before = _count(any_database)
        _publish_many(system, start, _OBSERVATIONS // 2, _OBSERVATIONS)
        service.start()
        wait_for(lambda: _count(any_database) >= _OBSERVATIONS, within_s=60)
    assert 1000 < before < _OBSERVATIONS
    rows = asyncio.run(_fetch(any_database, "SELECT count(*) AS n, count(DISTINCT (series_id, time)) AS d FROM observation"))
    assert (rows[0]["n"], rows[0]["d"]) == (_OBSERVATIONS, _OBSERVATIONS)
    (books,) = asyncio.run(_fetch(any_database, "SELECT sum(stored) AS stored, sum(late) AS late FROM ledger WHERE source = 'crowd'"))
    assert books["stored"] + books["late"] == _OBSERVATIONS


@pytest.mark.mosquitto
def test_the_database_goes_away_nothing_is_acknowledged_and_when_it_is_back_nothing_is_missing(
    any_database: Database, mosquitto: Broker, start_service: StartService, sdi: Path
) -> None:
    name = any_database.dsn.rsplit("/", 1)[1]
    admin = any_database.dsn.rsplit("/", 1)[0] + "/postgres"
    service = start_service(any_database, mosquitto, IOC_SDI_DIR=str(sdi))
    with field_system(mosquitto, "crowd") as system:
        _publish_many(system, datetime.now(UTC) - timedelta(minutes=5), 0, 100)
        wait_for(lambda: _count(any_database) == 100)
        asyncio.run(_shut(admin, name, shut=True))
        try:
            _publish_many(system, datetime.now(UTC) - timedelta(minutes=4), 0, 500)
            wait_for(lambda: httpx.get(f"{service.url}/readyz").status_code == 503)
            checks = httpx.get(f"{service.url}/readyz").json()["checks"]
            assert not checks["database"]["ok"]
            assert checks["broker"]["ok"]
        finally:
            asyncio.run(_shut(admin, name, shut=False))
        wait_for(lambda: _count(any_database) == 600, within_s=30)
        wait_for(service.is_ready)


async def _shut(admin: str, name: str, *, shut: bool) -> None:
    """Close a database to everybody and throw out who is in it, or open it again."""
    conn = await asyncpg.connect(admin)
    try:
        await conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not shut}")
        if shut:
            await conn.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    finally:
        await conn.close()


@pytest.mark.mosquitto
def test_the_broker_is_away_at_start_it_is_said_and_things_go_on_when_it_comes(
    any_database: Database, start_service: StartService, sdi: Path, tmp_path: Path
) -> None:
    port = free_port()
    absent = Broker("mosquitto", port, process=None)  # type: ignore[arg-type]
    service = start_service(any_database, absent, wait=False, IOC_SDI_DIR=str(sdi))
    wait_for(lambda: _ready_checks(service).get("mirror", {}).get("detail") == "the broker does not answer")
    checks = _ready_checks(service)
    assert checks["database"]["ok"]
    assert checks["broker"] == {"ok": False, "detail": "the broker does not answer"}
    broker = start_broker(tmp_path / "late-broker", port, kind="mosquitto")
    try:
        wait_for(service.is_ready, within_s=40)
        with field_system(broker, "late") as system:
            system.publish("obs/a/level", 1)
            wait_for(lambda: _count(any_database) == 1)
    finally:
        broker.stop()


def _ready_checks(service: Service) -> dict[str, dict[str, object]]:
    try:
        checks: dict[str, dict[str, object]] = httpx.get(f"{service.url}/readyz").json()["checks"]
    except httpx.TransportError:
        return {}
    return checks


def test_a_database_without_the_migrations_is_said_and_waited_for(
    any_database: Database, broker: Broker, start_service: StartService
) -> None:
    (newest,) = asyncio.run(_fetch(any_database, "SELECT version_num FROM alembic_version"))
    asyncio.run(_fetch(any_database, "UPDATE alembic_version SET version_num = '0001'"))
    service = start_service(any_database, broker, wait=False)
    wait_for(lambda: "ioc migrate" in str(_ready_checks(service).get("database", {}).get("detail")))
    asyncio.run(_fetch(any_database, f"UPDATE alembic_version SET version_num = '{newest['version_num']}'"))
    wait_for(service.is_ready)


@pytest.mark.mosquitto
async def test_a_screen_is_told_of_the_end_and_a_new_one_sees_what_was(watched: Service, broker: Broker) -> None:
    with field_system(broker, "town") as town:
        async with Screen(watched) as screen:
            town.publish("obs/gauge/level", 2.5)
            await screen.until(lambda f: f["type"] == "d" and any(row[0] == "town/gauge" for row in f["rows"]))
            await asyncio.to_thread(watched.stop)
            bye = await screen.until(lambda f: f["type"] == "bye")
            assert bye["code"] == 1001
            assert bye["after_ms"] > 0
    watched.start()
    async with Screen(watched) as screen:
        assert screen.rows()["town/gauge"]["values"]["level"][1] == 2.5


@pytest.mark.mosquitto
def test_the_broker_restarts_and_both_sides_find_each_other_again(
    any_database: Database, start_service: StartService, tmp_path: Path
) -> None:
    port = free_port()
    broker = start_broker(tmp_path / "broker", port, kind="mosquitto")
    service = start_service(any_database, broker)
    broker.kill()
    wait_for(lambda: not service.is_ready())
    broker = start_broker(tmp_path / "broker", port, kind="mosquitto")
    try:
        wait_for(service.is_ready, within_s=40)
        with field_system(broker, "again") as system:
            system.publish("obs/a/level", 1)
            wait_for(lambda: _count(any_database) == 1)
    finally:
        broker.stop()


def test_a_quiet_service_uses_little_time(watched: Service) -> None:
    """No loop may spin: an idle service takes less than a fifth of a core."""
    before = _cpu_s(watched.pid)
    time.sleep(3)
    assert _cpu_s(watched.pid) - before < 0.6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
