"""Whether the cost of a reading grows with the number of rules, what states cost, how long a start takes. `make bench NAME=rules`.

The engine is measured by itself, in CPU time: the same readings of 20,000 series (10 properties at 50 places of 40 stations) are judged with 10
and with 10,000 threshold rules, in turn. Readings walk between 0 and 800. The goal is for limits from 700 up, as limits of alarms are: beyond the
usual, and some are crossed. Beside it, without a goal, limits all over the range: half of all rules fire all the time.
"""

from __future__ import annotations

import argparse
import gc
import resource
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from time import perf_counter, process_time

from benchmarks.rig import report
from ioc.alerts.engine import Engine
from ioc.alerts.machine import Condition, State
from ioc.alerts.rule import Rule, Selector, Severity, Text, Threshold
from ioc.alerts.standings import Standing
from ioc.domain.evidence import Reading
from ioc.domain.live import StationView
from ioc.domain.observation import SeriesKey

_PROPERTIES, _PLACES, _STATIONS = 10, 50, 40
_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_HIGHEST = 800.0
_WORDS = Text(vi="", en="")


class _Series:
    """A series as the engine asks for it."""

    __slots__ = ("description", "id", "key")

    def __init__(self, number: int, key: SeriesKey, description: StationView) -> None:
        self.id, self.key, self.description = number, key, description


def series() -> list[_Series]:
    """Return the 20,000 series."""
    made = []
    for place in range(_PLACES):
        for number in range(_STATIONS):
            view = StationView(source=f"place-{place}", station=f"s{number}", name="", kind="sensor", interval_s=60.0)
            for prop in range(_PROPERTIES):
                made.append(_Series(len(made), SeriesKey(view.source, view.station, f"p{prop}"), view))
    return made


def rules(number: int, rng: Random, lowest: float = 700) -> list[Rule]:
    """Return so many threshold rules with limits from `lowest` up to 1,200.

    The first ten are of a property each, so that every series is watched, the others of a property at a place each.
    """
    made = []
    for each in range(number):
        limit = rng.uniform(lowest, 1200)
        place = None if each < _PROPERTIES else f"place-{each // _PROPERTIES % _PLACES}"
        select = Selector(property=f"p{each % _PROPERTIES}", source=place)
        levels = (Threshold("minor", limit, limit - 1), Threshold("severe", limit + 50, limit + 49))
        made.append(Rule(f"r{each}", _WORDS, _WORDS, select, 1, levels, timedelta(), timedelta()))
    return made


def batches(some: Sequence[_Series], rounds: int, rng: Random) -> list[list[Reading]]:
    """Return a batch of one reading of each series for each round: a walk of small steps, as measured values go."""
    values = [rng.uniform(0, _HIGHEST) for _ in some]
    made = []
    for number in range(rounds):
        time = _NOW + timedelta(minutes=number)
        values = [min(_HIGHEST, max(0.0, value + rng.gauss(0, 0.2))) for value in values]
        made.append([Reading(time, time, one, value) for one, value in zip(some, values, strict=True)])
    return made


def judge(engine: Engine, told: Sequence[Sequence[Reading]]) -> tuple[float, int]:
    """Return the CPU seconds that judging takes, and how many transitions there are."""
    transitions, began = 0, process_time()
    for batch in told:
        transitions += len(engine.judge(batch).transitions)
        engine.settle()
    return process_time() - began, transitions


def flatness(told: Sequence[Sequence[Reading]], lowest: float) -> float:
    """Compare 10 with 10,000 rules, in turn, say what each costs and return the ratio."""
    rounds, some = len(told) - 2, told[0]
    costs: dict[int, list[float]] = {10: [], 1000: [], 10_000: []}
    for _ in range(3):
        for number, found in costs.items():
            engine = Engine(rules(number, Random(1), lowest))
            judge(engine, told[:2])  # every rule looks once at every series
            gc.collect()
            seconds, transitions = judge(engine, told[2:])
            found.append(seconds / (rounds * len(some)))
            print(f"  {number} rules: {found[-1] * 1e6:.2f} µs a reading, {transitions} transitions")
    cost = {number: median(found) for number, found in costs.items()}
    return cost[10_000] / cost[10]


def states(number: int) -> None:
    """Say how much memory states need, each of its own rule and subject, restored as from the database."""
    code = (
        "from benchmarks.rules import hold; import resource; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        f"kept = hold({number}); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    added, whole = (int(kib) / 1024 for kib in done.stdout.split())
    print(f"  {number} firing states: {added:.0f} MiB more, {whole:.0f} MiB in all")
    report("memory_of_100000_states_mb", whole, 500, at_most=True)


def hold(number: int) -> Engine:
    """Return an engine with so many states that fire."""
    some = series()
    engine = Engine(rules(1000, Random(1)))
    firing = State(Condition.FIRING, Severity.MINOR, _NOW)
    names = list(engine.rules)
    engine.restore(
        (names[each % len(names)], f"{some[each % len(some)].key}", Standing(firing, moved_at=_NOW, fired=(_NOW,)))
        for each in range(number)
    )
    engine.settle()
    return engine


def start() -> None:
    """Say how long an engine needs until it has planned every series."""
    some = series()
    for number in (10, 1000, 10_000):
        began = perf_counter()
        engine = Engine(rules(number, Random(1)))
        for one in some:
            engine.watches(one)
        print(f"  {number} rules, {len(some)} series planned in {perf_counter() - began:.2f} s")
    report("start_with_20000_series_s", perf_counter() - began, 5, at_most=True)


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    told = parser.parse_args()
    resource.getrusage(resource.RUSAGE_SELF)
    readings = batches(series(), told.rounds + 2, Random(7))
    print("cost of a reading, CPU time of one core; limits all over the range")
    print(f"  ratio {flatness(readings, 0):.2f}")
    print("cost of a reading, CPU time of one core; limits beyond the usual")
    report("cost_of_a_reading_10000_rules_of_10", flatness(readings, 700), 1.3, at_most=True)
    del readings
    print("memory")
    states(100_000)
    print("start")
    start()


if __name__ == "__main__":
    main()
