"""Marks alerts with the silences that hide them: new ones in the transaction that fires them, all when a silence comes or goes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime

from ioc.alerts.silence import Silence, Within, silences_of
from ioc.alerts.silence_form import silence_of
from ioc.domain.live import AlertView
from ioc.store import silences as store
from ioc.store.alerts import UnitOf, alerts_by_id
from ioc.store.pool import Connection


class Silencing:
    """The silences that are not over, read anew whenever they are applied; what each says is worked out once."""

    def __init__(self, unit_of: UnitOf, is_within: Within) -> None:
        self._unit_of, self._is_within = unit_of, is_within
        self._known: dict[tuple[uuid.UUID, int], Silence] = {}

    async def in_force(self, conn: Connection, now: datetime) -> dict[tuple[uuid.UUID, int], Silence]:
        """Return the silences that hide something now, by id and version."""
        rows = await store.silences_not_over(conn, now)
        self._known = {key: self._known.get(key) or silence_of(dict(row)) for row in rows if (key := (row["id"], row["version"]))}
        return {key: silence for key, silence in self._known.items() if silence.holds(now)}

    async def apply(self, conn: Connection, alerts: Sequence[AlertView], now: datetime) -> list[AlertView]:
        """Mark `alerts`, as they stand in the transaction of `conn`, and return them as they stand then, in the same order."""
        if not alerts:
            return []
        marks = self.marks(alerts, list((await self.in_force(conn, now)).values()), now)
        changed = await store.mark_silenced(conn, marks, now)
        anew = {alert.id: alert for alert in await alerts_by_id(conn, changed, self._unit_of)}
        return [anew.get(alert.id, alert) for alert in alerts]

    async def apply_to_all(self, conn: Connection, silences: Sequence[Silence], now: datetime) -> list[uuid.UUID]:
        """Mark every alert that is open or marked; return those that this changed."""
        alerts = await store.concerned_alerts(conn, self._unit_of, marked_only=not silences)
        # In a storm these are thousands of alerts: too many to let everything else wait.
        marks = await asyncio.to_thread(self.marks, alerts, silences, now)
        return await store.mark_silenced(conn, marks, now)

    def marks(self, alerts: Sequence[AlertView], silences: Sequence[Silence], now: datetime) -> dict[tuple[uuid.UUID, int], list[str]]:
        """Return by (id, version) which silences hide an alert, for each of which that is not what it is marked with.

        An alert that has ended is not hidden anew; its marks go when their silences end.
        """
        marks = {}
        for alert in alerts:
            found = silences_of(alert, silences, now, self._is_within)
            wanted = found if alert.is_open() else [name for name in found if name in alert.silenced_by]
            if wanted != sorted(alert.silenced_by):
                marks[uuid.UUID(alert.id), alert.version] = wanted
        return marks
