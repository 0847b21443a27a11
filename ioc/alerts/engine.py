"""All rules over all that happens: evidence in the order of its arrival in, transitions out; nothing is final before `settle`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from ioc.alerts.absence_watch import AbsenceWatch
from ioc.alerts.cluster_watch import ClusterWatch
from ioc.alerts.composite_watch import CompositeWatch, UnitOf
from ioc.alerts.conditions import Absence, Composite, Deadline, Geofence, Rate, Window
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
from ioc.domain.evidence import Reading, Readings, Series, Sighting, Status

SERIES_KINDS = frozenset({"threshold", "rate", "window"})
GRACE = timedelta(seconds=2)
"""How much later than it happened something may arrive and still count before time passes over it."""
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


Judged: TypeAlias = Reading | Readings | Sighting | Occurrence | Status | Figure


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
                self._wait(rule, subject_of(rule, key, standing.context), when)
            if rule.kind == "deadline":
                self.deadlines.wait(rule_id, key)
        self._composites.restore(lambda rule_id, key: subject_of(self.rules[rule_id], key, self.standings.at(rule_id, key).context))

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
        see, hear = self.series.see, self.absence.hear if self.absence.is_needed else None
        at: datetime | None = None
        behind = timedelta()
        for one in evidence:
            if until is not None and one[0] != at:
                behind = one[0] - until if at is None else behind
                at = one[0]
                self.advance(at - behind)
            if type(one) is not Reading:
                if type(one) is Readings:
                    self._take_readings(one)
                else:
                    self._take(one)
                continue
            arrived, time, series, value, is_late = one
            if is_late:
                self.series.see_late(series, time, value)
                continue
            if hear is not None:
                hear(series.description, time, arrived)
            see(series, time, value)
        return Verdict(self.standings.changed(), list(self.standings.transitions))

    def advance(self, now: datetime) -> None:
        """Let happen what time alone makes happen up to `now`."""
        # In order of time, whatever it is that is due, since composites follow what happens to others.
        while (when := self.next_due()) is not None and when <= now:
            for _, key in self._timers.take(when):
                self.series.elapse(key, when)
            self.absence.advance(when)
            self.clusters.advance(when)
            self.deadlines.advance(when)
            for _, name in self._waits.take(when):
                self._end_wait(name, when)
        if self._pruned is None or now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            self.standings.prune(now - _KEPT)

    def _end_wait(self, name: str, now: datetime) -> None:
        if name not in self._waiting:  # the batch that waited was taken back
            return
        rule, subject = self._waiting[name]
        self._journal.drop(self._waiting, name)
        moment = due(self.standings.at(rule.id, subject.key).state, rule)
        if moment is None:
            return
        if moment > now:  # it began anew since it was set
            self._wait(rule, subject, moment)
        elif rule.kind != "geofence" or self.geofences.counts(subject, moment):
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

    def _begin(self) -> None:
        if self._is_open:
            self.take_back()
        self._is_open = True

    def _take_readings(self, told: Readings) -> None:
        """Judge the readings of a message: together where they move nothing, which is nearly always, else one by one."""
        _, _, series, times, values = told
        view, last, has_absence = series.description, times[-1], self.absence.is_needed
        if (not has_absence or self.absence.is_calm(view, last, told.arrived)) and self.series.see_calmly(series, times, values):
            if has_absence:
                self.absence.hear_calmly(view, last)
            return
        for time, value in zip(times, values, strict=True):
            if has_absence:
                self.absence.hear(view, time, told.arrived)
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
            case Status(arrived, _, source, online, is_planned):
                if self.absence.is_needed and is_planned:
                    self.absence.stop(source, arrived)
                elif self.absence.is_needed:
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
        self._journal.put(self._waiting, name, (rule, subject))
        self._waits.set(name, when)


def subject_of(rule: Rule, key: str, context: Mapping[str, Any]) -> Subject:
    """Return the subject of a key that an earlier run left; its place is in what the kind of rule remembers, or else that of the station."""
    source, _, rest = key.partition("/")
    match rule.condition:
        case None | Rate() | Window():
            station, _, name = rest.partition("/")
            return Subject(key, source, station, name)
        case Geofence():
            return Subject(key, source, rest.partition("@")[0])
        case Absence(of="source") | Composite(scope="source"):
            return Subject(key, key)
        case Absence() | Composite(scope="station"):
            return Subject(key, source, rest)
    where = {name: context.get(name) for name in ("lon", "lat", "unit_id")}
    return Subject(key, context.get("source") if isinstance(rule.condition, Deadline) else None, **where)
