"""`ioc demo`: everything on this machine, started in order, watched, and stopped in reverse."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from rich.console import Console

from ioc.demo.broker import Broker, start_broker
from ioc.demo.office_past import Known, read_known, write_known, write_past
from ioc.demo.postgres import PostgresServer, remove_server
from ioc.demo.processes import LOOPBACK, ChildProcess, free_port, is_listening, start_process
from ioc.errors import ConfigurationError
from ioc.geo.publish import sdi_publish
from ioc.store.migrate import migrate

_DATABASE = "ioc"
_READY_TIMEOUT_S = 60.0
_WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What `ioc demo` can be told."""

    port: int = 8080
    data_dir: Path = Path(".demo")
    sdi_dir: Path = Path("sdi")
    reset: bool = False
    rate: float = 40.0
    seed: int = 1
    speed: float = 1.0


def run_demo(options: Options, *, console: Console) -> int:
    """Run the demo until Ctrl-C, SIGTERM or the end of a part; return the exit code.

    Raises:
        ConfigurationError, Unavailable: something could not be started; what was started is stopped again.
    """
    port = options.port or free_port()
    if is_listening(port):
        raise ConfigurationError(
            f"port {port} is taken by another program: choose another with --port or IOC_DEMO_PORT, 0 takes a free one"
        )
    data = options.data_dir.absolute()
    if options.reset:
        _reset(data)
    ended: str | None = None
    with _stop_switch() as switch, ExitStack() as running:
        server, children, past = _start(options, data, port, running, console)
        switch.wait_for_it()
        console.print(f"map: http://{LOOPBACK}:{port}/", style="bold green", highlight=False, soft_wrap=True)
        console.print("Ctrl-C stops everything; the data stay in", str(options.data_dir), style="dim")
        ended = _watch(server, children, past, switch.pressed)
        if ended is not None:
            console.print(f"[red]{ended}[/red]", highlight=False)
        console.print("stopping …", style="dim")
    return 0 if ended is None else 1


@dataclass(slots=True)
class _Past:
    """What the offices did before now, on its way into the database; noted when it is there."""

    bringing: ChildProcess | None
    note: Callable[[], None]

    def look(self) -> None:
        """Note it when it is there. What failed is brought in at the next start."""
        if self.bringing is not None and not self.bringing.is_running:
            if self.bringing.exit_code == 0:
                self.note()
            self.bringing = None


def _start(
    options: Options, data: Path, port: int, running: ExitStack, console: Console
) -> tuple[PostgresServer, list[ChildProcess], _Past]:
    """Start the parts in order; each is put on `running` to be stopped in reverse."""
    with _step(console, "database"):
        server = PostgresServer(data / "postgres")
        server.start()
        running.callback(server.stop)
        server.create_database(_DATABASE)
        dsn = server.dsn(_DATABASE)
        level = migrate(dsn)
    console.print(f"  store level: {level.in_words()} · {server.description}", style="dim", highlight=False)
    if server.hint:
        console.print(f"  {server.hint}", style="yellow", highlight=False)
    with _step(console, "layers"):
        reports = asyncio.run(sdi_publish(dsn, sdi_dir=options.sdi_dir, wait=False))
    console.print("  " + ", ".join(f"{r.layer} ({r.features})" for r in reports), style="dim", highlight=False)
    with _step(console, "broker"):
        broker = start_broker(data / "broker")
        running.callback(broker.stop)
    console.print(f"  {broker.description} · {broker.url}", style="dim", highlight=False)
    environment = _environment(options, dsn, broker, port)
    _write_environment(data / "env", environment)
    console.print(f"  for the ioc command in another terminal: set -a; . {options.data_dir}/env", style="dim", highlight=False)
    with _step(console, "service"):
        service = _child("the service", ["serve"], data / "service.log", environment)
        running.callback(service.stop)
        service.wait_until(lambda: _is_ready(port), timeout_s=_READY_TIMEOUT_S)
    if not (Path(__file__).parent.parent / "static" / "index.html").is_file():
        console.print(
            "  the map is not built (Node.js 20 or newer is needed: install it and run make setup); the API is served", style="yellow"
        )
    with _step(console, "simulated province"):
        province, past = _start_province(options, data, running, environment)
    return server, [service, province, broker.process], past


