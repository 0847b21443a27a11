"""`/v1/alerts`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ioc.domain.clock import Clock, rfc3339
from ioc.domain.live import AlertView, Changes
from ioc.errors import Conflict, NotFound
from ioc.store import alert_desk
from ioc.store import alerts as store
from ioc.store.alerts import UnitOf
from ioc.store.pool import Connection

_MAX_ALERTS = 10_000


class AlertQuestion(BaseModel):
    """Which alerts; without a filter all that hold or that nobody has acknowledged."""

    model_config = ConfigDict(extra="forbid")
    condition: Literal["firing", "recovering", "normal"] | None = None
    acknowledged: bool | None = None
    severity: Literal["minor", "moderate", "severe", "extreme"] | None = None
    limit: int = Field(1000, ge=1)


class Acknowledgement(BaseModel):
    """An operator has seen it; `if_version` is the version that was seen, None acknowledges whatever it is by now."""

    model_config = ConfigDict(extra="forbid")
    if_version: int | None = Field(None, ge=1)
    comment: str | None = Field(None, max_length=2000)


class Desk:
    """What operators do with alerts: each change is committed, then published."""

    def __init__(self, pool: Callable[[], asyncpg.Pool], unit_of: UnitOf, *, publish: Callable[[Changes], None], clock: Clock) -> None:
        self._pool, self._unit_of, self._publish, self._clock = pool, unit_of, publish, clock

    async def find(self, q: AlertQuestion) -> list[AlertView]:
        """Return the alerts that `q` asks for, newest first."""
        async with self._pool().acquire() as conn:
            if (q.condition, q.acknowledged, q.severity) == (None, None, None):
                return (await store.open_alerts(conn, self._unit_of))[: q.limit]
            return await store.find_alerts(
                conn,
                self._unit_of,
                conditions=None if q.condition is None else [q.condition],
                acknowledged=q.acknowledged,
                severities=None if q.severity is None else [q.severity],
                limit=min(q.limit, _MAX_ALERTS),
            )

    async def show(self, alert_id: str) -> dict[str, Any]:
        """Return an alert with its transitions."""
        async with self._pool().acquire() as conn:
            alert = await self._one(conn, alert_id)
            rows = await store.transitions(conn, uuid.UUID(alert.id))
        shown: dict[str, Any] = msgspec.to_builtins(alert)
        shown["transitions"] = [{**row, "time": rfc3339(row["time"]), "recorded": rfc3339(row["recorded"])} for row in map(dict, rows)]
        return shown

    async def acknowledge(self, alert_id: str, told: Acknowledgement, actor: str) -> AlertView:
        """Acknowledge an alert; doing so twice is the same as once, also for who names the version that was there before.

        Raises:
            NotFound: there is no such alert.
            Conflict: it has changed since; carries it as it stands.
        """
        async with self._pool().acquire() as conn:
            alert = await self._one(conn, alert_id)
            number = uuid.UUID(alert.id)
            comment = told.comment.replace("\0", "�") if told.comment else None
            done = await alert_desk.acknowledge(conn, number, actor=actor, now=self._clock.now(), if_version=told.if_version, note=comment)
            present = await self._one(conn, alert_id)
        if done:
            self._publish(Changes(alerts=[present]))
        elif not present.acknowledged or (told.if_version not in (None, present.version) and present.acknowledged_by != actor):
            raise Conflict(f"alert {alert_id} is at version {present.version}, not {told.if_version}", msgspec.to_builtins(present))
        return present

    async def _one(self, conn: Connection, alert_id: str) -> AlertView:
        try:
            number = uuid.UUID(alert_id)
        except ValueError:
            raise NotFound(f"there is no alert {alert_id[:80]!r}") from None
        found = await store.alerts_by_id(conn, [number], self._unit_of)
        if not found:
            raise NotFound(f"there is no alert {alert_id}")
        return found[0]


def router(desk: Desk) -> APIRouter:
    """Return the routes of alerts."""
    routes = APIRouter(prefix="/v1", tags=["alerts"])

    @routes.get("/alerts")
    async def get_alerts(q: Annotated[AlertQuestion, Query()]) -> dict[str, Any]:
        return {"alerts": msgspec.to_builtins(await desk.find(q))}

    @routes.get("/alerts/{alert_id}")
    async def get_alert(alert_id: str) -> dict[str, Any]:
        return await desk.show(alert_id)

    @routes.post("/alerts/{alert_id}/acknowledge")
    async def acknowledge(alert_id: str, request: Request, told: Acknowledgement | None = None) -> dict[str, Any]:
        actor = request.state.caller.name
        alert: dict[str, Any] = msgspec.to_builtins(await desk.acknowledge(alert_id, told or Acknowledgement(), actor))
        return alert

    return routes
