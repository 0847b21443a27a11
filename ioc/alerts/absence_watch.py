"""Rules on silence. A station is silent while its source is heard; that a whole source is silent is told once, by rules on sources.

How long a station has been silent is told by a clock of its source that stands still while the source is silent as a whole: a source that
comes back after hours does not find all its stations silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ioc.alerts.conditions import Absence
from ioc.alerts.journal import Journal
from ioc.alerts.kept_clocks import KeptClocks
from ioc.alerts.machine import Condition, limits_ahead
from ioc.alerts.plan import AreasAround, UnitsAbove
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject
from ioc.alerts.timers import Timers
from ioc.domain.live import StationView

_LONGEST_STEP = timedelta(minutes=15)
"""How far the clock of a source goes on at most between two readings, where none of its stations says how often it reports."""
_STEP_INTERVALS = 1.5
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Source:
    """A source: its newest time, its clock, and the longest step of that."""

    heard: datetime
    clock: timedelta = timedelta()
    step: timedelta | None = None
    saved: int = -1

    def save(self, journal: Journal) -> None:
        """Remember how it stands before a batch changes it."""
        if self.saved != journal.batch:
            self.saved, heard, clock, step = journal.batch, self.heard, self.clock, self.step
            journal.did(lambda: self._back(heard, clock, step))

    def _back(self, heard: datetime, clock: timedelta, step: timedelta | None) -> None:
        self.heard, self.clock, self.step = heard, clock, step


@dataclass(slots=True)
class _Station:
    """A station: when it was heard by the clock of its source, and in event time; `first` is the least silence that a rule asks for."""

    view: StationView
    subject: Subject
    rules: Sequence[Rule]
    first: timedelta | None
    clock: timedelta
    heard: datetime
    saved: int = -1

    def save(self, journal: Journal) -> None:
        """Remember how it stands before a batch changes it."""
        if self.saved != journal.batch:
            self.saved, heard, clock = journal.batch, self.heard, self.clock
            journal.did(lambda: self._back(heard, clock))

    def _back(self, heard: datetime, clock: timedelta) -> None:
        self.heard, self.clock = heard, clock


class AbsenceWatch:
    """When every station and source was heard."""

    def __init__(
        self, rules: Iterable[Rule], standings: Standings, journal: Journal, *, units_above: UnitsAbove, areas_around: AreasAround
    ) -> None:
        self._standings, self._journal = standings, journal
        self._units_above, self._areas_around = units_above, areas_around
        told = [(rule, rule.condition) for rule in rules if isinstance(rule.condition, Absence)]
        self._rules = [rule for rule, _ in told]
        self._of_stations = [rule for rule, condition in told if condition.of == "station"]
        self._of_sources = [rule for rule, condition in told if condition.of == "source"]
        self._kept = KeptClocks(standings, self._rules[0].id if self._rules else "")
        self._sources: dict[str, _Source] = {}
        self._stations: dict[str, _Station] = {}
        self._stopped: dict[str, datetime] = {}  # sources that stopped on purpose and have not been heard since
        self._waits: dict[str, Timers] = {}  # by source: stations by the clock of the source, counted from 1970
        self._chosen: dict[tuple[object, ...], list[Rule]] = {}
        self._firsts: dict[str, timedelta] = {}
        self.timers = Timers(journal)  # sources, by event time

    @property
    def is_needed(self) -> bool:
        """Whether any rule is about silence."""
        return bool(self._of_stations or self._of_sources)

    def restore(self, heard: Iterable[tuple[StationView, datetime]]) -> None:
        """Take up when stations were heard; the newest of a source is when it was heard itself."""
        told = list(heard)
        kept = list(self._kept.each())
        times = [(view.source, time) for view, time in told] + [(name, clock.heard) for name, clock in kept if clock.heard]
        for name, time in times:
            if name not in self._sources or self._sources[name].heard < time:
                self._sources[name] = _Source(time)
        for view, _ in told:
            self._learn_step(view)
        stopped = [(name, clock.stopped) for name, clock in kept if clock.stopped]
        # One that was heard afterwards was kept by another rule, which is not the first any more.
        self._stopped = {name: at for name, at in stopped if name not in self._sources or self._sources[name].heard < at}
        stills = {name: self._kept.of(name).stills for name in self._sources}
        for view, time in told:
            source = self._sources[view.source]
            stood_still = sum((stood for until, stood in stills[view.source] if until > time), timedelta())
            self._meet(view, time, source.clock - (source.heard - time - stood_still))
        for name in self._sources:
            self._wait_for_source(name)

    def hear(self, view: StationView, time: datetime, arrived: datetime) -> None:
        """A station was heard. A clock that is ahead makes nothing else look silent: no time counts beyond its arrival."""
        at = min(time, arrived)
        if self.is_calm(view, at, arrived):
            self.hear_calmly(view, at)
            return
        source = self._hear_source(view.source, at)
        if not self._of_stations:
            return
        station = self._stations.get(view.id)
        is_news = station is None or at > station.heard
        if station is None or station.view is not view:
            self._learn_step(view)
            heard, clock = (at, source.clock) if station is None or is_news else (station.heard, station.clock)
            station = self._meet(view, heard, clock)
        elif is_news:
            station.save(self._journal)
            station.clock, station.heard = source.clock, at
        if not is_news:
            return
        if station.first is None:
            return
        self._waits[view.source].set(view.id, _BEGIN + source.clock + station.first)
        for rule in station.rules if self._standings.of(view.id) else ():
            if self._standings.at(rule.id, view.id).state.severity is not None:
                self._standings.move(rule, station.subject, at, 0.0)

    def is_calm(self, view: StationView, last: datetime, arrived: datetime) -> bool:
        """Return whether hearing a known station any number of times up to `last` moves nothing but clocks."""
        source, station = self._sources.get(view.source), self._stations.get(view.id)
        if source is None or last > arrived or view.source in self._stopped:
            return False
        if last > source.heard and self._holds(view.source):  # what is no news of the source does not end its silence
            return False
        if self._of_stations and (station is None or station.view is not view or self._holds(view.id)):
            return False
        ahead = last - source.heard
        if ahead > min(source.step or _LONGEST_STEP, self._first_of_source(view.source)):
            return False
        due = self._waits[view.source].next() if view.source in self._waits else None
        return due is None or due >= _BEGIN + source.clock + max(ahead, timedelta())

    def _holds(self, key: str) -> bool:
        """Return whether a rule takes the subject for silent, or waits to."""
        return any(one.state.severity is not None for one in self._standings.of(key).values())

    def hear_calmly(self, view: StationView, last: datetime) -> None:
        """Hear a station of which `is_calm` holds."""
        source, station = self._sources[view.source], self._stations.get(view.id)
        if last > source.heard:
            source.save(self._journal)
            source.clock, source.heard = source.clock + (last - source.heard), last
            if self._of_sources and view.source not in self.timers:
                self._wait_for_source(view.source)
        if self._of_stations and station is not None and last > station.heard:
            station.save(self._journal)
            station.clock, station.heard = source.clock, last
            # Who is waited for already is looked at again then: waking early does no harm, and costs less than to put it off each time.
            if station.first is not None and view.id not in self._waits[view.source]:
                self._waits[view.source].set(view.id, _BEGIN + source.clock + station.first)

    def tell_status(self, source: str, at: datetime, *, online: bool) -> None:
        """A source, or its last will, says whether it is there.

        That it is there begins no wait: a source that has no stations, and sends an event now and then, is never silent by itself.
        """
        if online and source in self._sources:
            self._hear_source(source, at)
            self._kept.keep(source, stopped=self._stopped.get(source), heard=at)
        elif online:
            self._resume(source, at)
            for rule in self._rules_of_source(source):
                if self._standings.at(rule.id, source).state.severity is not None:
                    self._standings.move(rule, _of_source(source), at, 0.0)
        if online or source in self._stopped:  # whose last will says no more than it has said itself
            return
        if source in self._sources:
            self._fall_silent_before(source, self._sources[source], at)
        for rule in self._rules_of_source(source):
            assert isinstance(rule.condition, Absence)
            if rule.condition.offline:
                known = self._sources.get(source)
                age_s = (at - known.heard).total_seconds() if known else 0.0
                self._standings.move(rule, _of_source(source), at, max(age_s, rule.thresholds[0].limit))

    def stop(self, source: str, at: datetime) -> None:
        """A source says that it stops on purpose: until it is heard again its silence is nobody's concern.

        Said again, as brokers do with what is retained, it tells nothing.
        """
        if source in self._stopped:
            return
        self._journal.put(self._stopped, source, at)
        if source in self._sources:
            self._fall_silent_before(source, self._sources[source], at)
        for rule in self._rules_of_source(source):
            if self._standings.at(rule.id, source).state.condition is Condition.PENDING:
                self._standings.move(rule, _of_source(source), at, 0.0)
        self._kept.keep(source, stopped=at)

    def _resume(self, name: str, at: datetime) -> bool:
        """Return whether the source had stopped and is heard again: then what it was silent for is told to nobody."""
        if name not in self._stopped or at <= self._stopped[name]:
            return False
        self._journal.drop(self._stopped, name)
        self._kept.keep(name, stopped=None)
        return True

    def advance(self, now: datetime) -> None:
        """Let sources fall silent up to `now`."""
        for when, name in self.timers.take(now):
            if name in self._sources and name not in self._stopped:  # the batch that brought it may have been taken back
                self._judge_source(name, when)
                self._wait_for_source(name)

    def _hear_source(self, name: str, at: datetime) -> _Source:
        source = self._sources.get(name)
        had_stopped = self._resume(name, at)
        if source is None:
            source = _Source(at)
            self._journal.put(self._sources, name, source)
            self._wait_for_source(name)
        if at <= source.heard:
            return source
        if self._of_sources and not had_stopped:
            self._fall_silent_before(name, source, at)
        source.save(self._journal)
        step = min(at - source.heard, source.step or _LONGEST_STEP)
        if self._of_stations and step < at - source.heard:
            self._kept.keep(name, stopped=self._stopped.get(name), stood=(at, at - source.heard - step))
        source.clock += step
        source.heard = at
        if name in self._waits:
            self._let_stations_fall_silent(name, at)
        if self._of_sources:
            for rule in self._rules_of_source(name) if self._standings.of(name) else ():
                if self._standings.at(rule.id, name).state.severity is not None:
                    self._standings.move(rule, _of_source(name), at, 0.0)
            self._wait_for_source(name)
        return source

    def _first_of_source(self, name: str) -> timedelta:
        """Return the least silence of a source that a rule asks for."""
        first = self._firsts.get(name)
        if first is None:
            limits = [timedelta(seconds=rule.thresholds[0].limit) for rule in self._rules_of_source(name)]
            first = self._firsts[name] = min(limits, default=timedelta.max)
        return first

    def _fall_silent_before(self, name: str, source: _Source, at: datetime) -> None:
        """Tell of a silence of a source that was over before a timer could tell of it: as if it had."""
        for rule in self._rules_of_source(name):
            for limit in self._limits_ahead(rule, name):
                when = source.heard + timedelta(seconds=limit)
                if when < at:
                    self._standings.move(rule, _of_source(name), when, limit)
            self._standings.catch_up(rule, _of_source(name), at)

    def _judge_source(self, name: str, when: datetime) -> None:
        age_s = (when - self._sources[name].heard).total_seconds()
        for rule in self._rules_of_source(name):
            if any(age_s >= limit for limit in self._limits_ahead(rule, name)):
                self._standings.move(rule, _of_source(name), when, age_s)

    def _wait_for_source(self, name: str) -> None:
        limits = [limit for rule in self._rules_of_source(name) for limit in self._limits_ahead(rule, name)]
        if limits:
            self.timers.set(name, self._sources[name].heard + timedelta(seconds=min(limits)))

    def _limits_ahead(self, rule: Rule, key: str) -> list[float]:
        """Return the limits of the levels that do not hold yet, in the unit of the rule."""
        return limits_ahead(self._standings.at(rule.id, key).state, rule)

    def _rules_of_source(self, name: str) -> list[Rule]:
        return [rule for rule in self._of_sources if rule.select.source in (None, name)]

    def _learn_step(self, view: StationView) -> None:
        source = self._sources.get(view.source)
        if source is not None and view.interval_s is not None:
            source.save(self._journal)
            step = timedelta(seconds=_STEP_INTERVALS * view.interval_s)
            source.step = step if source.step is None else max(source.step, step)

    def _meet(self, view: StationView, heard: datetime, clock: timedelta) -> _Station:
        """Take in a station as it describes itself now, and wait for its silence."""
        rules = self._choose(view)
        for rule_id in [r for r in self._standings.of(view.id) if r not in {rule.id for rule in rules}]:
            gone = next((rule for rule in self._of_stations if rule.id == rule_id), None)
            if gone is not None:
                self._standings.drop(gone, Subject(view.id, view.source, view.station), heard, "the rule looks at this station no more")
        first = min((timedelta(seconds=_limit_s(rule, rule.thresholds[0].limit, view)) for rule in rules), default=None)
        station = _Station(view, Subject(view.id, view.source, view.station), rules, first, clock, heard)
        self._journal.put(self._stations, view.id, station)
        if first is not None:
            self._waits.setdefault(view.source, Timers(self._journal)).set(view.id, _BEGIN + clock + first)
        return station

    def _choose(self, view: StationView) -> list[Rule]:
        if not self._of_stations:
            return []
        units, areas = self._units_above(view), self._areas_around(view)
        key = (view.kind, view.source, view.station, units, areas, view.interval_s is None)
        if key not in self._chosen:
            self._chosen[key] = [
                rule
                for rule in self._of_stations
                if rule.select.matches(view, units, areas) and (view.interval_s is not None or _is_in_time(rule))
            ]
        return self._chosen[key]

    def _let_stations_fall_silent(self, source: str, at: datetime) -> None:
        """Judge the stations whose silence the clock of the source has reached; `at` is what the clock shows, in event time."""
        clock = self._sources[source].clock
        for _, key in self._waits[source].take(_BEGIN + clock, inclusive=False):
            station = self._stations.get(key)
            if station is None:  # the batch that brought it was taken back
                continue
            ahead: list[timedelta] = []
            for rule in station.rules:
                for limit in self._limits_ahead(rule, key):
                    told = station.clock + timedelta(seconds=_limit_s(rule, limit, station.view))
                    if told < clock:
                        self._standings.move(rule, station.subject, at - (clock - told), limit)
                    else:
                        ahead.append(told)
            if ahead:
                self._waits[source].set(key, _BEGIN + min(ahead))


def _of_source(name: str) -> Subject:
    return Subject(name, name)


def _is_in_time(rule: Rule) -> bool:
    return isinstance(rule.condition, Absence) and rule.condition.unit == "time"


def _limit_s(rule: Rule, limit: float, view: StationView) -> float:
    return limit if _is_in_time(rule) else limit * (view.interval_s or 0)
