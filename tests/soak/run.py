"""The soak: two API processes, a storm, a crowd of viewers; one process is killed and restarted; in the calms every viewer must have what is stored."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import psutil

from ioc.demo.broker import Broker
from ioc.streams.view import spot_of, tile_of
from tests.soak.onlookers import Screen
from tests.soak.storm import Storm
from tests.support.databases import Database
from tests.support.services import Service

RULES = """
rules:
  - id: high
    title: {vi: Mực nước cao, en: High water}
    select: {property: level}
    above:
      - {severity: moderate, limit: 4, clear: 3.95}
      - {severity: severe, limit: 6, clear: 5.5}
"""
_PATIENCE_S = 60.0
_STORED = """
SELECT s.name || '/' || st.code AS id, coalesce(p.lon, st.lon) AS lon, coalesce(p.lat, st.lat) AS lat,
  (SELECT jsonb_object_agg(se.property, l.value) FROM series se JOIN latest_observation l ON l.series_id = se.id WHERE se.station_id = st.id) AS shown
FROM station st JOIN source s ON s.id = st.source_id LEFT JOIN latest_position p ON p.station_id = st.id
"""
_OPEN = "SELECT id::text, version FROM alert WHERE condition <> 'normal' OR acknowledged_at IS NULL"


@dataclass
class Result:
    """What a soak found: faults (none is expected), the memory of each service over time in MiB, and what viewers saw."""

    faults: list[str] = field(default_factory=list)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    sent: int = 0


async def soak(
    database: Database,
    broker: Broker,
    start: Callable[[], Service],
    *,
    seconds: float,
    viewers: int,
    rate: float,
    stations: int,
    calm_every_s: float,
    rate_hz: float = 1.0,
) -> Result:
    """Run it; `start` starts a service. The second one is killed a third of the way through, and comes back seconds later."""
    result, services = Result(), [start() for _ in range(2)]
    storm = Storm(broker.port, stations=stations, rate=rate)
    storm.describe()
    ports = [service.port for service in services]
    screens = [Screen(ports, number, is_slow=number % 10 == 9, rate_hz=rate_hz) for number in range(viewers)]
    tasks = [
        asyncio.create_task(work)
        for work in (storm.run(), _sample(services, result), _lose_some(screens, storm), *(s.run() for s in screens))
    ]
    conn = await asyncpg.connect(database.dsn)
    try:
        await _blow(result, conn, services, storm, screens, seconds=seconds, calm_every_s=calm_every_s)
    finally:
        storm.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await conn.close()
    for screen in screens:
        result.seen += screen.seen
        result.faults += screen.faults
    result.sent = storm.sent
    return result


async def _blow(
    result: Result,
    conn: asyncpg.Connection,
    services: list[Service],
    storm: Storm,
    screens: list[Screen],
    *,
    seconds: float,
    calm_every_s: float,
) -> None:
    began, killed = time.monotonic(), False
    while time.monotonic() - began < seconds:
        storm.blows.set()
        await asyncio.sleep(calm_every_s / 2)
        if not killed and time.monotonic() - began > seconds / 3:
            killed = True
            services[1].kill()
            await asyncio.sleep(2)
            services[1].start(wait=False)  # it must be a child of this thread
            while not await asyncio.to_thread(services[1].is_ready):
                await asyncio.sleep(0.2)
        await asyncio.sleep(calm_every_s / 2)
        storm.blows.clear()
        result.faults += await _compare(conn, storm, screens)
        result.compared += len(screens)


async def _compare(conn: asyncpg.Connection, storm: Storm, screens: list[Screen]) -> list[str]:
    """Wait until all is stored and every viewer has it; return what is wrong when patience is at its end."""
    end = time.monotonic() + _PATIENCE_S
    for screen in screens:
        screen.stays = True
    wrong = ["nothing was compared"]
    while wrong and time.monotonic() < end:
        await asyncio.sleep(0.3)
        received = await conn.fetchval("SELECT coalesce(sum(received), 0) FROM ledger")
        if received < storm.sent:
            wrong = [f"{received} of {storm.sent} messages were taken"]
            continue
        stored = {row["id"]: dict(row) for row in await conn.fetch(_STORED)}
        alerts = {row["id"]: row["version"] for row in await conn.fetch(_OPEN)}
        wrong = [fault for screen in screens for fault in _faults(screen, stored, alerts)]
    for screen in screens:
        screen.stays = False
    return wrong[:20]


def _faults(screen: Screen, stored: dict[str, dict[str, Any]], alerts: dict[str, int]) -> list[str]:
    if not screen.is_settled:
        return [f"viewer {screen.number} is not connected, or waits for its snapshot"]
    area = screen.view.area
    expected = {
        name: (row["lon"], row["lat"], json.loads(row["shown"] or "{}"))
        for name, row in stored.items()
        if tile_of(spot_of(row["lon"], row["lat"])) in area
    }
    shown = {
        name: (row["lon"], row["lat"], {prop: value for prop, (_, value, _) in row["values"].items()})
        for name, row in screen.state.entities.items()
    }
    found = [
        f"viewer {screen.number} shows {name} as {shown.get(name)}, stored is {expected.get(name)}" for name in _unlike(shown, expected)
    ]
    listed = {name: alert["version"] for name, alert in screen.alerts.alerts.items()}
    return found + [
        f"viewer {screen.number} lists alert {name} at {listed.get(name)}, stored is {alerts.get(name)}" for name in _unlike(listed, alerts)
    ]


def _unlike(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


async def _sample(services: list[Service], result: Result) -> None:
    """Note the resident memory of each service each second."""
    began = time.monotonic()
    while True:
        for name, service in zip(("first process", "second process"), services, strict=True):
            if service.is_running:
                try:
                    size = psutil.Process(service.pid).memory_info().rss / 2**20
                except psutil.NoSuchProcess:
                    continue
                result.memory.setdefault(name, []).append((time.monotonic() - began, size))
        await asyncio.sleep(1)


async def _lose_some(screens: list[Screen], storm: Storm) -> None:
    """Break a connection now and then while the storm blows; in a calm everybody comes to rest."""
    chance = random.Random(6)
    while True:
        await asyncio.sleep(0.5)
        await storm.blows.wait()
        await chance.choice(screens).lose()
