"""`/v1/sources` with their books, and `/v1/quarantine`: did it arrive, and if not, why not?"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.domain.clock import Clock, rfc3339
from ioc.ingest.outcome import Outcome, Reason
from ioc.store import quarantine

_BOOKS = ("received", *Outcome)


class LedgerQuestion(BaseModel):
    """Which minutes; without `from` the last 24 hours."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")


class QuarantineQuestion(BaseModel):
    """Which messages."""

    model_config = ConfigDict(extra="forbid")
    source: str | None = None
    reason: Reason | None = None
    limit: int = Field(100, ge=1)


def router(pool: Callable[[], asyncpg.Pool], clock: Clock) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away."""
    routes = APIRouter(prefix="/v1", tags=["sources"])

    @routes.get("/sources")
    async def get_sources() -> dict[str, Any]:
        async with pool().acquire() as conn:
            return {"sources": [_source(row) for row in await quarantine.sources(conn)]}

    @routes.get("/sources/{source}/ledger")
    async def get_ledger(source: str, q: Annotated[LedgerQuestion, Query()]) -> dict[str, Any]:
        end = q.end or clock.now() + timedelta(minutes=1)
        async with pool().acquire() as conn:
            rows = await quarantine.ledger(conn, source=source, begin=q.begin or end - timedelta(days=1), end=end)
        return {"minutes": [{"minute": rfc3339(row["minute"]), **_books(row)} for row in rows]}

    @routes.get("/quarantine")
    async def get_quarantine(q: Annotated[QuarantineQuestion, Query()]) -> dict[str, Any]:
        async with pool().acquire() as conn:
            rows = await quarantine.quarantined(conn, source=q.source, reason=q.reason, limit=min(q.limit, 1000))
        return {"items": [_kept(row) for row in rows]}

    return routes


def _source(row: asyncpg.Record) -> dict[str, Any]:
    status = {True: "online", False: "offline", None: "unknown"}[row["online"]]
    at = row["status_at"]
    seen = {"status": status, "status_at": at and rfc3339(at), "last_seen": rfc3339(row["last_seen"])}
    return {"id": row["id"], **seen, "ledger": _books(row)}


def _books(row: asyncpg.Record) -> dict[str, int]:
    return {name: row[name] for name in _BOOKS}


def _kept(row: asyncpg.Record) -> dict[str, Any]:
    names = ("id", "source", "topic", "items", "reason", "detail")
    return {**{name: row[name] for name in names}, "time": rfc3339(row["arrived"]), "size": len(row["payload"]), **_shown(row["payload"])}


def _shown(payload: bytes) -> dict[str, str]:
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload": base64.b64encode(payload).decode(), "encoding": "base64"}
