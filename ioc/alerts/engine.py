"""Which rules look at which series, how each of them stands, and what a batch of samples changes; nothing is changed before `settle`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from ioc.alerts.machine import Condition, Kind, State, step
from ioc.alerts.rule import Rule, Severity
from ioc.domain.live import StationView
from ioc.domain.observation import SeriesKey

_GAP_INTERVALS = 3
_ALERT_NAMESPACE = uuid.UUID("6b1f6e0e-4f0e-5d53-9c3f-0b8f1f0f9a11")


class Subject(Protocol):
    """A series as the rules see it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def key(self) -> SeriesKey:
        """Its name."""
        ...

    @property
    def description(self) -> StationView:
        """Its station as it describes itself."""
        ...


Sample = tuple[Subject, datetime, float]
"""A value of a series at its event time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stands for a series, and the alert that is open because of it, if one is."""

    state: State = field(default_factory=State)
    alert_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Something happened to an alert; `limit` is that of its severity."""

    alert_id: uuid.UUID
    rule: Rule
    subject: Subject
    kind: Kind
    condition: Condition
    severity: Severity
    limit: float
    value: float
    time: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a batch changes: standings by (rule, series), of which `kept` have to be written, and the transitions in order."""

    standings: dict[tuple[str, int], Standing]
    kept: dict[tuple[str, int], Standing]
    transitions: list[Transition]


class Engine:
    """All rules over all series; the rules of a series are found once and kept until its station describes itself anew."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self._standings: dict[tuple[str, int], Standing] = {}
        self._plans: dict[int, tuple[StationView, list[Rule]]] = {}
        self._open: dict[int, set[str]] = {}

    def restore(self, standings: Iterable[tuple[str, int, Standing]]) -> None:
        """Take up where an earlier run left off: (rule, series, standing)."""
        self._standings = {(rule, series): standing for rule, series, standing in standings}
        self._open.clear()
        for (rule, series), standing in self._standings.items():
            self._note(rule, series, standing)

    def watches(self, subject: Subject) -> bool:
        """Return whether a rule looks at the series, or has an alert open for it."""
        return any(self._plan(subject))

    def judge(self, samples: Sequence[Sample]) -> Verdict:
        """Return what `samples`, in order of time within each series, change."""
        standings: dict[tuple[str, int], Standing] = {}
        transitions: list[Transition] = []
        for subject, time, value in samples:
            plan, dropped = self._plan(subject)
            for rule in dropped:
                key = rule.id, subject.id
                if key in standings:
                    continue
                standings[key], cleared = _let_go(rule, subject, time, value, self._standings[key])
                transitions.append(cleared)
            for rule in plan:
                key = rule.id, subject.id
                before = standings.get(key) or self._standings.get(key) or Standing()
                standings[key], transition = _judge(rule, subject, time, value, before)
                if transition is not None:
                    transitions.append(transition)
        kept = {key: s for key, s in standings.items() if _differs(s, self._standings.get(key))}
        return Verdict(standings, kept, transitions)

    def settle(self, verdict: Verdict) -> None:
        """Make the verdict the present state."""
        self._standings.update(verdict.standings)
        for (rule, series), standing in verdict.kept.items():
            self._note(rule, series, standing)

    def _note(self, rule: str, series: int, standing: Standing) -> None:
        """Remember for which rules a series has an open alert."""
        if standing.alert_id is not None:
            self._open.setdefault(series, set()).add(rule)
        elif series in self._open:
            self._open[series].discard(rule)

    def _plan(self, subject: Subject) -> tuple[list[Rule], list[Rule]]:
        """Return the rules that look at the series, and those that have an open alert for it and do so no more."""
        station = subject.description
        plan = self._plans.get(subject.id)
        if plan is None or plan[0] is not station:
            plan = station, [rule for rule in self.rules.values() if rule.select.matches(station, subject.key.property)]
            self._plans[subject.id] = plan
        still_open = self._open.get(subject.id)
        if not still_open:
            return plan[1], []
        return plan[1], [self.rules[rule] for rule in still_open - {rule.id for rule in plan[1]} if rule in self.rules]


def _judge(rule: Rule, subject: Subject, time: datetime, value: float, before: Standing) -> tuple[Standing, Transition | None]:
    interval = subject.description.interval_s
    max_gap = None if interval is None else timedelta(seconds=_GAP_INTERVALS * interval)
    state, kind = step(before.state, rule, value, time, max_gap=max_gap)
    if kind is None:
        return replace(before, state=state), None
    started = state.since or before.state.since or time
    alert_id = before.alert_id or _alert_id(rule, subject.key, started)
    severity = state.severity or before.state.severity or Severity.MINOR
    threshold = rule.threshold(severity) or rule.thresholds[0]
    transition = Transition(alert_id, rule, subject, kind, state.condition, severity, threshold.limit, value, time, started)
    return Standing(state, None if kind is Kind.CLEARED else alert_id), transition


def _let_go(rule: Rule, subject: Subject, time: datetime, value: float, before: Standing) -> tuple[Standing, Transition]:
    """Clear the alert of a rule that looks at the series no more: the rule, or what the station says about itself, has changed."""
    assert before.alert_id is not None
    severity = before.state.severity or Severity.MINOR
    limit = (rule.threshold(severity) or rule.thresholds[0]).limit
    started = before.state.since or time
    transition = Transition(before.alert_id, rule, subject, Kind.CLEARED, Condition.NORMAL, severity, limit, value, time, started)
    return Standing(State(judged_at=time)), transition


def _alert_id(rule: Rule, series: SeriesKey, started: datetime) -> uuid.UUID:
    """The same breach has the same alert, however often it is judged."""
    return uuid.uuid5(_ALERT_NAMESPACE, f"{rule.id} {series} {started.isoformat()}")


def _differs(standing: Standing, before: Standing | None) -> bool:
    """Return whether it has to be written; when it was last judged can be told from the series and is not."""
    known = before or Standing()
    return replace(standing.state, judged_at=None) != replace(known.state, judged_at=None) or standing.alert_id != known.alert_id
