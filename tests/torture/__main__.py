"""The long torture, as a program: python -m tests.torture --seed SEED --messages 200000; ends with 0 when every invariant holds, else with 1."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from ioc.store.level import Level
from tests.support.databases import Database, DatabaseServers, available_levels
from tests.support.services import Service
from tests.torture.audit import Check, audit, compare_alerts, excess
from tests.torture.chaos import draw_blows
from tests.torture.generator import Plan, plan
from tests.torture.model import OUTCOMES
from tests.torture.run import Failed, Run, StartService, run
from tests.torture.store import Store, read_store

_HALF_A_DAY_MS = 43_200_000


def main() -> int:
    """Run both runs, print what was found, and return the exit code."""
    told = _arguments()
    began = time.monotonic()
    seed = told.seed or str(time.time_ns())
    _say(
        f"seed {seed}: {told.messages:,} messages of {told.sources} sources; the same again: make torture SEED={seed} MESSAGES={told.messages}"
    )
    wanted = plan(seed=seed, start=int(time.time()) * 1000 - _HALF_A_DAY_MS, messages=told.messages, sources=told.sources)
    _say(f"messages: {_listed(Counter(wanted.counts))}")
    _say(f"expected: {_listed(_sums(wanted.model.books))}")
    try:
        checks = _both_runs(told, seed, wanted)
    except Failed as failure:
        _say(f"FAILED, seed {seed}: {failure}")
        return 1
    broken = [check for check in checks if check.differences]
    _say(f"{len(checks) - len(broken)} of {len(checks)} invariants hold, {time.monotonic() - began:.0f} s, seed {seed}")
    return 1 if broken else 0


def _both_runs(told: argparse.Namespace, seed: str, wanted: Plan) -> list[Check]:
    blows = draw_blows(seed, lasts_s=told.seconds, every_s=told.every)
    with ExitStack() as stack:
        servers = DatabaseServers()
        stack.callback(servers.stop)
        level = max(available_levels(), key=list(Level).index)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ioc-torture-")))
        calm, rough = (stack.enter_context(servers.fresh(level)) for _ in range(2))
        _say(f"undisturbed, store level {level}")
        _tell_run(run(wanted, calm, directory / "calm", _starter(directory / "calm"), say=_say))
        undisturbed = asyncio.run(read_store(calm.dsn))
        checks = _tell_checks(audit(wanted.model, undisturbed, once=True))
        _say(f"disturbed {len(blows)} times in {told.seconds:.0f} s")
        # Other batches than in the undisturbed run, so that nothing may depend on where one ends.
        small = {"IOC_BATCH_SIZE": "100"}
        start = _starter(directory / "rough")
        _tell_run(run(wanted, rough, directory / "rough", start, lasts_s=told.seconds, blows=blows, say=_say, **small))
        disturbed = asyncio.run(read_store(rough.dsn))
        _tell_store(wanted, disturbed)
        return checks + _tell_checks([*audit(wanted.model, disturbed, once=False), *compare_alerts(undisturbed, disturbed)])


def _starter(directory: Path) -> StartService:
    """Return what starts a service whose files are in `directory`."""

    def start(database: Database, broker: object, **settings: str) -> Service:
        service = Service(database, broker, directory, settings)  # type: ignore[arg-type]
        service.start()
        return service

    return start


def _tell_run(done: Run) -> None:
    _say(
        f"took {done.seconds:.0f} s; sources connected again {done.reconnects} times and published {done.published_again:,} messages again"
    )
    for what, n in done.dealt.most_common():
        _say(f"  {n:>3} times: {what}")


def _tell_store(wanted: Plan, store: Store) -> None:
    _say(f"found: {_listed(_sums(store.books))}; {excess(wanted.model, store):,} items were delivered more than once")
    _say(f"alerts: {len(store.alerts):,} with {sum(len(alert['steps']) for alert in store.alerts.values()):,} transitions")


def _tell_checks(checks: list[Check]) -> list[Check]:
    for check in checks:
        _say(str(check))
    return checks


def _sums(books: dict[str, Counter[str]]) -> Counter[str]:
    return Counter({outcome: sum(counts[outcome] for counts in books.values()) for outcome in OUTCOMES})


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{what} {n:,}" for what, n in counts.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/torture", description="Ingest under random kills and restarts, compared with a model.")
    parser.add_argument("--seed", help="the same seed draws the same messages and blows; none: a new one")
    parser.add_argument("--messages", type=int, default=200_000, help="how many, over all sources (default: %(default)s)")
    parser.add_argument("--sources", type=int, default=50, help="how many field systems (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=300, help="how long the disturbed run publishes (default: %(default)s)")
    parser.add_argument("--every", type=float, default=5, help="mean seconds between two blows (default: %(default)s)")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
