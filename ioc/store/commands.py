"""Commands that were carried out, by caller and key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ioc.errors import Conflict
from ioc.store.pool import Connection

_KEPT = timedelta(days=7)
_BEGIN = "INSERT INTO command (actor, idem, op, digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING idem"
_DONE = "SELECT op, digest, result FROM command WHERE actor = $1 AND idem = $2"
_KEEP = "UPDATE command SET result = $3 WHERE actor = $1 AND idem = $2"
_FORGET = "DELETE FROM command WHERE recorded < now() - $1::interval"


async def begin_command(conn: Connection, *, actor: str, idem: str, op: str, digest: bytes) -> dict[str, Any] | None:
    """Take note that a command is being carried out in the transaction that is open; return its result where that was done before.

    Another process that carries out the same command at this moment is waited for.

    Raises:
        Conflict: the key was used for another command.
    """
    if await conn.fetchval(_BEGIN, actor, idem, op, digest):
        return None
    done = await conn.fetchrow(_DONE, actor, idem)
    if done is None or done["digest"] != digest:
        raise Conflict(f"the key {idem!r} was used for {done['op'] if done else 'a command'} with other arguments: take another key")
    result: dict[str, Any] = done["result"]
    return result


async def keep_result(conn: Connection, *, actor: str, idem: str, result: dict[str, Any]) -> None:
    """Keep what came of a command, for a week; what is older is forgotten."""
    await conn.execute(_KEEP, actor, idem, result)
    await conn.execute(_FORGET, _KEPT)
