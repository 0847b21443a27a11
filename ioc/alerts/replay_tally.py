"""What rules did in a replay: how often each fired for whom, when, how long; and how two sets of rules differ in that."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ioc.alerts.machine import Kind
from ioc.alerts.rule import Rule, Severity
from ioc.alerts.standings import Transition
from ioc.domain.clock import local_day, rfc3339

MOST_TIMES = 1_000
"""So many alerts of a subject are told one by one; all are counted."""


@dataclass(slots=True)
class Episode:
    """One alert: when it fired and cleared (None: not yet), the gravest severity that it had, how often it came again."""

    alert_id: uuid.UUID
    rule: str
    subject: str
    fired: datetime
    worst: Severity
    cleared: datetime | None = None
    relapses: int = 0
    is_flapping: bool = False

    def seconds(self, begin: datetime, end: datetime) -> float:
        """Return how long it stood within a period."""
        return max(0.0, (min(self.cleared or end, end) - max(self.fired, begin)).total_seconds())

    def told(self) -> dict[str, Any]:
        """Return it as an answer tells it."""
        cleared = None if self.cleared is None else rfc3339(self.cleared)
        return {"fired": rfc3339(self.fired), "cleared": cleared, "worst": self.worst, "relapses": self.relapses}


class Tally:
    """Gathers transitions into alerts; grows with the number of alerts, not with what was read."""

    def __init__(self, begin: datetime, end: datetime, only: Iterable[str] | None = None) -> None:
        """Count what stands between `begin` and `end`, of all rules or `only` some."""
        self._begin, self._end = begin, end
        self._only = None if only is None else frozenset(only)
        self._episodes: dict[uuid.UUID, Episode] = {}

    def add(self, t: Transition) -> None:
        """Take in the next transition."""
        if self._only is not None and t.rule.id not in self._only:
            return
        episode = self._episodes.get(t.alert_id)
        if episode is None:
            episode = self._episodes[t.alert_id] = Episode(t.alert_id, t.rule.id, t.subject.key, t.time, t.severity)
        if t.severity.rank > episode.worst.rank:
            episode.worst = t.severity
        episode.is_flapping |= t.flapping
        if t.kind is Kind.RELAPSED:
            episode.relapses += 1
            episode.cleared = None
        elif t.kind is Kind.CLEARED:
            episode.cleared = t.time
            if t.time < self._begin:
                del self._episodes[t.alert_id]

    def episodes(self) -> list[Episode]:
        """Return the alerts that stood in the period, by rule, subject and time."""
        return sorted(self._episodes.values(), key=lambda e: (e.rule, e.subject, e.fired))

    def report(self, rules: Sequence[Rule]) -> dict[str, Any]:
        """Return what the rules did: those that fired most first, then those that never did."""
        by_rule: dict[str, list[Episode]] = defaultdict(list)
        for episode in self.episodes():
            by_rule[episode.rule].append(episode)
        chosen = [rule for rule in rules if self._only is None or rule.id in self._only]
        ordered = sorted(chosen, key=lambda rule: (-len(by_rule[rule.id]), rule.id))
        fired = [e for e in self._episodes.values() if e.fired >= self._begin]
        days = Counter(local_day(e.fired) for e in fired)
        return {
            "alerts": len(fired),
            "open_at_begin": sum(e.fired < self._begin for e in self._episodes.values()),
            "open_at_end": sum(e.cleared is None for e in self._episodes.values()),
            "per_day": [{"day": day.isoformat(), "alerts": days[day]} for day in sorted(days)],
            "rules": [self._of_rule(rule, by_rule[rule.id]) for rule in ordered],
        }

    def _of_rule(self, rule: Rule, some: Sequence[Episode]) -> dict[str, Any]:
        by_subject: dict[str, list[Episode]] = defaultdict(list)
        for episode in some:
            by_subject[episode.subject].append(episode)
        subjects = sorted(by_subject.items(), key=lambda one: (-len(one[1]), one[0]))
        return {
            "rule": rule.id,
            "title": msgspec.to_builtins(rule.title),
            **self._figures(some),
            "subjects": [
                {"subject": subject, **self._figures(of), "times": [e.told() for e in of[:MOST_TIMES]]} for subject, of in subjects
            ],
        }

    def _figures(self, some: Sequence[Episode]) -> dict[str, Any]:
        lasted = [e.seconds(self._begin, self._end) for e in some]
        return {
            "alerts": sum(e.fired >= self._begin for e in some),
            "firing_s": round(sum(lasted), 3),
            "longest_s": round(max(lasted, default=0.0), 3),
            "worst": max((e.worst for e in some), key=lambda severity: severity.rank, default=None),
            "relapses": sum(e.relapses for e in some),
            "flapping": sum(e.is_flapping for e in some),
            "open_at_end": sum(e.cleared is None for e in some),
        }


def difference(before: Sequence[Episode], after: Sequence[Episode]) -> dict[str, Any]:
    """Return how the alerts of two sets of rules differ: those only one of them has, and those that are at another time or severity.

    Alerts of a rule and a subject that stand at a time in common are the same one, moved.
    """
    mine: Mapping[tuple[str, str], list[Episode]] = _by_place(before)
    theirs = _by_place(after)
    added: list[dict[str, Any]] = []
    removed: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    same = 0
    for rule, subject in sorted(mine.keys() | theirs.keys()):
        place = {"rule": rule, "subject": subject}
        left = list(theirs.get((rule, subject), ()))
        for old in mine.get((rule, subject), ()):
            new = next((one for one in left if _meet(old, one)), None)
            if new is None:
                removed.append(place | old.told())
                continue
            left.remove(new)
            if (old.fired, old.cleared, old.worst) == (new.fired, new.cleared, new.worst):
                same += 1
            else:
                moved.append(place | {"before": old.told(), "after": new.told()})
        added += [place | one.told() for one in left]
    return {"added": added, "removed": removed, "moved": moved, "same": same}


class Log:
    """Writes transitions as the log of alerts has them, each as a line of JSON, numbered alert by alert."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write = write
        self._steps: Counter[uuid.UUID] = Counter()

    def add(self, t: Transition) -> None:
        """Write the next transition."""
        self._steps[t.alert_id] += 1
        told = {
            "alert_id": str(t.alert_id),
            "rule": t.rule.id,
            "subject": t.subject.key,
            "seq": self._steps[t.alert_id],
            "time": rfc3339(t.time),
            "kind": str(t.kind),
            "severity": str(t.severity),
            "value": t.value,
            "note": t.reason,
            "detail": dict(t.detail) if t.detail else None,
        }
        self._write(msgspec.json.encode(told) + b"\n")


def _by_place(some: Iterable[Episode]) -> dict[tuple[str, str], list[Episode]]:
    found: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for episode in some:
        found[episode.rule, episode.subject].append(episode)
    return found


def _meet(a: Episode, b: Episode) -> bool:
    return (b.cleared is None or a.fired <= b.cleared) and (a.cleared is None or b.fired <= a.cleared)
