"""The timeline language of the acceptance tests: what field systems publish when, and what an operator's screen is told when.

Times are seconds after the start of the story; a reading is stamped with the moment at which it is published unless the story says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Self

import paho.mqtt.client as paho
import websockets
from paho.mqtt.enums import CallbackAPIVersion

from ioc.demo.broker import Broker
from tests.support.services import Service

TOLERANCE_S = 0.25
"""How much earlier or later than told something may be seen, for a machine that is busy."""

Frame = dict[str, Any]


class FieldSystem:
    """A field system with an ordinary MQTT client."""

    def __init__(self, broker: Broker, source: str) -> None:
        self.source = source
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{source}")
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(500)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def publish(self, topic: str, payload: object, *, retain: bool = False) -> paho.MQTTMessageInfo:
        """Publish with QoS 1 below `ioc/v1/{source}/`; bytes go as they are, anything else as JSON."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self._client.publish(f"ioc/v1/{self.source}/{topic}", raw, qos=1, retain=retain)

    def publish_raw(self, topic: str, payload: bytes) -> paho.MQTTMessageInfo:
        """Publish anything anywhere."""
        return self._client.publish(topic, payload, qos=1)

    def listen(self, topic: str) -> list[Frame]:
        """Return a list that grows by every JSON message on a topic below `ioc/v1/{source}/`."""
        heard: list[Frame] = []
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _client, _data, message: heard.append(json.loads(message.payload))
        self._client.subscribe(f"ioc/v1/{self.source}/{topic}")
        assert subscribed.wait(10), "the broker did not answer"
        return heard

    def flush(self, *infos: paho.MQTTMessageInfo) -> None:
        """Wait until the broker has acknowledged these messages."""
        for info in infos:
            info.wait_for_publish(30)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def field_system(broker: Broker, source: str) -> Iterator[FieldSystem]:
    """A field system that leaves at the end."""
    system = FieldSystem(broker, source)
    try:
        yield system
    finally:
        system.close()


class Screen:
    """An operator's screen: one socket, all frames with the moment at which they came."""

    def __init__(self, service: Service, *, channels: tuple[str, ...] = ("state", "alerts"), token: str | None = None) -> None:
        self._url, self._channels, self._token = service.stream_url, channels, token
        self.frames: list[tuple[float, Frame]] = []
        self.closed_with: int | None = None

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(self._url, subprotocols=[websockets.Subprotocol("ioc.v1")], max_size=None)
        await self.say(type="hello", **({"token": self._token} if self._token else {}))
        for channel in self._channels:
            await self.say(type="sub", id=channel, ch=channel, rate_hz=10)
        self._reading = asyncio.create_task(self._read())
        for channel in self._channels:
            await self.until(lambda f, c=channel: f["type"] == "snap" and f["id"] == c and f["last"])  # type: ignore[misc]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await self._socket.close()

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self._socket.send(json.dumps(frame))

    async def until(self, wanted: Callable[[Frame], bool], *, within_s: float = 10.0) -> Frame:
        """Return the first frame that is wanted, among those that came and those that come."""
        end = monotonic() + within_s
        seen = 0
        while True:
            for _, frame in self.frames[seen:]:
                seen += 1
                if wanted(frame):
                    return frame
            assert monotonic() < end, f"not seen within {within_s} s; last frames: {[f for _, f in self.frames[-5:]]}"
            await asyncio.sleep(0.02)

    def alerts(self) -> list[tuple[float, Frame]]:
        """Return every state of every alert that was shown, in order."""
        return [(at, frame["alert"]) for at, frame in self.frames if frame["type"] == "ev"]

    def rows(self) -> dict[str, Frame]:
        """Return what the screen shows now: entity -> its newest row by column."""
        shown: dict[str, Frame] = {}
        for _, frame in self.frames:
            if frame["type"] == "snap" and "cols" in frame and frame["page"] == 0:
                shown.clear()
            if "cols" in frame:
                shown |= {row[0]: dict(zip(frame["cols"], row, strict=True)) for row in frame["rows"]}
            for gone in frame.get("rm", ()):
                shown.pop(gone, None)
        return shown

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                frame = json.loads(text)
                self.frames.append((monotonic(), frame))
                if frame["type"] == "hb":
                    await self.say(type="pong")
        except websockets.ConnectionClosed:
            pass
        self.closed_with = self._socket.close_code


@dataclass(slots=True)
class _Expected:
    rule: str
    station: str
    words: dict[str, Any]
    begin: float
    end: float


@dataclass(slots=True)
class Story:
    """What happens at which second, and what must be seen between which seconds."""

    broker: Broker
    service: Service
    source: str
    _deeds: list[tuple[float, Callable[[FieldSystem, datetime], None]]] = field(default_factory=list)
    _expected: list[_Expected] = field(default_factory=list)

    def reads(self, at: float, station: str, property_name: str, value: object, *, stamped: float | None = None) -> Self:
        """At second `at` the station publishes a value, stamped with that moment or with second `stamped`."""

        def deed(system: FieldSystem, start: datetime) -> None:
            time = start + timedelta(seconds=at if stamped is None else stamped)
            system.publish(f"obs/{station}/{property_name}", {"time": time.isoformat(), "value": value})

        self._deeds.append((at, deed))
        return self

    def expects(self, begin: float, end: float, rule: str, station: str, **words: Any) -> Self:
        """Between two seconds an alert of the rule for the station is shown with these words; they are met in the order told."""
        self._expected.append(_Expected(rule, f"{self.source}/{station}", words, begin, end))
        return self

    async def plays(self) -> list[Frame]:
        """Play the story; every alert that is shown must be expected, and every one expected be shown in its time. Returns them."""
        last = max([at for at, _ in self._deeds] + [e.end for e in self._expected])
        async with Screen(self.service) as screen:
            with field_system(self.broker, self.source) as system:
                start, began = datetime.now(UTC), monotonic()
                for at, deed in sorted(self._deeds, key=lambda d: d[0]):
                    await asyncio.sleep(max(0.0, began + at - monotonic()))
                    deed(system, start)
                await asyncio.sleep(max(0.0, began + last + TOLERANCE_S - monotonic()))
            seen = [(at - began, alert) for at, alert in screen.alerts()]
        self._compare(seen)
        return [alert for _, alert in seen]

    def _compare(self, seen: list[tuple[float, Frame]]) -> None:
        told = [(round(at, 2), a["rule"], a["station"], a["condition"], a["severity"]) for at, a in seen]
        assert len(seen) == len(self._expected), f"{len(self._expected)} expected, seen: {told}"
        for (at, alert), expected in zip(seen, self._expected, strict=True):
            assert (alert["rule"], alert["station"]) == (expected.rule, expected.station), told
            assert {name: alert[name] for name in expected.words} == expected.words, told
            assert expected.begin - TOLERANCE_S <= at <= expected.end + TOLERANCE_S, f"{expected} seen at {at:.2f}"
