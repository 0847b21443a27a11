"""One database for all tests of a module: emptied before each, which is quicker than a new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.integration.indicators.asker import Asker, asking
from tests.integration.indicators.dossiers import SDI
from tests.support.databases import Database, in_thread
from tests.support.small_province import Province, province

_KEPT = ("alembic_version", "store_level", "working_day", "quarantine_size", "registry_version", "source_total")


@pytest.fixture
def shared_database(module_database: Database) -> Database:
    """The module's database, empty."""
    in_thread(lambda: asyncio.run(_empty(module_database.dsn)))
    return module_database


@pytest.fixture
async def ask(shared_database: Database) -> AsyncIterator[Asker]:
    """Whoever asks a small province of which a few events are known."""
    async with asking(shared_database) as asker:
        yield asker


@pytest.fixture
async def here(shared_database: Database) -> AsyncIterator[Province]:
    async with province(shared_database, SDI) as one:
        yield one


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
