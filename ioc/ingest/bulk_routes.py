"""`POST /v1/observations`: history from a body that is read piece by piece."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any, Protocol, cast

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from ioc.domain.clock import Clock
from ioc.errors import BadInput, TooLarge
from ioc.ingest.bulk_files import Chunk, read_file, read_text
from ioc.ingest.bulk_kinds import Kind
from ioc.ingest.bulk_load import Loader, portions
from ioc.ingest.bulk_rows import RowReader, Told
from ioc.ingest.outcome import Reason
from ioc.ingest.topics import shown

_log = structlog.get_logger()
_TYPES = {
    "application/x-ndjson": Kind.NDJSON,
    "text/csv": Kind.CSV,
    "application/vnd.apache.parquet": Kind.PARQUET,
    "application/vnd.apache.arrow.stream": Kind.ARROW,
}
_ROWS = """{"source": "hydro", "station": "luc-nam", "property": "water_level", "time": "2019-09-01T07:00:00+07:00", "value": 4.39}
{"source": "egov", "type": "dossier.received", "id": "H01-2019-1", "time": "2019-09-01T01:00:00Z", "unit": "07759", "data": {"field": "land"}}
{"source": "bus", "station": "98B-012.34", "time": 1567299600, "lon": 106.2, "lat": 21.27, "speed": 31}
"""
_TABLE = """source,station,property,time,value
hydro,luc-nam,water_level,2019-09-01T07:00:00+07:00,4.39
hydro,luc-nam,rain,2019-09-01T07:00:00+07:00,12
"""
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": _ROWS},
            "text/csv": {"schema": {"type": "string"}, "example": _TABLE},
            "application/vnd.apache.parquet": _BINARY,
            "application/vnd.apache.arrow.stream": _BINARY,
        },
    }
}


class HistoryQuestion(BaseModel):
    """What is told beside the rows."""

    model_config = ConfigDict(extra="forbid")
    source: str | None = Field(None, description="the source of rows that name none")
    station: str | None = Field(None, description="the station of rows that name none")
    property: str | None = Field(None, description="the property of rows that name none")
    timezone: str | None = Field(None, description="the zone of times without an offset", examples=["Asia/Ho_Chi_Minh"])
    wide: bool = Field(False, description="every column but source, station and time is a property")
    dry_run: bool = Field(False, description="check everything and write nothing; what is sound counts as stored")


class RejectedRow(BaseModel):
    """A row that was not accepted; rows count from 1, without header and empty lines."""

    row: int
    reason: Reason
    detail: str


class HistoryReport(BaseModel):
    """What became of the rows: received = stored + duplicate + late + quarantined + refused."""

    rows: int
    received: int = Field(description="readings, events and positions; in a wide table each filled cell is one")
    stored: int
    duplicate: int = Field(description="there already")
    late: int = Field(description="stored, and older than the newest of its series, or a correction")
    quarantined: int = Field(description="not accepted, and kept raw")
    refused: int = Field(description="too large to be kept")
    reasons: dict[Reason, int]
    rejected: list[RejectedRow] = Field(description="the first hundred rows that were not accepted")


class MakeLoader(Protocol):
    """Whoever can bring in history."""

    def __call__(self, *, dry_run: bool) -> Awaitable[Loader]:
        """Return a loader for one body; raises Unavailable while the store is away."""
        ...


def router(make_loader: MakeLoader, clock: Clock, *, max_bytes: int) -> APIRouter:
    """Return the route; a body may have `max_bytes` bytes."""
    routes = APIRouter(prefix="/v1", tags=["readings"])

    @routes.post("/observations", response_model=HistoryReport, openapi_extra=_BODY, summary="Bring in history")
    async def post_observations(q: Annotated[HistoryQuestion, Query()], request: Request) -> dict[str, Any]:
        """Bring in readings, events and positions, years old as they may be. No rule judges them; sending them again changes nothing."""
        told = Told.of(q.source, q.station, q.property, q.timezone, is_wide=q.wide)
        kind, is_gzip = _kind_of(request)
        loader = await make_loader(dry_run=q.dry_run)
        body = _limited(request, max_bytes)
        with tempfile.TemporaryDirectory(prefix="ioc-history-") as folder:
            rows = await _rows(body, kind, told, is_gzip=is_gzip, folder=Path(folder))
            report = await loader.load(portions(rows, RowReader(told, is_text=kind is Kind.CSV), clock))
        answer = report.as_json()
        counts = {name: n for name, n in answer.items() if isinstance(n, int)}
        _log.info("history.loaded", actor=request.state.caller.name, kind=kind, dry_run=q.dry_run, **counts)
        return answer

    return routes


def _kind_of(request: Request) -> tuple[Kind, bool]:
    """Return what the body is, and whether it is compressed."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told not in _TYPES:
        raise BadInput(f"Content-Type {shown(told)} is not one of {', '.join(_TYPES)}")
    kind, packed = _TYPES[told], request.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip") or (packed == "gzip" and not kind.is_text):
        raise BadInput(f"Content-Encoding {shown(packed)} of {told} is not known: gzip of NDJSON and CSV is")
    return kind, packed == "gzip"


async def _limited(request: Request, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body; raises TooLarge when it says, or turns out, to be longer than it may be."""
    refusal = f"the body is over the limit of {max_bytes} bytes, set by IOC_HISTORY_MAX_MB: send it in parts, or use `ioc ingest`"
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > max_bytes:
        raise TooLarge(refusal)
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > max_bytes:
                raise TooLarge(refusal)
            yield chunk
    except ClientDisconnect:
        raise BadInput(f"the body broke off after {received} bytes") from None


async def _rows(body: AsyncIterator[bytes], kind: Kind, told: Told, *, is_gzip: bool, folder: Path) -> Iterator[Chunk]:
    """Return the rows of a body: lines as they come; tables of columns can be read only once they are there as a whole, in a file."""
    if kind.is_text:
        file = cast("IO[bytes]", _Stream(body, asyncio.get_running_loop()))
        return read_text(file, kind, told, name="the body", is_gzip=is_gzip)
    path = folder / "body"
    with path.open("wb") as spool:
        async for chunk in body:
            await asyncio.to_thread(spool.write, chunk)
    return read_file(path, kind, told)


class _Stream:
    """A body as a file to be read in another thread than the loop's; while the loop has nothing for it, that thread waits."""

    def __init__(self, body: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._body, self._loop, self._rest = body, loop, b""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end; raises what the body raises."""
        while not self._rest:
            chunk = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            if chunk is None:
                return b""
            self._rest = chunk
        some, self._rest = self._rest[:size], self._rest[size:]
        return some

    async def _next(self) -> bytes | None:
        return await anext(self._body, None)
