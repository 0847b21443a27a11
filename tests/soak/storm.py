"""A province in a storm: gauges that rise and fall over their limits, and buses that cross the map."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import UTC, datetime

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.soak.onlookers import EAST, NORTH, SOUTH, WEST

SOURCE = "storm"
_BUSES = 30


class Storm:
    """Publishes `rate` messages a second while it blows; `sent` counts them."""

    def __init__(self, port: int, *, stations: int, rate: float) -> None:
        self._stations, self._rate, self._chance = stations, rate, random.Random(4)
        self.sent = 0
        self.blows = asyncio.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="storm")
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(1000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def describe(self) -> None:
        """Let every gauge say where it is."""
        for number in range(self._stations):
            place = {"lon": round(self._chance.uniform(WEST, EAST), 5), "lat": round(self._chance.uniform(SOUTH, NORTH), 5)}
            told = {"name": f"Trạm {number}", "kind": "river_gauge", **place, "properties": {"level": {"unit": "m", "min": -10, "max": 20}}}
            self._publish(f"station/g{number}", told)

    async def run(self) -> None:
        """Publish until cancelled."""
        began, due = time.monotonic(), 0.0
        while True:
            if not self.blows.is_set():
                await self.blows.wait()
                began, due = time.monotonic(), 0.0
            for _ in range(max(1, int((time.monotonic() - began) * self._rate - due))):
                due += 1
                self._one()
            await asyncio.sleep(0.02)

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _one(self) -> None:
        now = datetime.now(UTC).isoformat()
        if self._chance.random() < 0.1:
            place = {"lon": self._chance.uniform(WEST, EAST), "lat": self._chance.uniform(SOUTH, NORTH)}
            self._publish(f"pos/b{self._chance.randrange(_BUSES)}", {"time": now, **place, "speed": 30})
        else:
            value = self._chance.uniform(0, 3.9) if self._chance.random() < 0.995 else self._chance.uniform(4.1, 8)
            self._publish(f"obs/g{self._chance.randrange(self._stations)}/level", {"time": now, "value": round(value, 2)})

    def _publish(self, topic: str, told: object) -> None:
        self.sent += 1
        self._client.publish(f"ioc/v1/{SOURCE}/{topic}", json.dumps(told).encode(), qos=1)
