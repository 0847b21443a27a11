"""What breaks, and when: drawn from the seed, done from outside to the service, the broker and the database."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import asyncpg

from ioc.demo.broker import Broker, start_broker
from tests.support.databases import Database, external_url
from tests.support.services import Service

_ABSENCE_S = 1.5
_RECOVERY_S = 60.0
Answer = TypeVar("Answer")


class Disturbance(StrEnum):
    """What can be done to the running system."""

    KILL = "the service is killed"
    RESTART = "the service is restarted in good order"
    BROKER = "the broker is restarted"
    CUT = "every connection to the database is ended"
    SHUT = "the database lets nobody in for a while"
    CRASH = "a process of the database server is killed, so that all of it starts anew and recovers"


class Blow(NamedTuple):
    """A disturbance `after_s` seconds after the one before; `patient` ones then wait until the service commits something."""

    after_s: float
    disturbance: Disturbance
    patient: bool


_WEIGHTS = {
    Disturbance.KILL: 45,
    Disturbance.RESTART: 5,
    Disturbance.BROKER: 20,
    Disturbance.CUT: 12,
    Disturbance.SHUT: 8,
    Disturbance.CRASH: 10,
}


def draw_blows(seed: str, *, lasts_s: float, every_s: float) -> list[Blow]:
    """Return blows for so many seconds, one every `every_s` in the mean; a few fall on a service that has not come up again."""
    rng = random.Random(f"{seed}/chaos")
    blows: list[Blow] = []
    while sum(blow.after_s for blow in blows) < lasts_s - every_s:
        kind = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        blows.append(Blow(rng.uniform(0.4, 1.6) * every_s, kind, patient=rng.random() < 0.7))
    return blows


class Hand:
    """What deals the blows. It starts processes, so it belongs to the main thread."""

    def __init__(self, service: Service, broker: Broker, broker_directory: Path, database: Database) -> None:
        self._service, self._broker, self._directory, self._database = service, broker, broker_directory, database

    def deal(self, disturbance: Disturbance) -> None:
        """Do it, and mend what does not mend itself."""
        match disturbance:
            case Disturbance.KILL:
                self._service.kill()
                self._service.start(wait=False)
            case Disturbance.RESTART:
                self._service.stop()
                self._service.start(wait=False)
            case Disturbance.BROKER:
                self._broker.stop()
                self._broker = start_broker(self._directory, self._broker.port, kind="mosquitto")
            case Disturbance.CUT:
                ask(self._admin, self._cut)
            case Disturbance.SHUT:
                self._shut()
            case Disturbance.CRASH:
                self._crash()

    def stop_broker(self) -> None:
        """Stop the broker that runs now."""
        self._broker.stop()

    @property
    def _name(self) -> str:
        return urlsplit(self._database.dsn).path[1:]

    @property
    def _admin(self) -> str:
        return self._database.dsn.removesuffix(self._name) + "postgres"

    async def _cut(self, conn: asyncpg.Connection) -> Any:
        return await conn.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self._name)

    def _shut(self) -> None:
        ask(self._admin, lambda conn: conn.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false"))
        try:
            ask(self._admin, self._cut)
            time.sleep(_ABSENCE_S)
        finally:
            ask(self._admin, lambda conn: conn.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true"))

    def _crash(self) -> None:
        """Kill one backend: PostgreSQL then ends all the others at once and recovers from its log, as after `pg_ctl stop -m immediate`."""
        pids = ask(self._admin, lambda conn: conn.fetch("SELECT pid FROM pg_stat_activity WHERE datname = $1", self._name))
        if not pids or external_url():  # a server elsewhere is not ours to kill
            ask(self._admin, self._cut)
            return
        with suppress(ProcessLookupError):
            os.kill(pids[0]["pid"], signal.SIGKILL)
        time.sleep(0.1)
        end = time.monotonic() + _RECOVERY_S
        while True:
            try:
                ask(self._admin, lambda conn: conn.fetchval("SELECT 1"))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return


def ask(dsn: str, question: Callable[[asyncpg.Connection], Awaitable[Answer]]) -> Answer:
    """Return the answer to a question to a database."""

    async def go() -> Answer:
        conn = await asyncpg.connect(dsn)
        try:
            return await question(conn)
        finally:
            await conn.close()

    return asyncio.run(go())
