"""What the walls and desks show beside figures: systems and how fresh they are, cases on their way, who has them in hand, where they cluster."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from ioc.domain.clock import LOCAL_ZONE, rfc3339
from ioc.domain.measure import is_from
from ioc.domain.unit import UnitRef
from ioc.errors import BadInput, NotFound, Unavailable
from ioc.indicators.period import Period, containing, spans
from ioc.indicators.plan import Plan
from ioc.indicators.reading import Reader, unit_json
from ioc.indicators.system import Case, SystemFile, seconds
from ioc.indicators.target import Status
from ioc.store import case_places, cases, fact_reads, indicator_reads

_MOST_CASES = 1000
_MOST_PLACES = 20_000
_NEAR_M = 500.0
_M_PER_DEGREE = 111_320.0


class Boards:
    """Answers for the boards."""

    def __init__(self, reader: Reader, pool: Callable[[], asyncpg.Pool]) -> None:
        self._reader, self._pool = reader, pool

    @property
    def _plan(self) -> Plan:
        return self._reader.job.plan

    def system(self, name: str) -> SystemFile:
        """Return a system; NotFound where there is none."""
        found = self._plan.systems.get(name)
        if found is None:
            raise NotFound(f"there is no system {name[:64]!r}")
        return found

    async def overview(self, unit: UnitRef, period: Period, now: datetime) -> list[dict[str, Any]]:
        """Return every system with how fresh it is and how its targets stand for the unit."""
        values = await self._reader.of_unit(unit, period)
        fresh = {one["system"]: one for one in await self.freshness(now)}
        told = []
        for name, system in self._plan.systems.items():
            mine = [value for value in values if value.definition.system == name]
            counted = Counter(value.status for value in mine if value.status)
            told.append(
                _named(system)
                | {
                    "freshness": fresh[name],
                    "targets": {status.value: counted[status.value] for status in Status},
                    "indicators": [self._reader.as_json(value, with_indicator=True) for value in mine[:3]],
                    "more_indicators": max(0, len(mine) - 3),
                }
            )
        return told

    def describe(self, system: SystemFile) -> dict[str, Any]:
        """Return what a system sends and what is made of it."""
        return _named(system) | {
            "sources": system.sources,
            "rhythm_s": seconds(system.rhythm),
            "events": [
                {"type": one.type, "title": msgspec.to_builtins(one.title), "schema": one.schema, "example": one.example}
                for one in system.events
            ],
            "words": msgspec.to_builtins(system.words),
            "cases": [_case(one) for one in system.cases],
            "indicators": [name for name, one in self._plan.indicators.items() if one.system == system.system],
        }

    async def freshness(self, now: datetime) -> list[dict[str, Any]]:
        """Return how long each system has been silent, and which reminder its provider has earned: 0 none, then 1, 2 and 3.

        Of several sources the one that has been silent longest counts, so that none hides behind another.
        """
        plan = self._plan
        async with self._pool().acquire() as conn:
            seen = await indicator_reads.last_seen(conn)
            newest = await indicator_reads.newest_of_types(conn, [event.type for one in plan.systems.values() for event in one.events])
        told = []
        for name, system in plan.systems.items():
            last = max((newest[event.type] for event in system.events if event.type in newest), default=None)
            rhythm_s = seconds(system.rhythm)
            sources = [_source(one, seen[one], system, now) for one in sorted(seen) if is_from(one, system.sources)]
            age_s = None if last is None else (now - last).total_seconds()
            told.append(
                {
                    "system": name,
                    "number": system.number,
                    "owner": msgspec.to_builtins(system.owner),
                    "sources": sources,
                    "newest": last and rfc3339(last),
                    "age_s": None if age_s is None else round(age_s),
                    "rhythm_s": rhythm_s,
                    "reminder": max(reminder(age_s, rhythm_s, system.reminders), *(one["reminder"] for one in sources), 0),
                }
            )
        return told

    async def kinds(self) -> list[dict[str, Any]]:
        """Return the kinds of cases of all systems, those of which only the latest event counts left out; and which have places to show."""
        state = self._reader.job.state
        numbers = {} if state is None else {name: state.kinds[name][0] for name in self._plan.cases}
        async with self._pool().acquire() as conn:
            placed = await case_places.kinds_with_places(conn, list(numbers.values()))
        return [
            _case(case) | {"system": name, "places": numbers.get(case.id) in placed}
            for name, system in self._plan.systems.items()
            for case in system.cases
            if not case.latest
        ]

    def number(self, name: str) -> int:
        """Return the number of a kind of cases in the store; NotFound where there is none."""
        self.case(name)
        return self._kind(name)

    def case(self, name: str) -> Case:
        """Return a kind of case; NotFound where there is none."""
        found = next((case for system in self._plan.systems.values() for case in system.cases if case.id == name), None)
        if found is None:
            raise NotFound(f"there is no case {name[:64]!r}; there are {', '.join(sorted(self._plan.cases))}")
        return found

    async def funnel(self, name: str, units: Sequence[int] | None, period: Period) -> dict[str, Any]:
        """Return how many of the cases opened in the period have taken each step."""
        case, job = self.case(name), self._reader.job
        funnel = job.plan.funnels[name]
        if job.state is None:
            raise Unavailable("the cases are not ready yet")
        stretches = [(span.grain, span.begin, span.end) for span in spans(period.begin, period.end)]
        width = len(job.plan.groups[funnel.group].measures)
        async with self._pool().acquire() as conn:
            told = await fact_reads.sum_own(conn, job.number(funnel.group), stretches, units, width=width)
        steps = [
            {"step": step.id, "title": msgspec.to_builtins(step.title), "cases": told[place]}
            for step, place in zip(case.steps, funnel.steps, strict=True)
        ]
        return {
            "case": name,
            "opened": told[funnel.opened],
            "closed": told[funnel.closed],
            "closed_late": told[funnel.late],
            "steps": steps,
        }

    async def of_kind(
        self,
        name: str,
        units: Sequence[int] | None,
        *,
        state: str | None,
        lacks: Sequence[str],
        has: Sequence[str],
        opened: Period | None = None,
        now: datetime,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Return cases: `open`, `closed`, `overdue` or `out_of_order` ones, of those that lack or have taken steps, opened in a period or ever."""
        case = self.case(name)
        places = {step.id: place for place, step in enumerate(case.steps, start=1)}
        if unknown := [step for step in (*lacks, *has) if step not in places]:
            raise BadInput(f"case {name} has no step {unknown[0][:40]!r}; it has {', '.join(places)}")
        async with self._pool().acquire() as conn:
            rows = await cases.list_cases(
                conn,
                self._kind(name),
                units=units,
                is_open={"open": True, "closed": False}.get(state or ""),
                overdue_at=now if state == "overdue" else None,
                lacks=[places[step] for step in lacks],
                has=[places[step] for step in has],
                out_of_order=state == "out_of_order",
                opened=None if opened is None else (_instant(opened.begin), _instant(opened.end)),
                limit=min(limit, _MOST_CASES),
            )
        return [self._as_json(case, row, now) for row in rows]

    async def board(self, name: str, units: Sequence[int] | None, now: datetime) -> list[dict[str, Any]]:
        """Return open cases by who has them in hand, those with the most overdue first."""
        case = self.case(name)
        if case.owner is None:
            raise BadInput(f"case {name} does not say who has it in hand")
        async with self._pool().acquire() as conn:
            rows = await cases.list_cases(conn, self._kind(name), units=units, is_open=True, overdue_at=None, limit=_MOST_PLACES)
        by_owner: dict[str, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            by_owner[str(row["data"].get(case.owner, ""))].append(row)
        told = [
            {
                "owner": owner,
                "open": len(some),
                "overdue": sum(_is_overdue(row, now) for row in some),
                "reminded": sum(any(row["times"][1:]) for row in some),
                "cases": [self._as_json(case, row, now) for row in sorted(some, key=lambda row: row["due"] or now)[:20]],
            }
            for owner, some in by_owner.items()
        ]
        return sorted(told, key=lambda one: (-one["overdue"], -one["open"], one["owner"]))

    async def clusters(self, name: str, *, since: datetime, near_m: float = _NEAR_M, least: int = 3) -> list[dict[str, Any]]:
        """Return where open cases lie close together: groups in which each is within `near_m` metres of another."""
        told_apart = self.case(name).owner or "category"
        async with self._pool().acquire() as conn:
            rows = await indicator_reads.open_places(conn, self._kind(name), since, limit=_MOST_PLACES)
        groups = cluster([(row["lon"], row["lat"]) for row in rows], near_m)
        told = []
        for group in groups:
            if len(group) < least:
                continue
            some = [rows[place] for place in group]
            kinds = Counter(str(row["data"].get(told_apart, "")) for row in some)
            told.append(
                {
                    "lon": round(sum(row["lon"] for row in some) / len(some), 6),
                    "lat": round(sum(row["lat"] for row in some) / len(some), 6),
                    "unit": self._unit_of(some),
                    "cases": len(some),
                    "categories": dict(kinds.most_common()),
                    "subjects": [row["subject"] for row in some[:50]],
                }
            )
        return sorted(told, key=lambda one: -one["cases"])

    def _unit_of(self, rows: Sequence[asyncpg.Record]) -> dict[str, Any] | None:
        """Return the unit that most of the cases are in, of those of which it is known; the lower number of two with as many."""
        counts = Counter(unit for row in rows if (unit := self._reader.units.ref(row["unit_id"])) is not None)
        return unit_json(max(counts, key=lambda unit: (counts[unit], -unit.id))) if counts else None

    def _kind(self, name: str) -> int:
        state = self._reader.job.state
        if state is None:
            raise Unavailable("the cases are not ready yet")
        return state.kinds[name][0]

    def _as_json(self, case: Case, row: asyncpg.Record, now: datetime) -> dict[str, Any]:
        unit = self._reader.units.ref(row["unit_id"])
        return {
            "subject": row["subject"],
            "unit": unit_json(unit) if unit else None,
            "unit_code": unit.code if unit else row["unit_code"],
            "steps": {step.id: time and rfc3339(time) for step, time in zip(case.steps, row["times"], strict=True)},
            "due": row["due"] and rfc3339(row["due"]),
            "closed": row["closed"] and rfc3339(row["closed"]),
            "overdue": _is_overdue(row, now),
            "data": row["data"],
        }


def _source(name: str, last_seen: datetime | None, system: SystemFile, now: datetime) -> dict[str, Any]:
    """Return a source and which reminder it has earned by itself: none where it has sent history alone."""
    age_s = None if last_seen is None else (now - last_seen).total_seconds()
    earned = 0 if age_s is None else reminder(age_s, seconds(system.rhythm), system.reminders)
    return {"id": name, "last_seen": last_seen and rfc3339(last_seen), "age_s": None if age_s is None else round(age_s), "reminder": earned}


def reminder(age_s: float | None, rhythm_s: float, reminders: Sequence[float]) -> int:
    """Return which reminder a silence has earned; who never sent anything is reminded the third time."""
    return len(reminders) if age_s is None else sum(age_s > times * rhythm_s for times in reminders)


def cluster(places: Sequence[tuple[float, float]], near_m: float) -> list[list[int]]:
    """Return the places, by their numbers, in groups in which each lies within `near_m` of another, the largest group first."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    # A province is small enough for one scale; a scale for each place would pull places apart that lie far from 0° E.
    scale = math.cos(math.radians(sum(lat for _, lat in places) / len(places))) if places else 1.0
    metres = [(lon * _M_PER_DEGREE * scale, lat * _M_PER_DEGREE) for lon, lat in places]
    for number, (x, y) in enumerate(metres):
        cells[int(x // near_m), int(y // near_m)].append(number)
    groups, left = [], set(range(len(places)))
    while left:
        group, pending = [], [left.pop()]
        while pending:
            one = pending.pop()
            group.append(one)
            x, y = metres[one]
            column, row = int(x // near_m), int(y // near_m)
            around = (other for i in (-1, 0, 1) for j in (-1, 0, 1) for other in cells.get((column + i, row + j), ()))
            near = [other for other in around if other in left and math.dist(metres[other], (x, y)) <= near_m]
            left.difference_update(near)
            pending += near
        groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def _is_overdue(row: asyncpg.Record, now: datetime) -> bool:
    return row["closed"] is None and row["due"] is not None and row["due"] < now


def _named(system: SystemFile) -> dict[str, Any]:
    return {
        "id": system.system,
        "number": system.number,
        "title": msgspec.to_builtins(system.title),
        "owner": msgspec.to_builtins(system.owner),
    }


def _case(case: Case) -> dict[str, Any]:
    steps = [{"id": step.id, "type": step.type, "title": msgspec.to_builtins(step.title)} for step in case.steps]
    return {
        "id": case.id,
        "title": msgspec.to_builtins(case.title),
        "steps": steps,
        "closes": case.closes,
        "due": case.due,
        "owner": case.owner,
        "words": msgspec.to_builtins(case.words),
    }


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


def last_month(today: date) -> Period:
    """Return the newest month that is over."""
    return containing("month", today.replace(day=1) - timedelta(days=1))
