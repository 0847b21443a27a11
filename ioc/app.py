"""The FastAPI application: the door, the routes behind it, and the map."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from ioc import __version__, status
from ioc.access.bodies import BodyGuard, RefusedBody
from ioc.access.cross_origin import CrossOrigin, read_origins
from ioc.alerts import alert_routes, handover_routes, rule_proof_routes, rule_routes, silence_routes
from ioc.alerts.rule import Rule
from ioc.alerts.target_figures import missing_indicators
from ioc.domain.clock import Clock, SystemClock
from ioc.errors import BadInput, Conflict, IocError, NotYet, Unauthorized, status_of, title_of
from ioc.geo import dcat_routes, layer_routes, lineage_routes, tile_routes, unit_routes
from ioc.geo import routes as geo_routes
from ioc.geo.tiles import Tilesets, usual_folder
from ioc.indicators import board_routes, page_routes, value_routes
from ioc.indicators import routes as indicator_routes
from ioc.indicators.boards import Boards
from ioc.ingest import bulk_routes, contract_routes
from ioc.ingest import routes as ingest_routes
from ioc.query import audit_routes
from ioc.query import routes as query_routes
from ioc.rule_replay import Replays
from ioc.security_headers import SecurityHeaders
from ioc.service import Service
from ioc.settings import Settings
from ioc.store.faults import STORE_TROUBLE
from ioc.streams import routes as stream_routes

_log = structlog.get_logger()
_STATIC = Path(__file__).parent / "static"
_PROBLEM = "application/problem+json"


def create_app(settings: Settings, *, clock: Clock | None = None, on_failure: Callable[[], None] = lambda: None) -> FastAPI:
    """Return the application; its parts start and stop with it. `on_failure` is called when a part has failed for good.

    Raises:
        ConfigurationError: a rule file or the broker's URL is wrong.
    """
    service = Service(settings, clock or SystemClock())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(_run(service, on_failure), name="ioc.service")
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def pass_door(connection: HTTPConnection) -> None:
        if connection.scope["type"] == "http":
            await service.door.check(connection)
            _refuse_unasked(connection)

    app = FastAPI(
        title="ioc",
        version=__version__,
        summary="Live state, alerts, readings and layers of a smart-city operations centre",
        lifespan=lifespan,
        dependencies=[Depends(pass_door)],
        openapi_url=None,
    )
    app.state.service = service
    _answer_errors(app)
    app.add_middleware(BodyGuard, door=service.door)
    app.add_middleware(SecurityHeaders, base_map_tiles=settings.base_map_tiles)
    if origins := read_origins(settings.cors_origins):
        app.add_middleware(CrossOrigin, origins=origins)
    _include_routes(app, service)
    if _STATIC.is_dir():
        app.mount("/", StaticFiles(directory=_STATIC, html=True), name="map")
    return app


def _include_routes(app: FastAPI, service: Service) -> None:
    """Add all routes; they are looked through in this order: first what planners and maps ask again and again."""
    tilesets = Tilesets(service.pool, service.settings.tile_cache or usual_folder())
    app.include_router(geo_routes.router(lambda: service.territory.catalogue, live=service.live, admit=service.door.check))
    app.include_router(tile_routes.router(lambda: service.territory.catalogue, tilesets, clock=service.clock, admit=service.door.check))
    app.include_router(contract_routes.router())
    _include_alerts(app, service)
    app.include_router(
        ingest_routes.router(
            service.pool,
            service.clock,
            usual=service.gate.usual,
            replay=service.replay,
            places=lambda: service.territory.units,
            on_policy=service.gate.forget,
            on_stations=service.reread_stations,
        )
    )
    app.include_router(bulk_routes.router(service.history, service.clock, max_bytes=service.settings.history_max_mb << 20))
    app.include_router(query_routes.router(service.pool, service.unit_of, service.clock, lambda: service.territory.book))
    app.include_router(unit_routes.router(lambda: service.territory.book))
    _include_indicators(app, service)
    app.include_router(stream_routes.router(service.hub, service.door.admit, service.hindsight))
    app.include_router(layer_routes.router(service.pool, service.settings.database_url, service.clock))
    app.include_router(lineage_routes.router(service.pool))
    app.include_router(dcat_routes.router(lambda: service.territory.catalogue, tilesets))
    app.include_router(status.router(service, app.openapi))


def _include_indicators(app: FastAPI, service: Service) -> None:
    boards = Boards(service.figures, service.pool)
    app.include_router(page_routes.router(service.figures, boards, service.pool, service.clock))
    app.include_router(value_routes.router(service.figures, service.pool, service.clock))
    app.include_router(indicator_routes.router(service.figures, service.pool))
    app.include_router(board_routes.router(service.figures, boards, service.clock))


def _include_alerts(app: FastAPI, service: Service) -> None:
    """Add what operators do with alerts, and rules."""
    app.include_router(alert_routes.router(service.desks.alerts, service.desks.bulk))
    app.include_router(silence_routes.router(service.desks.silences))
    app.include_router(handover_routes.router(service.pool, service.unit_of, service.clock))
    app.include_router(audit_routes.router(service.pool))
    replays = Replays(
        lambda: service.territory.book, lambda: service.territory.catalogue.collections, lambda: service.indicating.plan.indicators
    )
    app.include_router(rule_proof_routes.router(service.pool, replays, lambda: service.rules.rules, service.clock))

    def lacking(rules: Sequence[Rule]) -> dict[str, str]:
        return service.ground.missing_layers(rules) | missing_indicators(rules, service.indicating.plan.indicators)

    app.include_router(rule_routes.router(service.pool, service.rules, lacking))


def _answer_errors(app: FastAPI) -> None:
    """Let every error be told as a problem of RFC 9457."""
    app.add_exception_handler(IocError, _our_problem)
    app.add_exception_handler(RefusedBody, _refused_body)
    for away in STORE_TROUBLE:
        app.add_exception_handler(away, _database_problem)
    app.add_exception_handler(asyncpg.QueryCanceledError, _took_too_long)
    app.add_exception_handler(asyncpg.DataError, _refused_by_database)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _unexpected)


def _refuse_unasked(connection: HTTPConnection) -> None:
    """Refuse query parameters where a call takes none; calls that take some, and those of `/ogc`, look for themselves."""
    dependant = getattr(connection.scope.get("route"), "dependant", None)
    looks_itself = connection.url.path.startswith("/ogc") or dependant is None or dependant.query_params
    if connection.query_params and not looks_itself:
        raise BadInput(f"unknown parameter {', '.join(sorted(connection.query_params))}: {connection.url.path} takes none")


async def _run(service: Service, on_failure: Callable[[], None]) -> None:
    """Run the parts; when one fails for good all end, so that whoever watches the process starts it anew: nothing half runs on."""
    try:
        await service.run()
    except IocError as error:
        _log.error("service.refused", why=error.detail)
        on_failure()
    except Exception:  # noqa: BLE001 - the last stop of every fault
        _log.exception("service.failed")
        on_failure()


def _problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """Return a problem as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type=_PROBLEM)


