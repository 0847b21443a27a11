"""The commands of the stream: which there are, and that each is carried out once.

A command and its key are written in one transaction, which is open while the operation runs; whoever sends the same command at the same time
waits for it. An operation that fails leaves nothing behind, so the same key may try again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from ioc.access.roles import COMMANDS
from ioc.alerts.desk import Desk
from ioc.errors import NotFound, Unavailable
from ioc.store.commands import begin_command, keep_result
from ioc.store.faults import STORE_TROUBLE

_AT_ONCE = 2  # they hold a connection of the service's own, of which there are few


@dataclass(frozen=True, slots=True)
class Order:
    """What an operation is given. `idem` is unique to the caller and this command, for whoever wants to store it beside the effect."""

    args: dict[str, Any]
    if_version: int | None
    idem: str
    actor: str


Operation = Callable[[Order], Awaitable[dict[str, Any]]]
"""Does something and returns what the caller is told. What it changed has reached the mirror of this process before it returns."""


def operations(desk: Desk) -> dict[str, Operation]:
    """Return every operation by its name: the commands of the desk; who may do which is in `ioc.access.roles.COMMANDS`."""

    def of_desk(op: str) -> Operation:
        async def carry_out(order: Order) -> dict[str, Any]:
            done = await desk.execute(op, order.args, if_version=order.if_version, idem=order.idem, actor=order.actor)
            return {op.partition(".")[0]: done}

        return carry_out

    return {op: of_desk(op) for op in COMMANDS}


class Operations:
    """Carries out commands by name, each key once; `pool` must not be the one that operations write with, or they would wait for each other."""

    def __init__(self, table: dict[str, Operation], pool: Callable[[], asyncpg.Pool]) -> None:
        self._table, self._pool = table, pool
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def execute(self, op: str, args: dict[str, Any], *, if_version: int | None, idem: str, actor: str) -> dict[str, Any]:
        """Return what came of a command, now or when the same key first came.

        Raises:
            NotFound: there is no such operation, or not what it is about.
            BadInput: an argument is wrong.
            Conflict: the thing has changed since, or the key was used for another command.
            Unavailable: the database does not answer.
        """
        operation = self._table.get(op)
        if operation is None:
            raise NotFound(f"there is no operation {op!r:.80}; there are {', '.join(sorted(self._table))}")
        digest = hashlib.sha256(msgspec.json.encode((op, args, if_version), order="deterministic")).digest()
        try:
            async with self._gate, self._pool().acquire() as conn, conn.transaction():
                done = await begin_command(conn, actor=actor, idem=idem, op=op, digest=digest)
                if done is None:
                    done = await operation(Order(args, if_version, idem, actor))
                    await keep_result(conn, actor=actor, idem=idem, result=done)
        except STORE_TROUBLE as error:
            raise Unavailable(f"the database does not answer as it should: {type(error).__name__}") from error
        return done
