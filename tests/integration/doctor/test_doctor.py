"""`ioc doctor` on installations that are well, fresh, and sick."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ioc.demo.broker import Broker
from ioc.demo.processes import free_port
from ioc.doctor import database as doctor_database
from ioc.doctor.database import check_database
from ioc.doctor.finding import Finding, Findings, Status
from ioc.doctor.indicators import check_indicators
from ioc.doctor.readings import check_readings
from ioc.domain.clock import SystemClock
from ioc.ingest.partitions import lock_key
from ioc.settings import Settings
from ioc.store import quarantine
from ioc.store.level import Level
from tests.support.databases import Database
from tests.support.services import Service

Report = tuple[int, dict[str, dict[str, Any]]]
SDI = Path(__file__).parents[3] / "sdi"
_NOWHERE = "postgresql://ioc@127.0.0.1:1/ioc"


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Report]:
    """Run the command and return its exit code and its findings by "part/check"."""

    def run(**settings: str) -> Report:
        environment = {"PATH": "/usr/bin:/bin", "IOC_HTTP_PORT": str(free_port()), **settings}
        command: list[str | Path] = [Path(sys.executable).with_name("ioc"), "doctor", "--json"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60)
        report = json.loads(done.stdout)
        assert done.returncode == ["ok", "warning", "fault"].index(report["status"])
        return done.returncode, {f"{finding['part']}/{finding['check']}": finding for finding in report["findings"]}

    return run


def _address(database: Database, broker: Broker) -> dict[str, str]:
    return {"IOC_DATABASE_URL": database.dsn, "IOC_MQTT_URL": broker.url, "IOC_MQTT_PROTOCOL": str(broker.mqtt_protocol)}


def test_running_service_is_examined_with_all_that_it_needs(
    service: Service, any_database: Database, broker: Broker, doctor: Callable[..., Report]
) -> None:
    code, found = doctor(**_address(any_database, broker), IOC_HTTP_PORT=str(service.port))
    assert code < 2, [finding for finding in found.values() if finding["status"] == "fault"]
    assert "ioc 0." in found["service/answer"]["found"]
    assert "held by database process" in found["database/ingest"]["found"]
    assert {found[f"service/{name}"]["status"] for name in ("database", "broker", "mirror", "lag")} == {"ok"}
    assert found["readings/units"]["status"] == "warning"
    assert {finding["part"] for finding in found.values()} == {"settings", "database", "broker", "service", "readings"}


def test_without_a_service_the_rest_is_examined(any_database: Database, broker: Broker, doctor: Callable[..., Report]) -> None:
    code, found = doctor(**_address(any_database, broker))
    assert code == 1
    assert found["service/answer"]["status"] == "warning"
    assert "no process has partition default" in found["database/ingest"]["found"]


def test_dead_database_is_a_fault_and_the_broker_is_examined_all_the_same(broker: Broker, doctor: Callable[..., Report]) -> None:
    code, found = doctor(IOC_DATABASE_URL=_NOWHERE, IOC_MQTT_URL=broker.url, IOC_MQTT_PROTOCOL=str(broker.mqtt_protocol))
    assert code == 2
    assert found["database/connection"]["status"] == "fault"
    assert "start PostgreSQL" in found["database/connection"]["remedy"]
    assert found["broker/durable session"]["status"] == "ok"


def test_wrong_settings_are_a_fault(tmp_path: Path, doctor: Callable[..., Report]) -> None:
    (tmp_path / "ioc.toml").write_text("batch_size = 0\n", encoding="utf-8")
    code, found = doctor(IOC_BATCHSIZE="5")
    assert code == 2
    assert set(found) == {"settings/values", "settings/unknown name"}
    assert "IOC_BATCH_SIZE = 0" in found["settings/values"]["found"]
    assert "IOC_BATCH_SIZE" in found["settings/unknown name"]["remedy"]


async def _database(
    dsn: str, *, spoil: Callable[[asyncpg.Connection], Awaitable[Any]] | None = None, settings: Settings | None = None
) -> dict[str, Finding]:
    """Return what is found in a database after `spoil`."""
    conn = await asyncpg.connect(dsn)
    try:
        if spoil:
            await spoil(conn)
        found = Findings("database")
        if await check_database(conn, settings or Settings(), SystemClock(), found):
            await check_readings(conn, SystemClock(), found)
        return {finding.check: finding for finding in found.all}
    finally:
        await conn.close()


async def test_indicator_of_what_no_station_sends_is_named(any_database: Database) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        nothing = Findings("readings")
        await check_indicators(conn, SDI, nothing)
        assert [finding.status for finding in nothing.all] == [Status.OK], "where nothing has arrived nothing is missing"
        await conn.execute("INSERT INTO source (name) VALUES ('bg-air')")
        await conn.execute("INSERT INTO station (source_id, code, name, kind) SELECT id, 'kk-1', 'Vôi', 'air_quality' FROM source")
        await conn.execute("INSERT INTO series (station_id, property) SELECT id, 'pm10' FROM station")
        found = Findings("readings")
        await check_indicators(conn, SDI, found)
        await conn.execute("UPDATE series SET property = 'pm_10'")
        misspelt = Findings("readings")
        await check_indicators(conn, SDI, misspelt)
    finally:
        await conn.close()
    assert "pm10-mean: no station sends pm10" in {finding.found for finding in misspelt.all}, "also where nothing that is wanted comes"
    assert {finding.found for finding in found.all} == {"pm25-mean: no station sends pm2_5", "vn-aqi: no station sends pm2_5"}
    assert "01-operations-centre.yaml" in found.all[0].remedy


async def test_store_level_is_told(database: Database) -> None:
    found = await _database(database.dsn)
    assert found["store level"].status is (Status.WARNING if database.level is Level.PLAIN else Status.OK)
    assert "TimescaleDB" in found["store level"].found or database.level is Level.PLAIN
    assert found["migrations"].status is Status.OK
    assert found["connection"].found.startswith("PostgreSQL ")


async def test_pending_migrations_are_a_fault(any_database: Database) -> None:
    found = await _database(any_database.dsn, spoil=lambda conn: conn.execute("UPDATE alembic_version SET version_num = '0004'"))
    assert found["migrations"].status is Status.FAULT
    assert "0005" in found["migrations"].found
    assert "0004" not in found["migrations"].found
    assert "ioc migrate" in found["migrations"].remedy
    assert "units" not in found, "tables that may be missing are not looked into"


async def test_empty_database_has_no_tables_yet(any_database: Database) -> None:
    found = await _database(any_database.dsn, spoil=lambda conn: conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    assert found["migrations"].found == "the database has no tables of ioc yet"


@pytest.mark.community
async def test_short_retention_is_held_against_the_rollups(any_database: Database) -> None:
    found = await _database(any_database.dsn, settings=Settings(retention_days=29))
    assert found["retention"].status is Status.WARNING
    assert "31" in found["retention"].remedy


async def test_holder_of_the_partition_is_named(any_database: Database) -> None:
    holder = await asyncpg.connect(any_database.dsn, server_settings={"application_name": "holder"})
    try:
        for partition in ("default", "east"):
            await holder.execute("SELECT pg_advisory_lock($1)", lock_key(partition))
            found = await _database(any_database.dsn, settings=Settings(partition=partition))
            assert f"partition {partition} is held by database process {holder.get_server_pid()}" in found["ingest"].found
    finally:
        await holder.close()


async def test_transaction_that_stands_in_the_way_is_named(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_database, "_OPEN_FOR", timedelta(milliseconds=10))
    monkeypatch.setattr(doctor_database, "_WAITED", timedelta(milliseconds=10))
    idle = await asyncpg.connect(any_database.dsn, server_settings={"application_name": "forgotten"})
    waiting = await asyncpg.connect(any_database.dsn)
    await idle.execute("BEGIN; LOCK TABLE source IN SHARE MODE")
    writing = asyncio.create_task(waiting.execute("INSERT INTO source (name) VALUES ('s')"))
    try:
        await asyncio.sleep(0.2)
        found = await _database(any_database.dsn, settings=Settings())
        assert found["lock"].status is Status.WARNING
        assert (
            f"for process {idle.get_server_pid()} (forgotten, idle in transaction): BEGIN; LOCK TABLE source IN SHARE MODE"
            in found["lock"].found
        )
        assert "old transaction" in found
    finally:
        await idle.close()
        await writing
        await waiting.close()


async def test_sources_and_stations_that_need_a_look_are_named(database: Database) -> None:
    now = datetime.now(UTC)

    async def spoil(conn: asyncpg.Connection) -> None:
        async with conn.transaction():
            await conn.execute("INSERT INTO layer (id, position, is_join, entry, version) VALUES ('units', 0, true, '{}', 1)")
            await conn.execute("INSERT INTO layer_version (layer, version, checksum, report, entry) VALUES ('units', 1, '', '{}', '{}')")
        await conn.execute(
            "INSERT INTO unit (layer, code, valid_from, level, name_vi, name_en) VALUES ('units', '1', '2020-01-01', 'x', 'x', 'x')"
        )
        await conn.execute(
            "INSERT INTO source (name, last_seen, online) VALUES ('well', $1, true), ('silent', $2, NULL), ('gone', $1, false)",
            now,
            now - timedelta(days=2),
        )
        await conn.execute(
            "INSERT INTO station (source_id, code, name, lon, lat, unit_id) SELECT id, 'in', '', 106, 21, 1 FROM source WHERE name = 'well'"
        )
        await conn.execute(
            "INSERT INTO station (source_id, code, name, lon, lat) SELECT id, 'sea', '', 0, 0 FROM source WHERE name = 'well'"
        )
        minute = now.replace(second=0, microsecond=0)
        await quarantine.add_ledger(
            conn,
            [
                ("well", minute, 100, 95, 0, 0, 5, 0),
                ("silent", minute, 100, 94, 0, 0, 6, 0),
                ("gone", minute - timedelta(hours=2), 9, 0, 0, 0, 9, 0),
            ],
        )
        rows = [(now, "silent", "t", None, reason, "d", b"") for reason in ("range", "schema", "range")]
        await quarantine.add_quarantine(conn, rows)

    conn = await asyncpg.connect(database.dsn)
    try:
        await spoil(conn)
        found = Findings("readings")
        await check_readings(conn, SystemClock(), found)
    finally:
        await conn.close()
    told = [(finding.check, finding.found) for finding in found.all if finding.status is Status.WARNING]
    assert told == [
        ("stations", "1 of 2 stand in no unit: well/sea"),
        ("sources", "1 of 3 offline: gone"),
        ("sources", "1 of 3 silent: silent"),
        ("rejected", "silent: 6 of 100 items in the last hour (6%), most often range"),
    ]


async def test_full_quarantine_is_told(any_database: Database) -> None:
    async def fill(conn: asyncpg.Connection) -> None:
        await quarantine.limit_quarantine(conn, 1000)
        await quarantine.add_quarantine(conn, [(datetime.now(UTC), "s", "t", None, "range", "d", b"x" * 400)])

    found = await _database(any_database.dsn, spoil=fill)
    assert found["quarantine"].status is Status.WARNING
    assert "60%" in found["quarantine"].found
