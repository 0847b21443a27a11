"""The WebSocket endpoint, and `/v1/stations`: the live state for those who ask once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from ioc.errors import NotFound
from ioc.streams import contract, frame
from ioc.streams.hub import Hub
from ioc.streams.mirror import Entity
from ioc.streams.ports import SocketClosedError, Viewer
from ioc.streams.prepared import Write, writer_of

Admit = Callable[[HTTPConnection, str | None], Awaitable[Viewer]]

_CACHE = {"Cache-Control": "public, max-age=300"}


class StationQuestion(BaseModel):
    """Which stations; None means any."""

    model_config = ConfigDict(extra="forbid")
    kind: str | None = None
    source: str | None = None
    limit: int = Field(10_000, ge=1)


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


def router(hub: Hub, admit: Admit) -> APIRouter:
    """Return the routes of the stream and of stations."""
    routes = APIRouter()
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

    @routes.get("/v1/stations", tags=["stations"])
    async def get_stations(q: Annotated[StationQuestion, Query()]) -> dict[str, Any]:
        wanted = (
            entity for entity in hub.mirror.entities() if q.kind in (None, entity.view.kind) and q.source in (None, entity.view.source)
        )
        chosen = sorted(wanted, key=lambda entity: entity.view.id)
        return {"stations": [_station(entity) for entity in chosen[: q.limit]], "total": len(chosen)}

    @routes.get("/v1/stations/{source}/{station}", tags=["stations"])
    async def get_station(source: str, station: str) -> dict[str, Any]:
        entity = hub.mirror.get(f"{source}/{station}")
        if entity is None:
            raise NotFound(f"there is no station {source}/{station}")
        return _station(entity)

    return routes


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
