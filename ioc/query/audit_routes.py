"""`/v1/audit`: what operators and administrators commanded, for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.domain.clock import rfc3339
from ioc.store import audit

_MAX_ROWS = 1000


class AuditQuestion(BaseModel):
    """Which commands, newest first; `cursor` is the `next` of the answer before."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    actor: str | None = None
    op: str | None = None
    target: str | None = Field(None, description="id of an alert or silence")
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")
    limit: int = Field(100, ge=1)
    cursor: int | None = Field(None, ge=1, le=2**63 - 1)


def router(pool: Callable[[], asyncpg.Pool]) -> APIRouter:
    """Return the route; `pool` raises Unavailable while the database is away."""
    routes = APIRouter(prefix="/v1", tags=["audit"])

    @routes.get("/audit")
    async def get_audit(q: Annotated[AuditQuestion, Query()]) -> dict[str, Any]:
        limit = min(q.limit, _MAX_ROWS)
        async with pool().acquire() as conn:
            rows = await audit.find(
                conn, actor=q.actor, op=q.op, target=q.target, begin=q.begin, end=q.end, before=q.cursor, limit=limit + 1
            )
        return {
            "commands": [{**row, "time": rfc3339(row["time"])} for row in rows[:limit]],
            "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None,
        }

    return routes
