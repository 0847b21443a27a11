"""Rules made of other rules: what fires where, kept up with every transition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from ioc.alerts.conditions import Composite
from ioc.alerts.journal import Journal
from ioc.alerts.machine import Condition
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject, Transition

_FIRING = (Condition.FIRING, Condition.RECOVERING)


class Whereabouts(NamedTuple):
    """The unit in which a subject lies, by code and number, and where in it."""

    code: str
    unit_id: int | None = None
    lon: float | None = None
    lat: float | None = None


UnitOf = Callable[[Subject], Whereabouts | None]
"""Returns where a subject is, None where no unit is known."""


class CompositeWatch:
    """For each rule that a composite speaks of, the places where it fires."""

    def __init__(self, rules: Iterable[Rule], standings: Standings, journal: Journal, unit_of: UnitOf) -> None:
        self._standings, self._journal, self._unit_of = standings, journal, unit_of
        self._speaks: dict[str, list[tuple[Rule, Composite]]] = defaultdict(list)
        for rule in rules:
            if isinstance(rule.condition, Composite):
                for name in dict.fromkeys(rule.condition.members()):
                    self._speaks[name].append((rule, rule.condition))
        self._firing: dict[tuple[str, str, str], dict[str, datetime]] = {}  # (member, scope, place) -> subjects that fire, since when

    def restore(self, subject_of: Callable[[str, str], Subject]) -> None:
        """Take up what fires, as the standings have it; `subject_of` knows the subject of (rule, key)."""
        for rule_id, key, standing in list(self._standings.each()):
            if rule_id in self._speaks and standing.state.condition in _FIRING and standing.moved_at is not None:
                since = standing.fired[-1] if standing.fired else standing.moved_at
                self._count(rule_id, subject_of(rule_id, key), since, is_firing=True)

    def follow(self, transition: Transition) -> None:
        """Judge the composites that speak of the rule of a transition."""
        if transition.rule.id not in self._speaks:
            return
        subject = transition.subject
        self._count(transition.rule.id, subject, transition.time, is_firing=transition.condition in _FIRING)
        for rule, condition in self._speaks[transition.rule.id]:
            place = self._place(condition.scope, subject)
            if place is not None:
                holds = self._holds(condition, place)
                # Timers may tell of one member later than a value tells of another: together they begin when the last of them did.
                time = max(transition.time, self._since(condition, place)) if holds else transition.time
                where = self._unit_of(subject) if condition.scope == "unit" else None
                self._standings.move(rule, _subject(condition.scope, place, subject, where), time, float(holds), context=_context(where))

    def _count(self, rule_id: str, subject: Subject, time: datetime, *, is_firing: bool) -> None:
        for scope in {condition.scope for _, condition in self._speaks[rule_id]}:
            place = self._place(scope, subject)
            if place is None:
                continue
            subjects = self._firing.setdefault((rule_id, scope, place), {})
            if is_firing and subject.key not in subjects:
                self._journal.put(subjects, subject.key, time)
            elif not is_firing:
                self._journal.drop(subjects, subject.key)

    def _holds(self, condition: Composite, place: str) -> bool:
        def fires(name: str) -> bool:
            return bool(self._firing.get((name, condition.scope, place)))

        return (
            all(map(fires, condition.all)) and (not condition.any or any(map(fires, condition.any))) and not any(map(fires, condition.none))
        )

    def _since(self, condition: Composite, place: str) -> datetime:
        """Return since when it holds at a place, where it does."""
        first = {name: min(told.values()) for name in condition.members() if (told := self._firing.get((name, condition.scope, place)))}
        every = [first[name] for name in condition.all]
        return max([*every, min(first[name] for name in condition.any if name in first)] if condition.any else every)

    def _place(self, scope: str, subject: Subject) -> str | None:
        """Return where a subject is for composites of a scope, None where it is nowhere."""
        match scope:
            case "station":
                return None if subject.station is None else f"{subject.source}/{subject.station}"
            case "source":
                return subject.source
            case "unit":
                where = self._unit_of(subject)
                return None if where is None else where.code
            case _:
                return "everywhere"


def _context(where: Whereabouts | None) -> dict[str, object] | None:
    """Return what a later run has to know of where the alert of a unit is: where the member is that moved it."""
    return None if where is None else {"lon": where.lon, "lat": where.lat, "unit_id": where.unit_id}


def _subject(scope: str, place: str, member: Subject, where: Whereabouts | None) -> Subject:
    match scope:
        case "station":
            return Subject(place, member.source, member.station)
        case "source":
            return Subject(place, member.source)
        case "unit" if where is not None:
            return Subject(f"unit:{place}", lon=where.lon, lat=where.lat, unit_id=where.unit_id)
        case _:
            return Subject(place)
