"""`/v1/observations`, `/v1/events` and `/v1/events/count`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.domain.clock import Clock, rfc3339
from ioc.errors import BadInput, NotFound
from ioc.store import events, readings
from ioc.store.alerts import UnitOf
from ioc.store.corrections import corrected_values
from ioc.store.pool import Connection

MAX_ROWS = 10_000
_MAX_GROUPS = 4
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ObservationQuestion(_Question):
    """Which observations; without `from` the last 24 hours."""

    station: str = Field(description="SOURCE/STATION", pattern=r"^[^/]+/[^/]+$")
    property: str
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")
    bucket: Literal["1m", "1h"] | None = None
    limit: int = Field(MAX_ROWS, ge=1)


class EventQuestion(_Question):
    """Which events."""

    type: str | None = None
    source: str | None = None
    unit: str | None = Field(None, description="code of a unit, with all units below it")
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")

    def wanted(self) -> events.EventFilter:
        """Return the question as the store takes it."""
        return events.EventFilter(self.type, self.source, self.begin, self.end, self.unit)


class EventListQuestion(EventQuestion):
    """Which events, and how many."""

    limit: int = Field(100, ge=1)


class EventCountQuestion(EventQuestion):
    """Which events, and how they are put together."""

    group_by: str = Field("", description="comma-separated: type, source, unit, or members of the events' data")
    sum: str | None = Field(None, description="a member of the events' data whose numbers are added up")


def router(pool: Callable[[], asyncpg.Pool], unit_of: UnitOf, clock: Clock) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away."""
    routes = APIRouter(prefix="/v1", tags=["readings and events"])

    @routes.get("/observations")
    async def get_observations(q: Annotated[ObservationQuestion, Query()]) -> dict[str, Any]:
        end = q.end or clock.now() + timedelta(minutes=10)
        begin = q.begin or end - timedelta(days=1)
        limit = min(q.limit, MAX_ROWS)
        source, station = q.station.split("/")
        async with pool().acquire() as conn:
            series = await readings.find_series(conn, source=source, station=station, property_name=q.property)
            if series is None:
                raise NotFound(f"there is no series {q.station}/{q.property}")
            if q.bucket is None:
                rows = await readings.observations(conn, series, begin=begin, end=end, limit=limit + 1)
                answer = _cut("observations", [[rfc3339(r["time"]), r["value"]] for r in rows], limit)
                shown_from = rows[-limit:][0]["time"] if rows else end
                former = await corrected_values(conn, series, begin=shown_from, end=end)
                return answer | {"corrected": [_former(r) for r in former]}
            rows = await readings.buckets(conn, series, width=q.bucket, begin=begin, end=end, limit=limit + 1)
        cells = [[rfc3339(r["bucket"]), r["n"], r["mean"], r["min"], r["max"]] for r in rows]
        return _cut("buckets", cells, limit)

    @routes.get("/events")
    async def get_events(q: Annotated[EventListQuestion, Query()]) -> dict[str, Any]:
        async with pool().acquire() as conn:
            completeness = await _completeness(conn, q.wanted())
            rows = await events.find_events(conn, q.wanted(), limit=min(q.limit, MAX_ROWS))
        return {"events": [_event(row, unit_of) for row in rows]} | completeness

    @routes.get("/events/count")
    async def count_events(q: Annotated[EventCountQuestion, Query()]) -> dict[str, Any]:
        names = _names(q.group_by)
        async with pool().acquire() as conn:
            completeness = await _completeness(conn, q.wanted())
            rows = await events.count_events(conn, q.wanted(), group_by=names, sum_of=_member(q.sum), limit=MAX_ROWS + 1)
        if len(rows) > MAX_ROWS:
            raise BadInput(f"group_by {q.group_by} gives more than {MAX_ROWS} groups")
        groups = [_group(row, names, with_sum=q.sum is not None) for row in rows]
        return {"groups": groups, "total": sum(group["count"] for group in groups)} | completeness

    return routes


async def _completeness(conn: Connection, wanted: events.EventFilter) -> dict[str, int]:
    """Return, for a question about one unit, how many events of all units could not be told theirs; a unit that nobody knows is not found."""
    if wanted.unit is None:
        return {}
    if not await events.knows_unit(conn, wanted.unit):
        raise NotFound(f"there is no unit {wanted.unit[:80]!r}")
    return {"without_unit": await events.count_without_unit(conn, wanted)}


def _former(row: asyncpg.Record) -> list[Any]:
    return [rfc3339(row["time"]), row["value"], rfc3339(row["arrived"]), rfc3339(row["corrected_at"])]


def _cut(name: str, rows: list[Any], limit: int) -> dict[str, Any]:
    """Keep the newest `limit` rows and say whether there were more."""
    return {name: rows[-limit:], "truncated": len(rows) > limit}


def _names(told: str) -> list[str]:
    names = [name.strip() for name in told.split(",") if name.strip()]
    if len(names) > _MAX_GROUPS:
        raise BadInput(f"group_by has {len(names)} names, at most {_MAX_GROUPS} are allowed")
    return [_member(name) or name for name in names]


def _member(name: str | None) -> str | None:
    if name is not None and not _MEMBER.fullmatch(name):
        raise BadInput(f"{name[:80]!r} is not the name of a member: letters, digits and '_', not beginning with a digit")
    return name


def _group(row: asyncpg.Record, names: list[str], *, with_sum: bool) -> dict[str, Any]:
    group: dict[str, Any] = {name: row[f"g{number}"] for number, name in enumerate(names)}
    group["count"] = row["count"]
    if with_sum:
        total = row["sum"]
        group["sum"] = 0 if total is None else int(total) if total == total.to_integral_value() else float(total)
    return group


def _event(row: asyncpg.Record, unit_of: UnitOf) -> dict[str, Any]:
    unit = None if row["unit_id"] is None else unit_of(row["unit_id"])
    return {
        "source": row["source"],
        "id": row["id"],
        "type": row["type"],
        "time": rfc3339(row["time"]),
        "subject": row["subject"],
        "unit_code": row["unit_code"],
        "unit": unit.as_json() if unit else None,
        "lon": row["lon"],
        "lat": row["lat"],
        "data": row["data"],
    }
