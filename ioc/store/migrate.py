"""Bring a database to the present schema: Alembic decides what is missing, plain SQL files say what to do.

A revision NNNN runs, in this order and where they exist, `NNNN_name.sql` (portable), `NNNN_name.timescale.sql` (both TimescaleDB
editions) and `NNNN_name.{plain,apache,community}.sql`.
"""

from __future__ import annotations

import asyncio
from importlib.resources import files
from typing import Any

import asyncpg
import sqlalchemy
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

from ioc.errors import ConfigurationError
from ioc.store.level import Level, detect_level, recorded_level
from ioc.store.pool import Connection

_NEWEST = "head"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7236487)"
_ADD_TIMESCALE = f"BEGIN; {_ONE_AT_A_TIME}; CREATE EXTENSION IF NOT EXISTS timescaledb; COMMIT"


def migrate(dsn: str, *, level: Level | None = None) -> Level:
    """Migrate the database at `dsn` to the newest schema and return its level; see `migrate_async`."""
    return asyncio.run(migrate_async(dsn, level=level))


async def migrate_async(dsn: str, *, level: Level | None = None) -> Level:
    """Migrate the database at `dsn` and return its store level.

    Args:
        dsn: where the database is, as `postgresql://…`.
        level: the level to build for; None takes the one recorded, or at the first time the highest that the server offers.

    Raises:
        ConfigurationError: the database was built for another level than the one asked for.
    """
    level = await _settle_level(dsn, level)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, level)
    finally:
        await engine.dispose()
    return level


def run_sql(name: str) -> None:
    """Run the SQL files of the revision `name` that fit the level; called by the revision files only."""
    connection = op.get_bind()
    level: Level = op.get_context().opts["level"]
    variants = ["", *([".timescale"] if level.has_timescale else []), f".{level}"]
    for file in (files("ioc.store") / "sql" / f"{name}{variant}.sql" for variant in variants):
        if file.is_file():
            raw: Any = connection.connection.driver_connection
            await_only(raw.execute(file.read_text(encoding="utf-8")))


async def _settle_level(dsn: str, wanted: Level | None) -> Level:
    conn = await asyncpg.connect(dsn)
    try:
        recorded = await recorded_level(conn)
        if recorded is None:
            return wanted or await _offered_level(dsn, conn)
        if wanted not in (None, recorded):
            raise ConfigurationError(f"the database was built for level {recorded}, not {wanted}: dump it and load it into a new one")
        return recorded
    finally:
        await conn.close()


async def _offered_level(dsn: str, conn: Connection) -> Level:
    """Return the highest level that the server offers; which edition it has shows only where the extension is, on a new connection."""
    level = await detect_level(conn)
    if not level.has_timescale:
        return level
    await conn.execute(_ADD_TIMESCALE)
    fresh = await asyncpg.connect(dsn)
    try:
        return await detect_level(fresh)
    finally:
        await fresh.close()


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(files("ioc.store")))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _upgrade(connection: sqlalchemy.Connection, level: Level) -> None:
    scripts = _scripts()
    config = Config()
    environment = EnvironmentContext(config, scripts, fn=lambda revision, _: scripts._upgrade_revs(_NEWEST, revision))  # noqa: SLF001 - alembic's own command does the same
    with environment:
        environment.configure(connection=connection, level=level, transaction_per_migration=False)
        with environment.begin_transaction():
            # The first statement also makes the driver open the transaction in which the SQL files then run.
            connection.exec_driver_sql(_ONE_AT_A_TIME)
            environment.run_migrations()
