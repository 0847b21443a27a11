"""`/v1/systems` and `/v1/cases`: the boards."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from ioc.domain.clock import Clock
from ioc.indicators.boards import Boards
from ioc.indicators.period import Period
from ioc.indicators.questions import AtQuestion, CaseQuestion, ClusterQuestion, UnitOnlyQuestion
from ioc.indicators.reading import Reader, period_json, unit_json
from ioc.indicators.rollup import Tree
from ioc.indicators.routes import brief
from ioc.indicators.value_routes import the_unit


def router(reader: Reader, boards: Boards, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1", tags=["systems"])

    @routes.get("/systems")
    async def get_systems(q: Annotated[AtQuestion, Query()]) -> dict[str, Any]:
        period = _period(reader, q)
        unit = the_unit(reader, q.unit, period)
        told = await boards.overview(unit, period, clock.now())
        return {"unit": unit_json(unit), "period": period_json(period), "systems": told}

    @routes.get("/systems/freshness")
    async def get_freshness() -> dict[str, Any]:
        return {"systems": await boards.freshness(clock.now())}

    @routes.get("/systems/{system}")
    async def get_system(system: str, q: Annotated[AtQuestion, Query()]) -> dict[str, Any]:
        one, period = boards.system(system), _period(reader, q)
        unit = the_unit(reader, q.unit, period)
        told = boards.describe(one)
        values = await reader.of_unit(unit, period, told["indicators"])
        compared = {value["indicator"]: value for value in await reader.compare(values)}
        indicators = [brief(reader.definition(name)) | {"now": compared.get(name)} for name in told["indicators"]]
        return told | {"unit": unit_json(unit), "period": period_json(period), "indicators": indicators}

    @routes.get("/cases/{case}/funnel")
    async def get_funnel(case: str, q: Annotated[AtQuestion, Query()]) -> dict[str, Any]:
        period = _period(reader, q)
        return await boards.funnel(case, _below(reader, q.unit), period) | {"period": period_json(period)}

    @routes.get("/cases/{case}/board")
    async def get_board(case: str, q: Annotated[UnitOnlyQuestion, Query()]) -> dict[str, Any]:
        return {"case": case, "owners": await boards.board(case, _below(reader, q.unit), clock.now())}

    @routes.get("/cases/{case}/clusters")
    async def get_clusters(case: str, q: Annotated[ClusterQuestion, Query()]) -> dict[str, Any]:
        since = clock.now() - timedelta(days=q.days)
        return {"case": case, "clusters": await boards.clusters(case, since=since, near_m=q.within_m, least=q.least)}

    @routes.get("/cases/{case}")
    async def get_cases(case: str, q: Annotated[CaseQuestion, Query()]) -> dict[str, Any]:
        opened = reader.period(q.period or "month", q.at) if q.period or q.at else None
        steps = {"lacks": _names(q.lacks), "has": _names(q.has)}
        told = await boards.of_kind(case, _below(reader, q.unit), state=q.state, **steps, opened=opened, now=clock.now(), limit=q.limit)
        return {"case": case, "cases": told, "truncated": len(told) >= q.limit}

    return routes


def _period(reader: Reader, q: AtQuestion) -> Period:
    return reader.period(q.period, q.at)


def _names(told: str) -> list[str]:
    return [name.strip() for name in told.split(",") if name.strip()]


def _below(reader: Reader, code: str | None) -> list[int] | None:
    """Return the units that have or had the code, with all below them; None without a code."""
    if code is None:
        return None
    tree = Tree(reader.units)
    tops = {ref.id for ref in reader.units.all() if ref.code == code}
    if not tops:
        reader.units.require(code)
    return [ref.id for ref in reader.units.all() if tops & set(tree.above(ref.id))]
