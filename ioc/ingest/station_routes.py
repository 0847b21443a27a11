"""`POST /v1/sources/{source}/stations`: stations from an uploaded file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from ioc.access.uploads import receive_file
from ioc.errors import BadInput, Unavailable
from ioc.ingest.station_files import read_stations
from ioc.ingest.stations import Places, import_stations
from ioc.ingest.topics import is_name, shown

_log = structlog.get_logger()
_MAX_BYTES = 64 * 1024 * 1024
_SUFFIXES = {
    "text/csv": ".csv",
    "application/geo+json": ".geojson",
    "application/json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
}
_UNPROCESSABLE = 422


class ImportQuestion(BaseModel):
    """How to import: only rehearse it, or leave refused rows out instead of importing nothing."""

    model_config = ConfigDict(extra="forbid")
    dry_run: bool = False
    skip_bad: bool = False


def router(pool: Callable[[], asyncpg.Pool], *, places: Callable[[], Places | None], on_stations: Callable[[], None]) -> APIRouter:
    """Return the route; `places` knows the units, `on_stations` is called when stations have changed."""
    routes = APIRouter(prefix="/v1", tags=["sources"])

    @routes.post("/sources/{source}/stations")
    async def post_stations(source: str, q: Annotated[ImportQuestion, Query()], request: Request) -> JSONResponse:
        if not is_name(source):
            raise BadInput(f"{shown(source)} is not the name of a source")
        units = places()
        if units is None:
            raise Unavailable("the units are not loaded yet")
        with tempfile.TemporaryDirectory(prefix="ioc-stations-") as folder:
            file = await receive_file(request, Path(folder), stem="stations", suffixes=_SUFFIXES, max_bytes=_MAX_BYTES)
            rows = await asyncio.to_thread(read_stations, file)
        async with pool().acquire() as conn:
            report = await import_stations(conn, source, rows, places=units, dry_run=q.dry_run, skip_bad=q.skip_bad)
        counts: dict[str, Any] = report.counts()
        if report.imported:
            on_stations()
            _log.info("stations.imported", source=source, actor=request.state.caller.name, **counts)
        done = report.imported or (q.dry_run and (q.skip_bad or not counts["refused"]))
        return JSONResponse(report.as_json(), status_code=200 if done else _UNPROCESSABLE)

    return routes
