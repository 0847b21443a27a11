"""How every rule stands for every subject that is not simply normal, and what a batch changes; nothing is final before `settle`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ioc.alerts.machine import NORMAL, Condition, Kind, State, begin_anew, due, elapse, step
from ioc.alerts.rule import Rule, Severity

_ALERT_NAMESPACE = uuid.UUID("6b1f6e0e-4f0e-5d53-9c3f-0b8f1f0f9a11")
FLAPS = 4
"""An alert that fires so often within `FLAP_WINDOW` flaps: it goes on as one alert, instead of a new one each time."""
FLAP_WINDOW = timedelta(minutes=30)
_NO_CONTEXT: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about. `key` names it for its rule; `station` is its code within `source`.

    Where `lon`, `lat` and `unit_id` are None, the place is that of the station.
    """

    key: str
    source: str | None = None
    station: str | None = None
    property: str | None = None
    lon: float | None = None
    lat: float | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stands for a subject, and the alert that is open because of it, if one is.

    `moved_at` is the time of the newest transition, `value` that of the newest step; `stale` says that nothing was heard for too long,
    `fired` when it fired of late. `last_alert` is the one that flapping would open again. `context` is what the kind of rule remembers.
    """

    state: State = NORMAL
    alert_id: uuid.UUID | None = None
    moved_at: datetime | None = None
    stale: bool = False
    value: float = 0.0
    fired: tuple[datetime, ...] = ()
    last_alert: uuid.UUID | None = None
    context: Mapping[str, Any] = field(default_factory=lambda: _NO_CONTEXT)

    @property
    def is_forgettable(self) -> bool:
        """Whether nothing is lost when it is forgotten."""
        return self.state is NORMAL and not self.fired and not self.context


EMPTY = Standing()


@dataclass(frozen=True, slots=True)
class Transition:
    """Something happened to an alert; `limit` is that of its severity, `reason` why where the value does not say it."""

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
    stale: bool = False
    flapping: bool = False
    reopens: bool = False
    reason: str | None = None
    detail: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=lambda: _NO_CONTEXT)


class Standings:
    """All of them. Moves are applied at once and remembered, so that a batch that is not committed can be taken back."""

    def __init__(
        self,
        *,
        on_transition: Callable[[Transition], None] = lambda _transition: None,
        on_wait: Callable[[Rule, Subject, datetime], None] = lambda _rule, _subject, _when: None,
    ) -> None:
        """Tell of each transition, and of each standing that time alone will move, with when."""
        self._by_subject: dict[str, dict[str, Standing]] = {}
        self._before: dict[tuple[str, str], Standing | None] = {}
        self._on_transition, self._on_wait = on_transition, on_wait
        self.transitions: list[Transition] = []

    def restore(self, rule_id: str, subject: str, standing: Standing) -> None:
        """Put in place what an earlier run left."""
        self._by_subject.setdefault(subject, {})[rule_id] = standing

    def __len__(self) -> int:
        return sum(map(len, self._by_subject.values()))

    def of(self, subject: str) -> Mapping[str, Standing]:
        """Return how rules stand for a subject, by rule; those that are simply normal are left out."""
        return self._by_subject.get(subject, {})

    def at(self, rule_id: str, subject: str) -> Standing:
        """Return how one rule stands for a subject."""
        return self._by_subject.get(subject, {}).get(rule_id, EMPTY)

    def each(self) -> Iterable[tuple[str, str, Standing]]:
        """Yield (rule, subject, standing) of all that are not simply normal."""
        for subject, by_rule in self._by_subject.items():
            for rule_id, standing in by_rule.items():
                yield rule_id, subject, standing

    def move(
        self,
        rule: Rule,
        subject: Subject,
        time: datetime,
        value: float,
        *,
        fresh_until: datetime | None = None,
        context: Mapping[str, Any] | None = None,
        last: float | None = None,
    ) -> Standing:
        """Let a value count. Up to `fresh_until` (None: always) the data before it stands for the present, and what was due comes first.

        `last` is the value before it, None where that is the one that the standing has.
        """
        self.catch_up(rule, subject, time, fresh_until=fresh_until, last=last)
        before = self.at(rule.id, subject.key)
        at = time if before.moved_at is None or before.moved_at <= time else before.moved_at
        state, kind = step(before.state, rule, value, at)
        after = replace(before, state=state, value=value, context=before.context if context is None else context)
        if kind is None:
            if _forgets(rule, state):
                after = replace(after, context=_NO_CONTEXT)
            if state is not before.state or after.context != before.context or (state is not NORMAL and value != before.value):
                self._put(rule.id, subject.key, after)
                self._tell_wait(rule, subject, after)
            return after
        return self._tell(rule, subject, at, kind, before, after)

    def catch_up(
        self, rule: Rule, subject: Subject, time: datetime, *, fresh_until: datetime | None = None, last: float | None = None
    ) -> None:
        """Let what was due before `time` happen, if the data was still fresh when it was; a pending breach with a hole in it begins anew."""
        before = self.at(rule.id, subject.key)
        when = due(before.state, rule)
        if when is None:
            return
        if when < time and (fresh_until is None or when <= fresh_until):
            self.elapse(rule, subject, last=last)
        elif fresh_until is not None and time > fresh_until:
            after = replace(before, state=begin_anew(before.state, time))
            self._put(rule.id, subject.key, after)
            self._tell_wait(rule, subject, after)

    def elapse(self, rule: Rule, subject: Subject, *, last: float | None = None) -> None:
        """Let what is due happen, at the time at which it is due; `last` is the newest value."""
        before = self.at(rule.id, subject.key)
        when = due(before.state, rule)
        assert when is not None
        state, kind = elapse(before.state)
        self._tell(rule, subject, when, kind, before, replace(before, state=state, value=before.value if last is None else last))

    def note(
        self,
        rule: Rule,
        subject: Subject,
        time: datetime,
        kind: Kind,
        *,
        value: float | None = None,
        reason: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell something of an open alert that does not change its condition: that its data is stale or fresh, or a late correction.

        `value` is the newest one, None where that is the one that the standing has.
        """
        before = self.at(rule.id, subject.key)
        stale = {Kind.STALE: True, Kind.FRESH: False}.get(kind, before.stale)
        at = time if before.moved_at is None or before.moved_at <= time else before.moved_at
        self._tell(
            rule,
            subject,
            at,
            kind,
            before,
            replace(before, stale=stale, value=before.value if value is None else value),
            reason=reason,
            detail=detail,
        )

    def drop(self, rule: Rule, subject: Subject, time: datetime, reason: str, *, value: float | None = None) -> None:
        """Clear the alert of a rule that looks at the subject no more, if it has one, and forget how it stood; `value` as for `note`."""
        before = self.at(rule.id, subject.key)
        if before.alert_id is not None:
            at = time if before.moved_at is None or before.moved_at <= time else before.moved_at
            self._tell(rule, subject, at, Kind.CLEARED, before, Standing(value=before.value if value is None else value), reason=reason)
        self._put(rule.id, subject.key, EMPTY)

    def forget(self, rule_id: str, subject: str, standing: Standing) -> None:
        """Forget what an earlier run left of a rule that is no more."""
        self.restore(rule_id, subject, standing)
        self._put(rule_id, subject, EMPTY)

    def remember(self, rule_id: str, subject: str, standing: Standing) -> None:
        """Keep what a kind of rule remembers of a subject."""
        self._put(rule_id, subject, standing)

    def prune(self, before: datetime) -> None:
        """Forget when rules fired of late where that is older than `before`; not while a batch is judged."""
        for rule_id, subject, standing in [one for one in self.each() if one[2].fired and one[2].fired[-1] < before]:
            if standing.state is NORMAL:
                self._put(rule_id, subject, replace(standing, fired=(), last_alert=None))

    def changed(self) -> dict[tuple[str, str], Standing]:
        """Return the standings that differ from those before the batch, by (rule, subject)."""
        now = {key: self.at(*key) for key in self._before}
        return {key: standing for key, standing in now.items() if standing != (self._before[key] or EMPTY)}

    def settle(self) -> None:
        """Make what was done since the last time final."""
        self._before.clear()
        self.transitions = []

    def take_back(self) -> None:
        """Undo what was done since the last time."""
        for (rule_id, subject), standing in self._before.items():
            self._set(rule_id, subject, standing or EMPTY)
        self.settle()

    def _tell(
        self,
        rule: Rule,
        subject: Subject,
        at: datetime,
        kind: Kind,
        before: Standing,
        after: Standing,
        *,
        reason: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> Standing:
        """Keep the standing and tell what happened to its alert."""
        started = after.state.since or before.state.since or at
        again = None
        if kind is Kind.FIRED:
            after, again = _fired(after, before, at, _alert_id(rule, subject, started))
            kind, reason = (kind, reason) if again is None else (Kind.RELAPSED, again)
        alert_id = after.alert_id or before.alert_id
        assert alert_id is not None
        severity = after.state.severity or before.state.severity or Severity(rule.thresholds[0].severity)
        threshold = rule.threshold(severity) or rule.thresholds[0]
        context = after.context or before.context
        after = _kept(after, rule, alert_id, at, is_over=kind is Kind.CLEARED)
        told = Transition(
            alert_id,
            rule,
            subject,
            kind,
            after.state.condition,
            severity,
            threshold.limit,
            after.value,
            at,
            started,
            stale=after.stale,
            flapping=len(after.fired) >= FLAPS,
            reopens=again is not None,
            reason=reason,
            detail=detail,
            context=context,
        )
        self._put(rule.id, subject.key, after)
        self._tell_wait(rule, subject, after)
        self.transitions.append(told)
        self._on_transition(told)
        return after

    def _tell_wait(self, rule: Rule, subject: Subject, standing: Standing) -> None:
        when = due(standing.state, rule)
        if when is not None:
            self._on_wait(rule, subject, when)

    def _put(self, rule_id: str, subject: str, standing: Standing) -> None:
        key = rule_id, subject
        if key not in self._before:
            self._before[key] = self._by_subject.get(subject, {}).get(rule_id)
        self._set(rule_id, subject, standing)

    def _set(self, rule_id: str, subject: str, standing: Standing) -> None:
        if standing.is_forgettable:
            by_rule = self._by_subject.get(subject)
            if by_rule is not None and by_rule.pop(rule_id, None) is not None and not by_rule:
                del self._by_subject[subject]
        else:
            self._by_subject.setdefault(subject, {})[rule_id] = standing


def _fired(after: Standing, before: Standing, at: datetime, new: uuid.UUID) -> tuple[Standing, str | None]:
    """Return the standing with the alert that fires at `at`, and why that is one from before; None where it is the `new` one."""
    fired = (*[t for t in before.fired if at - t < FLAP_WINDOW][1 - FLAPS :], at)
    alert_id, why = new, None
    if len(fired) >= FLAPS and before.last_alert is not None:
        alert_id, why = before.last_alert, f"fired {FLAPS} times within {FLAP_WINDOW.seconds // 60} minutes"
    elif new == before.last_alert:  # cleared meanwhile because its rule was edited
        why = "the same breach goes on"
    return replace(after, fired=fired, alert_id=alert_id, last_alert=alert_id, stale=False), why


def _kept(after: Standing, rule: Rule, alert_id: uuid.UUID, at: datetime, *, is_over: bool) -> Standing:
    """Return the standing with its alert, moved at `at`; without one where that `is_over`, and without what belongs to it."""
    context = _NO_CONTEXT if is_over and _forgets(rule, after.state) else after.context
    return replace(after, alert_id=None if is_over else alert_id, moved_at=at, stale=after.stale and not is_over, context=context)


def _forgets(rule: Rule, state: State) -> bool:
    """Return whether what belongs to an alert is of no use any more: only deadlines wait while all is well."""
    return state is NORMAL and rule.kind != "deadline"


def _alert_id(rule: Rule, subject: Subject, started: datetime) -> uuid.UUID:
    """The same breach has the same alert, however often it is judged."""
    return uuid.uuid5(_ALERT_NAMESPACE, f"{rule.id} {subject.key} {started.isoformat()}")
