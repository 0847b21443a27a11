"""The simulations as clients of a real broker: status, last will, what arrives, and bulk transfer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ioc.demo.broker import Broker
from ioc.demo.offices import Offices
from ioc.demo.simulate import Progress, simulate_namdinh, simulate_province
from ioc.errors import Unavailable

COMMAND = "from ioc.demo.simulate import simulate_province as s; s(mqtt_url={url!r}, protocol={protocol}, rate=100.0)"


class Listener:
    """An ordinary client that remembers what it was sent."""

    def __init__(self, broker: Broker) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        subscribed = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _client, _userdata, m: self.messages.append((m.topic, bytes(m.payload), m.retain))
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.client.subscribe("ioc/v1/#", qos=1)
        assert subscribed.wait(10)

    def statuses(self) -> dict[str, str]:
        return {topic.split("/")[2]: payload.decode() for topic, payload, _ in self.messages if topic.endswith("/status")}

    def wait_until(self, holds: Callable[[], bool], timeout_s: float = 15.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < deadline, Counter(topic.split("/")[3] for topic, *_ in self.messages)
            time.sleep(0.05)


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    listening = Listener(broker)
    yield listening
    listening.client.disconnect()
    listening.client.loop_stop()


def start(broker: Broker) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", COMMAND.format(url=broker.url, protocol=broker.mqtt_protocol)])


def test_province_arrives_whole_at_the_rate_asked_for(broker: Broker, listener: Listener) -> None:
    told: list[Progress] = []
    simulate_province(mqtt_url=broker.url, protocol=broker.mqtt_protocol, rate=150.0, duration_s=4.0, on_progress=told.append)
    listener.wait_until(lambda: len(listener.statuses()) == 12 and set(listener.statuses().values()) == {"stopped"})
    kinds = Counter(topic.split("/")[3] for topic, *_ in listener.messages)
    assert kinds["station"] == 448
    assert kinds["obs"] + kinds["pos"] == pytest.approx(600, rel=0.15)
    assert told[-1].sent > 300
    assert told[-1].lost == 0


def test_offices_send_events_and_say_nothing_of_themselves(broker: Broker, listener: Listener) -> None:
    now = datetime.now(UTC)
    since, begin = now.date() - timedelta(days=40), now - timedelta(days=7)
    simulate_province(
        mqtt_url=broker.url, protocol=broker.mqtt_protocol, rate=10.0, duration_s=7.0, offices_since=since, offices_from=begin
    )
    expected = len(Offices(1, since).events(begin, now))
    listener.wait_until(lambda: sum(topic.split("/")[3] == "event" for topic, *_ in listener.messages) >= expected)
    assert len(listener.statuses()) == 12


def test_sources_say_goodbye_when_the_simulation_is_asked_to_stop(broker: Broker, listener: Listener) -> None:
    process = start(broker)
    listener.wait_until(lambda: len(listener.statuses()) == 12)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    listener.wait_until(lambda: set(listener.statuses().values()) == {"stopped"})


def test_last_wills_speak_when_the_simulation_is_killed(broker: Broker, listener: Listener) -> None:
    process = start(broker)
    listener.wait_until(lambda: len(listener.statuses()) == 12 and set(listener.statuses().values()) == {"online"})
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    listener.wait_until(lambda: set(listener.statuses().values()) == {"offline"})


def test_namdinh_is_acknowledged_whole(broker: Broker, listener: Listener) -> None:
    report = simulate_namdinh(mqtt_url=broker.url, protocol=broker.mqtt_protocol)
    assert report.events == {"dossier.received": 64_103, "dossier.digitised": 39_347, "payment.received": 30_031, "payment.land_tax": 323}
    assert report.vnd == {"payment.received": 603_212_000, "payment.land_tax": 1_700_000_000}
    listener.wait_until(lambda: sum("/event/" in topic for topic, *_ in listener.messages) == report.messages, 30.0)


def test_namdinh_says_when_there_is_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.demo.simulate._CONNECT_TIMEOUT_S", 0.5)
    with pytest.raises(Unavailable, match=r"the broker at 127\.0\.0\.1:9 did not let namdinh-dvc in within 0\.5 s"):
        simulate_namdinh(mqtt_url="mqtt://127.0.0.1:9")
