"""What happens to alerts because time has passed: they come back from the shelf, silences begin and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg
import structlog

from ioc.alerts.silencing import Silencing
from ioc.domain.clock import Clock
from ioc.domain.live import Changes
from ioc.errors import Unavailable
from ioc.store.alert_desk import unshelve_due
from ioc.store.alerts import UnitOf, alerts_by_id
from ioc.store.faults import STORE_TROUBLE

_log = structlog.get_logger()
_EVERY_S = 1.0
_AT_ONCE = 1000
_PUBLISHED_AT_ONCE = 200
# An alert that a batch fires while a silence is created may be committed after both have looked: so it is looked for a while longer.
_LOOK_AGAIN = timedelta(seconds=10)
_LOOK_ANYHOW = timedelta(seconds=15)


class Upkeep:
    """Looks every second; several processes may, as each change is made by one of them only, and one is enough (`is_ours`)."""

    def __init__(
        self,
        pool: Callable[[], asyncpg.Pool],
        unit_of: UnitOf,
        *,
        silencing: Silencing,
        publish: Callable[[Changes], None],
        clock: Clock,
        is_ours: Callable[[], bool],
    ) -> None:
        self._pool, self._unit_of, self._publish, self._clock = pool, unit_of, publish, clock
        self._silencing, self._is_ours = silencing, is_ours
        self._in_force: frozenset[object] | None = None
        self._look_until: datetime | None = None
        self._looked: datetime | None = None

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            if self._is_ours():
                await self.try_to_look()
            await asyncio.sleep(_EVERY_S)

    async def try_to_look(self, *, silences: bool = False) -> None:
        """Look; where the store is in trouble, the next look makes up for it."""
        try:
            await self.look(silences=silences)
        except (*STORE_TROUBLE, Unavailable) as error:
            _log.warning("alerts.upkeep", why=f"{type(error).__name__}: {error}")

    async def look(self, *, silences: bool = False) -> None:
        """Take from the shelf what is due; where silences came or went, or `silences` says so, mark the alerts that they hide."""
        now = self._clock.now()
        async with self._pool().acquire() as conn:
            changed = await unshelve_due(conn, now, limit=_AT_ONCE)
            in_force = await self._silencing.in_force(conn, now)
            if self._is_due(frozenset(in_force), now) or silences:
                changed += await self._silencing.apply_to_all(conn, list(in_force.values()), now)
                self._looked = now
            views = await alerts_by_id(conn, list(dict.fromkeys(changed)), self._unit_of)
        for start in range(0, len(views), _PUBLISHED_AT_ONCE):
            self._publish(Changes(alerts=views[start : start + _PUBLISHED_AT_ONCE]))

    def _is_due(self, in_force: frozenset[object], now: datetime) -> bool:
        """Return whether alerts have to be compared with the silences now."""
        if in_force != self._in_force:
            self._in_force, self._look_until = in_force, now + _LOOK_AGAIN
        is_fresh = self._look_until is not None and now < self._look_until
        return is_fresh or self._looked is None or now - self._looked >= _LOOK_ANYHOW
