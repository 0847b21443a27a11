"""A load generator that is never the limit: MQTT 3.1.1 PUBLISH packets built beforehand, sent through a bare socket.

Run as a program: load.py PORT SOURCE MESSAGES SERIES READINGS [RATE]
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

_WINDOW = 60_000
_CHUNK = 500


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, digit = divmod(n, 128)
        out.append(digit | (0x80 if n else 0))
        if not n:
            return bytes(out)


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Return a PUBLISH packet with QoS 1."""
    name = topic.encode()
    body = struct.pack("!H", len(name)) + name + struct.pack("!H", packet_id) + payload
    return b"\x32" + _length(len(body)) + body


def packets(source: str, messages: int, series: int, readings: int, start: datetime) -> list[bytes]:
    """Return packets of `readings` readings each; every series moves on by a millisecond a reading."""
    made = []
    for number in range(messages):
        station, turn = number % series, number // series
        items = []
        for reading in range(readings):
            at = start + timedelta(milliseconds=turn * readings + reading)
            items.append(f'{{"time":"{at.isoformat(timespec="milliseconds")}","value":{number % 97}.5}}')
        payload = (items[0] if readings == 1 else "[" + ",".join(items) + "]").encode()
        made.append(publish_packet(f"ioc/v1/{source}/obs/s{station}/level", payload, number % 65_535 + 1))
    return made


def send(port: int, made: list[bytes], *, rate: float | None = None) -> None:
    """Send the packets as fast as the broker takes them, or `rate` a second, and wait until the last is acknowledged."""
    sock = socket.create_connection(("127.0.0.1", port))
    client = f"load-{time.monotonic_ns()}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack("!H", len(client)) + client
    sock.sendall(b"\x10" + _length(len(body)) + body)
    sock.recv(4)
    acknowledged = 0
    changed = threading.Condition()

    def read() -> None:
        nonlocal acknowledged
        got = 0
        while got < 4 * len(made):
            got += len(sock.recv(1 << 16))
            with changed:
                acknowledged = got // 4
                changed.notify()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    began = time.monotonic()
    chunk = _CHUNK if rate is None else max(1, round(rate / 100))
    for first in range(0, len(made), chunk):
        with changed:
            changed.wait_for(lambda first=first: first - acknowledged < _WINDOW)  # type: ignore[misc]
        sock.sendall(b"".join(made[first : first + chunk]))
        if rate is not None:
            time.sleep(max(0.0, began + (first + chunk) / rate - time.monotonic()))
    reader.join()
    sock.sendall(b"\xe0\x00")
    sock.close()


if __name__ == "__main__":
    port, source, messages, series, readings, *more = sys.argv[1:]
    made = packets(source, int(messages), int(series), int(readings), datetime.now(UTC) - timedelta(hours=6))
    print("ready", flush=True)
    sys.stdin.readline()
    send(int(port), made, rate=float(more[0]) if more else None)
    print("sent", flush=True)
