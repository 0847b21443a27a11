"""A process that serves the stream over a mirror which it changes itself, or sends frames with nothing but `websockets.broadcast`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.server import ServerConnection, broadcast, serve

from ioc.access.roles import Caller, Role
from ioc.domain.clock import SystemClock
from ioc.domain.live import Changes, ObservationChange, StationView
from ioc.serve import calm_collector
from ioc.streams.hub import Hub
from ioc.streams.prepared import PreparedFrames
from ioc.streams.routes import StreamEndpoint

WEST, SOUTH, EAST, NORTH = 105.8, 20.9, 107.0, 21.7
STEP_S = 0.1


def stations(number: int) -> list[StationView]:
    """Return stations spread over a province, as they describe themselves."""
    chance = random.Random(7)
    return [
        StationView(
            source="bench",
            station=f"s{n}",
            name=f"Trạm quan trắc {n}",
            kind="river_gauge",
            lon=round(chance.uniform(WEST, EAST), 5),
            lat=round(chance.uniform(SOUTH, NORTH), 5),
            interval_s=60,
            unit={"code": "24"},
        )
        for n in range(number)
    ]


async def _admit(_connection: object, _token: str | None) -> Caller:
    return Caller("bench", Role.VIEWER)


async def _change(hub: Hub, number: int, changes: int) -> None:
    """Give so many stations a second a new reading."""
    chance, step = random.Random(8), 0
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        step += 1
        now = datetime.now(UTC)
        chosen = chance.choices(range(number), k=round(changes * STEP_S))
        hub.mirror.apply(Changes(observations=[ObservationChange("bench", f"s{n}", "water_level", now, step / 10) for n in chosen]))
        await asyncio.sleep(max(0.0, began + step * STEP_S - loop.time()))


async def serve_stream(port: int, number: int, changes: int) -> None:
    """Serve `ioc.v1` as the service does."""
    hub = Hub(clock=SystemClock(), health=lambda: None)
    hub.mirror.apply(Changes(stations=stations(number)))
    now = datetime.now(UTC)
    for name in ("water_level", "battery"):
        hub.mirror.apply(Changes(observations=[ObservationChange("bench", f"s{n}", name, now, 1.5) for n in range(number)]))
    app = Starlette(routes=[WebSocketRoute("/v1/stream", StreamEndpoint(hub, _admit))])
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, ws=PreparedFrames, ws_per_message_deflate=False, ws_ping_interval=None
    )
    changing = asyncio.create_task(_change(hub, number, changes)) if changes else None
    await uvicorn.Server(config).serve()
    if changing:
        changing.cancel()


async def serve_bare(port: int, size: int, rate_hz: float) -> None:
    """Send frames of `size` bytes to everybody `rate_hz` times a second."""
    connected: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        connected.add(connection)
        async for _ in connection:
            pass

    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # who only looks whether the port is open is no fault
    frame = "x" * size
    async with serve(handle, "127.0.0.1", port, compression=None, ping_interval=None):
        while True:
            broadcast(connected, frame)
            await asyncio.sleep(1 / rate_hz)


def main() -> None:
    """Serve until killed."""
    words = argparse.ArgumentParser()
    words.add_argument("way", choices=["stream", "bare"])
    words.add_argument("port", type=int)
    words.add_argument("--stations", type=int, default=2000)
    words.add_argument("--changes", type=int, default=400)
    words.add_argument("--size", type=int, default=0)
    words.add_argument("--rate", type=float, default=10)
    told = words.parse_args()
    calm_collector()  # as the service does
    work = serve_stream(told.port, told.stations, told.changes) if told.way == "stream" else serve_bare(told.port, told.size, told.rate)
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
