import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ioc.demo.processes import Account, ChildProcess, free_port, is_listening, start_process
from ioc.errors import Unavailable

_IGNORES_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
_STARTS_A_CHILD = """
import time
from pathlib import Path
from ioc.demo.processes import start_process
child = start_process("sleeper", ["sleep", "60"], log=Path({log!r}))
print(child.pid, flush=True)
time.sleep(60)
"""


def test_child_that_listens_to_its_stop_signal_ends_by_it(tmp_path: Path) -> None:
    child = start_process("sleeper", ["sleep", "60"], log=tmp_path / "log")
    child.stop()
    assert child.exit_code == -signal.SIGTERM


def test_child_that_ignores_its_stop_signal_is_killed(tmp_path: Path) -> None:
    child = start_process("deaf", [sys.executable, "-c", _IGNORES_SIGTERM], log=tmp_path / "log")
    child.wait_until(lambda: "deaf" in child.log_tail(), timeout_s=20)
    child.stop(patience_s=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    child = start_process("sleeper", ["sleep", "60"], log=tmp_path / "log")
    child.stop()
    child.stop()
    assert not child.is_running


def test_waiting_for_a_child_that_ends_tells_its_code_and_last_words(tmp_path: Path) -> None:
    child = start_process("failing", ["sh", "-c", "echo no such thing; exit 3"], log=tmp_path / "log")
    with pytest.raises(Unavailable, match=r"failing ended with code 3.*\n.*no such thing"):
        child.wait_until(lambda: False, timeout_s=20)


def test_waiting_too_long_is_unavailable(tmp_path: Path) -> None:
    child = start_process("sleeper", ["sleep", "60"], log=tmp_path / "log")
    with pytest.raises(Unavailable, match=r"sleeper was not ready after 0\.1 s"):
        child.wait_until(lambda: False, timeout_s=0.1)
    child.kill()


def test_log_is_appended_to_and_moved_aside_when_large(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for word in ("first", "second"):
        _run_to_its_end(start_process("echo", ["echo", word], log=log))
    assert log.read_text().split() == ["first", "second"]
    log.write_bytes(b"x" * (8 * 1024 * 1024 + 1))
    start_process("echo", ["true"], log=log).kill()
    assert log.stat().st_size == 0
    assert (tmp_path / "log.1").stat().st_size > 8 * 1024 * 1024


def test_starting_in_another_thread_is_refused(tmp_path: Path) -> None:
    refused: list[RuntimeError] = []

    def start() -> None:
        try:
            start_process("sleeper", ["sleep", "60"], log=tmp_path / "log").kill()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(refused[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = _STARTS_A_CHILD.format(log=str(tmp_path / "log"))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert _is_gone(child, timeout_s=10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a process as another user")
def test_child_runs_as_the_account_without_the_groups_of_root(tmp_path: Path) -> None:
    child = start_process("id", ["id"], log=tmp_path / "log", account=Account.of_user("nobody"))
    child.wait_until(lambda: "nobody" in child.log_tail(), timeout_s=20)
    assert "root" not in child.log_tail()


def test_free_port_is_free_until_something_listens() -> None:
    assert not is_listening(free_port())


def _run_to_its_end(child: ChildProcess) -> None:
    with suppress(Unavailable):
        child.wait_until(lambda: False, timeout_s=20)


def _is_gone(process: psutil.Process, *, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.02)
                continue
        return True
    return False
