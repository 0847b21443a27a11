"""API keys, hashed."""

from __future__ import annotations

import asyncpg

from ioc.errors import Conflict, NotFound
from ioc.store.pool import Connection

_ADD = "INSERT INTO api_key (name, role, hash) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id"
_FIND = "UPDATE api_key SET last_used = now() WHERE hash = $1 AND revoked_at IS NULL RETURNING name, role"
_LIST = "SELECT name, role, created_at, last_used, revoked_at FROM api_key ORDER BY name"
_REVOKE = "UPDATE api_key SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL RETURNING id"
_HAS_ADMINISTRATOR = "SELECT EXISTS (SELECT FROM api_key WHERE role = 'administrator' AND revoked_at IS NULL)"


async def add_key(conn: Connection, *, name: str, role: str, digest: bytes) -> None:
    """Keep a new key.

    Raises:
        Conflict: a key of this name exists.
    """
    if await conn.fetchval(_ADD, name, role, digest) is None:
        raise Conflict(f"a key named {name} exists already")


async def find_key(conn: Connection, digest: bytes) -> tuple[str, str] | None:
    """Return (name, role) of the key with this hash, None where there is none or it was revoked."""
    row = await conn.fetchrow(_FIND, digest)
    return None if row is None else (row["name"], row["role"])


async def list_keys(conn: Connection) -> list[asyncpg.Record]:
    """Return every key without its hash."""
    return await conn.fetch(_LIST)


async def revoke_key(conn: Connection, name: str) -> None:
    """Make a key worthless from now on.

    Raises:
        NotFound: there is no such key that still opens.
    """
    if await conn.fetchval(_REVOKE, name) is None:
        raise NotFound(f"there is no key named {name} that is in force")


async def has_administrator(conn: Connection) -> bool:
    """Return whether an administrator's key is in force."""
    answer: bool = await conn.fetchval(_HAS_ADMINISTRATOR)
    return answer
