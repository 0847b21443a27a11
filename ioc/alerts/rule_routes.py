"""`/v1/rules`: the rules in force, and those that are given over REST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol

import asyncpg
from fastapi import APIRouter, Body, Query, Request

from ioc.alerts.rule import Rule
from ioc.domain.clock import rfc3339
from ioc.errors import NotFound
from ioc.store import rules as store
from ioc.store.pool import Connection

IfVersion = Annotated[int | None, Query(ge=1, description="the version of the document that was seen")]


class Keeper(Protocol):
    """Whoever keeps the rules."""

    rules: list[Rule]
    trouble: str | None

    async def put(self, conn: Connection, rule_id: str, document: dict[str, Any], *, actor: str, if_version: int | None) -> int:
        """Keep a rule and return the version of its document."""
        ...

    async def remove(self, conn: Connection, rule_id: str, *, if_version: int | None) -> None:
        """Remove a rule."""
        ...


def router(pool: Callable[[], asyncpg.Pool], keeper: Keeper, faults: Callable[[Sequence[Rule]], dict[str, str]]) -> APIRouter:
    """Return the routes; `faults` names for each rule that cannot be judged what it lacks."""
    routes = APIRouter(prefix="/v1", tags=["rules"])

    @routes.get("/rules")
    async def get_rules() -> dict[str, Any]:
        lacking = faults(keeper.rules)
        told = [{**rule.definition(), "kind": rule.kind, "origin": rule.origin, "where": rule.where} for rule in keeper.rules]
        return {"rules": [{**one, "error": lacking.get(one["id"])} for one in told], "trouble": keeper.trouble}

    @routes.get("/rules/{rule_id}")
    async def get_rule(rule_id: str) -> dict[str, Any]:
        async with pool().acquire() as conn:
            versions = await store.rule_versions(conn, rule_id)
        if not versions:
            raise NotFound(f"there is no rule {rule_id[:80]!r}")
        present = next((rule for rule in keeper.rules if rule.id == rule_id), None)
        told = [{**row, "loaded_at": rfc3339(row["loaded_at"])} for row in map(dict, versions)]
        return {"id": rule_id, "in_force": present is not None, "where": present.where if present else None, "versions": told}

    @routes.put("/rules/{rule_id}")
    async def put_rule(
        rule_id: str, request: Request, document: Annotated[dict[str, Any], Body()], if_version: IfVersion = None
    ) -> dict[str, Any]:
        async with pool().acquire() as conn:
            version = await keeper.put(conn, rule_id, document, actor=request.state.caller.name, if_version=if_version)
        return {"id": rule_id, "version": version}

    @routes.delete("/rules/{rule_id}")
    async def delete_rule(rule_id: str, if_version: IfVersion = None) -> dict[str, Any]:
        async with pool().acquire() as conn:
            await keeper.remove(conn, rule_id, if_version=if_version)
        return {"id": rule_id}

    return routes
