"""The WebSocket endpoint, and `/v1/stations`: the live state for those who ask once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from ioc.errors import NotFound
from ioc.streams import frame
from ioc.streams.hub import Hub
from ioc.streams.mirror import Entity
from ioc.streams.session import SocketClosedError

Admit = Callable[[WebSocket, str | None], Awaitable[str]]


class StationQuestion(BaseModel):
    """Which stations; None means any."""

    model_config = ConfigDict(extra="forbid")
    kind: str | None = None
    source: str | None = None
    limit: int = Field(10_000, ge=1)


class _Socket:
    """A FastAPI WebSocket as a session sees it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str:
        try:
            return await self._websocket.receive_text()
        except (WebSocketDisconnect, RuntimeError, KeyError):
            raise SocketClosedError from None

    async def send(self, data: bytes) -> None:
        try:
            await self._websocket.send_text(data.decode())
        except (WebSocketDisconnect, RuntimeError):
            raise SocketClosedError from None

    async def close(self, code: int) -> None:
        try:
            await self._websocket.close(code)
        except RuntimeError:
            raise SocketClosedError from None


def router(hub: Hub, admit: Admit) -> APIRouter:
    """Return the routes of the stream; `admit` names the role of who opens a socket with a token, or raises."""
    routes = APIRouter()

    @routes.websocket("/v1/stream")
    async def stream(websocket: WebSocket) -> None:
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(subprotocol=frame.SUBPROTOCOL if frame.SUBPROTOCOL in offered else None)

        async def admit_this(token: str | None) -> str:
            return await admit(websocket, token)

        await hub.serve(_Socket(websocket), admit=admit_this)

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
