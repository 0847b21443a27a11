"""One database for all tests of a module: emptied before each, which is quicker than a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from ioc.store.level import Level
from tests.support.databases import Database, DatabaseServers, available_levels, in_thread

_KEPT = ("alembic_version", "store_level", "working_day", "quarantine_size", "registry_version", "source_total")


@pytest.fixture(scope="module")
def module_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """A migrated database of the highest level there is."""
    with database_servers.fresh(max(available_levels(), key=list(Level).index)) as fresh:
        yield fresh


@pytest.fixture
def shared_database(module_database: Database) -> Database:
    """The module's database, empty."""
    in_thread(lambda: asyncio.run(_empty(module_database.dsn)))
    return module_database


async def _empty(dsn: str) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        tables = await conn.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1::text[])", list(_KEPT)
        )
        await conn.execute("SET session_replication_role = replica")  # the audit record is only added to
        await conn.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} CASCADE")
        await conn.execute("RESET session_replication_role")
    finally:
        await conn.close()
