"""A process that serves the built map, and `ioc.v1` over a mirror of 50,000 stations and 2,000 vehicles which it changes itself; no database."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from math import cos, degrees, pi, sin
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from ioc.access.roles import Caller, Role
from ioc.domain.clock import SystemClock
from ioc.domain.live import AlertView, Changes, ObservationChange, PositionChange, StationView
from ioc.security_headers import SecurityHeaders
from ioc.streams.hub import Hub
from ioc.streams.prepared import PreparedFrames
from ioc.streams.routes import router

ROOT = Path(__file__).parents[1]
WEST, SOUTH, EAST, NORTH = 105.8, 20.9, 107.0, 21.7
CITY = 106.2, 21.28
STEP_S = 0.1
_VEHICLE_EVERY_S = 2.0
_KINDS = ("river_gauge", "rain_gauge", "air_quality", "waste_bin", "lighting_circuit")


def stations(number: int, chance: random.Random) -> list[StationView]:
    """Return stations spread over a province, as they describe themselves."""
    return [
        StationView(
            source="bench",
            station=f"s{n}",
            name=f"Trạm quan trắc {n}",
            kind=_KINDS[n % len(_KINDS)],
            lon=round(chance.uniform(WEST, EAST), 5),
            lat=round(chance.uniform(SOUTH, NORTH), 5),
            interval_s=600,
            unit={"code": "24"},
        )
        for n in range(number)
    ]


class Vehicles:
    """Vehicles on circles about the middle of the city, each reporting every `every_s` seconds."""

    def __init__(self, number: int, chance: random.Random, every_s: float) -> None:
        self._turns = max(1, round(every_s / STEP_S))
        self._ways = [(chance.uniform(0.005, 0.06), chance.uniform(0, 2 * pi), chance.choice((-1, 1))) for _ in range(number)]

    def describe(self) -> list[StationView]:
        """Return what the vehicles say of themselves."""
        return [
            StationView(source="bus", station=f"v{n}", name=f"Xe {n}", kind="bus", lon=None, lat=None, interval_s=10)
            for n in range(len(self._ways))
        ]

    def positions(self, step: int, now: datetime) -> list[PositionChange]:
        """Return where those are that report in this step."""
        return [self._position(n, step * STEP_S, now) for n in range(step % self._turns, len(self._ways), self._turns)]

    def all(self, now: datetime) -> list[PositionChange]:
        """Return where all are at the beginning."""
        return [self._position(n, 0, now) for n in range(len(self._ways))]

    def _position(self, number: int, seconds: float, now: datetime) -> PositionChange:
        radius, begin, direction = self._ways[number]
        angle = begin + direction * seconds * 0.0001 / radius  # about 11 m/s
        lon, lat = CITY[0] + radius * cos(angle), CITY[1] + radius * sin(angle)
        heading = (degrees(-angle) + (0 if direction > 0 else 180)) % 360
        return PositionChange("bus", f"v{number}", now, round(lon, 6), round(lat, 6), speed=40.0, heading=round(heading, 1), unit=None)


def _alert(number: int, now: datetime, at: StationView, *, version: int, is_over: bool) -> AlertView:
    words = ("minor", "moderate", "severe", "extreme")
    return AlertView(
        id=f"a{number}",
        rule="bench",
        rule_version=1,
        kind="threshold",
        title={"vi": "Mực nước cao", "en": "High water"},
        description={"vi": "", "en": ""},
        severity=words[number % len(words)],
        condition="normal" if is_over else "firing",
        subject=f"bench/{at.station}/water_level",
        station=f"bench/{at.station}",
        station_name=at.name,
        property="water_level",
        value=4.2,
        limit=4.0,
        direction="above",
        uom="m",
        lon=at.lon,
        lat=at.lat,
        unit=None,
        started_at=now,
        fired_at=now,
        cleared_at=now if is_over else None,
        updated_at=now,
        acknowledged=is_over,
        acknowledged_by=None,
        acknowledged_at=None,
        version=version,
    )


class World:
    """The mirror and what changes in it: so many readings a second, the vehicles, and now and then an alert."""

    def __init__(self, told: argparse.Namespace) -> None:
        self.hub = Hub(clock=SystemClock(), health=lambda: None)
        self._told, self._chance = told, random.Random(7)
        now = datetime.now(UTC)
        self._stations = stations(told.stations, self._chance)
        self._vehicles = Vehicles(told.vehicles, self._chance, _VEHICLE_EVERY_S / told.pace)
        readings = [ObservationChange("bench", one.station, "water_level", now, 1.5) for one in self._stations]
        self._apply(stations=[*self._stations, *self._vehicles.describe()])
        self._apply(observations=readings, positions=self._vehicles.all(now))
        self._apply(alerts=[_alert(n, now, self._stations[n], version=1, is_over=False) for n in range(told.alerts)])

    def _apply(self, **changes: Any) -> None:
        self.hub.mirror.apply(Changes(**changes))

    async def run(self) -> None:
        """Change until cancelled."""
        loop, step, version = asyncio.get_running_loop(), 0, 1
        began = loop.time()
        while True:
            step += 1
            now = datetime.now(UTC)
            chosen = self._chance.choices(self._stations, k=round(self._told.changes * self._told.pace * STEP_S))
            readings = [ObservationChange("bench", one.station, "water_level", now, step / 10) for one in chosen]
            self._apply(observations=readings, positions=self._vehicles.positions(step, now))
            if step % max(1, round(10 / self._told.pace)) == 0 and self._told.alerts:
                version += 1
                number = self._chance.randrange(self._told.alerts)
                self._apply(alerts=[_alert(number, now, self._stations[number], version=version, is_over=version % 2 == 0)])
            await asyncio.sleep(max(0.0, began + step * STEP_S - loop.time()))


def _units() -> bytes:
    """Return the units in force today as `/ogc/collections/units/items` gives them."""
    layer = json.loads((ROOT / "sdi" / "layers" / "units.geojson").read_text(encoding="utf-8"))
    now = [each for each in layer["features"] if each["properties"]["valid_to"] is None]
    return json.dumps({"type": "FeatureCollection", "features": now}).encode()


def create(told: argparse.Namespace) -> FastAPI:
    """Return the application."""
    world, units = World(told), _units()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        changing = asyncio.create_task(world.run())
        yield
        changing.cancel()

    async def admit(_connection: object, _token: str | None) -> Caller:
        return Caller("bench", Role.OPERATOR)

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(SecurityHeaders, base_map_tiles=None)
    app.include_router(router(world.hub, admit))

    @app.get("/v1/config")
    async def config() -> dict[str, Any]:
        centre = {"version": "0", "languages": ["vi", "en"], "time_zone": "Asia/Ho_Chi_Minh", "base_map": None}
        return centre | {"role": "operator", "units": {"collection": "units"}}

    @app.get("/v1/rules")
    async def rules() -> dict[str, Any]:
        return {"rules": []}

    @app.get("/ogc/collections/units/items")
    async def items() -> Response:
        return Response(units, media_type="application/geo+json")

    app.mount("/", StaticFiles(directory=ROOT / "ioc" / "static", html=True))
    return app


def main() -> None:
    """Serve until killed."""
    words = argparse.ArgumentParser()
    words.add_argument("port", type=int)
    words.add_argument("--stations", type=int, default=50_000)
    words.add_argument("--vehicles", type=int, default=2_000)
    words.add_argument("--changes", type=int, default=500)
    words.add_argument("--alerts", type=int, default=200)
    words.add_argument("--pace", type=float, default=1, help="how many times as much changes in a second")
    told = words.parse_args()
    config = uvicorn.Config(
        create(told),
        port=told.port,
        log_config=None,
        access_log=False,
        ws=PreparedFrames,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
