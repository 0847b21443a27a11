"""`/v1/layers/{layer}/succession` and `/former`: what became of the units of a layer, and its former units, read and replaced over HTTP."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import asyncpg
import structlog
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from ioc.errors import BadInput, Conflict, NotFound
from ioc.geo.entry import decode_entry
from ioc.geo.lineage import Rows, publish_tables, rows_of
from ioc.store.layer_versions import load_known_layers
from ioc.store.pool import Connection
from ioc.store.units import FormerRow, LinkRow, load_former, load_steps

STEP_COLUMNS = ("old_code", "old_from", "new_code", "new_from", "share", "share_of_new", "kind", "source")
"""The columns of a table of succession, in the order of `LinkRow`."""

_JSON, _CSV = "application/json", "text/csv"
_log = structlog.get_logger()


class Form(BaseModel):
    """In which form a table is wanted."""

    model_config = ConfigDict(extra="forbid")
    f: Literal["json", "csv"] = "json"


def router(pool: Callable[[], asyncpg.Pool]) -> APIRouter:
    """Return the routes: each table is read as it is stored, and replaced whole or not at all."""
    routes = APIRouter(prefix="/v1/layers", tags=["layers"])
    _add_table(routes, pool, "succession", STEP_COLUMNS, load_steps)
    _add_table(routes, pool, "former", FormerRow._fields, load_former)
    return routes


def _add_table(
    routes: APIRouter,
    pool: Callable[[], asyncpg.Pool],
    name: Literal["succession", "former"],
    columns: Sequence[str],
    load: Callable[[Connection, str], Awaitable[Sequence[LinkRow | FormerRow]]],
) -> None:
    @routes.get(f"/{{layer}}/{name}", name=f"get_{name}", response_model=None)
    async def get_table(layer: str, q: Annotated[Form, Query()]) -> dict[str, Any] | Response:
        async with pool().acquire() as conn:
            await _require_units(conn, layer)
            rows = await load(conn, layer)
        if q.f == "csv":
            return Response(as_csv(columns, rows), media_type=f"{_CSV}; charset=utf-8")
        return {"layer": layer, name: [dict(zip(columns, row, strict=True)) for row in rows]}

    @routes.put(f"/{{layer}}/{name}", name=f"put_{name}")
    async def put_table(layer: str, request: Request) -> dict[str, Any]:
        rows = await _table_in(request, name)
        async with pool().acquire() as conn:
            await _require_units(conn, layer)
            report = await publish_tables(conn, layer, **{name: rows})
        _log.info("layers.lineage", layer=layer, table=name, rows=len(rows), changed=report.changed, actor=request.state.caller.name)
        return asdict(report)


async def _table_in(request: Request, name: str) -> Rows:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_JSON, _CSV):
        raise BadInput(f"Content-Type {kind!r:.100} is not one of {_JSON}, {_CSV}")
    body = await request.body()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is not UTF-8: {error.reason} at byte {error.start}") from error
    return await asyncio.to_thread(rows_of, text, name, is_json=kind == _JSON)


async def _require_units(conn: Connection, layer: str) -> None:
    known = await load_known_layers(conn, layer)
    if not known:
        raise NotFound(f"there is no layer {layer:.100}")
    if (kind := decode_entry(known[0].entry).kind) != "units":
        raise BadInput(f"layer {layer} is of kind {kind}: only units have a succession and former units")
    if known[0].version is None:
        raise Conflict(f"no version of layer {layer} is served: publish its units first")


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table with a header line, as it can be put back."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(rows)
    return text.getvalue()
