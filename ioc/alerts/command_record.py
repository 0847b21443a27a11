"""The record of what operators did. A command that is sent again, because its answer was lost, is known by its key and not carried out again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from ioc.alerts.commands import Actor
from ioc.errors import Conflict
from ioc.store import audit
from ioc.store.pool import Connection


async def done_before(conn: Connection, op: str, args: dict[str, Any], who: Actor) -> asyncpg.Record | None:
    """Return what was recorded when the caller sent this very command before, None where that was not so.

    Raises:
        Conflict: the key was used for another command.
    """
    found = None if who.idem is None else await audit.done(conn, actor=who.name, idem=who.idem)
    if found is not None and (found["op"], found["args"]) != (op, args):
        raise Conflict(f"the idempotency key {who.idem!r:.80} was used for another command, {found['op']} of {found['target']}")
    return found


async def record(
    conn: Connection,
    op: str,
    target: str,
    args: dict[str, Any],
    who: Actor,
    now: datetime,
    *,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    """Record that `who` carried out `op` on `target`, and how that stood before and after.

    Raises:
        asyncpg.UniqueViolationError: the same command came twice at the same time.
    """
    await audit.add(
        conn, time=now, actor=who.name, came_from=who.came_from, op=op, target=target, args=args, before=before, after=after, idem=who.idem
    )
