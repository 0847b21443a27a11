"""A load generator that costs little: MQTT 3.1.1 PUBLISH packets with QoS 1, built beforehand, sent through a bare socket.

A process of its own: it says `ready`, waits for a line on its standard input, sends, and says when it began, by the monotonic clock, and how
many seconds of CPU it took until the last message was acknowledged.
"""

from __future__ import annotations

import argparse
import socket
import struct
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

STRIDE = 7919
"""Stations take their turns in steps of this prime, so that neighbours in time are none in the store. The number of series is no multiple."""
_WINDOW = 60_000
_CHUNK = 500
_TICK_S = 0.001


def station_of(number: int, series: int) -> int:
    """Return which of `series` stations sends message `number`."""
    return number * STRIDE % series


def packets(room: str, messages: int, series: int, readings: int, start: datetime) -> list[bytes]:
    """Return packets of `readings` readings each; message n is the turn n // series of its station, which moves on by a millisecond a reading."""
    made = []
    for number in range(messages):
        turn = number // series
        items = []
        for reading in range(readings):
            at = start + timedelta(milliseconds=turn * readings + reading)
            items.append(f'{{"time":"{at.isoformat(timespec="milliseconds")}","value":{number % 97}.5}}')
        payload = (items[0] if readings == 1 else "[" + ",".join(items) + "]").encode()
        made.append(_packet(f"{room}/obs/s{station_of(number, series)}/level", payload, number % 65_535 + 1))
    return made


def send(port: int, made: list[bytes], *, rate: float | None = None) -> float:
    """Send the packets and wait until the last is acknowledged; return when it began, by the monotonic clock.

    Without `rate` as fast as the broker takes them. With it message n is due n / rate seconds after the beginning, whatever became of those
    before it: an open loop, so that a stall shows in the latencies of all that it kept waiting.
    """
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client = f"load-{time.monotonic_ns()}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack("!H", len(client)) + client
    sock.sendall(b"\x10" + _length(len(body)) + body)
    sock.recv(4)
    answers = _Answers(sock, len(made))
    began = time.monotonic()
    sent = 0
    while sent < len(made):
        if rate is None:
            due = sent + _CHUNK
        else:
            time.sleep(_TICK_S)
            due = int((time.monotonic() - began) * rate) + 1
        answers.wait_for(due - _WINDOW)
        sock.sendall(b"".join(made[sent:due]))
        sent = due
    answers.wait_for(len(made))
    sock.sendall(b"\xe0\x00")
    sock.close()
    return began


class _Answers(threading.Thread):
    """Counts acknowledgements."""

    def __init__(self, sock: socket.socket, expected: int) -> None:
        super().__init__(daemon=True)
        self._sock, self._expected, self._got, self._changed = sock, expected, 0, threading.Condition()
        self.start()

    def run(self) -> None:
        while self._got < 4 * self._expected:
            some = self._sock.recv(1 << 16)
            if not some:
                sys.exit("the broker closed the connection")
            with self._changed:
                self._got += len(some)
                self._changed.notify()

    def wait_for(self, count: int) -> None:
        """Wait until `count` messages, or all there are, are acknowledged."""
        with self._changed:
            self._changed.wait_for(lambda: self._got >= 4 * min(count, self._expected))


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, digit = divmod(n, 128)
        out.append(digit | (0x80 if n else 0))
        if not n:
            return bytes(out)


def _packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    name = topic.encode()
    body = struct.pack("!H", len(name)) + name + struct.pack("!H", packet_id) + payload
    return b"\x32" + _length(len(body)) + body


def main() -> None:
    """Build, wait for the word, send, report."""
    words = argparse.ArgumentParser()
    words.add_argument("port", type=int)
    words.add_argument("room", help="the topics begin with it")
    words.add_argument("messages", type=int)
    words.add_argument("--series", type=int, default=1000)
    words.add_argument("--readings", type=int, default=1)
    words.add_argument("--rate", type=float)
    words.add_argument("--start", type=float, required=True, help="time of the first reading, Unix seconds")
    told = words.parse_args()
    made = packets(told.room, told.messages, told.series, told.readings, datetime.fromtimestamp(told.start, UTC))
    print("ready", flush=True)
    sys.stdin.readline()
    cpu = time.process_time()
    began = send(told.port, made, rate=told.rate)
    print(began, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main()
