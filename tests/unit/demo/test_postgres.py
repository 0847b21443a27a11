import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from ioc.demo.postgres import PostgresServer, remove_server
from ioc.errors import ConfigurationError

pytestmark = pytest.mark.database


@contextmanager
def place_for_a_server() -> Iterator[Path]:
    """A place that the user PostgreSQL runs as can enter, unlike pytest's own when we are root."""
    with tempfile.TemporaryDirectory(prefix="ioc-postgres-") as place:
        Path(place).chmod(0o711)
        yield Path(place) / "postgres"


@pytest.fixture
def directory() -> Iterator[Path]:
    with place_for_a_server() as place:
        yield place


@pytest.fixture(scope="module")
def running() -> Iterator[PostgresServer]:
    """A server that tests only look at."""
    with place_for_a_server() as place, PostgresServer(place, fsync=False) as server:
        yield server


async def fetch(dsn: str, query: str) -> object:
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetchval(query)
    finally:
        await conn.close()


async def test_second_start_finds_the_data_of_the_first(directory: Path) -> None:
    with PostgresServer(directory, fsync=False) as server:
        server.create_database("ioc")
        await fetch(server.dsn("ioc"), "SELECT 42 AS answer INTO kept")
    with PostgresServer(directory, fsync=False) as server:
        server.create_database("ioc")
        assert await fetch(server.dsn("ioc"), "SELECT answer FROM kept") == 42


async def test_server_that_was_killed_starts_again_with_what_it_had_committed(directory: Path) -> None:
    server = PostgresServer(directory, fsync=False)
    server.start()
    await fetch(server.dsn("postgres"), "SELECT 42 AS answer INTO kept")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    with PostgresServer(directory, fsync=False) as again:
        assert await fetch(again.dsn("postgres"), "SELECT answer FROM kept") == 42


def test_process_number_of_a_killed_server_that_another_program_has_now_does_not_stop_a_start(directory: Path) -> None:
    with PostgresServer(directory, fsync=False):
        pass
    (directory / "data/postmaster.pid").write_text(f"{os.getpid()}\n")
    with PostgresServer(directory, fsync=False) as server:
        assert server.pid


def test_second_server_on_a_directory_is_refused(running: PostgresServer) -> None:
    with pytest.raises(ConfigurationError, match=rf"runs on .* already \(process {running.pid}\)"):
        PostgresServer(running.directory).start()


def test_running_server_is_not_removed(running: PostgresServer) -> None:
    with pytest.raises(ConfigurationError, match="runs on"):
        remove_server(running.directory)


async def test_wrong_password_is_refused(running: PostgresServer) -> None:
    password = (running.directory / "password").read_text()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(running.dsn("postgres").replace(password, "guess"), "SELECT 1")
    assert (running.directory / "password").stat().st_mode & 0o077 == 0


async def test_letters_beyond_ascii_have_their_lower_case(running: PostgresServer) -> None:
    assert await fetch(running.dsn("postgres"), "SELECT lower('BẮC GIANG')") == "bắc giang"


def test_address_of_a_server_that_does_not_run_is_an_error(directory: Path) -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        PostgresServer(directory).dsn("ioc")


def test_stop_leaves_no_process(directory: Path) -> None:
    with PostgresServer(directory, fsync=False) as server:
        assert server.pid
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_data_of_another_major_version_name_the_way_on(directory: Path) -> None:
    (directory / "data").mkdir(parents=True)
    (directory / "data/PG_VERSION").write_text("9\n")
    with pytest.raises(ConfigurationError, match=r"made by PostgreSQL 9, .*--reset"):
        PostgresServer(directory)


def test_removed_server_starts_over(directory: Path) -> None:
    with PostgresServer(directory, fsync=False):
        first = (directory / "password").read_text()
    remove_server(directory)
    assert not directory.exists()
    with PostgresServer(directory, fsync=False):
        assert (directory / "password").read_text() != first
