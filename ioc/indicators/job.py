"""Keeps facts and figures up with what comes in: one step, one transaction, one process at a time; killed anywhere, the next step goes on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from time import monotonic
from typing import NamedTuple

import asyncpg
import msgspec
import structlog

from ioc.domain.clock import LOCAL_ZONE, Clock, local_day
from ioc.indicators.calendar import kept_days
from ioc.indicators.figures import Figures
from ioc.indicators.period import periods_between
from ioc.indicators.plan import Plan
from ioc.indicators.rollup import Units
from ioc.indicators.target import TargetWatch, Transition
from ioc.store import cases, facts, indicator_reads, indicator_values, own_events, touches
from ioc.store.pool import Connection

_log = structlog.get_logger()
_IDLE_S = 2.0
_AFTER_FAILURE_S = 30.0
_READINGS_EVERY_S = 60.0
_TOUCHES = 50_000
_MANY_SUBJECTS = 20_000
"""Over so many subjects it is quicker to make all cases of a kind anew."""
_MANY_DAYS = 200
_OVERLAP = timedelta(hours=1)
"""How long a transaction of alerts or publications may take and still be seen."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class State:
    """The plan's counterparts in the store, as they were found: numbers of groups and kinds of cases, and which are filled."""

    groups: list[facts.GroupState] = field(default_factory=list)
    kinds: dict[str, tuple[int, bool]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)


class Progress(NamedTuple):
    """How far the facts and figures are: groups and cases counted, of how many, and how many days and months wait."""

    filled: int
    groups: int
    days_waiting: int
    months_due: int


