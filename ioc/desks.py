"""What operators do with alerts and silences, joined together: the desks, what marks silenced alerts, and what time does to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import asyncpg

from ioc.alerts.bulk import BulkDesk
from ioc.alerts.desk import Desk
from ioc.alerts.reach import Reach
from ioc.alerts.silence_desk import SilenceDesk
from ioc.alerts.silencing import Silencing
from ioc.alerts.upkeep import Upkeep
from ioc.domain.clock import Clock
from ioc.domain.live import Changes, Unit
from ioc.geo.unit_book import UnitBook
from ioc.store.alerts import UnitOf

Pool = Callable[[], asyncpg.Pool]


class Desks:
    """`alerts`, `bulk` and `silences` serve operators; `silencing` marks what a batch fires, `upkeep` looks after the rest."""

    def __init__(
        self,
        unit_of: UnitOf,
        *,
        pool: Pool,
        house: Pool,
        units: UnitBook,
        publish: Callable[[Changes], None],
        clock: Clock,
        is_ours: Callable[[], bool],
        longest_shelf: timedelta,
    ) -> None:
        """Join the desks; `is_ours` says whether this process looks after what time does, as one has to."""

        def is_within(unit: Unit, code: str) -> bool:
            return units.is_within(unit, code)

        async def apply() -> None:
            await self.upkeep.try_to_look(silences=True)

        self.silencing = Silencing(unit_of, is_within)
        self.upkeep = Upkeep(house, unit_of, silencing=self.silencing, publish=publish, clock=clock, is_ours=is_ours)
        reach = Reach(pool, unit_of, lambda: units, publish, clock)
        self.silences = SilenceDesk(reach, is_within=is_within, apply=apply)
        self.alerts = Desk(reach, silences=self.silences, longest_shelf=longest_shelf)
        self.bulk = BulkDesk(reach)
