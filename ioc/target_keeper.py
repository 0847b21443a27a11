"""Tells the rules, in the process that ingests, how figures stand against their targets, whoever computed them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import asyncpg

from ioc.alerts.machine import NORMAL
from ioc.alerts.recorder import Recorder
from ioc.alerts.target_figures import TargetStanding, figures_of
from ioc.domain.clock import Clock, local_day
from ioc.domain.live import AlertView, Changes
from ioc.geo.unit_book import UnitBook
from ioc.indicators.period import Period, present
from ioc.indicators.plan import Plan
from ioc.indicators.ranking import is_few
from ioc.indicators.target import goal_for
from ioc.rule_keeper import Alone
from ioc.store import indicator_values
from ioc.store.pool import Connection

_OVERLAP = timedelta(minutes=1)
"""By how much the clocks of processes that compute may differ."""


class TargetKeeper:
    """Has the engine judge figures whenever they, the day or the rules have changed since it did."""

    def __init__(
        self,
        plan: Callable[[], Plan],
        recorder: Recorder,
        units: UnitBook,
        *,
        house: Callable[[], asyncpg.Pool],
        clock: Clock,
        publish: Callable[[Changes], None],
    ) -> None:
        self._plan, self._recorder, self._units = plan, recorder, units
        self._house, self._clock, self._publish = house, clock, publish
        self._told: tuple[int, object] | None = None
        self._newest: datetime | None = None

    def forget(self) -> None:
        """Have everything judged again: what was judged may be lost, or another process judged since."""
        self._told = None

    async def tell(self, alone: Alone) -> None:
        """Have the engine judge what has changed, if anything; raises what the database raises, and then it is told again."""
        async with self._house().acquire() as conn:
            now = self._clock.now()
            edition = await indicator_values.edition(conn)
            place = local_day(now), self._recorder.engine, self._plan()
            if (edition, place) == self._told:
                return
            # All of them after a start, on a new day and under other rules; else those that have just been computed.
            is_whole = self._told is None or self._told[1] != place
            standings, newest = await self._standings(conn, local_day(now), None if is_whole else self._newest)

        async def work(conn: Connection) -> list[AlertView]:
            engine = self._recorder.engine
            open_ = [(rule_id, key) for key, rule_id, standing in engine.standings.each() if is_whole and standing.state is not NORMAL]
            return await self._recorder.tell(conn, figures_of(engine.rules.values(), standings, open_, now), now)

        self._publish(Changes(alerts=await alone(work)))
        self._told, self._newest = (edition, place), max((one for one in (newest, self._newest) if one is not None), default=None)

    async def _standings(self, conn: Connection, today: date, since: datetime | None) -> tuple[list[TargetStanding], datetime | None]:
        """Return how figures stand that were computed since then (None: all), and when the newest of them was."""
        plan = self._plan()
        aimed = {name: one for name, one in plan.indicators.items() if one.goals}
        periods = {(kind, period.begin): period for one in aimed.values() for kind in one.periods for period in present(kind, today)}
        rows = await indicator_values.with_status(conn, sorted(aimed), sorted(periods), None if since is None else since - _OVERLAP)
        found = (self._standing(plan, row, periods[row["kind"], row["begin"]], today) for row in rows)
        return [one for one in found if one is not None], max((row["computed_at"] for row in rows), default=None)

    def _standing(self, plan: Plan, row: asyncpg.Record, period: Period, today: date) -> TargetStanding | None:
        definition, ref = plan.indicators[row["indicator"]], self._units.ref(row["unit_id"])
        if ref is None or row["value"] is None:
            return None
        above = [ref.code, *(one.code for one in self._units.directory.parents(ref))]
        goal = goal_for(definition, ref, above, period)
        if goal is None:
            return None
        title = definition.entry.title
        return TargetStanding(
            indicator=definition.id,
            title={"vi": title.vi, "en": title.en},
            unit_id=ref.id,
            unit=ref.code,
            units=frozenset(above),
            level=ref.level,
            kind=period.kind,
            period=period.label(),
            is_first=definition.periods[0] == period.kind,
            is_over=period.is_over(today),
            is_few=is_few(row["of"], definition.minimum),
            status=row["status"],
            value=float(row["value"]),
            limit=float(goal.limit),
            direction=goal.direction,
        )
