"""The indicators of a process joined to the rest of it: systems from their files, figures computed, read, and told to those who look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg

from ioc.alerts.recorder import Recorder
from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.geo.live_units import UnitFigures
from ioc.geo.unit_book import UnitBook
from ioc.indicators.job import IndicatorJob
from ioc.indicators.latest import Latest
from ioc.indicators.plan import Plan
from ioc.indicators.plan_keeper import PlanKeeper
from ioc.indicators.reading import Reader
from ioc.streams.figure_feed import FigureFeed
from ioc.streams.hub import Hub
from ioc.target_keeper import TargetKeeper


class Indicating:
    """What is computed and who reads it; `on_plan` hears of the plan of every change of the systems' files that was taken up.

    `pool` gives connections for whoever asks, `house` those for what is done here.
    """

    def __init__(
        self,
        sdi: Path,
        hub: Hub,
        units: UnitBook,
        *,
        pool: Callable[[], asyncpg.Pool],
        house: Callable[[], asyncpg.Pool],
        clock: Clock,
        on_plan: Callable[[Plan], None],
    ) -> None:
        self._units, self._house, self._clock, self._on_plan = units, house, clock, on_plan
        self.systems = PlanKeeper(sdi, self._take_up)
        self.job = IndicatorJob(self.systems.plan, house, lambda: units, clock)
        self.reader = Reader(self.job, pool, lambda: units, clock)
        latest = Latest(self.reader)
        self._feed = FigureFeed(hub.boards, edition=latest.edition, load=lambda choice, most: latest.read(*choice, most), on_news=hub.hear)

    @property
    def plan(self) -> Plan:
        """What the systems' files say by now."""
        return self.systems.plan

    def targets(self, recorder: Recorder, publish: Callable[[Changes], None]) -> TargetKeeper:
        """Return what tells the rules how figures stand against their targets."""
        return TargetKeeper(lambda: self.job.plan, recorder, self._units, house=self._house, clock=self._clock, publish=publish)

    async def latest_by_unit(self) -> UnitFigures | None:
        """Return the figures of the newest month that is over, None while nothing is computed."""
        told = await self.reader.latest_by_unit()
        return None if told is None else UnitFigures(*told)

    async def run(self, passing: tuple[type[BaseException], ...]) -> None:
        """Work until cancelled; what is `passing` is tried again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.job.run(passing), name="ioc.indicators")
            tasks.create_task(self.systems.run(), name="ioc.indicators.systems")
            tasks.create_task(self._feed.run(passing), name="ioc.streams.figures")

    def _take_up(self, plan: Plan) -> None:
        self.job.take_up(plan)
        self._on_plan(plan)
