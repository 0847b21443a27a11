"""The stream under the server that serves it: what a viewer does that never reads, and frames that are written as they were made."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import psutil
import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from ioc.access.roles import Caller, Role
from ioc.domain.clock import SystemClock
from ioc.domain.live import Changes
from ioc.streams.hub import Hub
from ioc.streams.prepared import PreparedFrames
from ioc.streams.routes import StreamEndpoint
from tests.support.examples import observation, station
from tests.support.viewer import Viewer

STATIONS = 2000


class Served:
    """A hub behind uvicorn on a port of its own."""

    def __init__(self, protocol: object) -> None:
        self.hub = Hub(clock=SystemClock(), health=lambda: None)
        self.hub.mirror.apply(Changes(stations=[station(f"s{n}", lon=105 + n / 1000, name="Trạm " * 20) for n in range(STATIONS)]))
        app = Starlette(routes=[WebSocketRoute("/v1/stream", StreamEndpoint(self.hub, self._admit))])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        config = uvicorn.Config(app, log_config=None, ws=protocol, ws_per_message_deflate=False, ws_ping_interval=None)  # type: ignore[arg-type]
        self._server = uvicorn.Server(config)

    @staticmethod
    async def _admit(_connection: object, _token: str | None) -> Caller:
        return Caller("viewer", Role.VIEWER)

    async def serve(self) -> None:
        with suppress(asyncio.CancelledError):
            await self._server.serve([self._listening])

    def change(self, second: int) -> None:
        """Give every station another reading."""
        self.hub.mirror.apply(Changes(observations=[observation(second, second, f"s{n}") for n in range(STATIONS)]))

    async def connect(self) -> websockets.ClientConnection:
        viewer = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/v1/stream", subprotocols=[websockets.Subprotocol("ioc.v1")], max_size=None, compression=None
        )
        await viewer.send('{"type":"hello"}')
        await viewer.send('{"type":"sub","id":"s","ch":"state","rate_hz":10}')
        return viewer


@pytest.fixture(params=[PreparedFrames, "websockets-sansio"], ids=["our frames", "frames of the server"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    served = Served(request.param)
    task = asyncio.create_task(served.serve())
    yield served
    served._server.should_exit = True
    await asyncio.wait_for(task, 20)


async def test_viewer_that_never_reads_leaves_memory_flat_and_the_others_undisturbed(served: Served) -> None:
    """Under a server without back-pressure each of these frames, half a megabyte, would wait in memory (uvicorn pull request 3050)."""
    silent = socket.create_connection(("127.0.0.1", served.port))
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
    silent.sendall(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    for told in (b'{"type":"hello"}', b'{"type":"sub","id":"s","ch":"state","rate_hz":10}'):
        silent.sendall(b"\x81" + bytes([0x80 | len(told)]) + b"\0\0\0\0" + told)
    viewer, screen = await served.connect(), Viewer("s")
    process, sizes = psutil.Process(), []
    for second in range(1, 31):
        served.change(second)
        while screen.position != served.hub.mirror.position:
            told = json.loads(await asyncio.wait_for(viewer.recv(), 10))
            if told.get("id") == "s":
                screen.take_frame(told)
        sizes.append(process.memory_info().rss / 2**20)
    assert screen.entities["hydro/s0"]["values"]["water_level"][1] == 30
    assert len(served.hub) in (1, 2), "the silent one is there, or was closed as too slow"
    assert max(sizes[10:]) - sizes[9] < 8, "twenty frames of half a megabyte would be ten"
    silent.close()
    await viewer.close()


async def test_frames_of_every_size_arrive_whole_and_text_in_any_language(served: Served) -> None:
    viewer, screen = await served.connect(), Viewer("s")
    sizes = set()
    while screen.position != served.hub.mirror.position:
        text = await asyncio.wait_for(viewer.recv(), 10)
        assert isinstance(text, str), "frames are text"
        sizes.add(len(text) > 65_535)
        told = json.loads(text)
        if told.get("id") == "s":
            screen.take_frame(told)
    assert screen.entities["hydro/s7"]["name"].startswith("Trạm ")
    assert sizes == {True, False}
    await viewer.close()