async def _our_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, IocError)
    more = {"present": error.present} if isinstance(error, Conflict) else {}
    response = _problem(status_of(error), error.detail, **more)
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, NotYet):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


async def _refused_body(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedBody)
    return await _our_problem(request, error.error)


async def _invalid(_request: Request, error: Exception) -> Response:
    """Name each parameter that is wrong, its value and what is allowed."""
    assert isinstance(error, RequestValidationError)
    said = []
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
        said.append(
            f"unknown parameter {name}" if fault["type"] == "extra_forbidden" else f"{name} = {fault['input']!r:.80}: {fault['msg']}"
        )
    return _problem(400, "; ".join(said))


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _problem(error.status_code, f"{request.method} {request.url.path}: {error.detail}")
    response.headers.update(error.headers or {})  # such as Allow with 405
    return response


async def _database_problem(request: Request, error: Exception) -> Response:
    _log.warning("http.database", path=request.url.path, why=f"{type(error).__name__}: {error}")
    return _problem(503, "the database does not answer as it should; try again")


async def _took_too_long(request: Request, error: Exception) -> Response:
    limit_s = request.app.state.service.settings.query_timeout_s
    _log.warning("http.too_long", path=request.url.path, limit_s=limit_s, why=str(error))
    return _problem(503, f"this question keeps the database busy for longer than {limit_s:g} s: ask for a shorter time or a smaller area")


async def _refused_by_database(_request: Request, error: Exception) -> Response:
    return _problem(400, f"a value cannot be looked up: {error}")


async def _unexpected(request: Request, error: Exception) -> Response:
    """A fault of ours: logged in full, told without a word of it."""
    _log.error("http.failed", path=request.url.path, exc_info=error)
    return _problem(500, "the service failed to answer; the log says why")
