"""Rules on events near each other in space and time: clusters that grow while events join them and dissolve as their events grow old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import cos, floor, hypot, radians
from typing import Any

from ioc.alerts.conditions import Cluster, duration_of, fits
from ioc.alerts.journal import Journal
from ioc.alerts.machine import Condition, due
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject
from ioc.alerts.timers import Timers

_METRES_OF_DEGREE = 111_320.0
_MOST_TOLD = 200  # ids of events that an alert names; the number of all is its value


@dataclass(frozen=True, slots=True)
class Member:
    """An event that may belong to a cluster, which is named by its key once it does."""

    id: str
    time: datetime
    lon: float
    lat: float
    unit_id: int | None
    cluster: str | None = None


class ClusterWatch:
    """The recent events that rules look at, rule by rule."""

    def __init__(self, rules: Iterable[Rule], standings: Standings, journal: Journal) -> None:
        self._standings, self._journal = standings, journal
        self._rules = {rule.id: (rule, rule.condition) for rule in rules if isinstance(rule.condition, Cluster)}
        self._recent: dict[str, dict[str, Member]] = {rule_id: {} for rule_id in self._rules}
        self._cells: dict[tuple[str, int, int], dict[str, None]] = {}
        self.timers = Timers(journal)  # by rule: the oldest of its events grows too old

    def longest(self) -> timedelta:
        """Return how far back any rule looks."""
        return max((duration_of(condition.within) for _, condition in self._rules.values()), default=timedelta())

    def types(self) -> list[str]:
        """Return the types of events that rules look at."""
        return sorted({condition.event for _, condition in self._rules.values()})

    def restore(self, occurrences: Iterable[Occurrence]) -> None:
        """Take up the events of late, in order of arrival; those of clusters that fire are known by the clusters."""
        clusters: dict[tuple[str, str], str] = {}
        for rule_id, key, standing in self._standings.each():
            if rule_id in self._rules:
                clusters |= {(rule_id, event): key for event in standing.context.get("events", ())}
        for occurrence in occurrences:
            for rule, _ in self._of(occurrence):
                member = _member(occurrence, clusters.get((rule.id, _id_of(occurrence))))
                self._keep(rule.id, member)
        for rule, condition in self._rules.values():
            self._wait(rule, duration_of(condition.within))

    def see(self, occurrence: Occurrence) -> None:
        """Judge an event."""
        for rule, condition in self._of(occurrence):
            within = duration_of(condition.within)
            self._grow_old(rule, condition, occurrence.time)
            recent = self._recent[rule.id]
            newest = max((m.time for m in recent.values()), default=occurrence.time)
            if occurrence.time <= newest - within:
                continue  # older than all that counts
            member = _member(occurrence, None)
            near = [m for m in self._near(rule.id, condition, member) if abs(m.time - member.time) < within]
            cluster = min(
                (m.cluster for m in near if m.cluster is not None and self._stands(rule, m.cluster, occurrence.time)), default=None
            )
            if cluster is None and len(near) + 1 > rule.thresholds[0].limit:
                cluster = f"cluster/{min((m.time, m.id) for m in (*near, member))[1]}"
            self._keep(rule.id, replace(member, cluster=cluster))
            if cluster is not None:
                for m in near:
                    if m.cluster is None or not self._stands(rule, m.cluster, occurrence.time):
                        self._keep(rule.id, replace(m, cluster=cluster))
                self._judge(rule, cluster, max(newest, member.time))
            self._wait(rule, within)

    def advance(self, now: datetime) -> None:
        """Let clusters dissolve as their events grow old, up to `now`."""
        for when, rule_id in self.timers.take(now):
            rule, condition = self._rules[rule_id]
            self._grow_old(rule, condition, when, inclusive=True)
            self._wait(rule, duration_of(condition.within))

    def _grow_old(self, rule: Rule, condition: Cluster, now: datetime, *, inclusive: bool = False) -> None:
        """Forget events that are too old at `now`, each at its own moment, and judge their clusters then."""
        within = duration_of(condition.within)
        old = sorted((m.time + within, m.id, m) for m in self._recent[rule.id].values() if m.time + within <= now)
        for when, _, member in old:
            if when == now and not inclusive:
                continue
            self._forget(rule.id, condition, member)
            if member.cluster is not None:
                self._judge(rule, member.cluster, when)

    def _judge(self, rule: Rule, cluster: str, time: datetime) -> None:
        members = sorted((m for m in self._recent[rule.id].values() if m.cluster == cluster), key=lambda m: (m.time, m.id))
        before = self._standings.at(rule.id, cluster)
        if not members:
            context: Mapping[str, Any] = before.context
            subject = Subject(cluster, lon=context.get("lon"), lat=context.get("lat"))
        else:
            lon, lat = sum(m.lon for m in members) / len(members), sum(m.lat for m in members) / len(members)
            context = {"events": [m.id for m in members[-_MOST_TOLD:]], "lon": round(lon, 6), "lat": round(lat, 6)}
            context["unit_id"] = members[-1].unit_id
            subject = Subject(cluster, lon=lon, lat=lat, unit_id=members[-1].unit_id)
        after = self._standings.move(rule, subject, time, float(len(members)), context=context)
        if after.state.condition is Condition.NORMAL:
            for m in members:  # what is left may become part of another cluster
                self._keep(rule.id, replace(m, cluster=None))

    def _stands(self, rule: Rule, cluster: str, time: datetime) -> bool:
        """Return whether a cluster has not been cleared at `time`, be it that nobody has told yet that time has cleared it."""
        state = self._standings.at(rule.id, cluster).state
        if state.condition is Condition.RECOVERING and (when := due(state, rule)) is not None:
            return when > time
        return state.condition is not Condition.NORMAL

    def _wait(self, rule: Rule, within: timedelta) -> None:
        oldest = min((m.time for m in self._recent[rule.id].values()), default=None)
        if oldest is not None:
            self.timers.set(rule.id, oldest + within)

    def _of(self, occurrence: Occurrence) -> Sequence[tuple[Rule, Cluster]]:
        if occurrence.lon is None or occurrence.lat is None:
            return ()
        return [
            (rule, condition)
            for rule, condition in self._rules.values()
            if condition.event == occurrence.type and occurrence.fits(rule.select) and fits(condition.where, occurrence.members)
        ]

    def _keep(self, rule_id: str, member: Member) -> None:
        self._journal.put(self._recent[rule_id], member.id, member)
        cell = self._cell(rule_id, self._rules[rule_id][1], member)
        if member.id not in self._cells.setdefault(cell, {}):
            self._journal.put(self._cells[cell], member.id, None)

    def _forget(self, rule_id: str, condition: Cluster, member: Member) -> None:
        self._journal.drop(self._recent[rule_id], member.id)
        self._journal.drop(self._cells[self._cell(rule_id, condition, member)], member.id)

    def _cell(self, rule_id: str, condition: Cluster, member: Member) -> tuple[str, int, int]:
        side = condition.radius_m / _METRES_OF_DEGREE
        row = floor(member.lat / side)
        return rule_id, _column(member.lon, row, side), row

    def _near(self, rule_id: str, condition: Cluster, member: Member) -> list[Member]:
        """Return the events within the radius: those of the cells around, measured as on a plane, which is right to metres at these distances."""
        recent = self._recent[rule_id]
        side = condition.radius_m / _METRES_OF_DEGREE
        middle = floor(member.lat / side)
        # Each row has columns of its own, since they shrink with the latitude, and so the place is looked up in each; two columns to either
        # side, since those of one row are not quite as wide as the radius is in the next.
        near = [
            recent[other]
            for row in (middle - 1, middle, middle + 1)
            for beside in (-2, -1, 0, 1, 2)
            for other in self._cells.get((rule_id, _column(member.lon, row, side) + beside, row), ())
            if other != member.id
        ]
        return [m for m in near if _metres(m, member) <= condition.radius_m]


def _column(lon: float, row: int, side: float) -> int:
    """Return the column of a longitude in a row of cells: a degree of longitude is the shorter the further north the row is."""
    return floor(lon / side * cos(radians(row * side)))


def _metres(a: Member, b: Member) -> float:
    return hypot((a.lon - b.lon) * cos(radians((a.lat + b.lat) / 2)), a.lat - b.lat) * _METRES_OF_DEGREE


def _id_of(occurrence: Occurrence) -> str:
    return f"{occurrence.source}/{occurrence.id}"


def _member(occurrence: Occurrence, cluster: str | None) -> Member:
    assert occurrence.lon is not None
    assert occurrence.lat is not None
    return Member(_id_of(occurrence), occurrence.time, occurrence.lon, occurrence.lat, occurrence.unit_id, cluster)
