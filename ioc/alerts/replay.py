"""Rules over a time that is over: everything of it again, in the order in which it arrived, through the same engine as live."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg

from ioc.alerts.conditions import Absence, Cluster, Composite, Deadline, Rate, Target, Window, duration_of
from ioc.alerts.engine import GRACE, Engine, Judged, Surroundings
from ioc.alerts.lateness import Lateness, late_after_of
from ioc.alerts.past import Past, UnitsOf, occurrence_of_row, read_past
from ioc.alerts.rule import Rule
from ioc.alerts.standings import FLAP_WINDOW, Transition
from ioc.domain.evidence import Reading, Sighting
from ioc.errors import BadInput
from ioc.store import alert_history
from ioc.store.alerts import UnitOf
from ioc.store.pool import Connection

Order = Literal["arrival", "time"]
EVENTS_BACK = timedelta(days=30)
"""How long before the period events begin to count, where a rule waits for what follows them."""
_ANY_AGE = timedelta.max


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on and before `end`; the rules run from `warm_from` on, so that windows are full and waits are known at `begin`.

    `order` is that of arrival, as it was judged live, or of event time, as if nothing had been late: for history that was brought in later.
    """

    begin: datetime
    end: datetime
    warm_from: datetime
    order: Order = "arrival"

    def __post_init__(self) -> None:
        """Raise BadInput where it is no period."""
        if self.begin >= self.end:
            raise BadInput(f"from {self.begin.isoformat()} is not before to {self.end.isoformat()}")


@dataclass(frozen=True)
class Question:
    """What is asked: a period, the rules, those to compare them with (None: no others), and of which ids the answer is (None: all)."""

    begin: datetime
    end: datetime
    rules: Sequence[Rule]
    against: Sequence[Rule] | None = None
    only: Sequence[str] | None = None
    order: Order = "arrival"
    warm_up: timedelta | None = None

    def __post_init__(self) -> None:
        """Raise BadInput where an id is that of no rule."""
        known = {rule.id for rule in (*self.rules, *(self.against or ()))}
        for rule_id in self.only or ():
            if rule_id not in known:
                raise BadInput(f"there is no rule {rule_id[:80]!r}")

    def chosen(self, rules: Sequence[Rule]) -> list[Rule]:
        """Return those of `rules` that have to run."""
        return list(rules) if self.only is None else with_members(self.only, rules)


@dataclass(slots=True)
class RuleSet:
    """Rules that are replayed, and whoever is told of each transition of theirs."""

    rules: Sequence[Rule]
    around: Surroundings
    on_transition: Callable[[Transition], None]


def with_members(chosen: Iterable[str], rules: Sequence[Rule]) -> list[Rule]:
    """Return the chosen rules with all that composites among them speak of, in the order of `rules`."""
    by_id = {rule.id: rule for rule in rules}
    wanted: set[str] = set()
    todo = [rule_id for rule_id in chosen if rule_id in by_id]
    while todo:
        rule_id = todo.pop()
        if rule_id not in wanted:
            wanted.add(rule_id)
            condition = by_id[rule_id].condition
            todo += condition.members() if isinstance(condition, Composite) else ()
    return [rule for rule in rules if rule.id in wanted]


def warm_up(rules: Iterable[Rule], *, longest_interval_s: float = 0.0) -> timedelta:
    """Return how far back the rules look: their windows, waits and silences; `longest_interval_s` is the longest of any station."""
    return max((_look_back(rule, longest_interval_s) for rule in rules), default=timedelta()) + FLAP_WINDOW


def _look_back(rule: Rule, longest_interval_s: float) -> timedelta:
    waits = rule.hold + rule.keep_firing
    match rule.condition:
        case Rate() | Window():
            return waits + duration_of(rule.condition.over)
        case Cluster():
            return waits + duration_of(rule.condition.within)
        case Absence():
            factor = 1.0 if rule.condition.unit == "time" else longest_interval_s
            return waits + timedelta(seconds=max(t.limit for t in rule.thresholds) * factor)
        case _:
            return waits


def blind_spots(rules: Iterable[Rule]) -> list[str]:
    """Return, in words, what a replay of these rules cannot know."""
    told = []
    some = list(rules)
    if any(isinstance(rule.condition, Absence) and rule.condition.offline for rule in some):
        told.append("sources' words that they go offline are not kept: their silence counts from when they were last heard")
    if any(isinstance(rule.condition, Target) for rule in some):
        told.append("past values of indicators are not replayed: rules on targets do not fire")
    return told


