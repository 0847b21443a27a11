"""The record of what operators and administrators commanded; it is only added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from ioc.store.pool import Connection

_ADD = """
INSERT INTO audit (time, actor, came_from, op, target, args, before, after, idem) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_DONE = "SELECT op, target, args, after FROM audit WHERE actor = $1 AND idem = $2"
_FIND = """
SELECT id, time, actor, came_from, op, target, args, before, after FROM audit
WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR op = $2) AND ($3::text IS NULL OR target = $3)
  AND ($4::timestamptz IS NULL OR time >= $4) AND ($5::timestamptz IS NULL OR time < $5) AND ($6::bigint IS NULL OR id < $6)
ORDER BY id DESC LIMIT $7
"""


async def add(
    conn: Connection,
    *,
    time: datetime,
    actor: str,
    came_from: str | None,
    op: str,
    target: str,
    args: dict[str, Any],
    before: Any,
    after: Any,
    idem: str | None = None,
) -> None:
    """Record a command.

    Raises:
        asyncpg.UniqueViolationError: the actor has used the key `idem` before.
    """
    await conn.execute(_ADD, time, actor, came_from, op, target, args, before, after, idem)


async def done(conn: Connection, *, actor: str, idem: str) -> asyncpg.Record | None:
    """Return `op`, `target`, `args` and `after` of what the actor commanded under this key, None where that was nothing."""
    return await conn.fetchrow(_DONE, actor, idem)


async def find(
    conn: Connection,
    *,
    actor: str | None,
    op: str | None,
    target: str | None,
    begin: datetime | None,
    end: datetime | None,
    before: int | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Return the newest `limit` commands of those asked for, None meaning any, with a number below `before`."""
    return await conn.fetch(_FIND, actor, op, target, begin, end, before, limit)
