"""Acknowledging the many alerts of a storm: group by group, and only those that were seen as they stand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg

from ioc.alerts.command_record import done_before, record
from ioc.alerts.commands import Actor
from ioc.alerts.question import MAX_ALERTS, ManyAcknowledged
from ioc.alerts.reach import Reach
from ioc.domain.live import Changes
from ioc.store import alert_desk, alert_search
from ioc.store import alerts as store
from ioc.store.alert_desk import Written
from ioc.store.pool import Connection

_OP = "alert.ack_many"
_PORTION = 500
_DEADLOCKS = 3
Json = dict[str, Any]
_Seen = list[tuple[uuid.UUID, int]]


class BulkDesk:
    """Acknowledges in portions, each committed and published by itself, so that ingest never waits for long."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def acknowledge(self, told: ManyAcknowledged, who: Actor) -> Json:
        """Acknowledge the alerts that the caller has seen and that nobody has changed since.

        Returns how many were acknowledged (`done`) and were so already (`unchanged`); those that have changed or are no more (`conflicts`,
        with the present version); and whether the filter means `more` than are taken at once.

        Raises:
            BadInput: it names neither a list nor a filter with `as_of`, or both.
            NotFound: the filter names a unit that does not exist.
        """
        told.check()
        args = told.model_dump(mode="json", exclude_none=True, by_alias=True)
        async with self._reach.pool().acquire() as conn:
            if (before := await done_before(conn, _OP, args, who)) is not None:
                answered: Json = before["after"]
                return answered
            seen, changed, is_cut = await self._seen(conn, told)
            answer: Json = {"done": 0, "unchanged": 0, "conflicts": changed, "more": is_cut}
            for start in range(0, len(seen), _PORTION):
                await self._take(conn, seen[start : start + _PORTION], told, who, answer)
            await self._record(conn, args, answer, who)
        return answer

    async def _seen(self, conn: Connection, told: ManyAcknowledged) -> tuple[_Seen, list[Json], bool]:
        """Return the alerts as they were seen; those that have changed since the filter was asked; whether there are more."""
        if told.alerts is not None:
            return sorted({(each.id, each.if_version) for each in told.alerts}), [], False
        assert told.filter is not None
        assert told.as_of is not None
        wanted = told.filter.model_copy(update={"acknowledged": "false"}).wanted(self._reach.units())
        found = await alert_search.find_versions(conn, wanted, limit=MAX_ALERTS + 1)
        stands = await alert_desk.versions(conn, [number for number, _ in found[:MAX_ALERTS]], since=told.as_of)
        seen = [(number, version) for number, (version, _, has_changed) in stands.items() if not has_changed]
        changed = [_conflict(number, version) for number, (version, _, has_changed) in stands.items() if has_changed]
        return seen, changed, len(found) > MAX_ALERTS

    async def _take(self, conn: Connection, portion: _Seen, told: ManyAcknowledged, who: Actor, answer: Json) -> None:
        """Acknowledge a portion and count what became of it."""
        done = await self._acknowledge(conn, portion, told, who)
        rest = list(dict.fromkeys(number for number, _ in portion if number not in done))
        stands = await alert_desk.versions(conn, rest, since=self._reach.clock.now()) if rest else {}
        answer["done"] += len(done)
        for number in rest:
            version, is_acknowledged, _ = stands.get(number, (None, False, False))
            if is_acknowledged:
                answer["unchanged"] += 1
            else:
                answer["conflicts"].append(_conflict(number, version))

    async def _acknowledge(self, conn: Connection, portion: _Seen, told: ManyAcknowledged, who: Actor) -> set[uuid.UUID]:
        written = Written(who.name, self._reach.clock.now(), told.comment, None, who.came_from, {"op": _OP, "comment": told.comment}, None)
        numbers: Sequence[uuid.UUID] = []
        for attempt in range(1, _DEADLOCKS + 1):
            try:
                numbers = await alert_desk.acknowledge_seen(conn, portion, written)
                break
            except asyncpg.DeadlockDetectedError:  # a batch of ingest took the same alerts in another order
                if attempt == _DEADLOCKS:
                    raise
        if numbers:
            self._reach.publish(Changes(alerts=await store.alerts_by_id(conn, numbers, self._reach.unit_of)))
        return set(numbers)

    async def _record(self, conn: Connection, args: Json, answer: Json, who: Actor) -> None:
        try:
            await record(conn, _OP, "alerts", args, who, self._reach.clock.now(), after=answer)
        except asyncpg.UniqueViolationError:  # the same command came twice at the same time: each did its part
            await done_before(conn, _OP, args, who)


def _conflict(number: uuid.UUID, version: int | None) -> Json:
    return {"id": str(number), "version": version}
