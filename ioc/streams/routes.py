"""The WebSocket endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from ioc.streams import frame
from ioc.streams.hub import Hub
from ioc.streams.session import SocketClosedError

Admit = Callable[[WebSocket, str | None], Awaitable[str]]


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

    return routes
