"""The broker is measured, whatever it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ioc.demo import broker as brokers
from ioc.demo.broker import Broker, start_broker
from ioc.doctor.broker import check_broker
from ioc.doctor.finding import Finding, Status
from ioc.doctor.scratch import ScratchClient
from ioc.mqtt import Endpoint
from ioc.settings import Settings

StartMosquitto = Callable[..., Broker]


@pytest.fixture
def start_mosquitto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartMosquitto]:
    """Start a Mosquitto with lines of its own in its configuration: `start_mosquitto(max_inflight_messages=20)`."""
    started: list[Broker] = []

    def start(**settings: str | int) -> Broker:
        usual = [line for line in brokers._MOSQUITTO_CONFIGURATION.splitlines() if line.split()[0] not in settings]
        lines = [*usual, *(f"{name} {value}" for name, value in settings.items())]
        monkeypatch.setattr(brokers, "_MOSQUITTO_CONFIGURATION", "\n".join(lines) + "\n")
        started.append(start_broker(tmp_path / "mosquitto", kind="mosquitto"))
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


def examined(broker: Broker, protocol: int) -> dict[str, Finding]:
    found = check_broker(Settings(mqtt_url=broker.url, mqtt_protocol=protocol, batch_size=500))
    return {finding.check: finding for finding in found}


def ill(found: dict[str, Finding]) -> set[str]:
    return {name for name, finding in found.items() if finding.status is not Status.OK}


@pytest.mark.mosquitto
def test_limits_that_mosquitto_has_by_itself_are_found(start_mosquitto: StartMosquitto) -> None:
    broker = start_mosquitto(max_inflight_messages=20, max_queued_messages=1000)
    found = examined(broker, 311)
    assert ill(found) == {"messages in flight", "queue of a session that is away"}
    assert "waits after 20 unacknowledged messages, ingest has room for 1000" in found["messages in flight"].found
    assert "max_inflight_messages 1000" in found["messages in flight"].remedy
    assert found["queue of a session that is away"].found == "1000 of 2000 messages were kept"
    assert "MQTT 3.1.1, mosquitto version" in found["connection"].found
    assert ill(examined(broker, 5)) == {"queue of a session that is away"}, "with MQTT 5 the window of the client counts"


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", [5, 311])
def test_wide_mosquitto_is_well_and_nothing_is_left_behind(start_mosquitto: StartMosquitto, protocol: int) -> None:
    broker = start_mosquitto(max_inflight_messages=10_000, max_queued_messages=100_000, sys_interval=1)
    mine = ScratchClient(Endpoint(broker.url), "mine", durable=True)  # so that sessions are seen to be counted
    mine.connect()
    mine.disconnect()
    found = examined(broker, protocol)
    assert ill(found) == set()
    assert "MQTT 5" in found["connection"].found or protocol == 311
    look = ScratchClient(Endpoint(broker.url), "look")
    look.connect()
    look.subscribe("$SYS/broker/clients/disconnected")
    # The broker counts every second.
    assert look.wait(lambda: look.newest is not None and look.newest.payload == b"1", 10), look.newest
    before = look.received
    look.subscribe("ioc/#")
    assert not look.wait(lambda: look.received > before, 0.5), "nothing is retained"
    look.disconnect()


@pytest.mark.mosquitto
def test_small_packets_and_missing_retention_are_found(start_mosquitto: StartMosquitto) -> None:
    broker = start_mosquitto(max_packet_size=100_000, retain_available="false")
    found = examined(broker, 5)
    assert "message size" in ill(found)
    assert "100000 bytes" in found["message size"].found


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", [5, 311])
def test_broker_that_forbids_our_topics_is_a_fault(start_mosquitto: StartMosquitto, tmp_path: Path, protocol: int) -> None:
    rules = tmp_path / "access.acl"
    rules.write_text("topic read $SYS/#\n", encoding="utf-8")
    rules.chmod(0o600)
    found = examined(start_mosquitto(acl_file=str(rules)), protocol)
    assert [(name, finding.status) for name, finding in found.items()] == [("connection", Status.FAULT)]
    assert "ioc/#" in found["connection"].remedy


def test_broker_written_in_python_is_measured(amqtt_broker: Broker) -> None:
    found = examined(amqtt_broker, 311)
    assert ill(found) == set()
    assert "does not say its version" in found["connection"].found


def test_broker_that_is_away_is_a_fault(broker: Broker) -> None:
    broker.stop()
    (finding,) = examined(broker, broker.mqtt_protocol).values()
    assert finding.status is Status.FAULT
    assert "does not answer" in finding.found
    assert "IOC_MQTT_URL" in finding.remedy
