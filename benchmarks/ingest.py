"""How much of a bare MQTT receiver's speed is left when every reading is decoded, judged and committed before it is acknowledged.

All on this machine and in one run: broker, database, load generator, and in turn the bare receiver and the service.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import asyncpg
import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ioc.demo.broker import Broker, start_broker
from ioc.demo.postgres import PostgresServer
from ioc.demo.processes import free_port, start_process
from ioc.store.migrate import migrate

_FOLDER = Path(__file__).parent
_MESSAGES = int(os.environ.get("BENCH_MESSAGES", "60000"))
_SERIES = 1000
_GOAL_SINGLE, _GOAL_ARRAYS = 0.6, 0.5


class Load:
    """The load generator as a process of its own, with its packets made before the clock starts."""

    def __init__(self, broker: Broker, source: str, messages: int, readings: int = 1) -> None:
        command = [sys.executable, _FOLDER / "load.py", broker.port, source, messages, _SERIES, readings]
        self._process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._process.stdout.readline()

    def start(self) -> None:
        """Begin to send."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """Wait for the end."""
        self._process.wait(120)


def bare(broker: Broker, messages: int) -> float:
    """Return the messages a second of a paho receiver that acknowledges and does nothing else."""
    seen, done = 0, Event()

    def on_message(_client: object, _data: object, _message: object) -> None:
        nonlocal seen
        seen += 1
        if seen == messages:
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = on_message
    client.connect("127.0.0.1", broker.port)
    client.subscribe("ioc/v1/bare/#", qos=1)
    client.loop_start()
    time.sleep(0.5)
    load = Load(broker, "bare", messages)
    began = time.monotonic()
    load.start()
    done.wait(180)
    took = time.monotonic() - began
    client.disconnect()
    client.loop_stop()
    load.finish()
    return messages / took


async def _stored(dsn: str, source: str, items: int) -> float:
    """Return the moment at which the ledger says that `items` of `source` are stored."""
    conn = await asyncpg.connect(dsn)
    try:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            if (await conn.fetchval("SELECT sum(received) FROM ledger WHERE source = $1", source) or 0) >= items:
                return time.monotonic()
            await asyncio.sleep(0.03)
    finally:
        await conn.close()
    raise TimeoutError(f"{items} items of {source} were not stored in 300 s")


def service(broker: Broker, dsn: str, source: str, messages: int, readings: int) -> float:
    """Return the readings a second that the running service commits."""
    load = Load(broker, source, messages, readings)
    began = time.monotonic()
    load.start()
    ended = asyncio.run(_stored(dsn, source, messages * readings))
    load.finish()
    return messages * readings / (ended - began)


async def copy(dsn: str, rows: int) -> float:
    """Return the rows a second of a raw COPY of the same rows into a table of the same shape."""
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute("CREATE TABLE copied (LIKE observation INCLUDING ALL)")
        at = time.time()
        made = [(n % _SERIES, datetime.fromtimestamp(at - n / 1000, UTC), 1.5, datetime.fromtimestamp(at, UTC)) for n in range(rows)]
        began = time.monotonic()
        await conn.copy_records_to_table("copied", records=made)
        return rows / (time.monotonic() - began)
    finally:
        await conn.close()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False


def main() -> None:
    """Measure in turn and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o711)
        server = PostgresServer(place / "postgres")
        server.start()
        server.create_database("ioc")
        dsn = server.dsn("ioc")
        level = migrate(dsn)
        broker = start_broker(place / "broker")
        port = free_port()
        environment = dict(os.environ) | {
            "IOC_DATABASE_URL": dsn,
            "IOC_MQTT_URL": broker.url,
            "IOC_MQTT_PROTOCOL": str(broker.mqtt_protocol),
            "IOC_HTTP_PORT": str(port),
            "IOC_SDI_DIR": str(_FOLDER.parent / "sdi"),
        }
        try:
            ceiling = bare(broker, _MESSAGES)
            running = start_process("service", [sys.executable, "-m", "ioc.cli", "serve"], log=place / "serve.log", environment=environment)
            running.wait_until(lambda: _is_ready(port), timeout_s=60)
            service(broker, dsn, "warm", 5000, 1)
            single = service(broker, dsn, "single", _MESSAGES, 1)
            arrays = service(broker, dsn, "arrays", _MESSAGES // 50, 100)
            raw = asyncio.run(copy(dsn, 200_000))
            again = bare(broker, _MESSAGES) if ceiling else 0
            running.stop()
        finally:
            broker.stop()
            server.stop()
    ceiling = max(ceiling, again)
    print(
        f"store level {level}; bare receiver {ceiling:,.0f} msg/s; service {single:,.0f} msg/s; arrays {arrays:,.0f} readings/s; COPY {raw:,.0f} rows/s"
    )
    for name, value, goal in (("single_readings_of_bare", single / ceiling, _GOAL_SINGLE), ("arrays_of_copy", arrays / raw, _GOAL_ARRAYS)):
        print(f"{name} {value:.2f} {goal} {'met' if value >= goal else 'short'}")


if __name__ == "__main__":
    main()
