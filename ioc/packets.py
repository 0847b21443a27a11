"""MQTT packets as bytes, as far as speed asks for it: PUBLISH taken apart, PUBACK put together; all other packets are paho's business.

MQTT 3.1.1 and 5.0 (OASIS), sections 2.1, 3.3 and 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_PUBLISH, _TYPE = 0x30, 0xF0
_MORE = 0x80
_RETAIN = 0x01
_LENGTH_BYTES = 4


class Publish(NamedTuple):
    """A PUBLISH packet; `mid` is 0 with QoS 0, `properties` is empty before MQTT 5 and where there are none."""

    topic: bytes
    payload: bytes
    qos: int
    mid: int
    properties: bytes
    is_retained: bool


class MalformedError(ValueError):
    """What came is not MQTT."""


class Splitter:
    """Cuts a stream of bytes into PUBLISH packets and the rest; a packet that is not complete waits for its end."""

    def __init__(self, *, has_properties: bool) -> None:
        self._has_properties = has_properties
        self._rest = b""

    def feed(self, chunk: bytes) -> tuple[list[Publish], bytes]:
        """Return the PUBLISH packets that are complete now, and the bytes of all other complete packets.

        Raises:
            MalformedError: the stream is broken and has to be closed.
        """
        data = self._rest + chunk if self._rest else chunk
        publishes: list[Publish] = []
        others = bytearray()
        position = 0
        while (bounds := _bounds(data, position)) is not None:
            start, stop = bounds
            if data[position] & _TYPE == _PUBLISH:
                publishes.append(self._publish(data, data[position], start, stop))
            else:
                others += data[position:stop]
            position = stop
        self._rest = data[position:]
        return publishes, bytes(others)

    def _publish(self, data: bytes, head: int, start: int, stop: int) -> Publish:
        try:
            at = start + 2 + (data[start] << 8 | data[start + 1])
            topic = data[start + 2 : at]
            qos = head >> 1 & 3
            mid = 0
            if qos:
                mid = data[at] << 8 | data[at + 1]
                at += 2
            properties = b""
            if self._has_properties:
                length, at = _length(data, at) or _broken()
                properties = data[at : at + length]
                at += length
        except IndexError:
            _broken()
        if at > stop:
            _broken()
        return Publish(topic, data[at:stop], qos, mid, properties, bool(head & _RETAIN))


def puback(mids: Iterable[int]) -> bytes:
    """Return the PUBACK packets for these packet identifiers."""
    return b"".join([b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids])


def _bounds(data: bytes, position: int) -> tuple[int, int] | None:
    """Return where the content of the packet at `position` starts and stops, None while it is not complete."""
    if len(data) - position < 2:  # noqa: PLR2004 - the shortest packet
        return None
    length = data[position + 1]
    start = position + 2
    if length & _MORE:
        found = _length(data, position + 1)
        if found is None:
            return None
        length, start = found
    stop = start + length
    return (start, stop) if stop <= len(data) else None


def _length(data: bytes, at: int) -> tuple[int, int] | None:
    """Return a variable byte integer and where it ends, None while it is not complete."""
    value = 0
    for place in range(_LENGTH_BYTES):
        if at + place >= len(data):
            return None
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if not byte & _MORE:
            return value, at + place + 1
    raise MalformedError("a length has more than 4 bytes")


def _broken() -> tuple[int, int]:
    raise MalformedError("a PUBLISH packet is shorter than it says")
