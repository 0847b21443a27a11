"""`/v1/layers`: what is published, how fresh it is, new versions, what they change, and which one is served."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from ioc.access.uploads import receive_file
from ioc.domain.clock import Clock
from ioc.errors import BadInput, Conflict, NotFound
from ioc.geo import diff, limits
from ioc.geo.entry import CatalogueEntry, decode_entry, refuse_live
from ioc.geo.layer_documents import diff_document, layer_document, version_document
from ioc.geo.publish import compare_versions, go_live, with_words
from ioc.geo.worker import Job, publish_apart
from ioc.store.layer_versions import KnownLayer, describe_layer, load_known_layers, load_versions

SUFFIXES = {
    "application/geo+json": ".geojson",
    "application/json": ".geojson",
    "application/geo+json-seq": ".geojsons",
    "application/geopackage+sqlite3": ".gpkg",
    "application/flatgeobuf": ".fgb",
    "application/vnd.apache.parquet": ".parquet",
    "application/zip": ".zip",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
}
_log = structlog.get_logger()
_CREATED = 201


class Upload(BaseModel):
    """How to publish a file: to look at it first, and words of the entry that hold for this file alone."""

    model_config = ConfigDict(extra="forbid")
    preview: bool = False
    crs: str | None = Field(None, max_length=2000)
    encoding: Literal["UTF-8", "windows-1258", "TCVN3", "VNI"] | None = None
    file_layer: str | None = Field(None, max_length=200)
    lon: str | None = Field(None, max_length=200)
    lat: str | None = Field(None, max_length=200)
    wkt: str | None = Field(None, max_length=200)
    key: str | None = Field(None, max_length=200)


class Comparison(BaseModel):
    """Which version to hold it against, in which form, and how many changes to list."""

    model_config = ConfigDict(extra="forbid")
    against: int = Field(ge=1, le=2**31 - 1)
    f: Literal["json", "csv", "geojson"] = "json"
    limit: int = Field(1000, ge=1, le=100_000)


class Layers:
    """One method for each call; see `router`."""

    def __init__(self, pool: Callable[[], asyncpg.Pool], dsn: str, clock: Clock) -> None:
        self._pool, self._dsn, self._clock = pool, dsn, clock
        self._one_at_a_time = asyncio.Lock()

    async def list(self) -> dict[str, Any]:
        """Return all layers with what is served of them and whether that is fresh."""
        async with self._pool().acquire() as conn:
            rows = await load_known_layers(conn)
        now = self._clock.now()
        return {"layers": [layer_document(row, now) for row in rows]}

    async def one(self, layer: str) -> dict[str, Any]:
        """Return one layer."""
        return layer_document(await self._known(layer), self._clock.now())

    async def describe(self, layer: str, request: Request) -> dict[str, Any]:
        """Make the body, a catalogue entry as JSON, that of a layer that is new or known."""
        entry = _entry_from(await request.body(), layer)
        async with self._pool().acquire() as conn:
            known = await load_known_layers(conn, layer)
            if known and known[0].version is not None:
                before = decode_entry(known[0].entry)
                if (before.kind, before.join) != (entry.kind, entry.join):
                    raise Conflict(f"layer {layer} is served as {before.kind}, join {before.join}: publish a version to change that")
            await describe_layer(conn, layer, entry.as_json(), is_join=entry.join)
        _log.info("layers.described", layer=layer, actor=request.state.caller.name)
        return await self.one(layer)

    async def publish(self, layer: str, q: Annotated[Upload, Query()], request: Request) -> JSONResponse:
        """Publish the file in the body as a version of a layer; 201 where it is a new one."""
        words = q.model_dump(exclude={"preview"}, exclude_none=True)
        entry = with_words(decode_entry((await self._known(layer)).entry), words)
        with tempfile.TemporaryDirectory(prefix="ioc-upload-") as folder:
            file = await receive_file(request, Path(folder), stem=layer, suffixes=SUFFIXES, max_bytes=limits.FILE_BYTES)
            async with self._one_at_a_time:  # each may take gigabytes
                who = request.state.caller.name
                report = await publish_apart(Job(self._dsn, str(file), entry, who, q.preview))
        _log.info("layers.published", layer=layer, version=report["version"], actor=who, features=report["features"], preview=q.preview)
        return JSONResponse(report, status_code=_CREATED if report["is_new"] else 200)

    async def versions(self, layer: str) -> dict[str, Any]:
        """Return the versions of a layer, newest first."""
        async with self._pool().acquire() as conn:
            rows = await load_versions(conn, layer)
        return {"layer": layer, "versions": [version_document(row) for row in rows]}

    async def version(self, layer: str, version: int) -> dict[str, Any]:
        """Return one version with its entry and the report of its publication."""
        async with self._pool().acquire() as conn:
            (row,) = await load_versions(conn, layer, version=_number(layer, version))
        return {"layer": layer, **version_document(row, whole=True)}

    async def difference(self, layer: str, version: int, q: Annotated[Comparison, Query()]) -> Response:
        """Return what differs between two versions, as JSON, CSV or GeoJSON."""
        async with self._pool().acquire() as conn:
            counts, changes = await compare_versions(conn, layer, q.against, _number(layer, version), limit=q.limit)
        return await asyncio.to_thread(answer_difference, layer, q.against, version, counts, changes, q.f)

    async def serve(self, layer: str, version: int, request: Request) -> dict[str, Any]:
        """Let a version go live, a preview or an earlier one."""
        async with self._pool().acquire() as conn:
            await go_live(conn, layer, _number(layer, version), by=request.state.caller.name)
        _log.info("layers.served", layer=layer, version=version, actor=request.state.caller.name)
        return await self.version(layer, version)

    async def _known(self, layer: str) -> KnownLayer:
        async with self._pool().acquire() as conn:
            known = await load_known_layers(conn, layer)
        if not known:
            raise NotFound(f"there is no layer {layer:.100}: PUT its catalogue entry to /v1/layers/{layer:.100} first")
        return known[0]


def router(pool: Callable[[], asyncpg.Pool], dsn: str, clock: Clock) -> APIRouter:
    """Return the routes; files are published into the database at `dsn`."""
    routes = APIRouter(prefix="/v1/layers", tags=["layers"])
    layers = Layers(pool, dsn, clock)
    routes.get("")(layers.list)
    routes.get("/{layer}")(layers.one)
    routes.put("/{layer}")(layers.describe)
    routes.post("/{layer}/versions")(layers.publish)
    routes.get("/{layer}/versions")(layers.versions)
    routes.get("/{layer}/versions/{version}")(layers.version)
    routes.get("/{layer}/versions/{version}/diff")(layers.difference)
    routes.post("/{layer}/versions/{version}/serve")(layers.serve)
    return routes


def answer_difference(layer: str, against: int, version: int, counts: dict[str, int], changes: list[diff.Change], form: str) -> Response:
    """Return a difference in the form that was asked for."""
    if form == "csv":
        return Response(as_csv(changes), media_type="text/csv; charset=utf-8; header=present")
    if form == "geojson":
        features = [diff.as_geojson(change) for change in changes]
        return Response(msgspec.json.encode({"type": "FeatureCollection", "features": features}), media_type="application/geo+json")
    told = diff_document(layer, against, version, counts, [diff.as_row(change) for change in changes])
    return Response(msgspec.json.encode(told), media_type="application/json")


def as_csv(changes: list[diff.Change]) -> str:
    """Return changes as a table with a head."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(diff.COLUMNS)
    for change in changes:
        table.writerows(diff.as_cells(change))
    return text.getvalue()


def _entry_from(body: bytes, layer: str) -> CatalogueEntry:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
        entry = msgspec.convert({"id": layer} | told, CatalogueEntry)
        refuse_live(entry.id)
    except ValueError as error:
        raise BadInput(f"the entry of layer {layer:.100} is wrong: {error}") from error
    if entry.id != layer:
        raise BadInput(f"the entry names the layer {entry.id}, the address {layer:.100}")
    return entry


def _number(layer: str, version: int) -> int:
    if not 0 < version < 2**31:
        raise NotFound(f"layer {layer:.100} has no version {version}")
    return version
