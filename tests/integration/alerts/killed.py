"""Ingests some minutes in processes that end by SIGKILL as soon as a transition of each kind is written, and once more after it is committed.

`python -m tests.integration.alerts.killed DSN` with a database that has the units; says the (kind, moment) of each kill, with `calm` after it
there is none. What a process was given and did not finish is given to the next, as a broker does: also what was committed already.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import sys
from datetime import timedelta
from typing import Any

import msgspec

from ioc.alerts.engine import GRACE
from ioc.alerts.machine import Kind
from ioc.alerts.recorder import JudgedBatch, Recorder
from ioc.alerts.rule_file import parse_rules
from ioc.domain.clock import rfc3339
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Writer
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.integration.alerts.test_rule_replay import MINUTES, RULES, START, around, recorded
from tests.integration.ingest.conftest import find_units

KINDS = [kind for kind in Kind if kind is not Kind.RULE_CHANGED]
MOMENTS = ("written", "committed")
BATCH = 23
LADDER = """
  - id: ladder
    title: {vi: a, en: a}
    select: {property: walk}
    above: [{severity: minor, limit: 5, clear: 4}, {severity: severe, limit: 8, clear: 7}]
    keep_firing_for: 3s
"""
WALK = [1, 6, 9, 6.5, 3, 6, 3, 3, 3, 3, 3, 1, 6, 6, None, None, None, None, None, None, None, None, 6, (9.5, 1), 1, 1, 1, 1, 1, 1]
"""What the ladder's station says second by second, again and again: None is silence, a pair a reading of so many seconds before."""


class Doomed(Recorder):
    """A recorder whose process is killed at the first transition of `kind`, at `moment`; with None it lives."""

    kind: Kind | None = None
    moment = ""

    async def judge(self, *told: Any, **more: Any) -> JudgedBatch:
        self._has_met = False
        batch = await super().judge(*told, **more)
        if self._has_met and self.moment == "written":
            die()
        return Fatal(batch.alerts, batch._engine) if self._has_met else batch

    async def _write(self, conn: Any, verdict: Any, *told: Any) -> Any:
        self._has_met = any(transition.kind is self.kind for transition in verdict.transitions)
        return await super()._write(conn, verdict, *told)


class Fatal(JudgedBatch):
    """What was judged is committed now."""

    def settle(self) -> None:
        die()


def die() -> None:
    """End as a process does that the kernel kills."""
    os.kill(os.getpid(), signal.SIGKILL)


def steps() -> list[list[Decoded]]:
    """Return the batches in their order; an empty one stands for the end of a second."""
    made: list[list[Decoded]] = []
    for second, told in enumerate(recorded()):
        messages = [*told, *walk(second)]
        made += [messages[begin : begin + BATCH] for begin in range(0, len(messages), BATCH)]
        made.append([])
    return made


def walk(second: int) -> list[Decoded]:
    """Return what the ladder's station says in a second."""
    now, told = START + timedelta(seconds=second), WALK[second % len(WALK)]
    said: list[tuple[str, object]] = [] if second else [("station/step", {"name": "Step", "kind": "step", "interval_s": 2})]
    if told is not None:
        back, value = told if isinstance(told, tuple) else (0, told)
        said.append(("obs/step/walk", {"time": rfc3339(now - timedelta(seconds=back)), "value": value}))
    return [read_message(Message(f"ioc/v1/ladder/{topic}", msgspec.json.encode(payload), now)) for topic, payload in said]


async def ingest(dsn: str, made: list[list[Decoded]], progress: mmap.mmap, kind: Kind | None, moment: str) -> None:
    """Go on where the process before was killed."""
    pool = await open_pool(dsn, size=2)
    units = await find_units(pool)
    rules = parse_rules(RULES + LADDER, file="rules.yaml")
    recorder = Doomed(lambda: rules, units.ref, around=around)
    recorder.kind, recorder.moment = kind, moment
    at = int.from_bytes(progress[:4], "little")
    second = sum(not batch for batch in made[:at])
    async with pool.acquire() as conn:
        await recorder.start(conn, START + timedelta(seconds=second))
    writer = Writer(pool, known=Registry(units.ref), units=lambda: units, judge=recorder, passed=lambda arrived: arrived - GRACE)
    for number in range(at, len(made)):
        progress[:4] = number.to_bytes(4, "little")
        if made[number]:
            await writer.write(made[number])
            continue
        second += 1
        now = START + timedelta(seconds=second)
        await writer.elapse(now - GRACE, now)
    end = START + timedelta(minutes=MINUTES)
    await writer.elapse(end, end + GRACE)
    await pool.close()


def main() -> None:
    """Fork a process for each kill, the last of which comes through."""
    made, progress = steps(), mmap.mmap(-1, 4)
    kills: list[tuple[Kind | None, str]] = [] if "calm" in sys.argv else [(kind, moment) for kind in KINDS for moment in MOMENTS]
    for kind, moment in [*kills, (None, "")]:
        child = os.fork()
        if child == 0:
            asyncio.run(ingest(sys.argv[1], made, progress, kind, moment))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write(f"killed {kind} {moment}\n")
        elif os.waitstatus_to_exitcode(status) or kind is not None:
            sys.exit(f"no {kind} was met, or it failed: {status}")


if __name__ == "__main__":
    main()
