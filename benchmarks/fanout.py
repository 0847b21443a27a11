"""What it costs to tell many viewers, compared with a bare `websockets.broadcast` of frames of the same size. `make bench NAME=fanout`.

2,000 stations of a province change 400 times a second; each viewer looks at a rectangle of its own, at its own rate. A delivery is a frame that
a viewer received. The comparison sends the same number of bytes to the same number of clients at the same rate, and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import psutil

from benchmarks.crowd import Onlooker, gather_crowd
from benchmarks.rig import report
from benchmarks.stream_server import EAST, NORTH, SOUTH, WEST
from ioc.demo.processes import free_port

_CLOCK_S = 0.01  # what the clock of processes can tell apart
_GOAL_RATIO, _GOAL_CORES, _GOAL_KIB = 0.8, 1.0, 60.0


@contextmanager
def server(way: str, **options: float) -> Iterator[tuple[int, psutil.Process]]:
    """Start a server and end it afterwards; yields its port and process."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.stream_server", way, str(port)]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not listen")


def views(number: int, *, side: float = 0.25) -> list[dict[str, Any]]:
    """Return rectangles all over the province, each somewhere else."""
    chance = random.Random(9)
    corners = [(chance.uniform(WEST, EAST - side), chance.uniform(SOUTH, NORTH - side)) for _ in range(number)]
    return [{"bbox": [west, south, west + side, south + side], "z": 12} for west, south in corners]


def words(view: dict[str, Any], rate_hz: float) -> list[dict[str, Any]]:
    """Return what a viewer says."""
    return [{"type": "hello"}, {"type": "sub", "id": "state", "ch": "state", "view": view, "rate_hz": rate_hz}]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def deliveries(port: int, process: psutil.Process, says: list[list[dict[str, Any]]], seconds: float) -> tuple[float, float, float]:
    """Return deliveries for each second of CPU, the mean size of a frame, and the cores that were busy."""
    crowd = await gather_crowd(port, says)
    await asyncio.sleep(2)
    before, cpu, began = _counted(crowd), _cpu(process), time.monotonic()
    await asyncio.sleep(seconds)
    after, used, passed = _counted(crowd), max(_cpu(process) - cpu, _CLOCK_S), time.monotonic() - began
    frames = after[0] - before[0]
    for one in crowd:
        one.transport.abort()
    print(
        f"  {frames:,} deliveries in {passed:.1f} s, {used:.2f} s of CPU, frames of {(after[1] - before[1]) / frames:,.0f} bytes",
        flush=True,
    )
    return frames / used, (after[1] - before[1]) / frames, used / passed


def _counted(crowd: list[Onlooker]) -> tuple[int, int]:
    return sum(one.frames for one in crowd), sum(one.bytes for one in crowd)


def compare(viewers: int, rate_hz: float, seconds: float) -> float:
    """Return our deliveries for each second of CPU as a share of those of a bare broadcast."""
    with server("stream") as (port, process):
        ours, size, _ = asyncio.run(deliveries(port, process, [words(view, rate_hz) for view in views(viewers)], seconds))
    with server("bare", size=round(size), rate=rate_hz) as (port, process):
        bare, _, _ = asyncio.run(deliveries(port, process, [[] for _ in range(viewers)], seconds))
    print(f"{viewers} viewers at {rate_hz:g} Hz: {ours:,.0f} deliveries for a second of CPU, bare broadcast {bare:,.0f}: {ours / bare:.2f}")
    return ours / bare


def cores_for(viewers: int, seconds: float) -> float:
    """Return the cores that so many viewers at 1 Hz keep busy."""
    with server("stream") as (port, process):
        return asyncio.run(deliveries(port, process, [words(view, 1) for view in views(viewers)], seconds))[2]


def memory_for(viewers: int) -> float:
    """Return the KiB of resident memory that a viewer takes to whom nothing happens."""

    async def measure(port: int, process: psutil.Process) -> float:
        crowd = await gather_crowd(port, [words(view, 1) for view in views(50)])
        await asyncio.sleep(2)
        before = process.memory_info().rss
        crowd += await gather_crowd(port, [words(view, 1) for view in views(viewers)])
        await asyncio.sleep(3)
        return (process.memory_info().rss - before) / viewers / 1024

    with server("stream", changes=0, stations=400) as (port, process):
        return asyncio.run(measure(port, process))


def main() -> None:
    """Measure and print goals."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--viewers", type=int, default=1000)
    told.add_argument("--rate", type=float, default=2)
    told.add_argument("--many", type=int, default=1000, help="viewers at 1 Hz, and idle ones")
    told.add_argument("--seconds", type=float, default=8)
    told.add_argument("--runs", type=int, default=3)
    asked = told.parse_args()
    ratio = median(compare(asked.viewers, asked.rate, asked.seconds) for _ in range(asked.runs))
    cores = cores_for(asked.many, asked.seconds)
    memory = memory_for(asked.many)
    report("deliveries_per_cpu_second_of_bare_broadcast", ratio, _GOAL_RATIO, at_most=False)
    report("cores_for_1000_viewers_at_1_hz", cores, _GOAL_CORES, at_most=True)
    report("kib_per_idle_connection", memory, _GOAL_KIB, at_most=True)


if __name__ == "__main__":
    main()