async def replay(
    conn: Connection, period: Period, sets: Sequence[RuleSet], *, unit_of: UnitOf, units_of: UnitsOf, past: Past | None = None
) -> dict[str, int]:
    """Run rules over a period and return how many readings, positions and events there were; memory does not grow with them.

    Stations, units and areas are those of now. The connection must not be in a transaction.
    """
    past = past or await read_past(conn, unit_of)
    engines = [Engine(one.rules, one.around) for one in sets]
    counted: Counter[str] = Counter()
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        async for evidence in _in_order(_streams(conn, period, engines, past, units_of)):
            counted.update(type(one).__name__ for one in evidence)
            for engine, one in zip(engines, sets, strict=True):
                _tell(one, engine, engine.judge(evidence, until=evidence[0][0] - GRACE).transitions)
            await asyncio.sleep(0)  # others want to run, too
    for engine, one in zip(engines, sets, strict=True):
        _tell(one, engine, engine.judge((), until=period.end).transitions)
    return {"readings": counted["Reading"], "positions": counted["Sighting"], "events": counted["Occurrence"]}


def _tell(one: RuleSet, engine: Engine, transitions: Iterable[Transition]) -> None:
    for transition in transitions:
        one.on_transition(transition)
    engine.settle()


def _streams(
    conn: Connection, period: Period, engines: Sequence[Engine], past: Past, units_of: UnitsOf
) -> list[AsyncGenerator[list[Judged]]]:
    by_time = period.order == "time"
    streams = []
    watched = [series.id for series in past.series if any(engine.watches(series) for engine in engines)]
    chosen = None if len(watched) == len(past.series) else watched
    if watched:
        rows = alert_history.readings(conn, period.warm_from, period.end, chosen, by_time=by_time)
        streams.append(_readings(rows, past))
    if any(engine.geofences.is_needed or engine.absence.is_needed for engine in engines):
        streams.append(_sightings(alert_history.positions(conn, period.warm_from, period.end, by_time=by_time), past))
    types = sorted({name for engine in engines for name in (*engine.clusters.types(), *engine.deadlines.types)})
    if types:
        waits = any(isinstance(rule.condition, Deadline) for engine in engines for rule in engine.rules.values())
        begin = min(period.warm_from, period.begin - EVENTS_BACK) if waits else period.warm_from
        streams.append(_occurrences(alert_history.events(conn, begin, period.end, types, by_time=by_time), units_of))
    return streams


async def _readings(rows: alert_history.Portions, past: Past) -> AsyncGenerator[list[Judged]]:
    by_id = {series.id: series for series in past.series}
    bounds = {s.id: late_after_of(s.description.properties.get(s.key.property)) for s in past.series}
    lateness = Lateness()

    def read(row: asyncpg.Record) -> Iterator[Judged]:
        number, time, value, arrived = row
        series = by_id.get(number)
        if series is not None:
            yield Reading(arrived, time, series, value, lateness.is_late(number, time, arrived, bounds[number]))

    async for portion in rows:
        yield [one for row in portion for one in read(row)]


async def _sightings(rows: alert_history.Portions, past: Past) -> AsyncGenerator[list[Judged]]:
    lateness = Lateness()
    async for portion in rows:
        found: list[Judged] = []
        for row in portion:
            view = past.views.get(f"{row['source']}/{row['station']}")
            if view is not None and not lateness.is_late(view.id, row["time"], row["arrived"], _ANY_AGE):
                found.append(Sighting(row["arrived"], row["time"], view, row["lon"], row["lat"], row["speed"]))
        yield found


async def _occurrences(rows: alert_history.Portions, units_of: UnitsOf) -> AsyncGenerator[list[Judged]]:
    async for portion in rows:
        yield [occurrence_of_row(row, units_of) for row in portion]


async def _in_order(streams: Sequence[AsyncGenerator[list[Judged]]]) -> AsyncGenerator[list[Judged]]:
    """Join streams that are each in order of (arrived, time) into one, a portion at a time."""
    waiting: list[list[Judged]] = [[] for _ in streams]
    ended = [False for _ in streams]
    while True:
        for number, stream in enumerate(streams):
            while not waiting[number] and not ended[number]:
                portion = await anext(stream, None)
                ended[number] = portion is None
                waiting[number] = portion or []
        if not any(waiting):
            return
        # Nothing that is still to be read comes before the last of what was read of each.
        bound: Any = min((some[-1][:2] for some, is_over in zip(waiting, ended, strict=True) if some and not is_over), default=None)
        ready = [one for some in waiting for one in some if bound is None or one[:2] <= bound]
        waiting = [[one for one in some if bound is not None and one[:2] > bound] for some in waiting]
        yield sorted(ready, key=lambda one: one[:2])
