"""`/v1/alerts`: which there are, what happened to them, and what operators do with them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request

from ioc.alerts.bulk import BulkDesk
from ioc.alerts.commands import Acknowledge, Actor, Assign, Close, Comment, Reopen, Shelve, Told, Unacknowledge, Unshelve
from ioc.alerts.desk import Desk
from ioc.alerts.question import AlertQuestion, ManyAcknowledged

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="a command sent again with the same key is carried out once"),
]


def actor_of(request: Request, idem: str | None) -> Actor:
    """Return who sends a command, and from where."""
    return Actor(request.state.caller.name, request.client.host if request.client else None, idem)


def router(desk: Desk, bulk: BulkDesk) -> APIRouter:
    """Return the routes of alerts."""
    routes = APIRouter(prefix="/v1/alerts", tags=["alerts"])

    @routes.get("")
    async def get_alerts(q: Annotated[AlertQuestion, Query()]) -> dict[str, Any]:
        return await desk.find(q)

    @routes.post("/acknowledge")
    async def acknowledge_many(told: ManyAcknowledged, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await bulk.acknowledge(told, actor_of(request, idem))

    @routes.get("/{alert_id}")
    async def get_alert(alert_id: str) -> dict[str, Any]:
        return await desk.show(alert_id)

    _add_commands(routes, desk)
    return routes


def _add_commands(routes: APIRouter, desk: Desk) -> None:
    async def command(op: str, alert_id: str, told: Told, request: Request, idem: str | None) -> dict[str, Any]:
        alert: dict[str, Any] = msgspec.to_builtins(await desk.command(op, alert_id, told, actor_of(request, idem)))
        return alert

    @routes.post("/{alert_id}/acknowledge")
    async def acknowledge(alert_id: str, told: Acknowledge, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.ack", alert_id, told, request, idem)

    @routes.post("/{alert_id}/unacknowledge")
    async def unacknowledge(alert_id: str, told: Unacknowledge, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.unack", alert_id, told, request, idem)

    @routes.post("/{alert_id}/assign")
    async def assign(alert_id: str, told: Assign, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.assign", alert_id, told, request, idem)

    @routes.post("/{alert_id}/comment")
    async def comment(alert_id: str, told: Comment, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.comment", alert_id, told, request, idem)

    @routes.post("/{alert_id}/shelve")
    async def shelve(alert_id: str, told: Shelve, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.shelve", alert_id, told, request, idem)

    @routes.post("/{alert_id}/unshelve")
    async def unshelve(alert_id: str, told: Unshelve, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.unshelve", alert_id, told, request, idem)

    @routes.post("/{alert_id}/close")
    async def close(alert_id: str, told: Close, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.close", alert_id, told, request, idem)

    @routes.post("/{alert_id}/reopen")
    async def reopen(alert_id: str, told: Reopen, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await command("alert.reopen", alert_id, told, request, idem)
