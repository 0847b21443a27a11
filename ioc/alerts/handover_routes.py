"""`/v1/handover`: what changed between two times, as JSON or as a page to print and to read aloud at the change of shift."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.alerts.handover import Chapter, hand_over
from ioc.alerts.handover_page import STYLE, page
from ioc.domain.alert_story import Step
from ioc.domain.clock import Clock, rfc3339
from ioc.domain.live import AlertView
from ioc.errors import BadInput, TooLarge
from ioc.store import handover as store
from ioc.store import silences
from ioc.store.alerts import UnitOf

_SHIFT = timedelta(hours=8)
_LONGEST = timedelta(days=31)
_MAX_ALERTS = 50_000
_MAX_SILENCES = 1000


class HandoverQuestion(BaseModel):
    """Which time; without `to` until now, without `from` the eight hours before."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")
    f: Literal["json", "html"] = "json"
    lang: Literal["vi", "en"] = "vi"

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """Return from when until when; BadInput where that is no time or too long."""
        end = min(self.end or now, now)
        begin = self.begin or end - _SHIFT
        if not begin < end <= begin + _LONGEST:
            raise BadInput(
                f"from {rfc3339(begin)} is not before to {rfc3339(end)}, which is never after now, by at most {_LONGEST.days} days"
            )
        return begin, end


def router(pool: Callable[[], asyncpg.Pool], unit_of: UnitOf, clock: Clock) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away."""
    routes = APIRouter(prefix="/v1", tags=["alerts"])

    @routes.get("/handover", response_model=None)
    async def get_handover(q: Annotated[HandoverQuestion, Query()]) -> Response:
        begin, end = q.period(clock.now())
        document = await _document(pool(), unit_of, begin, end)
        if q.f == "html":
            return HTMLResponse(page(document, q.lang))
        return JSONResponse(document)

    @routes.get("/handover.css", include_in_schema=False)
    async def get_style() -> Response:
        return Response(STYLE, media_type="text/css")

    return routes


async def _document(pool: asyncpg.Pool, unit_of: UnitOf, begin: datetime, end: datetime) -> dict[str, Any]:
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        alerts = await store.concerned(conn, unit_of, begin=begin, end=end, limit=_MAX_ALERTS + 1)
        if len(alerts) > _MAX_ALERTS:
            raise TooLarge(f"since {rfc3339(begin)} more than {_MAX_ALERTS} alerts have moved: that is more than a hand-over can tell")
        rows = await store.steps(conn, [alert.id for alert in alerts])
        kept = await silences.list_silences(conn, ends_after=begin, starts_before=end, limit=_MAX_SILENCES)
    sections = await asyncio.to_thread(_sections, alerts, rows, begin, end)
    return {
        "from": rfc3339(begin),
        "to": rfc3339(end),
        "counts": {name: len(entries) for name, entries in sections.items()},
        **sections,
        "silences": [_silence(row, end) for row in kept],
    }


def _sections(alerts: list[AlertView], rows: list[asyncpg.Record], begin: datetime, end: datetime) -> dict[str, list[dict[str, Any]]]:
    steps: dict[str, list[Step]] = {alert.id: [] for alert in alerts}
    for row in rows:
        steps[row["alert_id"]].append(
            Step(row["kind"], row["time"], row["recorded"], row["severity"], row["actor"], row["note"], row["detail"], row["value"])
        )
    return hand_over((Chapter(alert, steps[alert.id]) for alert in alerts), begin, end)


def _silence(row: asyncpg.Record, end: datetime) -> dict[str, Any]:
    """Return a silence; it may be said whether it was in force at `end`, as edits never change what was hidden before them."""
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in ("matchers", "area", "recurrence", "comment", "created_by", "updated_by")},
        **{name: rfc3339(row[name]) for name in ("starts_at", "ends_at")},
        "in_force": row["starts_at"] <= end < row["ends_at"],
    }
