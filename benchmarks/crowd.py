"""A crowd of viewers in one process, as cheap as can be: frames are counted, not read, unless somebody wants to."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

import msgspec

_TEXT, _CLOSE = 1, 8
_LONG, _LONGER = 126, 127
_ENCODE = msgspec.json.Encoder().encode


class Onlooker(asyncio.Protocol):
    """One viewer: says `says` after the handshake and counts what comes; answers heartbeats."""

    def __init__(self, says: list[dict[str, Any]], on_frame: Callable[[bytes], None] | None = None) -> None:
        self._says, self._on_frame = says, on_frame
        self._rest = bytearray()
        self._is_open = False
        self.frames = self.bytes = 0
        self.is_closed = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        head = "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        transport.write(f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ioc.v1\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        self._rest += data
        if not self._is_open:
            end = self._rest.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._rest[: end + 4]
            self._is_open = True
            for told in self._says:
                self.say(told)
        at = 0
        while (found := _frame_at(self._rest, at)) is not None:
            opcode, begin, at = found
            if opcode == _TEXT:
                self._take(bytes(self._rest[begin:at]) if self._on_frame else b"", bytes(self._rest[begin : begin + 12]), at - begin)
        del self._rest[:at]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Note that it is over."""
        self.is_closed = True

    def say(self, told: dict[str, Any]) -> None:
        """Send a frame; the mask is all zeros."""
        payload = _ENCODE(told)
        length = bytes([0x80 | len(payload)]) if len(payload) < _LONG else bytes([0x80 | _LONG]) + len(payload).to_bytes(2, "big")
        self.transport.write(b"\x81" + length + b"\0\0\0\0" + payload)

    def _take(self, data: bytes, head: bytes, size: int) -> None:
        if head.startswith(b'{"type":"hb"'):
            self.say({"type": "pong"})
        else:
            self.frames += 1
            self.bytes += size
        if self._on_frame:
            self._on_frame(data)


def _frame_at(data: bytearray, at: int) -> tuple[int, int, int] | None:
    """Return opcode, begin and end of the frame that begins at `at`, None while it is not whole."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1], at + 2
    if size == _LONG:
        size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif size == _LONGER:
        size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    return (data[at] & 15, begin, begin + size) if len(data) >= begin + size else None


async def gather_crowd(
    port: int, says: list[list[dict[str, Any]]], on_frame: Callable[[int], Callable[[bytes], None]] | None = None
) -> list[Onlooker]:
    """Connect one onlooker for each list of frames that it says."""
    loop, crowd = asyncio.get_running_loop(), []
    for number, words in enumerate(says):
        one = Onlooker(words, on_frame(number) if on_frame else None)
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
        crowd.append(one)
        if number % 50 == 49:
            await asyncio.sleep(0.02)
    return crowd
