"""`/v1/quarantine`: what was not accepted and why; try it again, or drop it."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

import asyncpg
import structlog
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.domain.clock import rfc3339
from ioc.errors import BadInput, NotFound
from ioc.ingest.outcome import Reason
from ioc.ingest.replay import ReplayReport
from ioc.store import quarantine
from ioc.store.quarantine import Selection

_log = structlog.get_logger()
_MAX_ROWS = 1000
_MAX_ID = 2**63 - 1
_NAMES = ("id", "source", "topic", "items", "reason", "detail", "tries")

Replay = Callable[[Selection], Awaitable[ReplayReport]]


class _Filter(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    source: str | None = None
    reason: Reason | None = None
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to", description="exclusive")


class QuarantineQuestion(_Filter):
    """Which messages, newest first; `cursor` is the `next` of the answer before."""

    limit: int = Field(100, ge=1)
    cursor: int | None = Field(None, ge=1, le=_MAX_ID)

    def chosen(self) -> Selection:
        """Return the question as the store takes it."""
        return Selection(None, self.source, self.reason, self.begin, self.end)


class QuarantineChoice(_Filter):
    """Which messages to replay or to drop; all of them only where `all` says so."""

    ids: list[Annotated[int, Field(ge=1, le=_MAX_ID)]] | None = Field(None, min_length=1, max_length=10_000)
    all: bool = False

    def chosen(self) -> Selection:
        """Return the choice as the store takes it.

        Raises:
            BadInput: nothing is named, or `all` together with something else.
        """
        chosen = Selection(self.ids, self.source, self.reason, self.begin, self.end)
        if (chosen == Selection()) is not self.all:
            raise BadInput("name what is meant by ids, source, reason, from and to, or everything by all: true, not both")
        return chosen


def router(pool: Callable[[], asyncpg.Pool], replay: Replay) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away, `replay` sends messages through ingest again."""
    routes = APIRouter(prefix="/v1", tags=["quarantine"])

    @routes.get("/quarantine")
    async def get_quarantine(q: Annotated[QuarantineQuestion, Query()]) -> dict[str, Any]:
        limit = min(q.limit, _MAX_ROWS)
        async with pool().acquire() as conn:
            rows = await quarantine.quarantined(conn, q.chosen(), limit=limit + 1, before=q.cursor)
            size = await quarantine.quarantine_size(conn)
        more = len(rows) > limit
        return {
            "items": [_kept(row) for row in rows[:limit]],
            "next": str(rows[limit - 1]["id"]) if more else None,
            "size": {**asdict(size), "share": round(size.share, 4)},
        }

    @routes.get("/quarantine/{number}")
    async def get_one(number: int) -> dict[str, Any]:
        row = await _find(pool(), number)
        return {**_kept(row), "hex": row["payload"][:256].hex(" "), "base64": base64.b64encode(row["payload"]).decode()}

    @routes.get("/quarantine/{number}/payload")
    async def get_payload(number: int) -> Response:
        row = await _find(pool(), number)
        name = f'attachment; filename="quarantine-{number}.bin"'
        return Response(row["payload"], media_type="application/octet-stream", headers={"Content-Disposition": name})

    @routes.post("/quarantine/replay")
    async def post_replay(choice: QuarantineChoice, request: Request) -> dict[str, int]:
        report = await replay(choice.chosen())
        _log.info("quarantine.replayed", actor=request.state.caller.name, **asdict(report))
        return asdict(report)

    @routes.delete("/quarantine")
    async def delete_quarantine(choice: QuarantineChoice, request: Request) -> dict[str, int]:
        async with pool().acquire() as conn:
            dropped = await quarantine.drop_quarantined(conn, choice.chosen())
        _log.info("quarantine.dropped", actor=request.state.caller.name, messages=dropped)
        return {"messages": dropped}

    return routes


async def _find(pool: asyncpg.Pool, number: int) -> asyncpg.Record:
    async with pool.acquire() as conn:
        row = await quarantine.quarantined_one(conn, number) if 0 < number <= _MAX_ID else None
    if row is None:
        raise NotFound(f"there is no message {number} in quarantine")
    return row


def _kept(row: asyncpg.Record) -> dict[str, Any]:
    tried = row["tried_at"]
    told = {**{name: row[name] for name in _NAMES}, "tried_at": tried and rfc3339(tried), "time": rfc3339(row["arrived"])}
    shown = {**told, "size": row["length"], **_shown(row["payload"])}
    return shown if len(row["payload"]) == row["length"] else {**shown, "is_cut": True}


def _shown(payload: bytes) -> dict[str, str]:
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload": base64.b64encode(payload).decode(), "encoding": "base64"}
