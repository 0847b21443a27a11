"""The WebSocket endpoint, and `/v1/stations`: the live state for those who ask once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from ioc.errors import BadInput, NotFound, Unavailable
from ioc.streams import contract, frame
from ioc.streams.filter import Filter, UnitsBelow
from ioc.streams.hindsight import Hindsight
from ioc.streams.hub import Hub
from ioc.streams.mirror import Entity, Mirror
from ioc.streams.ports import SocketClosedError, Viewer
from ioc.streams.prepared import Write, writer_of
from ioc.streams.station_search import StationSearch, Wanted, words_of
from ioc.streams.view import View

Admit = Callable[[HTTPConnection, str | None], Awaitable[Viewer]]

_CACHE = {"Cache-Control": "public, max-age=300"}


class _Moment(BaseModel):
    """When: None means now."""

    model_config = ConfigDict(extra="forbid")
    at: AwareDatetime | None = Field(None, description="a past moment: values and states as they were known then")


class StationQuestion(_Moment):
    """Which stations; None means any."""

    q: str | None = Field(None, max_length=200, description="words that occur in name, id, kind or unit, with or without their marks")
    kind: str | None = None
    source: str | None = None
    state: Literal["minor", "moderate", "severe", "extreme"] | None = Field(None, description="the mildest state that is meant")
    unit: str | None = Field(None, description="the code of a unit; those below it are meant too")
    bbox: str | None = Field(None, description="west,south,east,north in degrees; west over east spans the antimeridian")
    order: Literal["id", "worst"] = Field("id", description="by id, or the worst state first, then by name")
    limit: int = Field(10_000, ge=1)

    def wanted(self, units_below: UnitsBelow) -> Wanted:
        """Return what is asked for; raises BadInput where the rectangle is none."""
        kind, source = ((value,) if value is not None else () for value in (self.kind, self.source))
        units = frozenset[str]() if self.unit is None else units_below(self.unit)
        return Wanted(words_of(self.q or ""), Filter(kind, source, units, state=self.state), _box(self.bbox), self.order)


class _Socket:
    """A WebSocket of ASGI as a session sees it. The messages of ASGI are used directly: a wrapper around each send would cost as much as the send."""

    def __init__(self, receive: Receive, send: Send, write: Write | None) -> None:
        self._receive, self._send, self._write = receive, send, write

    def offer(self, data: frame.Text) -> bool:
        if self._write is None:
            return False
        try:
            return self._write(data.framed)
        except OSError:
            raise SocketClosedError from None

    async def receive(self) -> str:
        message = await self._receive()
        text = message.get("text")
        if message["type"] != "websocket.receive" or text is None:
            raise SocketClosedError
        return str(text)

    async def send(self, data: frame.Text) -> None:
        try:
            await self._send({"type": "websocket.send", "text": bytes(data).decode()})
        except (OSError, RuntimeError):  # what servers raise when the other side is gone
            raise SocketClosedError from None

    async def close(self, code: int) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError):
            raise SocketClosedError from None


class StreamEndpoint:
    """`/v1/stream` as an ASGI application; `admit` tells who opens a socket with a token, or raises."""

    def __init__(self, hub: Hub, admit: Admit) -> None:
        self._hub, self._admit = hub, admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        await receive()  # websocket.connect
        offered = scope.get("subprotocols", [])
        await send({"type": "websocket.accept", "subprotocol": frame.SUBPROTOCOL if frame.SUBPROTOCOL in offered else None})
        connection = HTTPConnection(scope)

        async def admit_this(token: str | None) -> Viewer:
            return await self._admit(connection, token)

        await self._hub.serve(_Socket(receive, send, writer_of(scope.get("extensions"))), admit=admit_this)


def router(hub: Hub, admit: Admit, hindsight: Hindsight | None = None) -> APIRouter:
    """Return the routes of the stream and of stations; without `hindsight` there is no past to ask for."""
    routes = APIRouter()
    search = StationSearch()
    routes.routes.append(WebSocketRoute("/v1/stream", StreamEndpoint(hub, admit)))

    documents = {"stream.asyncapi": msgspec.json.encode(contract.document())}
    documents |= {f"stream.{name}": msgspec.json.encode(told) for name, told in contract.schemas().items()}

    @routes.get("/stream/asyncapi.json", tags=["contract"])
    async def get_stream_asyncapi() -> Response:
        return Response(documents["stream.asyncapi"], media_type="application/json", headers=_CACHE)

    @routes.get("/stream/schemas/{name}.json", tags=["contract"])
    async def get_stream_schema(name: str) -> Response:
        if f"stream.{name}" not in documents or name == "asyncapi":
            raise NotFound(f"there is no schema {name!r:.80}; there are {', '.join(contract.schemas())}")
        return Response(documents[f"stream.{name}"], media_type="application/schema+json", headers=_CACHE)

    async def mirror_at(at: datetime | None) -> Mirror:
        if at is None:
            return hub.mirror
        if hindsight is None:
            raise Unavailable("this service keeps no past")
        return await hindsight.mirror_at(at)

    @routes.get("/v1/stations", tags=["stations"])
    async def get_stations(q: Annotated[StationQuestion, Query()]) -> dict[str, Any]:
        wanted, mirror = q.wanted(hub.units_below), await mirror_at(q.at)
        # In a thread: tens of thousands of names take longer than a tick of the stream.
        chosen, total = await asyncio.to_thread(search.find, list(mirror.entities()), wanted, q.limit)
        return {"stations": [_station(entity) for entity in chosen], "total": total}

    @routes.get("/v1/stations/{source}/{station}", tags=["stations"])
    async def get_station(source: str, station: str, when: Annotated[_Moment, Query()]) -> dict[str, Any]:
        entity = (await mirror_at(when.at)).get(f"{source}/{station}")
        if entity is None:
            raise NotFound(f"there is no station {source}/{station}")
        return _station(entity)

    return routes


def _box(told: str | None) -> View | None:
    if told is None:
        return None
    try:
        west, south, east, north = map(float, told.split(","))
    except ValueError:
        raise BadInput(f"bbox {told!r:.80} is not west,south,east,north in degrees") from None
    if not (all(-180 <= side <= 180 for side in (west, east)) and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
        raise BadInput(f"bbox {told!r:.80} is not on the Earth: west and east are -180..180, south is at most north, both -90..90")
    return View(west, south, east, north)


def _station(entity: Entity) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(entity.view)
    values = {name: {"time": time, "value": value, "severity": severity} for name, (time, value, severity) in entity.values().items()}
    now = {
        "id": entity.view.id,
        "lon": entity.lon,
        "lat": entity.lat,
        "unit": entity.unit,
        "moving": entity.position is not None,
        "last_seen": entity.newest,
        "values": values,
        "state": entity.state,
    }
    return shown | {name: msgspec.to_builtins(value) for name, value in now.items()}
