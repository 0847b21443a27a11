"""Rules made of other rules: what fires where, kept up with every transition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from ioc.alerts.conditions import Composite
from ioc.alerts.journal import Journal
from ioc.alerts.machine import Condition
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject, Transition

_FIRING = (Condition.FIRING, Condition.RECOVERING)
UnitOf = Callable[[Subject], str | None]
"""Returns the code of the unit in which a subject lies."""


class CompositeWatch:
    """For each rule that a composite speaks of, the places where it fires."""

    def __init__(self, rules: Iterable[Rule], standings: Standings, journal: Journal, unit_of: UnitOf) -> None:
        self._standings, self._journal, self._unit_of = standings, journal, unit_of
        self._speaks: dict[str, list[tuple[Rule, Composite]]] = defaultdict(list)
        for rule in rules:
            if isinstance(rule.condition, Composite):
                for name in dict.fromkeys(rule.condition.members()):
                    self._speaks[name].append((rule, rule.condition))
        self._firing: dict[tuple[str, str, str], dict[str, None]] = {}  # (member, scope, place) -> subjects that fire

    def restore(self, subject_of: Callable[[str, str], Subject]) -> None:
        """Take up what fires, as the standings have it; `subject_of` knows the subject of (rule, key)."""
        for rule_id, key, standing in list(self._standings.each()):
            if rule_id in self._speaks and standing.state.condition in _FIRING:
                self._count(rule_id, subject_of(rule_id, key), is_firing=True)

    def follow(self, transition: Transition) -> None:
        """Judge the composites that speak of the rule of a transition."""
        if transition.rule.id not in self._speaks:
            return
        subject = transition.subject
        self._count(transition.rule.id, subject, is_firing=transition.condition in _FIRING)
        for rule, condition in self._speaks[transition.rule.id]:
            place = self._place(condition.scope, subject)
            if place is not None:
                holds = self._holds(condition, place)
                self._standings.move(rule, _subject(condition.scope, place, subject), transition.time, float(holds))

    def _count(self, rule_id: str, subject: Subject, *, is_firing: bool) -> None:
        for scope in {condition.scope for _, condition in self._speaks[rule_id]}:
            place = self._place(scope, subject)
            if place is None:
                continue
            subjects = self._firing.setdefault((rule_id, scope, place), {})
            if is_firing:
                self._journal.put(subjects, subject.key, None)
            else:
                self._journal.drop(subjects, subject.key)

    def _holds(self, condition: Composite, place: str) -> bool:
        def fires(name: str) -> bool:
            return bool(self._firing.get((name, condition.scope, place)))

        return (
            all(map(fires, condition.all)) and (not condition.any or any(map(fires, condition.any))) and not any(map(fires, condition.none))
        )

    def _place(self, scope: str, subject: Subject) -> str | None:
        """Return where a subject is for composites of a scope, None where it is nowhere."""
        match scope:
            case "station":
                return None if subject.station is None else f"{subject.source}/{subject.station}"
            case "source":
                return subject.source
            case "unit":
                return self._unit_of(subject)
            case _:
                return "everywhere"


def _subject(scope: str, place: str, member: Subject) -> Subject:
    match scope:
        case "station":
            return Subject(place, member.source, member.station)
        case "source":
            return Subject(place, member.source)
        case "unit":
            return Subject(f"unit:{place}", lon=member.lon, lat=member.lat, unit_id=member.unit_id)
        case _:
            return Subject(place)
