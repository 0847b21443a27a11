"""A private PostgreSQL server: made in a directory, found there again, ended with its parent.

It listens on loopback only and asks for a password that is made up once and kept in the directory.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil

from ioc.demo.binaries import PostgresBinaries, choose_binaries, find_binaries, timescale_hint
from ioc.demo.postgres_home import reachable_programs, settle_home
from ioc.demo.processes import LOOPBACK, Account, ChildProcess, free_port, is_listening, start_process
from ioc.errors import ConfigurationError, Unavailable

USER = "ioc"
_START_TIMEOUT_S = 120  # recovery after a crash is part of it
_STOPPING_TIMEOUT_S = 30
_GRACE_S = 1.0
_PORT_TRIES = 3
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a path of the caller's may be too long for a socket
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
_TIMESCALE_SETTINGS = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "8",
    "max_worker_processes": "20",
}
_CREATE_DATABASE = """
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
"""
# What is committed still outlives a killed server: the kernel has it.
_WITHOUT_FSYNC = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """A PostgreSQL server of our own in `directory`; start and stop it, or use it as a context manager."""

    def __init__(
        self,
        directory: Path,
        *,
        fsync: bool = True,
        binaries: PostgresBinaries | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Choose the server programs; nothing is written before `start`.

        Args:
            directory: where the data, the password and the log are or will be.
            fsync: False gives up safety against power loss for speed, for tests.
            binaries: the server programs; None takes the preferred ones that fit the data already there.
            settings: further settings of the server, name to value.

        Raises:
            ConfigurationError: no server programs, or none of the version that made the data.
        """
        self.directory = directory.absolute()
        found = [binaries] if binaries else find_binaries()
        self.binaries = choose_binaries(found, major=_recorded_major(self._data))
        self.hint = timescale_hint(self.binaries, found)
        offered = _TIMESCALE_SETTINGS if self.binaries.timescale else {}
        self._settings = {**_SETTINGS, **offered, **({} if fsync else _WITHOUT_FSYNC), **(settings or {})}
        self._fsync = fsync
        self._child: ChildProcess | None = None
        self._port = 0

    @property
    def description(self) -> str:
        """One line for people: which server, with which edition of TimescaleDB; `hint` says how to get it where it is missing."""
        return self.binaries.description

    @property
    def pid(self) -> int | None:
        """Process id of the running server, None when it does not run."""
        return self._child.pid if self._child and self._child.is_running else None

    def dsn(self, database: str) -> str:
        """Return the address of `database` as superuser, `postgresql://…`; RuntimeError when the server does not run."""
        if self.pid is None:
            raise RuntimeError(f"the server in {self.directory} does not run")
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self._port}/{database}"

    def start(self) -> None:
        """Start the server, making the database cluster the first time, and return when it takes connections.

        Raises:
            ConfigurationError: another server runs on this directory, or the directory belongs to another user.
            Unavailable: the server did not start; its last words are in the message.
        """
        account = settle_home(self.directory)
        home = self.directory.resolve()
        binaries = reachable_programs(self.binaries, home, account)
        _await_predecessor(self._data)
        if not self._data.exists():
            self._initialise(binaries, home, account)
        self._launch(binaries, home, account)

    def stop(self) -> None:
        """Stop the server in good order (fast shutdown); does nothing when it does not run."""
        if self._child:
            self._child.stop(patience_s=_STOPPING_TIMEOUT_S)
            self._child = None

    def create_database(self, name: str) -> None:
        """Create the database `name` unless it is there; Unavailable when the server refuses."""
        arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"name={name}"]
        # The address goes by the environment, which other users cannot read, as they can a command line.
        address = {"PGHOST": LOOPBACK, "PGPORT": str(self._port), "PGUSER": USER, "PGDATABASE": "postgres", "PGPASSWORD": self._password}
        _run([self.binaries.directory / "psql", *arguments], environment=_environment() | address, stdin=_CREATE_DATABASE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _password(self) -> str:
        return (self.directory / "password").read_text(encoding="ascii")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _initialise(self, binaries: Path, home: Path, account: Account | None) -> None:
        password, draft = home / "password", home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        if account:
            os.chown(password, account.uid, account.gid)
        command: list[str | Path] = [
            binaries / "initdb",
            "-D",
            draft,
            "-U",
            USER,
            "--pwfile",
            password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ]
        command += _locale_options(self.binaries.major) + ([] if self._fsync else ["--no-sync"])
        _run(command, environment=_environment(), cwd=home, account=account)
        draft.rename(home / "data")  # whole or not at all, however this is interrupted

    def _launch(self, binaries: Path, home: Path, account: Account | None) -> None:
        for attempt in range(1, _PORT_TRIES + 1):
            self._port = free_port()
            options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
            command: list[str | Path] = [binaries / "postgres", "-D", home / "data", "-p", str(self._port), *options]
            log = home / "postgresql.log"
            child = start_process(
                "PostgreSQL", command, log=log, environment=_environment(), cwd=home, account=account, stop_signal=signal.SIGINT
            )
            try:
                with _stopped_on_failure(child):
                    child.wait_until(lambda pid=child.pid: _pid_file(home / "data") == (pid, "ready"), timeout_s=_START_TIMEOUT_S)  # type: ignore[misc]
            except Unavailable:
                if attempt == _PORT_TRIES or not is_listening(self._port):  # not a port that somebody else took meanwhile
                    raise
            else:
                self._child = child
                return


def remove_server(directory: Path) -> None:
    """Remove a server's directory with all its data, wherever they live.

    Raises:
        ConfigurationError: a server runs on it.
    """
    _await_predecessor(directory / "data")
    shutil.rmtree(directory.resolve(), ignore_errors=True)
    if directory.is_symlink():
        directory.unlink()


def _await_predecessor(data: Path) -> None:
    """Let a server that is ending finish, drop what a killed one left, refuse while one runs."""
    begun = time.monotonic()
    while (recorded := _pid_file(data)) is not None:
        users = _processes_in(data)
        if not users:
            # A process number that another program has by now would make PostgreSQL believe in a running server.
            if psutil.pid_exists(recorded[0]):
                (data / "postmaster.pid").unlink(missing_ok=True)
            return
        waited = time.monotonic() - begun
        is_ending = recorded[1] == "stopping" or recorded[0] not in users
        if waited > (_STOPPING_TIMEOUT_S if is_ending else _GRACE_S):
            raise ConfigurationError(
                f"a PostgreSQL server runs on {data} already (process {min(users)}): stop it, or choose another --data-dir"
            )
        time.sleep(0.1)


def _processes_in(data: Path) -> set[int]:
    """Return the server processes of this data directory: each works in it."""
    wanted, users = str(data.resolve()), set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == wanted:
                users.add(process.pid)
    return users


def _pid_file(data: Path) -> tuple[int, str] | None:
    """Return process id and status that a server noted in its directory; None without a note."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdigit():
        return None
    return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 - the eighth line is the status


def _recorded_major(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise ConfigurationError(f"{data} cannot be read: start as the user who made it, or choose another --data-dir") from error


def _locale_options(major: int) -> list[str]:
    """Names are Vietnamese: letters beyond ASCII need their upper and lower case, order by code point is enough."""
    if major >= 17:  # noqa: PLR2004 - since then PostgreSQL has it built in
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"] if os.uname().sysname == "Linux" else ["--locale=en_US.UTF-8"]


def _environment() -> dict[str, str]:
    """Return our environment without settings meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    account: Account | None = None,
    stdin: str = "",
) -> None:
    options: dict[str, Any] = account.popen_options if account else {}
    done = subprocess.run(command, input=stdin, cwd=cwd, env=environment, capture_output=True, text=True, check=False, **options)  # noqa: S603 - programs that we found
    if done.returncode != 0:
        raise Unavailable(f"{Path(command[0]).name} ended with code {done.returncode}: {(done.stderr or done.stdout).strip()}")


@contextmanager
def _stopped_on_failure(child: ChildProcess) -> Iterator[None]:
    try:
        yield
    except BaseException:  # Ctrl-C while starting is one too
        child.stop()
        raise
