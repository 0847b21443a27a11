"""Child processes that end when their parent does: started, waited for, stopped, each with a log file of its own."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ioc.errors import Unavailable

LOOPBACK = "127.0.0.1"
_LOG_LIMIT_BYTES = 8 * 1024 * 1024
_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """A user of this machine that a child runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_user(cls, name: str) -> Account:
        """Return the account called `name`; KeyError when there is none."""
        entry = pwd.getpwnam(name)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to start a child as this user, without the groups of its parent."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class ChildProcess:
    """A child process and its log."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, stop_signal: signal.Signals) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._stop_signal = stop_signal

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal number when a signal ended it."""
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.exit_code is None

    def stop(self, *, patience_s: float = 15) -> None:
        """Ask it to end and wait; after `patience_s` seconds kill it. Does nothing when it has ended."""
        if not self.is_running:
            return
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would, and wait for the end."""
        if self.is_running:
            self._process.kill()
        self._process.wait()

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until `is_ready()`.

        Raises:
            Unavailable: it ended first, or `timeout_s` seconds passed; the last lines of its log are in the message.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running:
                raise Unavailable(
                    f"{self.name} ended with code {self.exit_code} while starting; its log {self.log} ends:\n{self.log_tail()}"
                )
            if time.monotonic() > deadline:
                raise Unavailable(f"{self.name} was not ready after {timeout_s:g} s; its log {self.log} ends:\n{self.log_tail()}")
            time.sleep(_POLL_S)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last `lines` lines of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def start_process(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> ChildProcess:
    """Start `command` with its output appended to `log`.

    The child has a session of its own, so that Ctrl-C reaches only the parent, which then stops its children in order. On Linux the
    kernel sends it `stop_signal` when the parent dies, however that happens; elsewhere an orderly end of the parent is needed.

    Args:
        name: what messages call it.
        command: the program and its arguments.
        log: file for standard output and error; moved aside to `….1` when it has grown over 8 MiB.
        environment: the whole environment; None passes on ours.
        cwd: working directory; None keeps ours.
        account: user to run as; None keeps ours. Needs root.
        stop_signal: what asks this program to end in good order.

    Raises:
        RuntimeError: not called from the main thread: the kernel ties the child to the thread that started it, not to the process.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{name} must be started from the main thread: it ends with the thread that started it")
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as output:
        if account:
            os.fchown(output.fileno(), account.uid, account.gid)
        process = subprocess.Popen(  # noqa: S603 - the callers' own commands
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else None,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_tether_to(os.getpid(), stop_signal),  # noqa: PLW1509 - one system call, nothing that takes a lock
            **(account.popen_options if account else {}),
        )
    return ChildProcess(name, process, log, stop_signal)


def free_port() -> int:
    """Return a TCP port that is free on loopback now; another program may take it before it is used."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Whether something accepts TCP connections on loopback `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _tether_to(parent: int, stop_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # the parent died before the kernel was told
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child
