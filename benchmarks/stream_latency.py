"""How long it takes from publishing a message until a viewer has the frame that shows it. `make bench NAME=stream_latency`.

2,000 messages a second, QoS 1, an open loop: latency counts from when a message was due. 200 viewers, each looking somewhere else at 10 Hz; the
frames of every tenth are read, the others are received and counted. State is conflated: the frame that shows a reading covers those of the
same series before it. Broker, database, service, load and viewers share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import random
import time
from datetime import datetime, timedelta
from multiprocessing.connection import Connection

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.crowd import gather_crowd
from benchmarks.fanout import views, words
from benchmarks.load import STRIDE
from benchmarks.rig import SERIES, Load, execute, ledger, open_rig, report
from benchmarks.stream_server import EAST, NORTH, SOUTH, WEST

_GOALS_MS = {50: 150.0, 99: 400.0}
_SETTLED_S = 4
_EVERY = 10


def place_stations(port: int) -> None:
    """Let every station of the load say where it is."""
    chance = random.Random(11)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="places")
    client.connect("127.0.0.1", port)
    client.loop_start()
    told = []
    for number in range(SERIES):
        place = {"lon": round(chance.uniform(WEST, EAST), 5), "lat": round(chance.uniform(SOUTH, NORTH), 5)}
        payload = json.dumps({"name": f"Trạm {number}", "kind": "river_gauge", **place, "properties": {"level": {"unit": "m"}}})
        told.append(client.publish(f"ioc/v1/viewers/station/s{number}", payload, qos=1))
    for one in told:
        one.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


class Reader:
    """Notes for one viewer when it was first shown each series at each time."""

    def __init__(self) -> None:
        self.shown: dict[str, list[tuple[float, str]]] = {}

    def __call__(self, data: bytes) -> None:
        """Take in a frame."""
        at = time.monotonic()
        told = msgspec.json.decode(data)
        if told["type"] not in ("snap", "d"):
            return
        for row in told.get("rows", ()):
            reading = row[-1].get("level")
            if reading is not None:
                seen = self.shown.setdefault(row[0], [])
                if not seen or seen[-1][1] != reading[0]:
                    seen.append((at, reading[0]))


def look_on(port: int, number: int, rate_hz: float, pipe: Connection) -> None:
    """Be all viewers, in a process of their own, until told to stop; then say what the readers saw."""

    async def run() -> tuple[list[dict[str, list[tuple[float, str]]]], int]:
        readers = {n: Reader() for n in range(0, number, _EVERY)}
        crowd = await gather_crowd(port, [words(view, rate_hz) for view in views(number, side=0.12)], readers.get)  # type: ignore[arg-type]
        pipe.send("ready")
        while not pipe.poll():  # noqa: ASYNC110 - the word comes from another process
            await asyncio.sleep(0.05)
        return [reader.shown for reader in readers.values()], sum(one.frames for one in crowd)

    pipe.send(asyncio.run(run()))


def latencies(load: Load, shown: list[dict[str, list[tuple[float, str]]]], rate: int) -> list[float]:
    """Return the seconds from due to shown of every message that a reader could see, in order of length."""
    found = []
    for viewer in shown:
        for name, seen in viewer.items():
            place = int(name.rpartition("/s")[2]) * pow(STRIDE, -1, load.series) % load.series
            first = place
            for at, told in seen:
                time_told = datetime.fromisoformat(told)
                if time_told < load.start:
                    continue
                last = (time_told - load.start) // timedelta(milliseconds=1) * load.series + place
                found += [at - load.began - message / rate for message in range(first, last + 1, load.series)]
                first = max(first, last + load.series)
    return sorted(found)


def main() -> None:
    """Measure and print the percentiles."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rate", type=int, default=2000, help="messages a second")
    asked.add_argument("--seconds", type=int, default=30)
    asked.add_argument("--viewers", type=int, default=200)
    asked.add_argument("--hz", type=float, default=10)
    told = asked.parse_args()
    with open_rig() as rig:
        rig.service.start()
        place_stations(rig.broker.port)
        while execute(rig.database.dsn, lambda conn: ledger(conn, "viewers"))[0] < SERIES:
            time.sleep(0.2)
        rig.warm("viewers")
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        crowd = multiprocessing.get_context("spawn").Process(target=look_on, args=(rig.service.port, told.viewers, told.hz, theirs))
        crowd.start()
        assert ours.recv() == "ready"
        time.sleep(_SETTLED_S)
        load = Load(rig.broker, "viewers", told.rate * told.seconds, rate=told.rate)
        cost = rig.measure(load)
        time.sleep(2)
        ours.send("stop")
        shown, frames = ours.recv()
        crowd.join()
    _report(cost.in_words, latencies(load, shown, told.rate), frames)


def _report(in_words: str, ordered: list[float], frames: int) -> None:
    print(in_words)
    print(f"{frames:,} frames received; {len(ordered):,} messages seen by a reader")
    at: dict[float, float] = {p: ordered[max(0, math.ceil(len(ordered) * p / 100) - 1)] * 1000 for p in (50, 90, 99, 99.9, 100)}
    print("published to shown, ms: " + ", ".join(f"p{p:g} {ms:.1f}" for p, ms in at.items()))
    for percent, goal in _GOALS_MS.items():
        report(f"publish_to_viewer_p{percent}_ms", at[percent], goal, at_most=True)


if __name__ == "__main__":
    main()
