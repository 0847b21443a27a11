"""What the benchmarks of ingest have in common: broker, database, the service and a load, each a process; what they cost; goals and curves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

import asyncpg
import psutil

from ioc.demo.broker import Broker, start_broker
from ioc.demo.postgres import PostgresServer
from ioc.store.migrate import migrate
from tests.support.databases import Database
from tests.support.services import Service

ROOT = Path(__file__).parents[1]
SERIES = 1000
_CORES = psutil.cpu_count() or 1
Result = TypeVar("Result")


class Load:
    """The load generator, ready to send `messages` of `readings` readings each; the times of the readings begin at `start`."""

    def __init__(
        self,
        broker: Broker,
        source: str,
        messages: int,
        *,
        readings: int = 1,
        series: int = SERIES,
        rate: float | None = None,
        start: datetime | None = None,
        root: str = "ioc/v1",
    ) -> None:
        self.source, self.messages, self.readings, self.series = source, messages, readings, series
        self.began = 0.0
        self.start = start or datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        command = [sys.executable, "-m", "benchmarks.load", broker.port, f"{root}/{source}", messages]
        command += ["--series", series, "--readings", readings, "--start", self.start.timestamp(), *(["--rate", rate] if rate else [])]
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    @property
    def items(self) -> int:
        """How many readings it sends."""
        return self.messages * self.readings

    def wait_ready(self) -> None:
        """Wait until its packets are made."""
        assert self._process.stdout
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the load generator ended with code {self._process.wait()}")

    def go(self) -> None:
        """Begin to send."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def finish(self) -> float:
        """Wait for the end and return the seconds of CPU that it took; `began` is then when it did, by the monotonic clock."""
        said, _ = self._process.communicate(timeout=900)
        self.began, cpu = map(float, said.split())
        return cpu


@dataclass(frozen=True)
class Cost:
    """What a run took: messages, seconds, seconds of CPU by process, and the share of the machine that was busy with something else."""

    messages: int
    seconds: float
    cpu: Mapping[str, float]
    elsewhere: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    def cpu_per_1000(self, *names: str) -> float:
        """Return the milliseconds of CPU for 1,000 messages, of the processes `names` together."""
        return sum(self.cpu[name] for name in names) / self.messages * 1e6

    @property
    def in_words(self) -> str:
        """One line: speed, and milliseconds of CPU for 1,000 messages of each process."""
        shares = ", ".join(f"{name} {self.cpu_per_1000(name):.1f}" for name in self.cpu)
        return (
            f"{self.messages:,} messages in {self.seconds:.1f} s, {self.rate:,.0f} msg/s; ms of CPU for 1,000 messages: {shares}; "
            f"{self.elsewhere:.0%} of the machine busy elsewhere"
        )


class Meter:
    """Notes at its making what processes have used so far."""

    def __init__(self, read: Callable[[], Mapping[str, float]]) -> None:
        self._read = read
        self._before, self._busy, self.began = read(), _busy(), time.monotonic()

    def stop(self, messages: int, ended: float, **more: float) -> Cost:
        """Return what `messages` cost until `ended`; `more` are processes that counted for themselves."""
        after, busy = self._read(), _busy() - self._busy
        used = {name: after[name] - self._before[name] for name in after} | more
        passed = (time.monotonic() - self.began) * _CORES
        return Cost(messages, ended - self.began, used, max(0.0, (busy - sum(used.values())) / passed))


class Rig:
    """Broker, database and service of one benchmark."""

    def __init__(self, broker: Broker, server: PostgresServer, database: Database, service: Service) -> None:
        self.broker, self.server, self.database, self.service = broker, server, database, service

    def cpu(self) -> dict[str, float]:
        """Return the seconds of CPU used so far by each process; the database is all of its processes."""
        pids = {"service": self.service.pid, "database": self.server.pid, "broker": self.broker.process.pid}
        return {name: cpu_of_tree(pid) for name, pid in pids.items()}

    def warm(self, source: str, series: int = SERIES) -> None:
        """Let every series of `source` be known, and every statement prepared, before anything is measured."""
        self.measure(Load(self.broker, source, 5 * series, series=series, start=datetime.now(UTC) - timedelta(hours=2)))

    def measure(self, load: Load) -> Cost:
        """Send `load` and return what it cost until the ledger says that all of it is stored, not a reading more or less."""
        before = execute(self.database.dsn, lambda conn: ledger(conn, load.source))
        load.wait_ready()
        meter = Meter(self.cpu)
        load.go()
        ended = execute(self.database.dsn, lambda conn: _await_stored(conn, load, before))
        cost = meter.stop(load.messages, ended)
        cpu = load.finish()
        return replace(cost, cpu={**cost.cpu, "load": cpu}, elsewhere=max(0.0, cost.elsewhere - cpu / cost.seconds / _CORES))


@contextmanager
def open_rig(**settings: str) -> Iterator[Rig]:
    """Start broker and database, and end them afterwards with the service, if that was started; nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # PostgreSQL runs as another user than root
        with PostgresServer(place / "postgres") as server:
            server.create_database("ioc")
            database = Database(server.dsn("ioc"), migrate(server.dsn("ioc")))
            broker = start_broker(place / "broker")
            service = Service(database, broker, place, {"IOC_LOG_LEVEL": "warning", **settings})
            print(f"{server.description}; {broker.description}; store level {database.level}; {_CORES} cores", flush=True)
            try:
                yield Rig(broker, server, database, service)
            finally:
                service.stop()
                broker.stop()


def execute(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    """Return what `work` returns for a connection of its own."""

    async def run() -> Result:
        conn = await asyncpg.connect(dsn)
        try:
            return await work(conn)
        finally:
            await conn.close()

    return asyncio.run(run())


async def ledger(conn: asyncpg.Connection, source: str) -> tuple[int, int]:
    """Return how many readings of `source` were received and how many stored so far."""
    row = await conn.fetchrow(
        "SELECT coalesce(sum(received), 0)::bigint, coalesce(sum(stored), 0)::bigint FROM ledger WHERE source = $1", source
    )
    assert row
    return row[0], row[1]


def cpu_of_tree(pid: int | None) -> float:
    """Return the seconds of CPU of a process, of its children, and of those that ended."""
    assert pid
    root = psutil.Process(pid)
    times = root.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for process in root.children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def typical(costs: Sequence[Cost]) -> Cost:
    """Return the median of several runs of the same load."""
    cpu = {name: median(cost.cpu[name] for cost in costs) for name in costs[0].cpu}
    return Cost(costs[0].messages, median(cost.seconds for cost in costs), cpu, median(cost.elsewhere for cost in costs))


def report(name: str, value: float, goal: float, *, at_most: bool = False) -> None:
    """Print the line of a goal: name, value, goal, met or short."""
    met = value <= goal if at_most else value >= goal
    print(f"{name} {value:.2f} {goal:g} {'met' if met else 'short'}", flush=True)


async def _await_stored(conn: asyncpg.Connection, load: Load, before: tuple[int, int], patience_s: float = 900) -> float:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        received, stored = (now - then for now, then in zip(await ledger(conn, load.source), before, strict=True))
        if received >= load.items:
            at = time.monotonic()
            if not received == stored == load.items:
                raise RuntimeError(f"{load.items} readings were sent, {received} received and {stored} stored")
            return at
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{load.items} readings of {load.source} were not stored in {patience_s:g} s")


def _busy() -> float:
    """Return the seconds that the machine's cores have worked since its start."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq
