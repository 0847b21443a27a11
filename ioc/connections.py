"""The database as a process reaches it: tried for as long as it takes, then two ways to it, so that neither waits for the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from ioc.errors import Unavailable
from ioc.settings import Settings
from ioc.store.faults import STORE_TROUBLE
from ioc.store.pool import open_pool

PASSING = (*STORE_TROUBLE, Unavailable)
"""What passes by itself, or when somebody mends the database: tried again."""

_log = structlog.get_logger()
_PATIENCE_S = (0.5, 1.0, 2.0, 5.0)
_HOUSE_SIZE, _HOUSE_TIMEOUT_S = 6, 600.0
_CHECK_TIMEOUT_S = 2.0


class Connections:
    """Connections for whoever asks over HTTP (`pool`), and for what the service reads and tidies for itself (`house`).

    `trouble` says why there are none, None once there are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.trouble: str | None = "the database was not reached yet"
        self._pool: asyncpg.Pool | None = None
        self._house: asyncpg.Pool | None = None

    def pool(self) -> asyncpg.Pool:
        """Return the connections for whoever asks over HTTP: what takes longer than `IOC_QUERY_TIMEOUT_S` is ended.

        Raises:
            Unavailable: the database was not reached yet.
        """
        return self._reached(self._pool)

    def house(self) -> asyncpg.Pool:
        """Return the connections for what the service reads and tidies for itself; raises as `pool` does."""
        return self._reached(self._house)

    def unreached(self) -> Unavailable:
        """Return the error of what cannot be done before the database was reached."""
        return Unavailable(self.trouble or "the database was not reached yet")

    async def open(self, read: Callable[[asyncpg.Pool], Awaitable[None]]) -> None:
        """Reach the database, however long it takes, and `read` over the connections of the house what the service starts from."""
        tries = 0
        while True:
            try:
                dsn = self._settings.database_url
                self._house = self._house or await open_pool(dsn, size=_HOUSE_SIZE, timeout_s=_HOUSE_TIMEOUT_S)
                self._pool = self._pool or await open_pool(dsn, timeout_s=self._settings.query_timeout_s)
                await read(self._house)
            except PASSING as error:
                self.trouble = f"database: {type(error).__name__}: {error}" if not isinstance(error, Unavailable) else error.detail
                _log.warning("store.not_ready", why=self.trouble)
                await asyncio.sleep(_PATIENCE_S[min(tries, len(_PATIENCE_S) - 1)])
                tries += 1
            else:
                self.trouble = None
                return

    async def check(self) -> str | None:
        """Return what is wrong with the database now, None while it answers."""
        if self.trouble is not None:
            return self.trouble
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S), self.house().acquire() as conn:
                await conn.fetchval("SELECT 1")
        except PASSING as error:
            return f"{type(error).__name__}: {error}"
        return None

    async def close(self) -> None:
        """Give all of them back."""
        await asyncio.gather(self.pool().close(), self.house().close())

    def _reached(self, pool: asyncpg.Pool | None) -> asyncpg.Pool:
        if pool is None:
            raise self.unreached()
        return pool
