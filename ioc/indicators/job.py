"""Keeps facts and figures up with what comes in: one step, one transaction, one process at a time; killed anywhere, the next step goes on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import NamedTuple, TypeVar

import asyncpg
import msgspec
import structlog

from ioc.domain.clock import Clock, local_day
from ioc.indicators.calendar import kept_days
from ioc.indicators.counting import Counting, State
from ioc.indicators.figures import Figures
from ioc.indicators.period import periods_between
from ioc.indicators.plan import Plan
from ioc.indicators.rollup import Units
from ioc.store import cases, fact_groups, indicator_reads, indicator_values, own_events, touches
from ioc.store.pool import Connection

_log = structlog.get_logger()
_IDLE_S = 2.0
_AFTER_FAILURE_S = 30.0
_READINGS_EVERY_S = 60.0
_WORKERS = 2
"""Connections on which history is counted side by side; it is the database that works."""
Some = TypeVar("Some")
_OVERLAP = timedelta(hours=1)
"""How long a transaction of alerts or publications may take and still be seen."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Progress(NamedTuple):
    """How far the facts and figures are: groups and cases counted, of how many, and how many days and months wait."""

    filled: int
    groups: int
    days_waiting: int
    months_due: int


class IndicatorJob:
    """Counts and computes what a plan says."""

    def __init__(self, plan: Plan, pool: Callable[[], asyncpg.Pool], units: Callable[[], Units], clock: Clock) -> None:
        """Take note of what is to be computed."""
        self.plan = self._wanted = plan
        self._pool, self._units, self._clock = pool, units, clock
        self.state: State | None = None
        self._day: date | None = None
        self._readings_at: float | None = None
        self._edition: int | None = None
        self._looked_at: datetime | None = None

    def take_up(self, plan: Plan) -> None:
        """Compute what another plan says from the next step on; until then what the present one says is served."""
        self._wanted = plan

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
        try:
            async with self._pool().acquire() as conn, conn.transaction():
                if not await indicator_reads.take_turn(conn):
                    return False
                return await self._next(conn)
        except BaseException:
            self.state = self._day = self._edition = self._looked_at = None  # what was undone in the store is to be forgotten here, too
            raise

    async def progress(self, conn: Connection) -> Progress:
        """Return how far everything is."""
        state = self.state or State()
        filled = sum(one.is_filled for one in state.groups)
        months = sum(len(months) for months in (await fact_groups.due(conn)).values())
        return Progress(filled, len(self.plan.groups), await touches.waiting(conn), months)

    def number(self, place: int) -> int:
        """Return the store's number of a group of the plan; KeyError before the first step."""
        if self.state is None:
            raise KeyError(place)
        return self.state.groups[place].id

    def is_counted(self, indicator: str) -> bool:
        """Return whether all history is counted that an indicator is made of: until then nothing is known of who has nothing."""
        return self.state is not None and all(self.state.groups[place].is_filled for place in self.plan.groups_of(indicator))

    def figures(self) -> Figures | None:
        """Return who computes, None before the first step."""
        if self.state is None:
            return None
        return Figures(
            self.plan, [one.id for one in self.state.groups], self.state.versions, self._units(), today=local_day(self._clock.now())
        )

    async def _next(self, conn: Connection) -> bool:
        now, plan = self._clock.now(), self._wanted
        is_new = plan is not self.plan or self.state is None or not await self._reload(conn, self.state)
        if is_new:
            state = await self._sync(conn, plan, now)
            self.plan, self.state = plan, state
        assert self.state is not None
        sources = await indicator_reads.sources(conn)
        counting = Counting(conn, self.plan, self.state, sources)
        is_new |= await self._note_units(conn, counting)
        if self._day != local_day(now):
            await self._turn_day(conn, local_day(now))
            is_new = True
        # What is to be filled has to be committed first: others fill it.
        return (
            is_new
            or await self._look_inside(conn, now)
            or await counting.count(readings=self._are_readings_due())
            or await self._fill(conn, self.state, sources, now)
            or await self._publish(conn, now)
        )

    async def _fill(self, conn: Connection, state: State, sources: Mapping[str, int], now: datetime) -> bool:
        """Count the history of what that was not done for, cases first, each in a transaction of its own; return whether there was anything.

        Nobody else does meanwhile: it is the turn of the transaction of `conn`, which waits.
        """
        kinds, _ = state.unfilled()

        async def fill_cases(counting: Counting, name: str) -> None:
            await counting.fill_cases(name)
            state.kinds[name] = state.kinds[name][0], True

        async def fill_group(counting: Counting, place: int) -> None:
            await counting.fill_group(place, now)
            state.groups[place] = fact_groups.GroupState(state.number(place), is_filled=True)

        await self._side_by_side(state, sources, kinds, fill_cases)
        _, places = state.unfilled()
        # What takes longest begins first, so that neither connection is left with it alone: what is counted by keys, and what of cases.
        places.sort(key=lambda place: (self.plan.groups[place].key is None, self.plan.groups[place].case is None))
        await self._side_by_side(state, sources, places, fill_group)
        if places:
            await fact_groups.take_stock(conn)
        return bool(kinds or places)

    async def _side_by_side(
        self, state: State, sources: Mapping[str, int], what: Sequence[Some], do: Callable[[Counting, Some], Awaitable[None]]
    ) -> None:
        """Do something for each of `what`, on two connections; raises what failed first, and the rest is left for later."""
        todo = deque(what)

        async def work() -> None:
            async with self._pool().acquire() as conn:
                counting = Counting(conn, self.plan, state, sources)
                while todo:
                    one = todo.popleft()
                    try:
                        async with conn.transaction():
                            await do(counting, one)
                    except BaseException:
                        todo.clear()
                        raise

        done = await asyncio.gather(*(work() for _ in range(min(_WORKERS, len(todo)))), return_exceptions=True)
        for failure in done:
            if failure is not None:
                raise failure

    async def _look_inside(self, conn: Connection, now: datetime) -> bool:
        """Make events of what has happened in the centre itself, where a system is about that; return whether there was anything."""
        if not any(own_events.SOURCE in system.sources for system in self.plan.systems.values()):
            return False
        since, self._looked_at = self._looked_at - _OVERLAP if self._looked_at else _BEGINNING, now
        return await own_events.take_in(conn, since, now)

    async def _sync(self, conn: Connection, plan: Plan, now: datetime) -> State:
        """Find or make what the plan needs in the store; forget what no plan needs."""
        state = State()
        await indicator_reads.save_calendar(conn, kept_days(plan.centre.working_time))
        digests = {name: case.digest() for name, case in plan.cases.items()}
        kinds = await cases.ensure_kinds(conn, list(digests.values()))
        state.kinds = {name: kinds[digest] for name, digest in digests.items()}
        wanted = [_digest(plan, place) for place in range(len(plan.groups))]
        groups = await fact_groups.ensure_groups(conn, wanted)
        state.groups = [groups[digest] for digest in wanted]
        await fact_groups.drop_groups(conn, [one.id for digest, one in groups.items() if digest not in wanted])
        await cases.drop_kinds(conn, [number for digest, (number, _) in kinds.items() if digest not in digests.values()])
        known = await indicator_values.newest_versions(conn)
        for name, definition in plan.indicators.items():
            digest, before = plan.digest(name), known.get(name)
            state.versions[name] = 1 if before is None else before["version"] + (before["digest"] != digest)
            if before is None or before["digest"] != digest:
                told = msgspec.to_builtins(definition.entry)
                await indicator_values.add_version(conn, name, state.versions[name], digest, told, now)
                filled = [state.groups[place] for place in plan.groups_of(name)]
                await fact_groups.mark_all(conn, sorted(group.id for group in filled if group.is_filled))
        return state

    async def _reload(self, conn: Connection, state: State) -> bool:
        """Take up what another process has filled meanwhile; False where one has dropped what this plan needs."""
        kinds, groups = await cases.load_kinds(conn), await fact_groups.load_groups(conn)
        try:
            state.kinds = {name: kinds[case.digest()] for name, case in self.plan.cases.items()}
            state.groups = [groups[_digest(self.plan, place)] for place in range(len(self.plan.groups))]
        except KeyError:
            return False
        return True

    async def _note_units(self, conn: Connection, counting: Counting) -> bool:
        """After a publication of units, count the days anew whose events named units that were not known; return whether there was one."""
        edition = self._units().edition
        if self._edition == edition:
            return False
        if await fact_groups.renew_hierarchy(conn):
            await counting.unfill_groups(range(len(self.plan.groups)))  # units belong to others than before
        if self._edition is not None:
            await touches.touch_unknown(
                conn, [(self.number(place), g.type) for place, g in enumerate(self.plan.groups) if g.type is not None]
            )
            await self._unfill_cases_without_unit(conn, counting)
        self._edition = edition
        return True

    async def _unfill_cases_without_unit(self, conn: Connection, counting: Counting) -> None:
        assert self.state is not None
        for name in self.plan.cases:
            number, is_filled = self.state.kinds[name]
            if is_filled and await cases.has_unknown_units(conn, number):
                await counting.unfill_cases(name)

    async def _turn_day(self, conn: Connection, today: date) -> None:
        """With a new day what stands has changed, and targets of periods that are over are met or missed."""
        assert self.state is not None
        numbers = set()
        for name, definition in self.plan.indicators.items():
            places = self.plan.groups_of(name)
            if definition.goals or any(self.plan.groups[place].is_stock for place in places):
                numbers |= {self.number(place) for place in places}
        last = await fact_groups.last_turn(conn)
        if last != today:
            for month in periods_between("month", min(last or today, today), today + timedelta(days=1)):
                await fact_groups.mark_since(conn, sorted(numbers), month.begin)
            await fact_groups.note_turn(conn, today)
        self._day = today

    def _are_readings_due(self) -> bool:
        due = self._readings_at is None or monotonic() - self._readings_at >= _READINGS_EVERY_S
        if due:
            self._readings_at = monotonic()
        return due

    async def _publish(self, conn: Connection, now: datetime) -> bool:
        """Compute the figures of all that is due; return whether anything was."""
        due = await fact_groups.due(conn)
        figures = self.figures()
        assert figures is not None
        if not due:
            return False
        begun = monotonic()
        await indicator_reads.look_up(conn, only=True)
        left = {name: sum(len(due.get(self.number(place), ())) for place in self.plan.groups_of(name)) for name in self.plan.indicators}
        await indicator_values.note_progress(conn, {name: n for name, n in left.items() if n}, now)
        changed, transitions = await figures.publish_due(conn, due, now)
        await fact_groups.settle_due(conn)
        await indicator_values.note_progress(conn, dict.fromkeys(self.plan.indicators, 0), now)
        _log.info("indicators.published", changed=changed, transitions=transitions, took_s=round(monotonic() - begun, 2))
        return True


def _digest(plan: Plan, place: int) -> str:
    group = plan.groups[place]
    return group.digest() if group.case is None else f"{group.digest()}-{plan.cases[group.case].digest()}"
