"""All rules over all that happens: evidence in the order of its arrival in, transitions out; nothing is final before `settle`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from ioc.alerts.absence_watch import AbsenceWatch
from ioc.alerts.cluster_watch import ClusterWatch
from ioc.alerts.composite_watch import CompositeWatch, UnitOf
from ioc.alerts.deadline_watch import DeadlineWatch
from ioc.alerts.geofence_watch import Areas, GeofenceWatch, NoAreas
from ioc.alerts.journal import Journal
from ioc.alerts.machine import due
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.plan import AreasAround, Plans, UnitsAbove
from ioc.alerts.rule import Rule
from ioc.alerts.series_watch import SeriesWatch
from ioc.alerts.standings import FLAP_WINDOW, Standing, Standings, Subject, Transition
from ioc.alerts.timers import Timers
from ioc.alerts.working_time import WorkingTime
from ioc.domain.evidence import Reading, Series, Sighting, Status

SERIES_KINDS = frozenset({"threshold", "rate", "window"})
_KEPT = 2 * FLAP_WINDOW
_PRUNE_EVERY = timedelta(minutes=10)


class Figure(NamedTuple):
    """A value that somebody else computed for a subject of a rule, such as how far an indicator is off its target."""

    arrived: datetime
    time: datetime
    rule_id: str
    subject: Subject
    value: float
    context: Mapping[str, object]


Judged: TypeAlias = Reading | Sighting | Occurrence | Status | Figure


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the engine asks of others: units above a station, areas around it and by layer, the unit of a subject, working time."""

    units_above: UnitsAbove = lambda _view: frozenset()
    areas_around: AreasAround = lambda _view: frozenset()
    areas: Areas = field(default_factory=NoAreas)
    unit_of: UnitOf = lambda _subject: None
    working: WorkingTime = field(default_factory=WorkingTime)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was judged since the last `settle`: the standings that have to be written, by (rule, subject), and the transitions in order."""

    kept: Mapping[tuple[str, str], Standing]
    transitions: Sequence[Transition]


class Engine:
    """The rules and how they stand. `judge` may be called again after a batch that was not committed: it begins where `settle` left off."""

    def __init__(self, rules: Iterable[Rule], around: Surroundings | None = None) -> None:
        around = around or Surroundings()
        self.rules = {rule.id: rule for rule in rules}
        some = list(self.rules.values())
        self._journal = journal = Journal()
        self._timers, self._waits = Timers(journal), Timers(journal)
        self._waiting: dict[str, tuple[Rule, Subject]] = {}
        self.standings = standings = Standings(on_transition=self._follow, on_wait=self._wait)
        plans = Plans(some, units_above=around.units_above, areas_around=around.areas_around)
        self.series = SeriesWatch(plans, self.rules, standings, wake=self._timers.set)
        units_above, areas_around = around.units_above, around.areas_around
        self.absence = AbsenceWatch(some, standings, journal, units_above=units_above, areas_around=areas_around)
        self.geofences = GeofenceWatch(some, standings, journal, around.areas, units_above=units_above, areas_around=areas_around)
        self.clusters = ClusterWatch(some, standings, journal)
        self.deadlines = DeadlineWatch(some, standings, journal, around.working)
        self._composites = CompositeWatch(some, standings, journal, around.unit_of)
        self._pruned: datetime | None = None
        self._is_open = False

    def restore(self, standings: Iterable[tuple[str, str, Standing]]) -> None:
        """Take up how rules stood, as (rule, subject, standing); those of rules that are no more are left out."""
        for rule_id, key, standing in standings:
            rule = self.rules.get(rule_id)
            if rule is None:
                continue
            self.standings.restore(rule_id, key, standing)
            if (when := due(standing.state, rule)) is not None:
                self._wait(rule, subject_of(rule, key), when)
            if rule.kind == "deadline":
                self.deadlines.wait(rule_id, key)
        self._composites.restore(lambda rule_id, key: subject_of(self.rules[rule_id], key))

    def watches(self, series: Series) -> bool:
        """Return whether readings of the series have to be judged."""
        return self.absence.is_needed or self.series.is_watched(series)

    def judge(self, evidence: Iterable[Judged], *, until: datetime | None = None) -> Verdict:
        """Judge what has come, in order of arrival; before that lets time go on to `until`, where it is told.

        Time then goes on between one arrival and the next too, so that how what comes is cut into batches makes no difference.
        """
        self._begin()
        if until is not None:
            self.advance(until)
        at, behind = None, timedelta()
        for one in evidence:
            if until is not None and one[0] != at:
                if at is None:
                    behind = one[0] - until
                at = one[0]
                self.advance(at - behind)
            if type(one) is Reading:
                self._read(one)
            else:
                self._take(one)
        return Verdict(self.standings.changed(), list(self.standings.transitions))

    def advance(self, now: datetime) -> None:
        """Let happen what time alone makes happen up to `now`, in the order in which it is due."""
        while (when := self.next_due()) is not None and when <= now:
            self._advance_to(when)
        if self._pruned is None or now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            self.standings.prune(now - _KEPT)

    def _advance_to(self, now: datetime) -> None:
        for _, key in self._timers.take(now):
            self.series.elapse(key, now)
        self.absence.advance(now)
        self.clusters.advance(now)
        self.deadlines.advance(now)
        for when, name in self._waits.take(now):
            if name not in self._waiting:  # a timer that came back with a batch that was taken back
                continue
            rule, subject = self._waiting.pop(name)
            moment = due(self.standings.at(rule.id, subject.key).state, rule)
            if moment is None:
                continue
            if moment > now:  # what it waited for is over, and it waits again
                self._wait(rule, subject, moment)
                continue
            if rule.kind == "geofence" and not self.geofences.counts(subject, when):
                continue
            self.standings.elapse(rule, subject)

    def next_due(self) -> datetime | None:
        """Return when time alone may next move something, None where nothing waits."""
        each = (self._timers, self._waits, self.absence.timers, self.clusters.timers, self.deadlines.timers)
        return min((when for timers in each if (when := timers.next()) is not None), default=None)

    def settle(self) -> None:
        """Make what was judged the present state: it is committed."""
        self._is_open = False
        self.standings.settle()
        self.series.settle()
        self._journal.settle()

    def take_back(self) -> None:
        """Undo what was judged since `settle`: it was not committed."""
        self._is_open = False
        self.standings.take_back()
        self.series.take_back()
        self._journal.take_back()
        for rule_id, key, standing in self.standings.each():
            rule = self.rules[rule_id]
            if (when := due(standing.state, rule)) is not None:
                self._wait(rule, subject_of(rule, key), when)

    def _begin(self) -> None:
        if self._is_open:
            self.take_back()
        self._is_open = True

    def _read(self, reading: Reading) -> None:
        arrived, time, series, value, is_late = reading
        if is_late:
            self.series.see_late(series, time, value)
            return
        if self.absence.is_needed:
            self.absence.hear(series.description, time, arrived)
        self.series.see(series, time, value)

    def _take(self, one: Judged) -> None:
        match one:
            case Sighting(arrived, time, station, lon, lat, speed):
                if self.absence.is_needed:
                    self.absence.hear(station, time, arrived)
                self.geofences.see(station, time, lon, lat, speed)
            case Occurrence():
                self.clusters.see(one)
                self.deadlines.see(one)
            case Status(arrived, _, source, online):
                if self.absence.is_needed:
                    self.absence.tell_status(source, arrived, online=online)
            case Figure(_, time, rule_id, subject, value, context) if rule_id in self.rules:
                self.standings.move(self.rules[rule_id], subject, time, value, context=context)

    def _follow(self, transition: Transition) -> None:
        self._composites.follow(transition)

    def _wait(self, rule: Rule, subject: Subject, when: datetime) -> None:
        if rule.kind in SERIES_KINDS:
            self._timers.set(subject.key, when)
            return
        name = f"{rule.id}\n{subject.key}"
        self._waiting[name] = rule, subject
        self._waits.set(name, when)


def subject_of(rule: Rule, key: str) -> Subject:
    """Return the subject of a key that an earlier run left; its place is known by the alert."""
    source, _, rest = key.partition("/")
    match rule.kind:
        case "threshold" | "rate" | "window":
            station, _, name = rest.partition("/")
            return Subject(key, source, station, name)
        case "geofence":
            return Subject(key, source, rest.partition("@")[0])
        case "deadline":
            return Subject(key, key.partition(":")[0])
        case "absence" | "composite" if rest and not key.startswith("unit:"):
            return Subject(key, source, rest)
        case "absence":
            return Subject(key, key)
        case _:
            return Subject(key)
