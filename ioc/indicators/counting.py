"""Counts what came in into facts: what was touched anew, and history of what was never counted; within a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import asyncpg

from ioc.domain.measure import CaseSpec, FactGroup, is_from
from ioc.indicators.plan import Plan
from ioc.store import cases, fact_groups, facts, indicator_reads, touches
from ioc.store.pool import Connection

_TOUCHES = 50_000
_MANY_SUBJECTS = 20_000
"""Over so many subjects it is quicker to make all cases of a kind anew."""
_MANY_DAYS = 200
"""Over so many whole days of a type it is quicker to count all of them."""


@dataclass(slots=True)
class State:
    """The plan's counterparts in the store, as they were found: numbers of groups and kinds of cases, and which are filled."""

    groups: list[fact_groups.GroupState] = field(default_factory=list)
    kinds: dict[str, tuple[int, bool]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def number(self, place: int) -> int:
        """Return the store's number of a group of the plan."""
        return self.groups[place].id

    def unfilled(self) -> tuple[list[str], list[int]]:
        """Return the kinds of cases and the groups of which history is not counted."""
        return [name for name, (_, is_filled) in self.kinds.items() if not is_filled], [
            place for place, one in enumerate(self.groups) if not one.is_filled
        ]


class Counting:
    """Counts for a plan; `state` is kept in step, `sources` are the numbers of all sources by name."""

    def __init__(self, conn: Connection, plan: Plan, state: State, sources: Mapping[str, int]) -> None:
        self._conn, self._plan, self._state, self._sources = conn, plan, state, sources

    async def count(self, *, readings: bool) -> bool:
        """Count anew what was touched, of `readings` too where that is asked for; return whether there was anything."""
        conn = self._conn
        rows = await touches.touched(conn, limit=_TOUCHES, readings=readings)
        if not rows:
            return False
        await indicator_reads.look_up(conn, only=True)
        await facts.begin(conn)
        await cases.begin(conn)
        cells, days = facts.Cells(), {row["day"] for row in rows if not row["type"]}
        for row in rows:
            if row["type"]:
                cells.add(row["type"], row["day"], row["units"])
        await self._count_events(cells)
        await self._count_readings(sorted(days))
        await self._count_cases(rows)
        await facts.add_changes(conn)
        await touches.settle(conn, [row["id"] for row in rows])
        return True

    async def fill_cases(self, name: str) -> None:
        """Make all cases of a kind from history."""
        case, number = self._plan.cases[name], self._state.kinds[name][0]
        await cases.fill(self._conn, number, case, self._matching(case.sources))

    async def fill_group(self, place: int, now: datetime) -> None:
        """Count the history of a group."""
        group, number = self._plan.groups[place], self._state.number(place)
        sources = self._matching(group.sources)
        if group.case is not None:
            await facts.fill_cases(self._conn, number, group, self._plan.cases[group.case], self._state.kinds[group.case][0])
        elif group.type is not None:
            await facts.fill_events(self._conn, number, group, sources)
        else:
            await facts.fill_readings(self._conn, number, group, sources, now + timedelta(days=1))

    async def unfill_groups(self, places: Iterable[int]) -> None:
        """Have groups counted from the beginning."""
        numbers = {place: self._state.number(place) for place in places}
        await fact_groups.set_unfilled(self._conn, list(numbers.values()))
        for place, number in numbers.items():
            self._state.groups[place] = fact_groups.GroupState(number, is_filled=False)

    async def unfill_cases(self, name: str) -> None:
        """Have the cases of a kind, and all that is counted of them, made from the beginning."""
        number, _ = self._state.kinds[name]
        self._state.kinds[name] = number, False
        await cases.set_unfilled(self._conn, number)
        await self.unfill_groups([place for place, group in enumerate(self._plan.groups) if group.case == name])

    async def _count_events(self, cells: facts.Cells) -> None:
        for type_ in [type_ for type_, n in cells.whole_days().items() if n > _MANY_DAYS]:
            cells.drop(type_)
            await self.unfill_groups([place for place, group in enumerate(self._plan.groups) if group.type == type_])
        types = {type_ for type_, _ in cells.by_day}
        groups = {
            self._state.number(place): (group, self._matching(group.sources))
            for place, group in enumerate(self._plan.groups)
            if group.type in types and self._state.groups[place].is_filled
        }
        if groups:
            await facts.take_events(self._conn, cells)
            await facts.count_events(self._conn, groups)

    async def _count_readings(self, days: Sequence[date]) -> None:
        for place, group in enumerate(self._plan.groups):
            if days and group.observed is not None and self._state.groups[place].is_filled:
                await facts.count_readings(self._conn, self._state.number(place), group, self._matching(group.sources), days)

    async def _count_cases(self, rows: Sequence[asyncpg.Record]) -> None:
        groups: dict[int, tuple[FactGroup, CaseSpec, int]] = {}
        for name, case in self._plan.cases.items():
            number, is_filled = self._state.kinds[name]
            own, types = self._matching(case.sources), {step.type for step in case.steps}
            mine = [row for row in rows if row["type"] in types and row["source_id"] in own]
            if not mine or not is_filled:
                continue
            subjects = await self._subjects(mine)
            if subjects is None:
                await self.unfill_cases(name)
                continue
            await cases.remake(self._conn, number, case, own, subjects)
            groups |= {
                self._state.number(place): (group, case, number)
                for place, group in enumerate(self._plan.groups)
                if group.case == name and self._state.groups[place].is_filled
            }
        await facts.count_cases(self._conn, groups)

    async def _subjects(self, rows: Sequence[asyncpg.Record]) -> list[str] | None:
        """Return the subjects that were touched, None where they are so many that it is quicker to make all cases anew."""
        named = {subject for row in rows for subject in row["subjects"] or ()}
        whole = {(row["source_id"], row["type"], row["day"]) for row in rows if row["subjects"] is None}
        if len(whole) > _MANY_DAYS:
            return None
        if whole:
            named.update(await cases.subjects_of(self._conn, sorted(whole), limit=_MANY_SUBJECTS + 1))
        return sorted(named) if len(named) <= _MANY_SUBJECTS else None

    def _matching(self, patterns: Sequence[str]) -> list[int]:
        return [number for name, number in self._sources.items() if is_from(name, patterns)]
