"""A partition has one holder at a time: the process whose connection to the database has the partition's lock.

Why nothing is lost or doubled when the holder changes:

- Every batch is written on the very connection that has the lock: a pool of one, which never makes a connection of its own. PostgreSQL undoes the open transaction of a session before it lets go of the session's locks. So when another process gets the lock,
  each transaction of the former holder is either committed or undone, and it cannot begin another one: its connection is gone.
- A message is acknowledged after its commit only. What the former holder had not acknowledged the broker delivers to the new one, which comes
  with the same client id and so takes the durable session over. If it was committed all the same, its keys make it a duplicate.
- Having got the lock, the new holder reads what it has to remember (newest times, states of the rules) before it writes: it sees all that was
  committed before.
- A process connects to the broker only while it believes that it has the lock (`is_held`), and asks every second, so that two do not take
  the session away from each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

import asyncpg
import structlog

from ioc.errors import Unavailable
from ioc.store.faults import Fault, fault_of, in_words
from ioc.store.pool import Connection, open_connection, pool_of_one

_log = structlog.get_logger()
_LOOK_EVERY_S = 1.0
_ANSWER_S = 3.0
_TIMEOUT_S = 45.0
_NOTICE = {
    # The server has to notice within seconds that a machine is gone without a word, and so that its lock is free.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    # A holder that stands still in the middle of a transaction is no holder.
    "idle_in_transaction_session_timeout": "30000",
}


class NotHeld(Unavailable):
    """The lock of the partition is not ours at the moment."""


class PartitionTaken(NotHeld):
    """Another process has the lock of the partition."""


class Partition:
    """The lock of one partition, and the connection that has it.

    `trouble` says why the lock cannot even be asked for, None where it can.
    """

    def __init__(self, dsn: str, name: str) -> None:
        self.name = name
        self._dsn, self._key = dsn, lock_key(name)
        self._conn: asyncpg.Connection | None = None
        self._pool: asyncpg.Pool | None = None
        self.is_taken = False
        self.trouble: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether we have the lock, as far as we know."""
        return self._conn is not None and not self._conn.is_closed()

    async def pool(self) -> asyncpg.Pool:
        """Return the pool that gives the connection with the lock and no other; it raises `NotHeld` while there is none."""
        if self._pool is None:
            self._pool = await pool_of_one(self._hand_over)
        return self._pool

    async def claim(self, take_over: Callable[[asyncpg.Connection], Awaitable[None]], *, on_taken: Callable[[], None]) -> None:
        """Wait until the lock is ours and `take_over` has read what has to be remembered, before anybody can write.

        `on_taken` is called once if another process has the lock.
        """
        while True:
            try:
                self._conn = await self._ask(take_over)
            except PartitionTaken:
                if not self.is_taken:
                    _log.info("partition.standby", partition=self.name)
                    on_taken()
                self.is_taken, self.trouble = True, None
            except Exception as error:
                if fault_of(error) is Fault.MESSAGE:
                    raise
                self.trouble = in_words(error)
                _log.warning("partition.not_claimed", partition=self.name, why=self.trouble)
            else:
                _log.info("partition.held", partition=self.name)
                self.is_taken, self.trouble = False, None
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def lost(self) -> None:
        """Return when the lock is ours no more; asks every second."""
        pool = await self.pool()
        while self.is_held:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                async with pool.acquire() as conn:
                    await self._ping(conn)
            except Exception as error:  # noqa: BLE001 - whatever it is, what counts is whether the connection is still there
                _log.warning("partition.unsure", partition=self.name, why=in_words(error))
        _log.warning("partition.lost", partition=self.name)

    def close(self) -> None:
        """Let go of the lock."""
        if self._conn is not None:
            self._conn.terminate()

    async def _ask(self, take_over: Callable[[asyncpg.Connection], Awaitable[None]]) -> asyncpg.Connection:
        """Return a new connection that has the lock."""
        conn = await open_connection(self._dsn, timeout_s=_TIMEOUT_S, settings=_NOTICE)
        try:
            await self._lock(conn)
            await take_over(conn)
        except BaseException:
            conn.terminate()
            raise
        return conn

    async def _lock(self, conn: asyncpg.Connection) -> None:
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", self._key):
            raise PartitionTaken(f"another process has partition {self.name}")

    async def _ping(self, conn: Connection) -> None:
        try:
            await conn.execute("SELECT 1", timeout=_ANSWER_S)
        except TimeoutError:
            self.close()
            raise

    async def _hand_over(self, *_args: object, **_settings: object) -> asyncpg.Connection:
        """Give the pool the connection that has the lock, again and again; it never makes one of its own."""
        if self._conn is None or self._conn.is_closed():
            raise NotHeld(
                f"another process has partition {self.name}" if self.is_taken else f"the lock of partition {self.name} is not held now"
            )
        return self._conn


def lock_key(name: str) -> int:
    """Return the number of the advisory lock of partition `name`: 64 bits, the same in every process and version."""
    return int.from_bytes(sha256(f"ioc partition {name}".encode()).digest()[:8], signed=True)
