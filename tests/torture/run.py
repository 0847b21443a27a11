"""One run: a database, a broker and the service, all sources publishing, blows falling; at its end everything that was sent is committed."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from ioc.demo.broker import start_broker
from tests.support.databases import Database
from tests.support.services import SDI_DIRECTORY, Service
from tests.torture.chaos import Blow, Hand, ask
from tests.torture.generator import ALL_STATIONS, END, Plan
from tests.torture.publisher import Publisher

_PATIENCE_S = 20.0
"""How long a patient blow waits for the service to commit something; it then falls while the rest of the burst is worked on."""
_STALLED_S = 60.0
_QUIET_S = 1.0
_COMPANY_MS = 1500
"""How long what does not fill a batch waits in a disturbed run.

What is told is half a day old. Were the service idle for two seconds it would rightly believe that nothing waits anywhere, let that half day
pass for the rules, and find every series silent, which an undisturbed run at full speed never does. So it always has something in hand.
"""
_LOG_LINES = 40
_RULES = """
rules:
  - id: high
    title: {vi: Mực nước cao, en: High water}
    select: {property: level, kind: gauge}
    above:
      - {severity: moderate, limit: 5, clear: 4.5}
      - {severity: severe, limit: 6.5, clear: 6}
  - id: long
    title: {vi: Cao lâu, en: High for long}
    select: {property: held}
    above: [{severity: minor, limit: 10}]
    for: 30s
    keep_firing_for: 20s
  - id: dry
    title: {vi: Mực nước thấp, en: Low water}
    select: {property: level}
    below: [{severity: minor, limit: 3, clear: 3.4}]
    for: 10s
"""
_CLOSE = "INSERT INTO source (name, policy) SELECT unnest($1::text[]), 'closed'"
_IMPORT = """
INSERT INTO station (source_id, code, name) SELECT s.id, c, c FROM source s, unnest($1::text[]) AS c WHERE s.policy = 'closed'
"""
StartService = Callable[..., Service]


class Failed(Exception):
    """The system did not come through."""


@dataclass
class Run:
    """How a run went. `dealt` counts the blows by kind."""

    seconds: float
    published_again: int
    reconnects: int
    dealt: Counter[str] = field(default_factory=Counter)


def make_sdi(folder: Path) -> Path:
    """Make a folder of layers with the rules of the torture, and return it."""
    shutil.copytree(SDI_DIRECTORY, folder, ignore=shutil.ignore_patterns("rules"))
    (folder / "rules").mkdir()
    (folder / "rules" / "torture.yaml").write_text(_RULES, encoding="utf-8")
    return folder


def run(
    plan: Plan,
    database: Database,
    directory: Path,
    start_service: StartService,
    *,
    lasts_s: float = 0.0,
    blows: Sequence[Blow] = (),
    say: Callable[[str], None] = lambda _line: None,
    **settings: str,
) -> Run:
    """Publish the plan over `lasts_s` seconds (0: as fast as it goes) while the blows fall, and return when all of it is committed.

    Raises:
        Failed: the service ended by itself, or does not get further.
    """
    began = time.monotonic()
    ask(database.dsn, lambda conn: _close_sources(conn, plan))
    if lasts_s:
        settings.setdefault("IOC_BATCH_AGE_MS", str(_COMPANY_MS))
    with ExitStack() as stack:
        folder = directory / "mosquitto"
        broker = start_broker(folder, kind="mosquitto")
        service = start_service(database, broker, IOC_SDI_DIR=str(make_sdi(directory / "sdi")), **settings)
        hand = Hand(service, broker, folder, database)
        stack.callback(hand.stop_broker)
        stack.callback(service.stop)
        publisher = Publisher(broker.port, plan, lasts_s=lasts_s)
        publisher.start()
        dealt = _Watch(plan, database, service, publisher, say).through(blows, hand)
    return Run(time.monotonic() - began, publisher.published_again, publisher.reconnects, dealt)


async def _close_sources(conn: asyncpg.Connection, plan: Plan) -> None:
    """Close some sources before anything is sent; what stations they have is imported."""
    await conn.execute(_CLOSE, sorted(plan.closed))
    await conn.execute(_IMPORT, list(ALL_STATIONS))


class _Watch:
    """What the main thread does during a run: deal blows at their time, look how far things are."""

    def __init__(self, plan: Plan, database: Database, service: Service, publisher: Publisher, say: Callable[[str], None]) -> None:
        self._plan, self._database, self._service, self._publisher, self._say = plan, database, service, publisher, say
        self._began = time.monotonic()

    def through(self, blows: Sequence[Blow], hand: Hand) -> Counter[str]:
        """Deal the blows one after another, as long as there is something to hit, then wait for the end; returns what was dealt."""
        dealt: Counter[str] = Counter()
        for blow in blows:
            self._until(lambda: False, blow.after_s, every_s=0.1)
            if self._is_over():  # what comes after would find an idle service, for which half a day passes
                break
            if blow.patient:
                before = self._committed()
                self._until(lambda n=before: self._committed() > n, _PATIENCE_S)  # type: ignore[misc]
            self._expect_service()
            hand.deal(blow.disturbance)
            self._tell(blow.disturbance.value)
            dealt[blow.disturbance.value] += 1
        if blows and not dealt:
            raise Failed("all was over before the first blow fell")
        self._finish(dealt)
        return dealt

    def _finish(self, dealt: Counter[str]) -> None:
        """Wait until every source has ended in the store and nothing is delivered again."""
        committed, since = self._committed(), time.monotonic()
        while not self._is_over():
            self._pause(0.2)
            if (now := self._committed()) != committed:
                committed, since = now, time.monotonic()
            self._expect_service()
            if time.monotonic() - since > _STALLED_S:
                so_far = f"{committed} items, {self._publisher.published} messages published"
                raise Failed(f"nothing more was committed after {so_far}\n{self._last_words()}")
        self._service.wait_ready()
        while (now := self._committed()) != committed or time.monotonic() - since < _QUIET_S:
            if now != committed:
                committed, since = now, time.monotonic()
            self._pause(0.1)
        self._tell("everything is committed")

    def _expect_service(self) -> None:
        if not self._service.is_running:
            raise Failed(f"the service ended by itself\n{self._last_words()}")

    def _last_words(self) -> str:
        """Return the end of the service's log, which is gone with the run."""
        return "\n".join(self._service.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])

    def _until(self, is_so: Callable[[], bool], patience_s: float, *, every_s: float = 0.0) -> None:
        end = time.monotonic() + patience_s
        while not is_so() and time.monotonic() < end and not self._is_over():
            self._pause(every_s)

    def _pause(self, seconds: float) -> None:
        _ = self._publisher.is_done  # raises what went wrong there
        time.sleep(seconds)

    def _committed(self) -> int:
        """Return how many items the ledger has, -1 while the database is away."""
        return self._count("SELECT coalesce(sum(received), 0)::int8 FROM ledger")

    def _is_over(self) -> bool:
        """Return whether every source has ended in the store."""
        return self._publisher.is_done and self._count(f"SELECT count(*) FROM event WHERE type = '{END}'") == len(self._plan.sources)

    def _count(self, query: str) -> int:
        try:
            n: int = ask(self._database.dsn, lambda conn: conn.fetchval(query))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return -1
        return n

    def _tell(self, what: str) -> None:
        elapsed, committed = time.monotonic() - self._began, self._committed()
        self._say(f"{elapsed:6.1f} s  published {self._publisher.published:>7,}  committed items {committed:>8,}  {what}")
