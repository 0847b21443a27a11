"""`/v1/silences`: alerts that are hidden for a time, with the reason."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ioc.alerts.alert_routes import IdempotencyKey, actor_of
from ioc.alerts.silence import Phase
from ioc.alerts.silence_desk import SilenceDesk
from ioc.alerts.silence_form import Scope, SilenceEdit, SilenceEnd, SilenceIn

_MAX_SILENCES = 1000


class SilenceQuestion(BaseModel):
    """Which silences; those that are not over unless told otherwise."""

    model_config = ConfigDict(extra="forbid")
    phase: Literal["pending", "active", "expired"] | None = None
    limit: int = Field(200, ge=1)


def router(desk: SilenceDesk) -> APIRouter:
    """Return the routes of silences."""
    routes = APIRouter(prefix="/v1/silences", tags=["alerts"])

    @routes.get("")
    async def get_silences(q: Annotated[SilenceQuestion, Query()]) -> dict[str, Any]:
        phase = None if q.phase is None else Phase(q.phase)
        return {"silences": await desk.list(phase, min(q.limit, _MAX_SILENCES))}

    @routes.post("", status_code=201)
    async def post_silence(told: SilenceIn, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await desk.create(told, actor_of(request, idem))

    @routes.post("/preview")
    async def preview(told: Scope) -> dict[str, Any]:
        return await desk.preview(told)

    @routes.get("/{silence_id}")
    async def get_silence(silence_id: str) -> dict[str, Any]:
        return await desk.show(silence_id)

    @routes.put("/{silence_id}")
    async def put_silence(silence_id: str, told: SilenceEdit, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await desk.edit(silence_id, told, actor_of(request, idem))

    @routes.post("/{silence_id}/expire")
    async def expire(silence_id: str, told: SilenceEnd, request: Request, idem: IdempotencyKey = None) -> dict[str, Any]:
        return await desk.expire(silence_id, told, actor_of(request, idem))

    return routes
