"""What pages need beside figures and boards: trends of many indicators at once, levels, the kinds of cases, and where open cases are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Query

from ioc.domain.clock import Clock, rfc3339
from ioc.indicators.boards import Boards
from ioc.indicators.period import next_period
from ioc.indicators.questions import PlacesQuestion, TrendsQuestion
from ioc.indicators.reading import Reader, period_json, unit_json
from ioc.indicators.rounding import number
from ioc.indicators.value_routes import the_unit
from ioc.store import indicator_reads, indicator_values
from ioc.store.indicator_values import Wanted

_MOST_PLACES = 20_000


def router(reader: Reader, boards: Boards, pool: Callable[[], asyncpg.Pool], clock: Clock) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away. They go before those of `routes` and `board_routes`."""
    routes = APIRouter(prefix="/v1", tags=["indicators"])

    @routes.get("/indicators/levels")
    async def get_levels() -> dict[str, Any]:
        return {"levels": msgspec.to_builtins(reader.job.plan.centre.levels)}

    @routes.get("/indicators/trends")
    async def get_trends(q: Annotated[TrendsQuestion, Query()]) -> dict[str, Any]:
        return await _trends(reader, pool, q)

    @routes.get("/cases", tags=["systems"])
    async def get_kinds() -> dict[str, Any]:
        return {"cases": await boards.kinds()}

    @routes.get("/cases/{case}/places", tags=["systems"])
    async def get_places(case: str, q: Annotated[PlacesQuestion, Query()]) -> dict[str, Any]:
        now = clock.now()
        kind = boards.number(case)
        async with pool().acquire() as conn:
            rows = await indicator_reads.open_places(conn, kind, now - timedelta(days=q.days), limit=_MOST_PLACES + 1)
        owner = boards.case(case).owner
        return {
            "type": "FeatureCollection",
            "case": case,
            "truncated": len(rows) > _MOST_PLACES,
            "features": [_place(row, owner, overdue=row["due"] is not None and row["due"] < now) for row in rows[:_MOST_PLACES]],
        }

    return routes


async def _trends(reader: Reader, pool: Callable[[], asyncpg.Pool], q: TrendsQuestion) -> dict[str, Any]:
    """Return the published figures of a unit over the periods that end with one; of one system, or of all."""
    period = reader.period(q.period, q.at)
    unit = the_unit(reader, q.unit, period)
    names = [
        name
        for name, one in reader.job.plan.indicators.items()
        if period.kind in one.periods and (q.system is None or one.system == q.system)
    ]
    periods = [period]
    while len(periods) < q.periods:
        periods.insert(0, next_period(periods[0], -1))
    begins = [one.begin for one in periods]
    async with pool().acquire() as conn:
        rows = await indicator_values.find_values(conn, Wanted(names, period.kind, begins, [unit.id]))
    found: dict[str, list[float | int | None]] = {}
    for row in rows:
        found.setdefault(row["indicator"], [None] * len(begins))[begins.index(row["begin"])] = number(row["value"])
    return {"unit": unit_json(unit), "period": period_json(period), "periods": [one.label() for one in periods], "trends": found}


def _place(row: asyncpg.Record, owner: str | None, *, overdue: bool) -> dict[str, Any]:
    told = {
        "subject": row["subject"],
        "opened": rfc3339(row["opened"]),
        "due": row["due"] and rfc3339(row["due"]),
        "overdue": overdue,
        # The text and whoever reported it are for operators.
        "owner": str(row["data"].get(owner, "")) if owner else "",
    }
    point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    return {"type": "Feature", "geometry": point, "properties": told}
