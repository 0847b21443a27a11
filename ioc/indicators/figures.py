"""From facts to published figures: which periods and units are due, their facts rolled up, computed, judged by their targets, and kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from ioc.domain.figure import Result
from ioc.indicators.compute import Period as Known
from ioc.indicators.compute import compute
from ioc.indicators.definition import LEVEL, Definition, Goal, Newest
from ioc.indicators.period import Period, Span, add_months, next_period, periods_between, spans
from ioc.indicators.plan import Plan
from ioc.indicators.rollup import OWN, UNKNOWN, Cells, Row, Tree, Units, gather, roll_up
from ioc.indicators.target import LOOK_BACK, Status, goal_of, project, status
from ioc.store import fact_reads, indicator_reads, indicator_values
from ioc.store.indicator_values import Scope, ValueRow
from ioc.store.pool import Connection

_BEGINNING = date(1970, 1, 1)
_AT_ONCE = 40_000
"""About so many figures are computed together: what is read for them is held in memory, and each round of questions has its price."""
_PERIODS_AT_ONCE = 200
"""At most so many periods: who has reported is asked for each, however few figures of it are due."""
_MANY_CHANGES = 20_000

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
        groups_of = {name: plan.groups_of(name) for name in plan.indicators}
        self._users = {place: [one for one in plan.indicators.values() if place in groups_of[one.id]] for place in range(len(plan.groups))}
        self._by_level = {place for place, users in self._users.items() if any(LEVEL in one.dimensions for one in users)}
        self._standing = {name for name, places in groups_of.items() if any(plan.groups[place].is_stock for place in places)}

    async def publish_due(self, conn: Connection, touched: Touched, now: datetime) -> tuple[int, int]:
        """Compute and keep all figures that the touched facts change; return how many have changed, and the status of how many has."""
        tree = Tree(self._units)
        computing: asyncio.Task[tuple[list[ValueRow], list[Scope]]] | None = None
        changed = transitions = 0
        for batch in [*_batches(self._jobs(touched)), None]:
            await indicator_reads.look_up(conn, only=True)
            work = None if batch is None else await self._prepare(conn, batch, tree)
            computed = None if computing is None else await computing
            computing = None if work is None else asyncio.create_task(asyncio.to_thread(work))
            if computed is not None:  # kept while the next are computed
                more = await indicator_values.publish(conn, *computed, today=self._today, now=now)
                before, changed, transitions = changed, changed + more[0], transitions + more[1]
                if before <= _MANY_CHANGES < changed:
                    await indicator_values.take_stock(conn)
        if changed > _MANY_CHANGES:
            await indicator_values.take_stock(conn)
        return changed, transitions

    async def compute_now(
        self, conn: Connection, indicators: Sequence[str], periods: Sequence[Period], *, as_of: date | None = None
    ) -> dict[Period, list[Result]]:
        """Return figures of any periods, by the units of the day `as_of` or those of their time, without keeping them."""
        tree = Tree(self._units, as_of=as_of)
        wanted = set(indicators).union(*(self._below(name) for name in indicators))
        order = [self._plan.indicators[name] for name in self._plan.order if name in wanted]
        known = await self._read(conn, order, periods, tree, None, as_of=as_of)
        publish = set(indicators)
        return await asyncio.to_thread(
            lambda: {period: compute(order, one, publish=publish) for period, one in zip(periods, known, strict=True)}
        )

    async def expected(self, conn: Connection, wanted: Sequence[Definition], unit: int, period: Period) -> dict[str, int]:
        """Return by indicator how many units, stations or others should report for a unit in a period."""
        tree = Tree(self._units)
        stations = await self._stations(conn, wanted, tree)
        found = {}
        for one in wanted:
            told = one.entry.expected
            assert told is not None
            if told.level is not None:
                found[one.id] = len(tree.expected(told.level, period.end).get(unit, ()))
            else:
                found[one.id] = told.number if told.number is not None else stations.get(told.station_kind or "", {}).get(unit, 0)
        return found

    def _below(self, name: str) -> set[str]:
        others = self._plan.indicators[name].indicators()
        return set(others).union(*(self._below(other) for other in others))

    def _jobs(self, touched: Touched) -> list[_Job]:
        """Return what is to be computed, the older periods of a kind first."""
        places = {number: place for place, number in enumerate(self._numbers)}
        tomorrow = self._today + timedelta(days=1)
        found: dict[Period, _Job] = {}
        for number, months in touched.items():
            if number not in places:
                continue
            for definition in self._users[places[number]]:
                stands = self._stands(definition)
                for month, units in months.items():
                    # What stands at the end of a period stands on the facts of all time before.
                    until = tomorrow if stands else min(add_months(month, 1), tomorrow)
                    for kind in definition.periods:
                        for period in periods_between(kind, month, until):
                            found.setdefault(period, _Job(period)).touched[definition.id] |= units
        return sorted(found.values(), key=lambda job: (job.period.kind, job.period.begin))

    def _stands(self, definition: Definition) -> bool:
        return definition.id in self._standing

    async def _prepare(self, conn: Connection, jobs: Sequence[_Job], tree: Tree) -> Callable[[], tuple[list[ValueRow], list[Scope]]]:
        """Read what some periods need, and return the work that computes their figures, which asks nobody."""
        publish = set().union(*(job.touched for job in jobs))
        wanted = publish.union(*(self._below(name) for name in publish))
        order = [self._plan.indicators[name] for name in self._plan.order if name in wanted]
        units = [_units_of(job, order) for job in jobs]
        known = await self._read(conn, order, [job.period for job in jobs], tree, units)
        history = {kind: await self._history(conn, kind, jobs, order) for kind in {job.period.kind for job in jobs}}

        def work() -> tuple[list[ValueRow], list[Scope]]:
            computed = [
                self._of_period(job, one, some, order, tree, history[job.period.kind])
                for job, one, some in zip(jobs, known, units, strict=True)
            ]
            return [row for values, _ in computed for row in values], [scope for _, scopes in computed for scope in scopes]

        return work

    def _of_period(
        self,
        job: _Job,
        known: Known,
        units: Mapping[str, set[int]],
        order: Sequence[Definition],
        tree: Tree,
        history: Mapping[tuple[str, int], list[Decimal]],
    ) -> tuple[list[ValueRow], list[Scope]]:
        results = compute([one for one in order if units.get(one.id)], known, units=units, publish=set(job.touched))
        values = [self._value(one, job.period, tree, history) for one in results]
        return values, [Scope(name, job.period.kind, job.period.begin, unit) for name, some in job.touched.items() for unit in some]

    async def _read(
        self,
        conn: Connection,
        order: Sequence[Definition],
        periods: Sequence[Period],
        tree: Tree,
        units: Sequence[Mapping[str, set[int]]] | None,
        *,
        as_of: date | None = None,
    ) -> list[Known]:
        """Return what is known of each period: of the units of each indicator in it, None: of all; given to the units of the day `as_of` where that is told."""
        places = sorted(set().union(*(one.groups() for one in order)))
        kept_own = {one.formula.total.group for one in order if isinstance(one.formula, Newest)}
        cells: list[dict[int, Cells]] = [{} for _ in periods]
        wanted = self._wanted(order, units)
        if as_of is None:
            for nth, place, rows in await self._rows(conn, places, periods, own=False, wanted=wanted):
                group = self._plan.groups[place]
                keyed, by_level = group.key is not None, place in self._by_level
                cells[nth][place] = gather(rows, group.dimensions, width=len(group.measures), keyed=keyed, by_level=by_level)
        for nth, place, rows in await self._rows(
            conn, places if as_of else sorted(kept_own), periods, own=True, wanted=None if as_of else wanted
        ):
            group = self._plan.groups[place]
            more = roll_up(rows, tree, group.dimensions, width=len(group.measures), keyed=group.key is not None, own=place in kept_own)
            if as_of is not None:
                cells[nth][place] = more
                continue
            for unit, slices in more.items():
                if (OWN, "") in slices:
                    cells[nth].setdefault(place, {}).setdefault(unit, {})[OWN, ""] = slices[OWN, ""]
        stations = await self._stations(conn, order, tree)
        return await self._complete(conn, order, periods, tree, cells, stations, units)

    async def _rows(
        self,
        conn: Connection,
        places: Sequence[int],
        periods: Sequence[Period],
        *,
        own: bool,
        wanted: Sequence[tuple[int, int, int]] | None,
    ) -> list[tuple[int, int, list[Row]]]:
        found: dict[tuple[int, int], list[Row]] = defaultdict(list)
        for keyed in (False, True):
            numbers = {self._numbers[place]: place for place in places if (self._plan.groups[place].key is not None) is keyed}
            looks = None if wanted is None else [one for one in wanted if one[1] in numbers]
            if not numbers or looks == []:
                continue
            groups = [(number, self._plan.groups[place].is_stock) for number, place in numbers.items()]
            width = None if keyed else max(len(self._plan.groups[place].measures) for place in numbers.values())
            for r in await fact_reads.read_facts(conn, fact_reads.Asked(groups, self._stretches(periods), own, looks), width=width):
                row = Row(r["unit_id"], r["slice"], r["keys"], r["amounts"], r["events"], r["newest"])
                found[r["nth"], numbers[r["group_id"]]].append(row)
        return [(nth, place, rows) for (nth, place), rows in found.items()]

    def _wanted(self, order: Sequence[Definition], units: Sequence[Mapping[str, set[int]]] | None) -> list[tuple[int, int, int]] | None:
        """Return which period, group and unit each is looked at; None: all."""
        if units is None:
            return None
        found = {
            (nth, self._numbers[place], unit)
            for nth, some in enumerate(units)
            for one in order
            for place in one.groups()
            for unit in some.get(one.id, ())
        }
        return sorted(found)

    def _stretches(self, periods: Sequence[Period]) -> list[fact_reads.Stretch]:
        return [
            fact_reads.Stretch(nth, stock, span.grain, span.begin, span.end)
            for nth, period in enumerate(periods)
            for stock in (False, True)
            for span in self._spans(period, is_stock=stock)
        ]

    async def _complete(
        self,
        conn: Connection,
        order: Sequence[Definition],
        periods: Sequence[Period],
        tree: Tree,
        cells: Sequence[dict[int, Cells]],
        stations: Mapping[str, Mapping[int, int]],
        units: Sequence[Mapping[str, set[int]]] | None,
    ) -> list[Known]:
        """Return the periods with who is expected to report, and who of these has; looked at only where a figure of the period tells it."""
        watching = [one for one in order if one.entry.expected is not None and one.entry.expected.level is not None]
        watched: list[dict[str, set[int]]] = []
        for nth in range(len(periods)):
            levels: dict[str, set[int]] = defaultdict(set)
            for one in watching:
                if units is None or units[nth].get(one.id):
                    levels[_level_of(one)] |= {ref.group for ref in one.refs()}
            watched.append(levels)
        parents = {ref.parent_id for ref in self._units.all() if ref.parent_id is not None}
        reporting: list[dict[int, set[int]]] = [defaultdict(set) for _ in periods]
        for level in sorted({_level_of(one) for one in watching}):
            pairs = [(nth, self._numbers[place]) for nth, levels in enumerate(watched) for place in sorted(levels.get(level, ()))]
            numbers = {self._numbers[place]: place for levels in watched for place in levels.get(level, ())}
            groups = [(number, self._plan.groups[place].is_stock) for number, place in numbers.items()]
            asked = {below for nth, _ in pairs for some in tree.expected(level, periods[nth].end).values() for below in some}
            looks = [*((unit, False) for unit in asked), *((unit, True) for unit in asked & parents)]
            for row in await fact_reads.read_reporting(conn, groups, self._stretches(periods), pairs, looks):
                reporting[row["nth"]][numbers[row["group_id"]]].add(row["unit_id"])
        return [
            Known(some, {level: tree.expected(level, period.end) for level in levels}, told, stations)
            for some, period, levels, told in zip(cells, periods, watched, reporting, strict=True)
        ]

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
        self, conn: Connection, kind: str, jobs: Sequence[_Job], order: Sequence[Definition]
    ) -> Mapping[tuple[str, int], list[Decimal]]:
        """Return the figures of the last finished periods, where a running one is to be projected."""
        running = [job.period for job in jobs if job.period.kind == kind and not job.period.is_over(self._today)]
        aimed = [one.id for one in order if one.goals]
        if not running or not aimed:
            return {}
        begins = [next_period(running[0], -step).begin for step in range(1, LOOK_BACK + 1)]
        return await indicator_values.present_values(conn, kind, aimed, begins)

    def _value(self, one: Result, period: Period, tree: Tree, history: Mapping[tuple[str, int], list[Decimal]]) -> ValueRow:
        definition = self._plan.indicators[one.indicator]
        goal = self._goal(definition, one.unit, period, tree) if one.dimension == "" and definition.goals else None
        told = None if goal is None else self._status(definition, goal, one, period, history.get((one.indicator, one.unit), []))
        limit = goal.limit if goal is not None else None
        return ValueRow(period.kind, period.begin, self._versions[one.indicator], one, told, limit)

    def _goal(self, definition: Definition, unit: int, period: Period, tree: Tree) -> Goal | None:
        """Return the target that binds a unit in a period."""
        ref = self._units.ref(unit) if unit != UNKNOWN else None
        return None if ref is None else goal_of(definition, ref, period, self._units, tree)

    def _status(self, definition: Definition, goal: Goal, one: Result, period: Period, before: Sequence[Decimal]) -> Status | None:
        today = self._today
        is_over = period.is_over(today)
        days = (period.end - period.begin).days
        elapsed = min(max((today - period.begin).days + 1, 1), days) / days
        grows = definition.entry.count is not None
        projected = None if is_over else project(one.value, before, elapsed=elapsed, grows=grows)
        return status(goal, one.value, projected, is_over=is_over)


def _level_of(one: Definition) -> str:
    """Return at which level units are expected to report."""
    assert one.entry.expected is not None
    assert one.entry.expected.level is not None
    return one.entry.expected.level


def _batches(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    batch: list[_Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += sum(map(len, job.touched.values()))
        if size >= _AT_ONCE or len(batch) == _PERIODS_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _units_of(job: _Job, order: Sequence[Definition]) -> dict[str, set[int]]:
    """Return the units for which each indicator is computed: those touched, and those for which another one is made of it."""
    units: dict[str, set[int]] = defaultdict(set)
    for definition in reversed(order):
        units[definition.id] |= job.touched.get(definition.id, set())
        for other in definition.indicators():
            units[other] |= units[definition.id]
    return units
