"""Connections to the database."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import msgspec

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.Connection


_GRACE_S = 15.0
"""How much longer than the server we wait before we give up on an answer ourselves: what the server ends is ended in good order."""


async def _prepare(conn: asyncpg.Connection) -> None:
    """Teach a fresh connection JSON."""
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode)


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _settings_of(timeout_s: float) -> dict[str, str]:
    """Return what every session of ours is set to; a statement is ended by the server after `timeout_s`."""
    return {"application_name": "ioc", "timezone": "UTC", "jit": "off", "statement_timeout": f"{round(timeout_s * 1000)}"}


async def open_pool(dsn: str, *, size: int = 8, timeout_s: float = 45.0) -> asyncpg.Pool:
    """Open a pool of at most `size` connections; the first connection is made at once. No statement runs longer than `timeout_s`.

    Raises:
        OSError, asyncpg.PostgresError: the database does not answer or refuses.
    """
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=size, init=_prepare, command_timeout=timeout_s + _GRACE_S, server_settings=_settings_of(timeout_s)
    )


async def open_connection(dsn: str, *, timeout_s: float, settings: dict[str, str]) -> asyncpg.Connection:
    """Open one connection with `settings` of its own besides the usual ones; raises as `open_pool` does."""
    conn = await asyncpg.connect(
        dsn, timeout=_GRACE_S, command_timeout=timeout_s + _GRACE_S, server_settings=_settings_of(timeout_s) | settings
    )
    await _prepare(conn)
    return conn


async def pool_of_one(connect: Callable[..., Awaitable[asyncpg.Connection]]) -> asyncpg.Pool:
    """Return a pool that keeps one connection, got from `connect` when there is none; what `connect` raises, acquiring raises.

    The session is not reset between uses: an advisory lock that it holds, it holds until the connection ends.
    """
    pool: asyncpg.Pool = await asyncpg.create_pool(
        min_size=0, max_size=1, max_queries=sys.maxsize, max_inactive_connection_lifetime=0, connect=cast("Any", connect), reset=_leave
    )
    return pool


async def _leave(_conn: asyncpg.Connection) -> None:
    """Leave the session as it is."""
