"""Databases for tests: a server for each store level, and a fresh, migrated database for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from ioc.demo.binaries import PostgresBinaries, find_binaries
from ioc.demo.postgres import PostgresServer
from ioc.store.level import Level, detect_level
from ioc.store.migrate import migrate

Result = TypeVar("Result")
Fill = Callable[[str], None]
_LEVELS = (Level.PLAIN, Level.APACHE, Level.COMMUNITY)


@dataclass(frozen=True)
class Database:
    """A migrated database that one test has to itself."""

    dsn: str
    level: Level


def external_url() -> str | None:
    """Return the server that IOC_TEST_DATABASE_URL names (as superuser), None where the tests start their own."""
    return os.environ.get("IOC_TEST_DATABASE_URL") or None


@cache
def available_levels() -> frozenset[Level]:
    """Return the store levels that can be tested here."""
    if url := external_url():
        highest = in_thread(lambda: asyncio.run(_detect(url)))
        return frozenset(_LEVELS[: _LEVELS.index(highest) + 1])
    return frozenset(level for level in _LEVELS if _binaries_for(level))


def highest_level() -> Level:
    """Return the highest store level that can be tested here."""
    return max(available_levels(), key=list(Level).index)


class DatabaseServers:
    """The servers behind the store levels, each started when first needed."""

    def __init__(self) -> None:
        # PostgreSQL refuses to run as root; the user that it runs as then must be able to enter.
        self._directory = Path(tempfile.mkdtemp(prefix="ioc-tests-"))
        self._directory.chmod(0o711)
        self._servers: dict[PostgresBinaries, PostgresServer] = {}
        self._templates: dict[tuple[Level, Fill | None], str] = {}
        self._numbers = count(1)

    @contextmanager
    def fresh(self, level: Level | None = None, *, fill: Fill | None = None) -> Iterator[Database]:
        """Give a new, migrated database of `level` (the highest that there is), and drop it afterwards.

        It holds what `fill` puts into a database at a URL; that is done once, and copied for each that asks for it.
        """
        level = level or highest_level()
        admin, name = self._admin_dsn(level), self._name(level)
        _execute(admin, f"CREATE DATABASE {name} TEMPLATE {self._template(level, fill)}")
        try:
            yield Database(_with_database(admin, name), level)
        finally:
            _execute(admin, f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Drop the templates and stop the servers that we started."""
        for (level, _), template in self._templates.items():
            _execute(self._admin_dsn(level), f"DROP DATABASE {template} WITH (FORCE)")
        for server in self._servers.values():
            server.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _admin_dsn(self, level: Level) -> str:
        if url := external_url():
            return url
        binaries = _binaries_for(level)
        assert binaries, f"level {level} is not available"
        if binaries not in self._servers:
            server = PostgresServer(self._directory / f"{level}", fsync=False, binaries=binaries)
            server.start()
            self._servers[binaries] = server
        return self._servers[binaries].dsn("postgres")

    def _template(self, level: Level, fill: Fill | None) -> str:
        if (level, fill) not in self._templates:
            self._templates[level, fill] = self._make_template(level, fill)
        return self._templates[level, fill]

    def _make_template(self, level: Level, fill: Fill | None) -> str:
        admin, name = self._admin_dsn(level), self._name(level)
        if fill is None:
            _execute(admin, f"CREATE DATABASE {name}")
            made = in_thread(lambda: migrate(_with_database(admin, name), level=level))
            assert made is level, f"asked for a database of level {level}, got {made}"
        else:
            _execute(admin, f"CREATE DATABASE {name} TEMPLATE {self._template(level, None)}")
            in_thread(lambda: fill(_with_database(admin, name)))
        # Nobody may be connected to a template while it is copied, TimescaleDB's own workers included.
        _execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        _execute(admin, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
        return name

    def _name(self, level: Level) -> str:
        return f"ioc_test_{os.getpid()}_{level}_{next(self._numbers)}"


def in_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread of its own, where it may start an event loop whether or not the caller has one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


@cache
def _binaries_for(level: Level) -> PostgresBinaries | None:
    found = find_binaries()
    if level is Level.PLAIN:
        # What somebody without TimescaleDB gets, where it is installed.
        return next((one for one in found if one.origin == "wheel"), found[0] if found else None)
    if level is Level.APACHE:
        return next((one for one in found if one.timescale), None)
    return next((one for one in found if one.edition == "Community"), None)


async def _detect(dsn: str) -> Level:
    """Return the highest level of a server, asked in a database of its own: the licence shows only where the extension is."""
    conn = await asyncpg.connect(dsn)
    name = f"ioc_test_{os.getpid()}_probe"
    try:
        await conn.execute(f"CREATE DATABASE {name}")
        probe = await asyncpg.connect(_with_database(dsn, name))
        try:
            if await detect_level(probe) is not Level.PLAIN:
                await probe.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
            return await detect_level(probe)
        finally:
            await probe.close()
            await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await conn.close()


def _execute(dsn: str, statement: str) -> None:
    async def go() -> None:
        conn = await asyncpg.connect(dsn)
        try:
            await conn.execute(statement)
        finally:
            await conn.close()

    in_thread(lambda: asyncio.run(go()))


def _with_database(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))
