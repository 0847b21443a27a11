"""Rules on what has to happen in time: an event that is not followed by another one of the same subject before it is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ioc.alerts.conditions import Deadline, duration_of, fits
from ioc.alerts.journal import Journal
from ioc.alerts.machine import limits_ahead
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standing, Standings, Subject
from ioc.alerts.timers import Timers
from ioc.alerts.working_time import WorkingTime

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_NEVER = 5000
"""A year by which people mean that there is no due time, such as 9999."""


class DeadlineWatch:
    """What is waited for: kept with the standings, whose context has the due time and the place."""

    def __init__(self, rules: Iterable[Rule], standings: Standings, journal: Journal, working: WorkingTime) -> None:
        self._standings, self._working = standings, working
        self._rules = {rule.id: (rule, rule.condition) for rule in rules if isinstance(rule.condition, Deadline)}
        self.types = {name for _, condition in self._rules.values() for name in (condition.event, *condition.until)}
        self.timers = Timers(journal)

    def wait(self, rule_id: str, key: str) -> None:
        """Ask to be woken for what an earlier run left."""
        if rule_id in self._rules:
            self._wait(self._rules[rule_id][0], key)

    def see(self, occurrence: Occurrence) -> None:
        """Judge an event: it begins a wait, or ends one."""
        if occurrence.type not in self.types or occurrence.subject is None:
            return
        for rule, condition in self._rules.values():
            if occurrence.type in condition.until and rule.select.source in (None, occurrence.source):
                self._end(rule, occurrence)
            elif occurrence.type == condition.event and occurrence.fits(rule.select) and fits(condition.where, occurrence.members):
                self._begin(rule, condition, occurrence)

    def advance(self, now: datetime) -> None:
        """Let what is due up to `now` be overdue."""
        for _, key in self.timers.take(now):
            for rule_id, standing in tuple(self._standings.of(key).items()):
                if rule_id in self._rules and "due" in standing.context:
                    self._fall_due(self._rules[rule_id][0], key, standing, now)
                    self._wait(self._rules[rule_id][0], key)

    def _begin(self, rule: Rule, condition: Deadline, occurrence: Occurrence) -> None:
        due = self._due_of(condition, occurrence)
        if due is None:
            return
        key = f"{occurrence.source}:{occurrence.subject}"
        before = self._standings.at(rule.id, key)
        context = {
            "due": due.isoformat(),
            "event": occurrence.id,
            "subject": occurrence.subject,
            "source": occurrence.source,
            "lon": occurrence.lon,
            "lat": occurrence.lat,
            "unit_id": occurrence.unit_id,
        }
        if "due" in before.context:
            self._fall_due(rule, key, before, occurrence.time, inclusive=False)
            before = self._standings.at(rule.id, key)
        self._standings.remember(rule.id, key, replace(before, context=context))
        if before.state.severity is not None:  # a later date was set
            self._standings.move(rule, _subject(key, context), occurrence.time, (occurrence.time - due).total_seconds())
        self._wait(rule, key)

    def _end(self, rule: Rule, occurrence: Occurrence) -> None:
        key = f"{occurrence.source}:{occurrence.subject}"
        standing = self._standings.at(rule.id, key)
        if "due" not in standing.context:
            return
        self._fall_due(rule, key, standing, occurrence.time, inclusive=False)
        after = self._standings.move(rule, _subject(key, standing.context), occurrence.time, -1.0)
        self._standings.remember(rule.id, key, replace(after, context={}))

    def _fall_due(self, rule: Rule, key: str, standing: Standing, until: datetime, *, inclusive: bool = True) -> None:
        """Tell of each level whose time came up to `until`, at its time; what happens just then decides itself."""
        due = datetime.fromisoformat(standing.context["due"])
        subject = _subject(key, standing.context)
        for limit in limits_ahead(standing.state, rule):
            when = due + timedelta(seconds=limit)
            if when < until or (inclusive and when == until):
                self._standings.move(rule, subject, when, limit)
        self._standings.catch_up(rule, subject, until)

    def _wait(self, rule: Rule, key: str) -> None:
        standing = self._standings.at(rule.id, key)
        if "due" not in standing.context:
            return
        limits = limits_ahead(standing.state, rule)
        if limits:
            self.timers.set(key, datetime.fromisoformat(standing.context["due"]) + timedelta(seconds=min(limits)))

    def _due_of(self, condition: Deadline, occurrence: Occurrence) -> datetime | None:
        if condition.due is not None:
            return read_due(occurrence.members.get(condition.due))
        assert condition.within is not None
        if condition.within.endswith(("wd", "wh")):
            return self._working.add(occurrence.time, condition.within)
        return occurrence.time + duration_of(condition.within)


def read_due(told: Any) -> datetime | None:
    """Return the due time that an event tells: an RFC 3339 instant, or a day, which lasts until it ends where the centre is; None for others."""
    if not isinstance(told, str):
        return None
    try:
        due = _read_instant(told)
    except (ValueError, OverflowError):
        return None
    return due if due.year < _NEVER else None


def _read_instant(told: str) -> datetime:
    try:
        day = date.fromisoformat(told)
    except ValueError:
        instant = datetime.fromisoformat(told)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=_ZONE).astimezone(UTC)
    return datetime.combine(day + timedelta(days=1), time(), _ZONE).astimezone(UTC)


def _subject(key: str, context: Mapping[str, Any]) -> Subject:
    return Subject(key, context.get("source"), lon=context.get("lon"), lat=context.get("lat"), unit_id=context.get("unit_id"))
