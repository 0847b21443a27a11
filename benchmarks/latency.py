"""How long it takes from publishing a message to its commit, at a steady rate, QoS 1. `make bench NAME=latency`.

The load is an open loop: message n is due n / rate seconds after the beginning, and its latency counts from then, whether or not it could be
sent. So a stall counts for every message that it delayed, not for one.

A commit cannot be seen from outside at its instant without asking the database so often that the question becomes the load. The service says
on `ioc/live/changes` what has changed right after the commit; a receiver of ours notes when each of these arrives. Every message is measured,
not a sample: what is told of a series covers its readings up to the time that is told. The figure is an upper bound: it holds the commit, the
encoding of the change, and the way through the broker to the receiver.
"""

from __future__ import annotations

import argparse
import math
import time
from datetime import datetime, timedelta
from threading import Event

import asyncpg
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.load import STRIDE
from benchmarks.rig import Load, Rig, execute, open_rig, report
from ioc.domain.live import decode_changes

_GOALS_MS = {50: 30.0, 99: 150.0}
_PERCENTILES = (50, 90, 99, 99.9, 100)
_LAST_S = 10
_ARRIVALS = """
SELECT o.time, o.arrived, st.code FROM observation o JOIN series se ON se.id = o.series_id JOIN station st ON st.id = se.station_id
JOIN source s ON s.id = st.source_id WHERE s.name = $1 AND o.time >= $2
"""


class Receiver:
    """Notes when each batch of changes arrives, by the monotonic clock."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[float, bytes]] = []
        subscribed = Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="latency")
        self._client.on_message = lambda _client, _data, message: self.heard.append((time.monotonic(), bytes(message.payload)))
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("ioc/live/changes", qos=0)
        self._client.loop_start()
        if not subscribed.wait(_LAST_S):
            raise TimeoutError("the broker did not answer the receiver's subscription")

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def main() -> None:
    """Measure and print the percentiles."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rate", type=int, default=2000, help="messages a second")
    words.add_argument("--seconds", type=int, default=60)
    told = words.parse_args()
    with open_rig() as rig:
        rig.service.start()
        rig.warm("latency")
        committed, arrived = measure(rig, told.rate, told.seconds)
    print(f"due to arrived in the service, ms: {_in_words(arrived)}")
    print(f"due to committed and told, ms: {_in_words(committed)}")
    for percent, goal in _GOALS_MS.items():
        report(f"publish_to_commit_p{percent}_ms", _percentile(committed, percent) * 1000, goal, at_most=True)


def measure(rig: Rig, rate: int, seconds: int) -> tuple[list[float], list[float]]:
    """Return for every message the seconds from when it was due until its commit was heard of, and until it arrived, each in order of length."""
    load = Load(rig.broker, "latency", rate * seconds, rate=rate)
    receiver = Receiver(rig.broker.port)
    # The wall clock is what rows tell, the monotonic one is ours.
    wall_ahead = time.time() - time.monotonic()
    cost = rig.measure(load)
    end = time.monotonic() + _LAST_S
    while (seen := _seen(receiver.heard, load)).count(math.inf) and time.monotonic() < end:
        time.sleep(0.2)
    receiver.stop()
    print(cost.in_words)
    if missing := seen.count(math.inf):
        raise RuntimeError(f"of {missing} of {load.messages} messages no change was heard")
    arrived = execute(rig.database.dsn, lambda conn: _arrivals(conn, load))
    due = [load.began + number / rate for number in range(load.messages)]
    committed = sorted(at - then for at, then in zip(seen, due, strict=True))
    return committed, sorted(at - wall_ahead - then for at, then in zip(arrived, due, strict=True))


def _seen(heard: list[tuple[float, bytes]], load: Load) -> list[float]:
    """Return for each message the instant at which a change was heard that covers it, infinite where none was."""
    seen = [math.inf] * load.messages
    told_until: dict[int, int] = {}
    for at, payload in list(heard):
        for change in decode_changes(payload).observations:
            if change.source != load.source or change.time < load.start:
                continue
            number = _number(load, change.station, change.time)
            first = told_until.get(number % load.series, number % load.series)
            for covered in range(first, number + 1, load.series):
                seen[covered] = at
            told_until[number % load.series] = number + load.series
    return seen


async def _arrivals(conn: asyncpg.Connection, load: Load) -> list[float]:
    """Return for each message its arrival in the service, Unix seconds."""
    arrived = [math.inf] * load.messages
    for row in await conn.fetch(_ARRIVALS, load.source, load.start):
        arrived[_number(load, row["code"], row["time"])] = row["arrived"].timestamp()
    return arrived


def _number(load: Load, station: str, at: datetime) -> int:
    """Return which message it was that told of `station` at the time `at`; the other way round in benchmarks/load.py."""
    turn = (at - load.start) // timedelta(milliseconds=1)
    return turn * load.series + int(station[1:]) * pow(STRIDE, -1, load.series) % load.series


def _percentile(ordered: list[float], percent: float) -> float:
    """Return the smallest value that `percent` of `ordered` do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _in_words(ordered: list[float]) -> str:
    return ", ".join(f"p{percent:g} {_percentile(ordered, percent) * 1000:.1f}" for percent in _PERCENTILES)


if __name__ == "__main__":
    main()
