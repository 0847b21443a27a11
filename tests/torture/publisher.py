"""Field systems as the broker sees them: a connection for each source, QoS 1; what was not acknowledged is published again, in order.

Packets are built beforehand and written to bare sockets, so that publishing is never the limit. MQTT 3.1.1 and 5.0 (OASIS).
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from ioc.demo.processes import LOOPBACK
from tests.torture.generator import Plan
from tests.torture.model import Message

_WINDOW = 200
_PACKET_IDS = 65_535
_BURST_S = 2.0
"""Messages go out in bursts, each worth several batches, so that much is on its way when something breaks."""
_STEADY = 3
"""So many sources publish evenly instead, so that something is on its way at any time."""
_RETRY_S = 0.2
_PUBACK = 0x40
_USER_PROPERTY = 0x26


class Publisher:
    """All sources publishing, in a thread of its own. `lasts_s` spreads the messages over so many seconds; 0 is as fast as it goes."""

    def __init__(self, port: int, plan: Plan, *, lasts_s: float) -> None:
        self._systems = [_Client(port, name, some, speaks_5=name in plan.speaks_5) for name, some in plan.sources.items()]
        self._lasts_s = lasts_s
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="field systems", daemon=True)
        self._fault: BaseException | None = None

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether the broker has acknowledged everything; raises what stopped the publishing."""
        if self._fault is not None:
            raise self._fault
        return all(system.is_done for system in self._systems)

    @property
    def published(self) -> int:
        """How many messages the broker has acknowledged."""
        return sum(system.acknowledged for system in self._systems)

    @property
    def published_again(self) -> int:
        """How many messages were sent more than once because their acknowledgement did not come."""
        return sum(system.sent_again for system in self._systems)

    @property
    def reconnects(self) -> int:
        """How often a source had to connect again."""
        return sum(system.connections - 1 for system in self._systems)

    async def _run(self) -> None:
        began = monotonic()

        def even() -> float:
            """Return how much of its messages a source may have published by now."""
            return 1.0 if not self._lasts_s else min(1.0, (monotonic() - began) / self._lasts_s)

        def in_bursts() -> float:
            elapsed = (monotonic() - began) // _BURST_S * _BURST_S + _BURST_S
            return 1.0 if not self._lasts_s else min(1.0, elapsed / self._lasts_s)

        try:
            await asyncio.gather(*(system.run(even if n < _STEADY else in_bursts) for n, system in enumerate(self._systems)))
        except BaseException as fault:
            self._fault = fault
            raise


class _Client:
    """One source and its connection."""

    def __init__(self, port: int, name: str, messages: Sequence[Message], *, speaks_5: bool) -> None:
        self._port, self._connect = port, _connect_packet(name, speaks_5=speaks_5)
        self._packets = [_publish_packet(message, number % _PACKET_IDS + 1, speaks_5=speaks_5) for number, message in enumerate(messages)]
        self.acknowledged = self.sent_again = self.connections = 0
        self._sent = self._most_sent = 0

    @property
    def is_done(self) -> bool:
        return self.acknowledged == len(self._packets)

    async def run(self, share: Callable[[], float]) -> None:
        """Publish everything, over as many connections as it takes."""
        while not self.is_done:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._session(share)
            if not self.is_done:
                await asyncio.sleep(_RETRY_S)

    async def _session(self, share: Callable[[], float]) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        try:
            writer.write(self._connect)
            kind, body = await _packet(reader)
            if kind != 0x20 or body[1] != 0:
                raise RuntimeError(f"the broker answers CONNECT with {kind:#x} {body!r}")
            self.connections += 1
            self._sent = self.acknowledged
            acknowledgements = asyncio.create_task(self._count(reader))
            try:
                await self._publish(writer, share, acknowledgements)
            finally:
                acknowledgements.cancel()
            writer.write(b"\xe0\x00")
        finally:
            writer.close()

    async def _publish(self, writer: asyncio.StreamWriter, share: Callable[[], float], acknowledgements: asyncio.Task[None]) -> None:
        while not self.is_done:
            if acknowledgements.done():
                acknowledgements.result()
            upto = min(self.acknowledged + _WINDOW, int(share() * len(self._packets)))
            if self._sent < upto:
                writer.write(b"".join(self._packets[self._sent : upto]))
                self.sent_again += max(0, min(upto, self._most_sent) - self._sent)
                self._most_sent = max(self._most_sent, upto)
                self._sent = upto
                await writer.drain()
            await asyncio.sleep(0.005)

    async def _count(self, reader: asyncio.StreamReader) -> None:
        """Count acknowledgements, which come in the order of the messages (MQTT 5.0, 4.6)."""
        while True:
            kind, body = await _packet(reader)
            if kind != _PUBACK:
                raise RuntimeError(f"the broker sent {kind:#x} {body!r}, which is no acknowledgement")
            (packet_id,) = struct.unpack_from("!H", body)
            expected = self.acknowledged % _PACKET_IDS + 1
            if packet_id != expected or (len(body) > 2 and body[2] >= 0x80):
                raise RuntimeError(f"the broker acknowledged {packet_id} with {body[2:]!r}, not {expected}")
            self.acknowledged += 1


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the type and the content of the next packet; those that the broker sends us are short."""
    kind, length = await reader.readexactly(2)
    return kind & 0xF0, await reader.readexactly(length)


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, digit = divmod(n, 128)
        out.append(digit | (0x80 if n else 0))
        if not n:
            return bytes(out)


def _text(told: str) -> bytes:
    raw = told.encode()
    return struct.pack("!H", len(raw)) + raw


def _connect_packet(client_id: str, *, speaks_5: bool) -> bytes:
    """Return a CONNECT packet for a clean session without keep-alive."""
    body = _text("MQTT") + (b"\x05\x02\x00\x00\x00" if speaks_5 else b"\x04\x02\x00\x00") + _text(client_id)
    return b"\x10" + _length(len(body)) + body


def _publish_packet(message: Message, packet_id: int, *, speaks_5: bool) -> bytes:
    """Return a PUBLISH packet with QoS 1."""
    properties = b""
    if speaks_5:
        told = bytes([_USER_PROPERTY]) + _text("time") + _text(message.told_time) if message.told_time else b""
        properties = _length(len(told)) + told
    body = _text(message.topic) + struct.pack("!H", packet_id) + properties + message.payload
    return bytes([0x32 | message.retain]) + _length(len(body)) + body
