"""How much of a bare MQTT receiver's speed, and of a raw COPY's, is left when every reading is decoded, checked and committed before it is acknowledged.

All on this machine and in one run: broker, database, load generator, and in turn the bare receiver, the service and the COPY.
`make bench NAME=ingest`
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Event

import asyncpg
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from benchmarks.load import station_of
from benchmarks.rig import SERIES, Cost, Load, Meter, Rig, cpu_of_tree, execute, open_rig, report
from ioc.demo.broker import Broker
from ioc.store.level import Level

_GOAL_SINGLE, _GOAL_ARRAYS = 0.6, 0.5
_READINGS = 100
_ELSEWHERE = "b/v1"  # where the service does not listen
_MORE_SERIES = 1_000_000
_AS_OBSERVATION = "CREATE TABLE copied (LIKE observation INCLUDING ALL)"
_AS_HYPERTABLE = (
    "SELECT create_hypertable('copied', 'time', chunk_time_interval => (SELECT time_interval FROM timescaledb_information.dimensions"
    " WHERE hypertable_name = 'observation'), create_default_indexes => false)"
)


def main() -> None:
    """Measure in turn, some rounds of it, and print the ratios: each of two figures taken one after the other, the median of the rounds."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--messages", type=int, default=100_000, help="of one reading, in a round")
    words.add_argument("--arrays", type=int, default=10_000, help=f"messages of {_READINGS} readings, in a round")
    words.add_argument("--rounds", type=int, default=3)
    told = words.parse_args()
    single, arrays = [], []
    with open_rig() as rig:
        rig.service.start()
        execute(rig.database.dsn, lambda conn: make_copied(conn, rig.database.level))
        for turn in range(told.rounds):
            ceiling = bare(rig.broker, told.messages, 1).rate
            single.append(measure(rig, f"single-{turn}", told.messages, 1).rate / ceiling)
            bare(rig.broker, told.arrays, _READINGS)
            rate = measure(rig, f"arrays-{turn}", told.arrays, _READINGS).rate * _READINGS
            copied = execute(rig.database.dsn, lambda conn: copy(conn, told.arrays, turn + 1))  # noqa: B023 - called at once
            print(f"raw COPY of these arrays: {copied:,.0f} rows/s, service {rate:,.0f} readings/s", flush=True)
            arrays.append(rate / copied)
    report("single_readings_of_bare", median(single), _GOAL_SINGLE)
    report("arrays_of_copy", median(arrays), _GOAL_ARRAYS)


def measure(rig: Rig, source: str, messages: int, readings: int) -> Cost:
    """Return what it costs the running service to commit a load."""
    rig.warm(source)
    cost = rig.measure(Load(rig.broker, source, messages, readings=readings))
    print(f"service, {readings} readings a message: {cost.in_words}", flush=True)
    return cost


def bare(broker: Broker, messages: int, readings: int) -> Cost:
    """Return what a load costs a paho receiver that acknowledges and does nothing else."""
    seen, done = 0, Event()

    def on_message(_client: object, _data: object, _message: object) -> None:
        nonlocal seen
        seen += 1
        if seen == messages:
            done.set()

    subscribed = Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", broker.port)
    client.subscribe(f"{_ELSEWHERE}/#", qos=1)
    client.loop_start()
    if not subscribed.wait(10):
        raise TimeoutError("the broker did not answer the bare receiver's subscription")
    load = Load(broker, "bare", messages, readings=readings, root=_ELSEWHERE)
    load.wait_ready()
    meter = Meter(lambda: {"receiver": sum(os.times()[:2]), "broker": cpu_of_tree(broker.process.pid)})
    load.go()
    if not done.wait(300):
        raise TimeoutError(f"the bare receiver got {seen} of {messages} messages in 300 s")
    ended = time.monotonic()
    client.disconnect()
    client.loop_stop()
    cost = meter.stop(messages, ended, load=load.finish())
    print(f"bare receiver, {readings} readings a message: {cost.in_words}", flush=True)
    return cost


async def make_copied(conn: asyncpg.Connection, level: Level) -> None:
    """Make a table like that of the readings, and a first chunk in it."""
    await conn.execute(_AS_OBSERVATION)
    if level is not Level.PLAIN:
        await conn.execute(_AS_HYPERTABLE)
    await conn.copy_records_to_table("copied", records=_rows(1000, 0))


async def copy(conn: asyncpg.Connection, messages: int, turn: int) -> float:
    """Return the rows a second of one COPY, into that table, of what as many arrays hold, in their order, by one connection."""
    made = _rows(messages, turn * _MORE_SERIES)
    began = time.monotonic()
    await conn.copy_records_to_table("copied", records=made)
    return len(made) / (time.monotonic() - began)


def _rows(messages: int, first_series: int) -> list[tuple[object, ...]]:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return [
        (first_series + station_of(n, SERIES), start + timedelta(milliseconds=n // SERIES * _READINGS + reading), n % 97 + 0.5, start)
        for n in range(messages)
        for reading in range(_READINGS)
    ]


if __name__ == "__main__":
    main()
