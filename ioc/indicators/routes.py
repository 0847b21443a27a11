"""`/v1/indicators`: definitions, figures, rankings, versions, reports, open data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Query, Request, Response

from ioc.domain.clock import rfc3339
from ioc.indicators.dcat import catalogue
from ioc.indicators.definition import Definition, Goal
from ioc.indicators.questions import TransitionQuestion
from ioc.indicators.reading import Reader, unit_json
from ioc.indicators.rounding import number
from ioc.store import indicator_values

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TREND = 12


def router(reader: Reader, pool: Callable[[], asyncpg.Pool]) -> APIRouter:
    """Return the routes; `pool` raises Unavailable while the database is away."""
    routes = APIRouter(prefix="/v1/indicators", tags=["indicators"])

    @routes.get("")
    async def get_indicators() -> dict[str, Any]:
        return {"indicators": [brief(one) for one in reader.job.plan.indicators.values()]}

    @routes.get("/progress")
    async def get_progress() -> dict[str, Any]:
        async with pool().acquire() as conn:
            told = await reader.job.progress(conn)
            versions = await indicator_values.newest_versions(conn)
        return told._asdict() | {"computing": _computing(versions)}

    @routes.get("/transitions")
    async def get_transitions(q: Annotated[TransitionQuestion, Query()]) -> dict[str, Any]:
        async with pool().acquire() as conn:
            rows = await indicator_values.transitions(conn, since=None, indicator=q.indicator, limit=q.limit)
        return {"transitions": [_transition(row, reader) for row in rows]}

    @routes.get("/catalog.jsonld")
    async def get_catalogue(request: Request) -> Response:
        body = catalogue(str(request.base_url).rstrip("/"), list(reader.job.plan.indicators.values()), reader.job.plan.centre.issuer)
        return Response(msgspec.json.encode(body), media_type="application/ld+json")

    @routes.get("/{indicator}")
    async def get_indicator(indicator: str) -> dict[str, Any]:
        definition = reader.definition(indicator)
        async with pool().acquire() as conn:
            versions = await indicator_values.definition_versions(conn, indicator)
        return brief(definition) | {
            "description": msgspec.to_builtins(definition.entry.description),
            "formula": msgspec.to_builtins(definition.words),
            "definition": msgspec.to_builtins(definition.entry),
            "made_of": definition.indicators(),
            "unsent": await reader.unsent(indicator),
            "targets": [_goal(goal, reader) for goal in definition.goals],
            "versions": [_version(row) for row in versions],
        }

    return routes


def _computing(newest: Mapping[str, asyncpg.Record]) -> list[dict[str, Any]]:
    """Return how far the versions are that are not ready."""
    return [
        {"indicator": name, "version": row["version"], "done": row["done"], "total": row["total"]}
        for name, row in newest.items()
        if row["ready_at"] is None
    ]


def _version(row: asyncpg.Record) -> dict[str, Any]:
    ready_at = row["ready_at"] and rfc3339(row["ready_at"])
    return {"version": row["version"], "since": rfc3339(row["loaded_at"]), "ready_at": ready_at, "definition": row["definition"]}


def brief(definition: Definition) -> dict[str, Any]:
    """Return an indicator in short."""
    entry = definition.entry
    return {
        "id": definition.id,
        "system": definition.system,
        "title": msgspec.to_builtins(entry.title),
        "unit_of_measure": msgspec.to_builtins(entry.unit),
        "decimals": definition.decimals,
        "rounding": definition.rounding,
        "better": definition.better,
        "dimensions": list(definition.dimensions),
        "dimension_titles": msgspec.to_builtins(definition.dimension_titles),
        "periods": list(definition.periods),
        "has_target": bool(definition.goals),
        "target_levels": sorted({goal.level for goal in definition.goals}),
    }


def _goal(goal: Goal, reader: Reader) -> dict[str, Any]:
    # A plan may be of a unit that is no more: of several with the code the one that was there last.
    named = max((ref for ref in reader.units.all() if ref.code == goal.unit), key=lambda ref: ref.valid_from, default=None)
    return {
        "level": goal.level,
        goal.direction: number(goal.limit),
        "since": goal.since and f"{goal.since}",
        "until": goal.until and f"{goal.until}",
        "unit": goal.unit,
        "unit_name": None if named is None else {"vi": named.name_vi, "en": named.name_en},
        "plan": goal.plan,
    }


def _transition(row: asyncpg.Record, reader: Reader) -> dict[str, Any]:
    unit = reader.units.ref(row["unit_id"])
    return {
        "id": row["id"],
        "indicator": row["indicator"],
        "unit": unit_json(unit) if unit else None,
        "period": row["kind"],
        "begin": f"{row['begin']}",
        "from": row["from"],
        "to": row["to"],
        "value": number(row["value"]),
        "limit": number(row["limit"]),
        "at": rfc3339(row["at"]),
    }