def _start_province(options: Options, data: Path, running: ExitStack, environment: dict[str, str]) -> tuple[ChildProcess, _Past]:
    """Start the simulated province; begin to bring in what its offices did before, by the command for history, so that no alert comes of it."""
    now, note, file = datetime.now(UTC), data / "offices.json", data / "offices.ndjson.gz"
    known = read_known(note, now)
    told = ["--rate", str(options.rate), "--speed", str(options.speed), "--seed", str(options.seed)]
    told += ["--offices-since", f"{known.since}", "--offices-from", now.isoformat()]
    province = _child("the simulated province", ["simulate", "province", *told], data / "province.log", environment)
    running.callback(province.stop)
    past = _Past(None, lambda: write_known(note, Known(known.since, now)))
    if write_past(file, options.seed, known, now):
        past.bringing = _child("the past of the offices", ["ingest", str(file)], data / "offices.log", environment)
        running.callback(past.bringing.stop)
    return province, past


def _child(name: str, arguments: list[str], log: Path, environment: dict[str, str]) -> ChildProcess:
    return start_process(name, [sys.executable, "-m", "ioc.cli", *arguments], log=log, environment=environment)


def _environment(options: Options, dsn: str, broker: Broker, port: int) -> dict[str, str]:
    told = {
        "IOC_DATABASE_URL": dsn,
        "IOC_MQTT_URL": broker.url,
        "IOC_MQTT_PROTOCOL": str(broker.mqtt_protocol),
        "IOC_HTTP_HOST": LOOPBACK,
        "IOC_HTTP_PORT": str(port),
        "IOC_SDI_DIR": str(options.sdi_dir.absolute()),
    }
    return dict(os.environ) | told


def _write_environment(file: Path, environment: dict[str, str]) -> None:
    """Write the settings of this demo for people to use; it holds the database's password, so only its owner may read it."""
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()) if name.startswith("IOC_")))


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _watch(server: PostgresServer, children: list[ChildProcess], past: _Past, stopped: threading.Event) -> str | None:
    """Wait until told to stop, or until a part ends by itself; return which one and its last words then."""
    while not stopped.wait(_WATCH_S):
        past.look()
        for child in children:
            if not child.is_running:
                code = child.exit_code or 0
                how = f"was killed by signal {-code}" if code < 0 else f"has ended (exit code {code})"
                return f"{child.name} {how}; the end of its log:\n{child.log_tail()}"
        if server.pid is None:
            return f"the database has ended; its log is in {server.directory}"
    return None


def _reset(data: Path) -> None:
    remove_server(data / "postgres")
    shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _step(console: Console, name: str) -> Iterator[None]:
    """Show that something is being started, then that it is there."""
    with console.status(f"{name} …"):
        yield
    console.print(f"[green]✓[/green] {name}")


class _Stopped(Exception):
    """Told to stop while still starting."""


class _StopSwitch:
    """SIGINT and SIGTERM: while things are being started they interrupt, later they set `pressed`."""

    def __init__(self) -> None:
        self.pressed = threading.Event()
        self._is_started = False

    def wait_for_it(self) -> None:
        """From now on a signal only sets `pressed`."""
        self._is_started = True

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        first = not self.pressed.is_set()
        self.pressed.set()
        if first and not self._is_started:
            raise _Stopped


@contextmanager
def _stop_switch() -> Iterator[_StopSwitch]:
    switch = _StopSwitch()
    before = {number: signal.signal(number, switch) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield switch
    except _Stopped:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