class IndicatorJob:
    """Counts and computes what a plan says."""

    def __init__(
        self, plan: Plan, pool: Callable[[], asyncpg.Pool], units: Callable[[], Units], clock: Clock, *, watch: TargetWatch | None = None
    ) -> None:
        """Take note of what is to be computed; `watch` is told when a figure's status against its target changes."""
        self.plan = plan
        self._pool, self._units, self._clock, self._watch = pool, units, clock, watch
        self.state: State | None = None
        self._day: date | None = None
        self._readings_at: float | None = None
        self._edition: int | None = None
        self._looked_at: datetime | None = None

    async def run(self, passing: tuple[type[BaseException], ...]) -> None:
        """Go on until cancelled; what is `passing` is logged and tried again.

        So is, less often, what should not happen: figures that cannot be computed are no reason to end what watches rivers.
        """
        while True:
            try:
                busy = await self.step()
            except passing as error:
                _log.warning("indicators.retry", why=f"{type(error).__name__}: {error}")
                busy = False
            except Exception:  # noqa: BLE001 - whatever it is, the rest goes on
                _log.exception("indicators.failed")
                await asyncio.sleep(_AFTER_FAILURE_S)
                busy = False
            if not busy:
                await asyncio.sleep(_IDLE_S)

    async def catch_up(self) -> int:
        """Do all there is to do, and return in how many steps; readings of the present are counted, too."""
        self._readings_at, steps = None, 0
        while await self.step():
            steps += 1
        return steps

    async def step(self) -> bool:
        """Do the next thing, if any and if it is this process's turn; return whether something was done."""
        told: list[Transition] = []
        try:
            async with self._pool().acquire() as conn, conn.transaction():
                if not await indicator_reads.take_turn(conn):
                    return False
                busy = await self._next(conn, told)
        except BaseException:
            self.state = self._day = self._edition = self._looked_at = None  # what was undone in the store is to be forgotten here, too
            raise
        if told and self._watch is not None:
            await self._watch.targets_changed(told)
        return busy

    async def progress(self, conn: Connection) -> Progress:
        """Return how far everything is."""
        state = self.state or State()
        filled = sum(one.is_filled for one in state.groups)
        months = sum(len(months) for months in (await facts.due(conn)).values())
        return Progress(filled, len(self.plan.groups), await touches.waiting(conn), months)

    def number(self, place: int) -> int:
        """Return the store's number of a group of the plan; KeyError before the first step."""
        if self.state is None:
            raise KeyError(place)
        return self.state.groups[place].id

    def figures(self) -> Figures | None:
        """Return who computes, None before the first step."""
        if self.state is None:
            return None
        return Figures(
            self.plan, [one.id for one in self.state.groups], self.state.versions, self._units(), today=local_day(self._clock.now())
        )

    async def _next(self, conn: Connection, told: list[Transition]) -> bool:
        now = self._clock.now()
        if self.state is None or not await self._reload(conn, self.state):
            self.state = await self._sync(conn, now)
        await self._note_units(conn)
        if self._day != local_day(now):
            await self._turn_day(conn, local_day(now))
        sources = await indicator_reads.sources(conn)
        return (
            await self._look_inside(conn, now)
            or await self._count(conn, sources)
            or await self._fill(conn, sources, now)
            or await self._publish(conn, now, told)
        )

    async def _look_inside(self, conn: Connection, now: datetime) -> bool:
        """Make events of what has happened in the centre itself, where a system is about that; return whether there was anything."""
        if not any(own_events.SOURCE in system.sources for system in self.plan.systems.values()):
            return False
        since, self._looked_at = self._looked_at - _OVERLAP if self._looked_at else _BEGINNING, now
        return await own_events.take_in(conn, since, now)

    async def _sync(self, conn: Connection, now: datetime) -> State:
        """Find or make what the plan needs in the store; forget what no plan needs."""
        plan, state = self.plan, State()
        await indicator_reads.save_calendar(conn, kept_days(plan.centre.working_time))
        digests = {name: case.digest() for name, case in plan.cases.items()}
        kinds = await cases.ensure_kinds(conn, list(digests.values()))
        state.kinds = {name: kinds[digest] for name, digest in digests.items()}
        wanted = [self._digest(place) for place in range(len(plan.groups))]
        groups = await facts.ensure_groups(conn, wanted)
        state.groups = [groups[digest] for digest in wanted]
        await facts.drop_groups(conn, [one.id for digest, one in groups.items() if digest not in wanted])
        await cases.drop_kinds(conn, [number for digest, (number, _) in kinds.items() if digest not in digests.values()])
        known = await indicator_values.newest_versions(conn)
        for name, definition in plan.indicators.items():
            digest, before = plan.digest(name), known.get(name)
            state.versions[name] = 1 if before is None else before["version"] + (before["digest"] != digest)
            if before is None or before["digest"] != digest:
                told = msgspec.to_builtins(definition.entry)
                await indicator_values.add_version(conn, name, state.versions[name], digest, told, now)
                filled = [state.groups[place] for place in plan.groups_of(name)]
                await facts.mark_all(conn, sorted(group.id for group in filled if group.is_filled))
        return state

    async def _reload(self, conn: Connection, state: State) -> bool:
        """Take up what another process has filled meanwhile; False where one has dropped what this plan needs."""
        kinds, groups = await cases.load_kinds(conn), await facts.load_groups(conn)
        try:
            state.kinds = {name: kinds[case.digest()] for name, case in self.plan.cases.items()}
            state.groups = [groups[self._digest(place)] for place in range(len(self.plan.groups))]
        except KeyError:
            return False
        return True

    def _digest(self, place: int) -> str:
        group = self.plan.groups[place]
        return group.digest() if group.case is None else f"{group.digest()}-{self.plan.cases[group.case].digest()}"

    async def _note_units(self, conn: Connection) -> None:
        """After a publication of units, count the days anew whose events named units that were not known."""
        edition = self._units().edition
        if self._edition != edition and await facts.renew_hierarchy(conn):
            await self._unfill_groups(conn)
        if self._edition not in (None, edition):
            await touches.touch_unknown(
                conn, [(self.number(place), g.type) for place, g in enumerate(self.plan.groups) if g.type is not None]
            )
            await self._unfill_cases_without_unit(conn)
        self._edition = edition

    async def _unfill_groups(self, conn: Connection) -> None:
        """Have everything counted anew: units belong to others than before."""
        assert self.state is not None
        await facts.set_unfilled(conn, [one.id for one in self.state.groups])
        self.state.groups = [facts.GroupState(one.id, is_filled=False) for one in self.state.groups]

    async def _unfill_cases_without_unit(self, conn: Connection) -> None:
        assert self.state is not None
        for name in self.plan.cases:
            number, is_filled = self.state.kinds[name]
            if is_filled and await cases.has_unknown_units(conn, number):
                await self._unfill(conn, name)

    async def _turn_day(self, conn: Connection, today: date) -> None:
        """With a new day what stands has changed, and targets of periods that are over are met or missed."""
        assert self.state is not None
        numbers = set()
        for name, definition in self.plan.indicators.items():
            places = self.plan.groups_of(name)
            if definition.goals or any(self.plan.groups[place].is_stock for place in places):
                numbers |= {self.number(place) for place in places}
        last = await facts.last_turn(conn)
        if last != today:
            for month in periods_between("month", min(last or today, today), today + timedelta(days=1)):
                await facts.mark_since(conn, sorted(numbers), month.begin)
            await facts.note_turn(conn, today)
        self._day = today

    async def _count(self, conn: Connection, sources: Mapping[str, int]) -> bool:
        """Count the days of which something came; return whether there was any."""
        rows = await touches.touched(conn, limit=_TOUCHES, readings=self._are_readings_due())
        if not rows:
            return False
        assert self.state is not None
        await indicator_reads.look_up(conn, only=True)
        days: dict[str, set[date]] = defaultdict(set)
        for row in rows:
            days[row["type"]].add(row["day"])
        for place, group in enumerate(self.plan.groups):
            touched = days.get(group.type or "", set()) if group.case is None else set()
            if touched and self.state.groups[place].is_filled:
                await facts.recount(conn, self.number(place), group, self._matching(group.sources, sources), sorted(touched))
        told = {(row["source_id"], row["type"], row["day"]) for row in rows}
        for name in self.plan.cases:
            await self._count_cases(conn, name, told, sources)
        await touches.settle(conn, [row["id"] for row in rows])
        return True

    def _are_readings_due(self) -> bool:
        due = self._readings_at is None or monotonic() - self._readings_at >= _READINGS_EVERY_S
        if due:
            self._readings_at = monotonic()
        return due

    async def _count_cases(self, conn: Connection, name: str, told: set[tuple[int, str, date]], sources: Mapping[str, int]) -> None:
        assert self.state is not None
        case, (number, is_filled) = self.plan.cases[name], self.state.kinds[name]
        own = self._matching(case.sources, sources)
        types = {step.type for step in case.steps}
        mine = [row for row in told if row[1] in types and row[0] in own]
        if not mine or not is_filled:
            return
        subjects = [] if len(mine) > _MANY_DAYS else await cases.subjects_of(conn, mine, limit=_MANY_SUBJECTS + 1)
        if len(mine) > _MANY_DAYS or len(subjects) > _MANY_SUBJECTS:
            await self._unfill(conn, name)
            return
        await cases.remake(conn, number, case, own, subjects)
        for place, group in enumerate(self.plan.groups):
            if group.case == name and self.state.groups[place].is_filled:
                await facts.add_case_changes(conn, self.number(place), group, case)

    async def _unfill(self, conn: Connection, name: str) -> None:
        """Have the cases of a kind, and all that is counted of them, made from the beginning."""
        assert self.state is not None
        self.state.kinds[name] = self.state.kinds[name][0], False
        await cases.set_unfilled(conn, self.state.kinds[name][0])
        for place, group in enumerate(self.plan.groups):
            if group.case == name:
                self.state.groups[place] = facts.GroupState(self.number(place), is_filled=False)
                await facts.set_unfilled(conn, [self.number(place)])

    async def _fill(self, conn: Connection, sources: Mapping[str, int], now: datetime) -> bool:
        """Count the history of the next group, or kind of cases, of which that was not done; return whether there was one."""
        assert self.state is not None
        for name, case in self.plan.cases.items():
            number, is_filled = self.state.kinds[name]
            if not is_filled:
                await cases.fill(conn, number, case, self._matching(case.sources, sources))
                self.state.kinds[name] = number, True
                return True
        for place, group in enumerate(self.plan.groups):
            if not self.state.groups[place].is_filled:
                await self._fill_group(conn, place, self._matching(group.sources, sources), now)
                self.state.groups[place] = facts.GroupState(self.number(place), is_filled=True)
                if all(one.is_filled for one in self.state.groups):
                    await facts.take_stock(conn)
                return True
        return False

    async def _fill_group(self, conn: Connection, place: int, sources: Sequence[int], now: datetime) -> None:
        group, number = self.plan.groups[place], self.number(place)
        if group.case is not None:
            await facts.fill_cases(conn, number, group, self.plan.cases[group.case], self.state.kinds[group.case][0])  # type: ignore[union-attr]
        elif group.type is not None:
            await facts.fill_events(conn, number, group, sources)
        else:
            await facts.fill_readings(conn, number, group, sources, datetime(2000, 1, 1, tzinfo=LOCAL_ZONE), now + timedelta(days=1))

    async def _publish(self, conn: Connection, now: datetime, told: list[Transition]) -> bool:
        """Compute the figures of all that is due; return whether anything was."""
        due = await facts.due(conn)
        figures = self.figures()
        assert figures is not None
        if not due:
            return False
        begun = monotonic()
        await indicator_reads.look_up(conn, only=True)
        left = {name: sum(len(due.get(self.number(place), ())) for place in self.plan.groups_of(name)) for name in self.plan.indicators}
        await indicator_values.note_progress(conn, {name: n for name, n in left.items() if n}, now)
        changed, transitions = await figures.publish_due(conn, due, now)
        await facts.settle_due(conn)
        await indicator_values.note_progress(conn, dict.fromkeys(self.plan.indicators, 0), now)
        told += transitions
        _log.info("indicators.published", changed=changed, transitions=len(transitions), took_s=round(monotonic() - begun, 2))
        return True

    def _matching(self, patterns: Sequence[str], sources: Mapping[str, int]) -> list[int]:
        return [number for name, number in sources.items() if any(fnmatchcase(name, pattern) for pattern in patterns)]
