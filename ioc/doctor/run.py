"""All checks, in the order in which one thing needs another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import asyncpg

from ioc.doctor.broker import check_broker
from ioc.doctor.configuration import check_settings
from ioc.doctor.database import check_database, unreachable
from ioc.doctor.finding import Finding, Findings
from ioc.doctor.indicators import check_indicators
from ioc.doctor.readings import check_readings
from ioc.doctor.service import check_service
from ioc.domain.clock import SystemClock
from ioc.errors import IocError
from ioc.settings import Settings
from ioc.store.faults import STORE_TROUBLE

_CONNECT_S = 5.0
_STATEMENT_S = 20.0
_SETTINGS = {
    "application_name": "ioc doctor",
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "jit": "off",
    "lock_timeout": "5000",  # who stands in the way is told before we could wait for them
}


async def examine(*, key: str | None = None, on_part: Callable[[str], None] = lambda _part: None) -> list[Finding]:
    """Return what all checks find; changes nothing, and works whether or not a service runs.

    Args:
        key: an API key with which to ask the service; None asks as anybody.
        on_part: called with the name of each part before it is looked at.
    """
    on_part("settings")
    found = Findings("settings")
    settings = check_settings(os.environ, Path("ioc.toml"), found)
    if settings is None:
        return found.all
    on_part("database")
    database, readings = await _look_into_database(settings)
    on_part("broker")
    broker = await asyncio.to_thread(check_broker, settings)
    on_part("service")
    service = Findings("service")
    await asyncio.to_thread(check_service, settings, key, service)
    return [*found.all, *database.all, *broker, *service.all, *readings.all]


async def _look_into_database(settings: Settings) -> tuple[Findings, Findings]:
    database, readings = Findings("database"), Findings("readings")
    try:
        conn = await asyncpg.connect(settings.database_url, timeout=_CONNECT_S, command_timeout=_STATEMENT_S, server_settings=_SETTINGS)
    except (*STORE_TROUBLE, ValueError) as error:
        unreachable(error, database)
        return database, readings
    try:
        if await check_database(conn, settings, SystemClock(), database):
            await check_readings(conn, SystemClock(), readings)
            await check_indicators(conn, settings.sdi_dir, readings)
    except (*STORE_TROUBLE, IocError) as error:
        database.fault(
            "questions",
            f"{type(error).__name__}: {error}",
            why="the database answers, but not to all that was asked",
            remedy="look at its log; with lock waits above end them first",
        )
    finally:
        await conn.close(timeout=_CONNECT_S)
    return database, readings
