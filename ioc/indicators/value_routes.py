"""`/v1/indicators`: figures by unit and period, rankings, versions, the figures of a unit, and its report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query, Response

from ioc.domain.clock import Clock, rfc3339
from ioc.domain.unit import UnitRef
from ioc.errors import NotFound
from ioc.indicators import exports, ranking_table
from ioc.indicators.definition import Definition
from ioc.indicators.period import Period
from ioc.indicators.questions import AtQuestion, OfUnitQuestion, RankingQuestion, ReportQuestion, ValuesQuestion
from ioc.indicators.ranking import Standing, rank
from ioc.indicators.reading import Question, Reader, period_json, unit_json
from ioc.indicators.report import POLICY, report_page
from ioc.indicators.rounding import number
from ioc.indicators.routes import brief
from ioc.indicators.system import Text
from ioc.store import indicator_values

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def router(reader: Reader, pool: Callable[[], asyncpg.Pool], clock: Clock) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away. They go before those of `routes`."""
    routes = APIRouter(prefix="/v1/indicators", tags=["indicators"])

    @routes.get("/report")
    async def get_report(q: Annotated[ReportQuestion, Query()]) -> Response:
        period = reader.period(q.period, q.at)
        page = await report_page(reader, the_unit(reader, q.unit, period), period, q.lang, clock.now())
        return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})

    @routes.get("/units/{code}")
    async def get_of_unit(code: str, q: Annotated[OfUnitQuestion, Query()]) -> dict[str, Any]:
        period = reader.period(q.period, q.at)
        unit = the_unit(reader, code, period)
        values = await reader.of_unit(unit, period)
        return {"unit": unit_json(unit), "period": period_json(period), "values": await reader.compare(values)}

    @routes.get("/{indicator}/values", response_model=None)
    async def get_values(indicator: str, q: Annotated[ValuesQuestion, Query()]) -> Response | dict[str, Any]:
        definition = reader.definition(indicator)
        values = await reader.values(definition, q.wanted())
        match q.f:
            case "csv":
                return _file(exports.as_csv(values, reader.goal_for), _CSV, _name_of(q, definition, reader.periods(q.wanted())))
            case "xlsx":
                book = await asyncio.to_thread(exports.as_xlsx, values, definition, reader.goal_for)
                return _file(book, _XLSX, _name_of(q, definition, reader.periods(q.wanted())))
            case "jsonstat":
                return exports.as_jsonstat(values, definition, _members(reader, definition), updated=rfc3339(clock.now()))
        unknown = await reader.without_unit(definition, q.wanted())
        return brief(definition) | {"values": [reader.as_json(value) for value in values], "without_unit": unknown}

    @routes.get("/{indicator}/ranking", response_model=None)
    async def get_ranking(indicator: str, q: Annotated[RankingQuestion, Query()]) -> Response | dict[str, Any]:
        return await _ranked(await ranking(reader, reader.definition(indicator), q), q)

    @routes.get("/{indicator}/versions")
    async def get_versions(indicator: str, q: Annotated[AtQuestion, Query()]) -> dict[str, Any]:
        return await versions(reader, pool, reader.definition(indicator), q)

    return routes


async def versions(reader: Reader, pool: Callable[[], asyncpg.Pool], definition: Definition, q: AtQuestion) -> dict[str, Any]:
    """Return every version of one figure, the oldest first."""
    period = reader.period(q.period, q.at)
    unit = the_unit(reader, q.unit, period)
    async with pool().acquire() as conn:
        rows = await indicator_values.versions_of(conn, definition.id, period.kind, period.begin, unit.id)
    told = [
        {
            "published": f"{r['published']}",
            "superseded": r["superseded"] and f"{r['superseded']}",
            "version": r["version"],
            "value": number(r["value"]),
            "events": r["events"],
            "computed_at": rfc3339(r["computed_at"]),
        }
        for r in rows
    ]
    return {"indicator": definition.id, "unit": unit_json(unit), "period": period_json(period), "versions": told}


async def ranking(reader: Reader, definition: Definition, q: RankingQuestion) -> ranking_table.RankedUnits:
    """Return the units of a level in order of a figure, each with its trend and what it was before."""
    period = reader.period_over(q.period, q.at)
    values = await reader.values(definition, Question(q.period, q.at or period.label(), q.at or period.label(), q.unit, q.level))
    by_unit = {value.unit.id: value for value in values if value.unit is not None}
    standings = [Standing(number_, value.value, value.of) for number_, value in by_unit.items()]
    places = rank(standings, higher_is_better=definition.better != "lower", minimum=definition.minimum)
    compared = {told["unit"]["code"]: told for told in await reader.compare([by_unit[place.standing.unit] for place in places])}
    rows = []
    for place in places:
        unit = by_unit[place.standing.unit].unit
        assert unit is not None
        rows.append({"rank": place.rank, "tied": place.tied, "few": place.few} | compared[unit.code])
    level = next(one.title for one in reader.job.plan.centre.levels if one.id == q.level)
    top = None if q.unit is None else the_unit(reader, q.unit, period)
    return ranking_table.RankedUnits(definition, top, level, period, rows)


async def _ranked(ranked: ranking_table.RankedUnits, q: RankingQuestion) -> Response | dict[str, Any]:
    """Return a ranking in the form that was asked for."""
    name = exports.file_name(ranked.definition.id, q.unit, q.level, ranked.period.label(), form=q.f)
    match q.f:
        case "csv":
            return _file(ranking_table.as_csv(ranked, q.lang), _CSV, name)
        case "xlsx":
            return _file(await asyncio.to_thread(ranking_table.as_xlsx, ranked, q.lang), _XLSX, name)
    told = {"minimum": ranked.definition.minimum, "period": period_json(ranked.period), "ranking": ranked.rows}
    return brief(ranked.definition) | told


def _members(reader: Reader, definition: Definition) -> dict[str, Text]:
    """Return what people call the members of an indicator's dimensions."""
    plan, system = reader.job.plan, reader.job.plan.systems[definition.system]
    of_cases = {code: title for case in system.cases for code, title in case.words.items()}
    return of_cases | system.words | {level.id: level.title for level in plan.centre.levels}


def _file(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _name_of(q: ValuesQuestion, definition: Definition, periods: Sequence[Period]) -> str:
    first, last = periods[0].label(), periods[-1].label()
    return exports.file_name(definition.id, q.unit, q.level, first, None if first == last else last, form=q.f)


def the_unit(reader: Reader, code: str | None, period: Period) -> UnitRef:
    """Return the unit that is meant in a period; without a code the first of the highest ones that has figures."""
    day = min(period.end.fromordinal(period.end.toordinal() - 1), max(reader.today, period.begin))
    if code is not None:
        return reader.units.require(code, day)
    highest = reader.highest(day)
    if not highest:
        raise NotFound(f"no unit was in force on {day}")
    return highest[0]
