"""A viewer of `ioc.v1` in Python: keeps itself connected, resumes, and hands on frames that follow one another without a gap."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import websockets

from ioc.errors import Forbidden, Unauthorized, Unavailable

Frame = dict[str, Any]
_LONGEST_S = 30.0
_REFUSALS = {4401: Unauthorized, 4403: Forbidden}


@dataclass
class StreamClient:
    """One stream; `subscriptions` are the `sub` frames without `type`, by their `id`. `replay` is a `replay` frame without `type`, None for the present."""

    url: str
    subscriptions: dict[str, Frame]
    token: str | None = None
    replay: Frame | None = None
    keeps: bool = True
    _epoch: str | None = None
    _told: dict[str, int] = field(default_factory=dict)  # by subscription, where what is told is whole
    _seq: dict[str, int] = field(default_factory=dict)

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield every frame; a connection that breaks is taken up again after a while, unless `keeps` is False.

        Raises:
            Unauthorized, Forbidden: the key is not in force, or its role is not enough.
            Unavailable: the service cannot be reached, and `keeps` is False.
        """
        attempt = 0
        while True:
            after_s = 0.0
            try:
                async with websockets.connect(
                    self.url, subprotocols=[websockets.Subprotocol("ioc.v1")], max_size=None, compression=None, ping_interval=None
                ) as socket:
                    await self._greet(socket)
                    async for text in socket:
                        told = json.loads(text)
                        attempt = 0 if told["type"] == "welcome" else attempt
                        after_s = told["after_ms"] / 1000 if told["type"] == "bye" else after_s
                        if await self._follow(socket, told):
                            yield told
                why = f"the service closed the stream with {socket.close_code}"
                if socket.close_code in _REFUSALS:
                    raise _REFUSALS[socket.close_code](why)
            except (OSError, websockets.WebSocketException) as error:
                why = f"{type(error).__name__}: {error}"
            if not self.keeps:
                raise Unavailable(f"{self.url}: {why}")
            attempt += 1
            await asyncio.sleep(after_s + random.uniform(0, min(_LONGEST_S, 0.5 * 2**attempt)))  # noqa: S311 - spreads load

    async def _greet(self, socket: websockets.ClientConnection) -> None:
        resume = {"resume": {"epoch": self._epoch, "pos": self._told}} if self._epoch and self._told and self.replay is None else {}
        self._seq = dict(self._told) if resume else {}
        await self._say(socket, type="hello", **({"token": self.token} if self.token else {}), **resume)
        if self.replay is not None:
            await self._say(socket, type="replay", **self.replay)
        for name, wanted in self.subscriptions.items():
            await self._say(socket, type="sub", id=name, **wanted)

    async def _follow(self, socket: websockets.ClientConnection, told: Frame) -> bool:
        """Return whether a frame follows the one before; where one is missing the subscription begins anew."""
        match told["type"]:
            case "hb":
                await self._say(socket, type="pong")
            case "welcome":
                self._epoch = told["epoch"]
            case "reset":
                self._told.pop(told["id"], None)
                self._seq.pop(told["id"], None)
            case "snap":
                self._seq[told["id"]] = told["seq"]
                if told["last"]:
                    self._told[told["id"]] = told["pos"]
            case "d" | "ev":
                if self._seq.get(told["id"]) != told["prev"]:
                    self._told.pop(told["id"], None)
                    await self._say(socket, type="sub", id=told["id"], **self.subscriptions[told["id"]])
                    return False
                self._seq[told["id"]] = self._told[told["id"]] = told["pos"]
        return True

    async def _say(self, socket: websockets.ClientConnection, **told: Any) -> None:
        await socket.send(json.dumps(told))
