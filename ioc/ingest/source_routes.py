"""`/v1/sources`: who sends, how well, under which policy, with which stations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import asyncpg
import structlog
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.domain.clock import Clock, rfc3339
from ioc.domain.observation import StationKey
from ioc.errors import BadInput, NotFound
from ioc.ingest.liveness import WINDOW, completeness, liveness
from ioc.ingest.outcome import Outcome
from ioc.ingest.policy import Policy
from ioc.ingest.topics import is_name, shown
from ioc.store import quarantine, sources
from ioc.store.pool import Connection

_log = structlog.get_logger()
_BOOKS = ("received", *Outcome)
_COUNTED_EVERY = timedelta(seconds=10)
Reports = dict[str, list[tuple[float, int]]]


class LedgerQuestion(BaseModel):
    """Which minutes; without `from` the last 24 hours."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")


class SourceSettings(BaseModel):
    """Who may register the stations of a source; None leaves it to the setting IOC_SOURCE_POLICY."""

    model_config = ConfigDict(extra="forbid")
    policy: Policy | None


class ReportCounts:
    """What the stations of each source reported in the last hour, counted at most every ten seconds, however many ask."""

    def __init__(self) -> None:
        self._counts: Reports = {}
        self._counted_at: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    async def of_all(self, conn: Connection, now: datetime) -> Reports:
        """Return (interval in seconds, reports) of each station that reports at least hourly, by source, in the hour up to ten seconds ago."""
        async with self._one_at_a_time:
            if self._counted_at is None or not timedelta(0) <= now - self._counted_at < _COUNTED_EVERY:
                self._counts, self._counted_at = await _count_reports(conn, now), now
            return self._counts


def router(pool: Callable[[], asyncpg.Pool], clock: Clock, *, usual: Policy, on_policy: Callable[[], None]) -> APIRouter:
    """Return the routes; `usual` is the policy of sources without their own, `on_policy` is called when policies have changed."""
    routes = APIRouter(prefix="/v1", tags=["sources"])
    counts = ReportCounts()

    @routes.get("/sources")
    async def get_sources() -> dict[str, Any]:
        async with pool().acquire() as conn:
            reports = await counts.of_all(conn, clock.now())
            return {"sources": [_shown_source(row, reports.get(row["id"], []), clock, usual) for row in await sources.sources(conn)]}

    @routes.get("/sources/{source}")
    async def get_source(source: str) -> dict[str, Any]:
        async with pool().acquire() as conn:
            return await _one(conn, source, clock, usual)

    @routes.put("/sources/{source}")
    async def put_source(source: str, told: SourceSettings, request: Request) -> dict[str, Any]:
        _check_names(source)
        async with pool().acquire() as conn:
            await sources.set_policy(conn, source, told.policy)
            on_policy()
            _log.info("source.policy", source=source, policy=told.policy, actor=request.state.caller.name)
            return await _one(conn, source, clock, usual)

    @routes.post("/sources/{source}/stations/{station}/approve")
    async def approve(source: str, station: str, request: Request) -> dict[str, Any]:
        _check_names(source, station)
        async with pool().acquire() as conn:
            is_new = await sources.approve_station(conn, StationKey(source, station))
            on_policy()
            _log.info("station.approved", source=source, station=station, actor=request.state.caller.name)
            waiting = {row["station"]: row["messages"] for row in await sources.waiting_stations(conn, source)}
        return {"id": f"{source}/{station}", "is_new": is_new, "in_quarantine": waiting.get(station, 0)}

    @routes.get("/sources/{source}/ledger")
    async def get_ledger(source: str, q: Annotated[LedgerQuestion, Query()]) -> dict[str, Any]:
        end = q.end or clock.now() + timedelta(minutes=1)
        async with pool().acquire() as conn:
            rows = await quarantine.ledger(conn, source=source, begin=q.begin or end - timedelta(days=1), end=end)
            if not rows and not await sources.sources(conn, source):
                raise NotFound(f"there is no source {shown(source)}")
        return {"minutes": [{"minute": rfc3339(row["minute"]), **_books(row)} for row in rows]}

    return routes


async def _one(conn: Connection, source: str, clock: Clock, usual: Policy) -> dict[str, Any]:
    rows = await sources.sources(conn, source)
    if not rows:
        raise NotFound(f"there is no source {shown(source)}")
    reports = await _count_reports(conn, clock.now(), source)
    waiting = await sources.waiting_stations(conn, source)
    return {
        **_shown_source(rows[0], reports.get(source, []), clock, usual),
        "waiting": [{**row, "first": rfc3339(row["first"]), "last": rfc3339(row["last"])} for row in map(dict, waiting)],
    }


async def _count_reports(conn: Connection, now: datetime, source: str | None = None) -> Reports:
    reports: Reports = defaultdict(list)
    for row in await sources.station_reports(conn, begin=now - WINDOW, end=now, source=source):
        reports[row["source"]].append((row["interval_s"], row["reports"]))
    return dict(reports)


def _shown_source(row: asyncpg.Record, reports: list[tuple[float, int]], clock: Clock, usual: Policy) -> dict[str, Any]:
    told, seen = row["status_at"], row["last_seen"]
    expected, share = completeness(reports)
    status = liveness(online=row["online"], last_seen=seen, shortest_s=row["shortest_s"], now=clock.now())
    return {
        "id": row["id"],
        "status": status,
        "status_at": told and rfc3339(told),
        "last_seen": seen and rfc3339(seen),
        "policy": row["policy"] or usual,
        "stations": row["stations"],
        "interval_s": row["shortest_s"],
        "expected_per_hour": round(expected, 1) if reports else None,
        "received_share": None if share is None else round(share, 4),
        "ledger": _books(row),
    }


def _books(row: asyncpg.Record) -> dict[str, int]:
    return {name: row[name] for name in _BOOKS}


def _check_names(*names: str) -> None:
    for name in names:
        if not is_name(name):
            raise BadInput(f"name {shown(name)} is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit")
