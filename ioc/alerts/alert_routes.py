"""`/v1/alerts`: which there are, what happened to them, and what operators do with them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request

from ioc.alerts.bulk import BulkDesk
from ioc.alerts.commands import COMMANDS, Actor, Told
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

    for op, form in COMMANDS.items():
        _add_command(routes, desk, op, form)
    return routes


def _add_command(routes: APIRouter, desk: Desk, op: str, form: type[Told]) -> None:
    """Add the command `op`; its address ends with the name of its form: `/{alert_id}/shelve` takes a `Shelve`."""

    async def command(alert_id: str, told: Told, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        alert: dict[str, Any] = msgspec.to_builtins(await desk.command(op, alert_id, told, actor_of(request, idem)))
        return alert

    command.__annotations__["told"] = form
    word = form.__name__.lower()
    routes.add_api_route(f"/{{alert_id}}/{word}", command, methods=["POST"], name=word)
