"""What the desks of operators reach beyond themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from ioc.alerts.question import Units
from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.store.alerts import UnitOf


@dataclass(frozen=True, slots=True)
class Reach:
    """The same for every desk of a process.

    Attributes:
        pool: gives connections to the database; raises Unavailable while it was not reached.
        unit_of: the unit of a number, None where there is none.
        units: gives the units by which people ask.
        publish: tells viewers and other processes what has changed.
        clock: what time it is.
    """

    pool: Callable[[], asyncpg.Pool]
    unit_of: UnitOf
    units: Callable[[], Units]
    publish: Callable[[Changes], None]
    clock: Clock
