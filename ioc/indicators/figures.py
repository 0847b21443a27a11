"""From facts to published figures: which periods and units are due, their facts rolled up, computed, judged by their targets, and kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import asyncpg

from ioc.domain.clock import local_day
from ioc.indicators.compute import Period as Known
from ioc.indicators.compute import Result, compute
from ioc.indicators.definition import Definition, Goal, Newest
from ioc.indicators.period import Period, Span, add_months, next_period, periods_between, spans
from ioc.indicators.plan import Plan
from ioc.indicators.rollup import UNKNOWN, Cells, Row, Tree, Units, roll_up
from ioc.indicators.target import LOOK_BACK, Status, Transition, goal_for, project, status
from ioc.store import facts, indicator_reads, indicator_values
from ioc.store.indicator_values import Scope, ValueRow
from ioc.store.pool import Connection

_BEGINNING = date(1970, 1, 1)
_AT_ONCE = 16
"""Periods that are computed together: what is read for them is held in memory."""

Touched = Mapping[int, Mapping[date, set[int]]]
"""By group, month: the units of which facts have changed."""


@dataclass(slots=True)
class _Job:
    """What of one period is to be computed: the units touched, by indicator."""

    period: Period
    touched: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


class Figures:
    """Computes figures of a plan on the day `today`; `numbers` are those of its groups in the store."""

    def __init__(self, plan: Plan, numbers: Sequence[int], versions: Mapping[str, int], units: Units, *, today: date) -> None:
        self._today = today
        self._plan, self._numbers, self._versions, self._units = plan, numbers, versions, units
        self._groups_of = {name: plan.groups_of(name) for name in plan.indicators}

    async def publish_due(self, conn: Connection, touched: Touched, now: datetime) -> tuple[int, list[Transition]]:
        """Compute and keep all figures that the touched facts change; return how many have changed, and whose status has."""
        changed, transitions, today = 0, [], local_day(now)
        tree = Tree(self._units)
        for kind, jobs in self._jobs(touched, today).items():
            for begin in range(0, len(jobs), _AT_ONCE):
                some = jobs[begin : begin + _AT_ONCE]
                rows, scopes = await self._compute(conn, kind, some, tree, now)
                n, told = await indicator_values.publish(conn, rows, scopes, today=today, now=now)
                changed += n
                periods = {job.period.begin: job.period for job in some}
                transitions += [_transition(row, periods[row["begin"]]) for row in told]
        return changed, transitions

    async def compute_now(
        self, conn: Connection, indicators: Sequence[str], periods: Sequence[Period], *, as_of: date | None = None
    ) -> dict[Period, list[Result]]:
        """Return figures of any periods, by the units of the day `as_of` or those of their time, without keeping them."""
        tree = Tree(self._units, as_of=as_of)
        wanted = set(indicators)
        for name in indicators:
            wanted |= self._below(name)
        order = [self._plan.indicators[name] for name in self._plan.order if name in wanted]
        rows = await self._read(conn, sorted(set().union(*(one.groups() for one in order))), periods)
        stations = await self._stations(conn, order, tree)
        return await asyncio.to_thread(
            lambda: {
                period: compute(order, self._known(rows[nth], order, tree, period, stations, None), publish=set(indicators))
                for nth, period in enumerate(periods)
            }
        )

    def _below(self, name: str) -> set[str]:
        others = self._plan.indicators[name].indicators()
        return set(others).union(*(self._below(other) for other in others))

    def _jobs(self, touched: Touched, today: date) -> dict[str, list[_Job]]:
        """Return what is to be computed by kind of period, the newest periods first: what is watched comes before history."""
        places = {number: place for place, number in enumerate(self._numbers)}
        found: dict[str, dict[Period, _Job]] = defaultdict(dict)
        for number, months in touched.items():
            if number not in places:
                continue
            users = [one for one in self._plan.indicators.values() if places[number] in self._groups_of[one.id]]
            for month, units in months.items():
                for definition in users:
                    # What stands at the end of a period stands on the facts of all time before.
                    until = today + timedelta(days=1) if self._stands(definition) else min(add_months(month, 1), today + timedelta(days=1))
                    for kind in definition.periods:
                        for period in periods_between(kind, month, until):
                            job = found[kind].setdefault(period, _Job(period))
                            job.touched[definition.id] |= units
        return {kind: sorted(jobs.values(), key=lambda job: job.period.begin, reverse=True) for kind, jobs in found.items()}

    def _stands(self, definition: Definition) -> bool:
        return any(self._plan.groups[place].is_stock for place in self._groups_of[definition.id])

    async def _compute(
        self, conn: Connection, kind: str, jobs: Sequence[_Job], tree: Tree, now: datetime
    ) -> tuple[list[ValueRow], list[Scope]]:
        publish = set().union(*(job.touched for job in jobs))
        wanted = publish.union(*(self._below(name) for name in publish))
        order = [self._plan.indicators[name] for name in self._plan.order if name in wanted]
        groups = sorted(set().union(*(one.groups() for one in order)))
        rows = await self._read(conn, groups, [job.period for job in jobs])
        stations = await self._stations(conn, order, tree)
        history = await self._history(conn, kind, jobs, order, local_day(now))
        computed = await asyncio.to_thread(
            lambda: [self._of_period(job, rows[nth], order, tree, stations, history, now) for nth, job in enumerate(jobs)]
        )
        return [row for values, _ in computed for row in values], [scope for _, scopes in computed for scope in scopes]

    def _of_period(
        self,
        job: _Job,
        rows: Mapping[int, Sequence[Row]],
        order: Sequence[Definition],
        tree: Tree,
        stations: Mapping[str, Mapping[int, int]],
        history: Mapping[tuple[str, int], list[Decimal]],
        now: datetime,
    ) -> tuple[list[ValueRow], list[Scope]]:
        units: dict[str, set[int]] = defaultdict(set)
        for definition in reversed(order):
            mine = units[definition.id]
            mine.update(above for unit in job.touched.get(definition.id, ()) for above, _ in tree.ways(unit))
            for other in definition.indicators():
                units[other] |= mine
        publish = {name for name in job.touched if job.touched[name]}
        known = self._known(rows, order, tree, job.period, stations, set().union(*units.values()))
        results = compute([one for one in order if units[one.id]], known, units=units, publish=publish)
        values = [self._value(one, job.period, tree, history, now) for one in results]
        return values, [Scope(name, job.period.kind, job.period.begin, unit) for name in publish for unit in units[name]]

    def _known(
        self,
        rows: Mapping[int, Sequence[Row]],
        order: Sequence[Definition],
        tree: Tree,
        period: Period,
        stations: Mapping[str, Mapping[int, int]],
        wanted: set[int] | None,
    ) -> Known:
        own = {one.formula.total.group for one in order if isinstance(one.formula, Newest)}
        cells: dict[int, Cells] = {}
        for place, some in rows.items():
            group = self._plan.groups[place]
            cells[place] = roll_up(
                some, tree, group.dimensions, width=len(group.measures), keyed=group.key is not None, own=place in own, wanted=wanted
            )
        levels = {one.entry.expected.level for one in order if one.entry.expected is not None and one.entry.expected.level is not None}
        return Known(cells, {level: tree.expected(level, period.begin, period.end) for level in levels}, stations)

    async def _read(self, conn: Connection, places: Sequence[int], periods: Sequence[Period]) -> list[dict[int, list[Row]]]:
        """Return by period and group what is known of each unit."""
        found: list[dict[int, list[Row]]] = [{} for _ in periods]
        for place in places:
            group = self._plan.groups[place]
            stretches = [
                facts.Stretch(nth, span.grain, span.begin, span.end)
                for nth, period in enumerate(periods)
                for span in self._spans(period, is_stock=group.is_stock)
            ]
            for r in await facts.read_facts(conn, self._numbers[place], group, stretches):
                row = Row(r["unit_id"], r["slice"], r["key"], r["amounts"], r["events"], r["newest"])
                found[r["nth"]].setdefault(place, []).append(row)
        return found

    def _spans(self, period: Period, *, is_stock: bool) -> list[Span]:
        """Return the stretches of facts that a period is made of; what stands, stands on all before, and of what is to come nothing does."""
        return spans(_BEGINNING, min(period.end, self._today + timedelta(days=1))) if is_stock else spans(period.begin, period.end)

    async def _stations(self, conn: Connection, order: Sequence[Definition], tree: Tree) -> dict[str, dict[int, int]]:
        kinds = {one.entry.expected.station_kind for one in order if one.entry.expected is not None and one.entry.expected.station_kind}
        found: dict[str, dict[int, int]] = {}
        for row in await indicator_reads.stations_by_unit(conn, sorted(kinds)) if kinds else []:
            of_kind = found.setdefault(row["kind"], defaultdict(int))
            for unit, _ in tree.ways(row["unit_id"]):
                of_kind[unit] += row["n"]
        return found

    async def _history(
        self, conn: Connection, kind: str, jobs: Sequence[_Job], order: Sequence[Definition], today: date
    ) -> Mapping[tuple[str, int], list[Decimal]]:
        """Return the figures of the last finished periods, where a running one is to be projected."""
        running = [job.period for job in jobs if not job.period.is_over(today)]
        aimed = [one.id for one in order if one.goals]
        if not running or not aimed:
            return {}
        begins = [next_period(running[0], -step).begin for step in range(1, LOOK_BACK + 1)]
        return await indicator_values.present_values(conn, kind, aimed, begins)

    def _value(self, one: Result, period: Period, tree: Tree, history: Mapping[tuple[str, int], list[Decimal]], now: datetime) -> ValueRow:
        definition = self._plan.indicators[one.indicator]
        goal = self.goal(definition, one.unit, period, tree) if one.dimension == "" and definition.goals else None
        told = None if goal is None else self._status(definition, goal, one, period, history.get((one.indicator, one.unit), []), now)
        return ValueRow(
            one.indicator,
            period.kind,
            period.begin,
            one.unit,
            one.dimension,
            one.member,
            self._versions[one.indicator],
            one.value,
            one.part,
            one.of,
            one.events,
            one.reported,
            one.expected,
            one.newest,
            told,
            goal.limit if goal is not None else None,
        )

    def goal(self, definition: Definition, unit: int, period: Period, tree: Tree) -> Goal | None:
        """Return the target that binds a unit in a period."""
        ref = self._units.ref(unit) if unit != UNKNOWN else None
        if ref is None:
            return None
        codes = [above.code for number in tree.above(unit) if (above := self._units.ref(number)) is not None]
        return goal_for(definition, ref, codes, period)

    def _status(
        self, definition: Definition, goal: Goal, one: Result, period: Period, before: Sequence[Decimal], now: datetime
    ) -> Status | None:
        today = local_day(now)
        is_over = period.is_over(today)
        days = (period.end - period.begin).days
        elapsed = min(max((today - period.begin).days + 1, 1), days) / days
        grows = definition.entry.count is not None
        projected = None if is_over else project(one.value, before, elapsed=elapsed, grows=grows)
        return status(goal, one.value, projected, is_over=is_over)


def _transition(row: asyncpg.Record, period: Period) -> Transition:
    was = None if row["from"] is None else Status(row["from"])
    return Transition(row["indicator"], row["unit_id"], period, was, Status(row["to"]), row["value"], row["limit"], row["at"])
