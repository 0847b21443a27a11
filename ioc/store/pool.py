"""Connections to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection


async def _prepare(conn: asyncpg.Connection) -> None:
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode)


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def open_pool(dsn: str, *, size: int = 8) -> asyncpg.Pool:
    """Open a pool of at most `size` connections; the first connection is made at once.

    Raises:
        OSError, asyncpg.PostgresError: the database does not answer or refuses.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        init=_prepare,
        command_timeout=60,
        server_settings={"application_name": "ioc", "timezone": "UTC", "jit": "off"},
    )
