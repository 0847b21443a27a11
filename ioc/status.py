"""What a service says about itself: whether it is alive and ready, its metrics, and what a page needs to know before it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ioc import __version__, metrics
from ioc.domain.clock import LOCAL_ZONE
from ioc.service import Service


def router(service: Service, openapi: Callable[[], dict[str, Any]]) -> APIRouter:
    """Return the routes of `service`; `openapi` describes all that there are."""
    routes = APIRouter(tags=["status"])

    @routes.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"alive": True}

    @routes.get("/readyz")
    async def readyz(request: Request) -> JSONResponse:
        checks = await _checks(service)
        ready = all(check["ok"] for check in checks.values())
        is_known = await service.door.role_of(request) is not None
        body = {"ready": ready} | ({"level": service.level, "checks": checks} if is_known else {})
        return JSONResponse(body, status_code=200 if ready else 503)

    @routes.get("/metrics")
    async def prometheus() -> Response:
        _measure(service)
        return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/openapi.json", name="openapi")
    async def describe() -> dict[str, Any]:
        return openapi()

    @routes.get("/v1/config")
    async def config(request: Request) -> dict[str, Any]:
        tiles = service.settings.base_map_tiles
        caller = await service.door.caller_of(request)
        return {
            "version": __version__,
            "languages": ["vi", "en"],
            "time_zone": str(LOCAL_ZONE),
            "base_map": {"tiles": [tiles], "attribution": service.settings.base_map_attribution} if tiles else None,
            "role": caller and caller.role,
            "caller": caller and caller.name,
            "units": {"collection": "units"},
        }

    return routes


async def _checks(service: Service) -> dict[str, dict[str, Any]]:
    """Return for each thing that the service needs whether it is well, and in words."""
    intake, layers, systems, reached = (
        service.intake,
        len(service.territory.catalogue.collections),
        service.indicating.systems,
        service.connections,
    )
    # Who stands by has no business at the broker but to hear of changes.
    broker = service.bus.connection if intake.partition.is_taken else intake.connection
    fault = await reached.check()
    return {
        "database": _check(fault is None, fault or (service.level.in_words() if service.level else "")),
        "ingest": _check(intake.trouble is None, intake.in_words()),
        "broker": _check(broker.is_connected, "connected" if broker.is_connected else broker.trouble),
        "mirror": _check(service.feed.is_loaded, service.feed.trouble or f"{len(service.hub.mirror)} stations"),
        "layers": _check(reached.trouble is None, f"{layers} layers, {len(service.territory.units)} units"),
        "rules": _check(service.rules.trouble is None, service.rules.trouble or f"{len(service.rules.rules)} rules"),
        "systems": _check(systems.trouble is None, systems.trouble or f"{len(systems.plan.systems)} systems"),
        "quarantine": _check(reached.trouble is None, service.quarantine.in_words() if service.quarantine else "not read yet"),
    }


def _check(ok: bool, detail: str) -> dict[str, Any]:
    return {"ok": ok, "detail": detail}


def _measure(service: Service) -> None:
    """Bring the gauges up to date."""
    metrics.WAITING.set(service.intake.depth)
    metrics.FORCED_RECONNECTS.set(service.intake.forced_reconnects)
    metrics.PARTITION_HELD.set(service.intake.partition.is_held)
    metrics.STREAM_SESSIONS.set(len(service.hub))
    metrics.MIRROR_STATIONS.set(len(service.hub.mirror))
    metrics.MIRROR_ALERTS.set(len(service.hub.mirror.alerts))
    if service.quarantine is not None:
        metrics.QUARANTINE_BYTES.set(service.quarantine.bytes)
        metrics.QUARANTINE_MAX_BYTES.set(service.quarantine.max_bytes)
        metrics.QUARANTINE_LOST.set(service.quarantine.lost_messages)
    metrics.MIRROR_HEALS.set(service.feed.heals)
    newest = service.hub.mirror.newest
    metrics.LAG_SECONDS.set((service.clock.now() - newest).total_seconds() if newest else 0)
