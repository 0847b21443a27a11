"""`/v1/observations`, `/v1/events` and `/v1/events/count`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from ioc.domain.clock import Clock, rfc3339
from ioc.errors import BadInput, NotFound
from ioc.query.unit_figures import Units, by_units_of, meant, told
from ioc.store import events, readings
from ioc.store.alerts import UnitOf
from ioc.store.corrections import corrected_values
from ioc.store.pool import Connection

MAX_ROWS = 10_000
_MAX_UNIT_ROWS = 200_000
_MAX_GROUPS = 4
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _day(value: object) -> object:
    """Take days as `2025-07-01` only: pydantic would read numbers and instants as days, too."""
    if isinstance(value, str) and len(value) != len("2025-07-01"):
        raise ValueError("it is not a day such as 2025-07-01")
    return value


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
    as_of: Annotated[date, BeforeValidator(_day)] | None = Field(None, alias="as-of", description="the day whose units are meant")
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


def router(pool: Callable[[], asyncpg.Pool], unit_of: UnitOf, clock: Clock, units: Callable[[], Units]) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away, `units` returns whoever knows the units."""
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
            first = await readings.first_time(conn, series)
        cells = [[rfc3339(r["bucket"]), r["n"], r["mean"], r["min"], r["max"]] for r in rows]
        return _cut("buckets", cells, limit) | {"first": first and rfc3339(first)}

    @routes.get("/events")
    async def get_events(q: Annotated[EventListQuestion, Query()]) -> dict[str, Any]:
        wanted, said = _of_one_unit(q, units())
        async with pool().acquire() as conn:
            completeness = await _completeness(conn, wanted)
            rows = await events.find_events(conn, wanted, limit=min(q.limit, MAX_ROWS))
        return {"events": [_event(row, unit_of) for row in rows]} | completeness | said

    @routes.get("/events/count")
    async def count_events(q: Annotated[EventCountQuestion, Query()]) -> dict[str, Any]:
        names = _names(q.group_by)
        if q.as_of is not None:
            return await _count_by_units_of(pool(), q, names, units(), q.as_of)
        wanted, said = _of_one_unit(q, units())
        async with pool().acquire() as conn:
            completeness = await _completeness(conn, wanted)
            rows = await events.count_events(conn, wanted, group_by=names, sum_of=_member(q.sum), limit=MAX_ROWS + 1)
        if len(rows) > MAX_ROWS:
            raise BadInput(f"group_by {q.group_by} gives more than {MAX_ROWS} groups")
        groups = [_group(row, names, with_sum=q.sum is not None) for row in rows]
        return {"groups": groups, "total": sum(group["count"] for group in groups)} | completeness | said

    return routes


def _of_one_unit(q: EventQuestion, units: Units) -> tuple[events.EventFilter, dict[str, Any]]:
    """Return which events are wanted and, where a code is or was that of several units, which one is meant."""
    wanted = q.wanted()
    if q.unit is None or (found := meant(units, q.unit, q.as_of)) is None:
        return wanted, {}
    ref, others = found
    return replace(wanted, unit=None, unit_ids=sorted(units.below(ref))), told(ref, others)


async def _count_by_units_of(pool: asyncpg.Pool, q: EventCountQuestion, names: list[str], units: Units, day: date) -> dict[str, Any]:
    """Count events by the units of the day, whatever units they were recorded in."""
    found = meant(units, q.unit, day) if q.unit is not None else None
    wanted = units.below(found[0]) if found else None
    groups = [events.UNIT_THEN, *(name for name in names if name != "unit")]
    async with pool.acquire() as conn:
        asked = replace(q.wanted(), unit=None)
        rows = await events.count_events(conn, asked, group_by=groups, sum_of=_member(q.sum), limit=_MAX_UNIT_ROWS + 1)
    if len(rows) > _MAX_UNIT_ROWS:
        raise BadInput(f"group_by {q.group_by} gives more than {_MAX_UNIT_ROWS:,} groups by unit")
    answer = by_units_of(
        [dict(row) for row in rows],
        names,
        convert=lambda number: units.convert(number, day),
        unit_of=units.ref,
        wanted=wanted,
        with_sum=q.sum is not None,
    )
    if len(answer["groups"]) > MAX_ROWS:
        raise BadInput(f"group_by {q.group_by} gives more than {MAX_ROWS} groups")
    return answer | {"as_of": f"{day}"} | (told(*found) if found else {})


async def _completeness(conn: Connection, wanted: events.EventFilter) -> dict[str, int]:
    """Return, for a question about one unit, how many events of all units could not be told theirs; a unit that nobody knows is not found."""
    if wanted.unit is None and wanted.unit_ids is None:
        return {}
    if wanted.unit is not None and not await events.knows_unit(conn, wanted.unit):
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
