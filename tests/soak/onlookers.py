"""Viewers as a crowd of screens: each somewhere, moving about, some slow, all coming back when their connection breaks."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import websockets

from ioc.streams.view import View
from tests.support.viewer import Viewer

WEST, SOUTH, EAST, NORTH = 105.8, 20.9, 107.0, 21.7
_SIDE = 0.3
_SLOW_S = 1.5


@dataclass(eq=False)
class Screen:
    """One viewer with a state and an alerts subscription, and everything it was told that it could not follow."""

    ports: list[int]
    number: int
    is_slow: bool
    rate_hz: float
    state: Viewer = field(default_factory=lambda: Viewer("state"))
    alerts: Viewer = field(default_factory=lambda: Viewer("alerts"))
    faults: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.number)
        self.view = self._anywhere()
        self._asked = self._answered = 0
        self._epoch: str | None = None
        self.stays = False
        self._socket: websockets.ClientConnection | None = None

    async def run(self) -> None:
        """Look on until cancelled; a connection that breaks is taken up again, at this service or the other."""
        while True:
            port = self._chance.choice(self.ports)
            try:
                async with websockets.connect(
                    f"ws://127.0.0.1:{port}/v1/stream", max_size=None, compression=None, ping_interval=None
                ) as socket:
                    self._socket = socket
                    await self._greet(socket)
                    async for text in socket:
                        await self._take(socket, json.loads(text))
            except (OSError, websockets.WebSocketException, TimeoutError):
                self.seen["broken"] += 1
            self._socket = None
            await asyncio.sleep(self._chance.uniform(0.2, 1))

    async def lose(self) -> None:
        """Break the connection, as a network does."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def is_settled(self) -> bool:
        """Whether it has been told all of the view that it asked for last."""
        return self._socket is not None and self.state.is_whole and self.alerts.is_whole and self._asked == self._answered

    async def _greet(self, socket: websockets.ClientConnection) -> None:
        whole = {one.subscription: one.position for one in (self.state, self.alerts) if one.is_whole and self._asked == self._answered}
        resume = {"resume": {"epoch": self._epoch, "pos": whole}} if self._epoch and whole else {}
        # What it has of another view than the one it asks for now, it must not take for whole if the connection breaks again.
        self.state = self.state if resume and "state" in whole else Viewer("state")
        self.alerts = self.alerts if resume and "alerts" in whole else Viewer("alerts")
        await self._say(socket, type="hello", **resume)
        self._answered = self._asked
        await self._say(socket, type="sub", id="alerts", ch="alerts")
        await self._say(socket, type="sub", id="state", ch="state", rate_hz=self.rate_hz, view=self._told_view())

    async def _take(self, socket: websockets.ClientConnection, told: dict[str, Any]) -> None:
        self.seen[told["type"]] += 1
        match told["type"]:
            case "hb":
                await self._say(socket, type="pong")
                await self._wander(socket)
            case "welcome":
                self._epoch = told["epoch"]
            case "snap" | "d" | "ev" | "reset":
                self._follow(told)
            case "bye":
                self.seen[f"bye {told['code']}"] += 1
            case "err":
                self.faults.append(f"viewer {self.number}: {told}")
        if self.is_slow and not self.stays:
            await asyncio.sleep(self._chance.uniform(0, _SLOW_S))

    def _follow(self, told: dict[str, Any]) -> None:
        try:
            (self.state if told["id"] == "state" else self.alerts).take_frame(told)
        except AssertionError as error:
            self.faults.append(f"viewer {self.number}: {error}: {json.dumps(told)[:200]}")
        if told.get("resumed"):
            self.seen["resumed"] += 1
        if "vseq" in told and told["id"] == "state":
            self._answered = max(self._answered, told["vseq"])

    async def _wander(self, socket: websockets.ClientConnection) -> None:
        """Look elsewhere now and then, a little or far away."""
        if self.stays or self._chance.random() < 0.5:
            return
        if self._chance.random() < 0.2:
            self.view = self._anywhere()
        else:
            west, south = (edge + self._chance.uniform(-0.1, 0.1) for edge in (self.view.west, self.view.south))
            self.view = View(west, south, west + _SIDE, south + _SIDE, 12)
        self._asked += 1
        await self._say(socket, type="view", id="state", view=self._told_view(), vseq=self._asked)

    def _anywhere(self) -> View:
        west, south = self._chance.uniform(WEST, EAST - _SIDE), self._chance.uniform(SOUTH, NORTH - _SIDE)
        return View(west, south, west + _SIDE, south + _SIDE, 12)

    def _told_view(self) -> dict[str, Any]:
        return {"bbox": [self.view.west, self.view.south, self.view.east, self.view.north], "z": self.view.z}

    async def _say(self, socket: websockets.ClientConnection, **told: Any) -> None:
        await socket.send(json.dumps(told))
