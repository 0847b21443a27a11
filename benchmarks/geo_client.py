"""A client that costs little beside the servers that it measures: requests as bytes over connections that stay open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import numpy as np

_OK, _EMPTY = 200, 204
_CHUNK = 1 << 18
_FEWEST = 5
"""Answers that a client alone waits for even if they take longer than they are measured; each of several waits for one."""


@dataclass(frozen=True)
class Speed:
    """What asking came to, in milliseconds of an answer to a client that asks alone, and in answers a second to several clients.

    `cpu_ms` is what the server and its database worked for an answer.
    """

    p50_ms: float
    p99_ms: float
    cpu_ms: float
    rate: float


class Client:
    """One connection to a server."""

    def __init__(self, url: str) -> None:
        at = urlsplit(url)
        self._host = at.netloc
        self._socket = socket.create_connection((at.hostname or "", at.port or 80), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a GET of `path`."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: application/geo+json, */*\r\n\r\n".encode())
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if status == _EMPTY:
            return status, headers, b""
        if headers.get("transfer-encoding", "") == "chunked":
            return status, headers, self._chunks()
        return status, headers, self._take(int(headers["content-length"]))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n"), 16):
            body += self._take(size)
            self._take(2)
        self._take(2)
        return bytes(body)

    def _until(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            self._receive()
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return found

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._receive()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def _receive(self) -> None:
        received = self._socket.recv(_CHUNK)
        if not received:
            raise ConnectionError(f"{self._host} closed the connection")
        self._buffer += received


def measure(url: str, paths: Sequence[str], *, clients: int, seconds: float, cpu: Callable[[], float]) -> Speed:
    """Ask for `paths` in turn, alone for `seconds` and then with several clients for `seconds`; every answer must be 200 or 204.

    Each way begins with paths that it has not asked for, as far as there are enough. `cpu` tells how many seconds of CPU have been used so far.
    """
    before = cpu()
    alone, position = _ask(url, paths, _for(seconds), start=0)
    used = cpu() - before
    p50, p99 = np.percentile(alone, [50, 99]) * 1000
    rate, _ = _together(url, paths, clients, seconds, start=position)
    return Speed(float(p50), float(p99), used / (len(alone) + 1) * 1000, rate)


def _ask(
    url: str, paths: Sequence[str], goes_on: Callable[[], bool], *, start: int, step: int = 1, fewest: int = _FEWEST
) -> tuple[list[float], int]:
    taken: list[float] = []
    position = start
    with Client(url) as client:
        client.get(paths[position % len(paths)])  # the connection is made
        while goes_on() or len(taken) < fewest:
            position += step
            began = time.perf_counter()
            status, _, body = client.get(paths[position % len(paths)])
            taken.append(time.perf_counter() - began)
            if status not in {_OK, _EMPTY}:
                raise RuntimeError(f"{url}{paths[position % len(paths)]} answered {status}: {body[:500]!r}")
    return taken, position


def _together(url: str, paths: Sequence[str], clients: int, seconds: float, *, start: int) -> tuple[float, int]:
    counts: list[int] = []
    goes_on, began = _for(seconds), time.perf_counter()

    def one(number: int) -> None:
        counts.append(len(_ask(url, paths, goes_on, start=start + number, step=clients, fewest=1)[0]))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) < clients:
        raise RuntimeError(f"{clients - len(counts)} of {clients} clients of {url} failed")
    return sum(counts) / (time.perf_counter() - began), start + sum(counts)


def _for(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() < end
