import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ioc.demo.broker import Broker, find_mosquitto, start_broker
from ioc.errors import Unavailable


def receive_one(broker: Broker, *, topic: str, publish: bytes | None) -> bytes:
    """Return the first message on `topic` that reaches a durable client, who subscribes and then publishes `publish` if given."""
    arrived: list[bytes] = []
    done = threading.Event()
    client = _client(broker, "reader")

    def on_message(_client: mqtt.Client, _state: object, message: mqtt.MQTTMessage) -> None:
        arrived.append(bytes(message.payload))
        done.set()

    def on_subscribe(client: mqtt.Client, *_: object) -> None:
        if publish is not None:
            client.publish(topic, publish, 1)

    client.on_message, client.on_subscribe = on_message, on_subscribe
    client.on_connect = lambda client, *_: client.subscribe(topic, 1)
    _connect(client, broker)
    client.loop_start()
    done.wait(10)
    client.disconnect()
    client.loop_stop()
    return arrived[0]


def send(broker: Broker, topic: str, payload: bytes) -> None:
    client = _client(broker, "writer")
    _connect(client, broker)
    client.loop_start()
    client.publish(topic, payload, 1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


@pytest.mark.mosquitto
def test_mosquitto_keeps_a_durable_session_over_its_own_restart(tmp_path: Path) -> None:
    broker = start_broker(tmp_path, kind="mosquitto")
    assert receive_one(broker, topic="t", publish=b"first") == b"first"
    send(broker, "t", b"while the reader is away")
    broker.stop()
    broker = start_broker(tmp_path, broker.port, kind="mosquitto")
    try:
        assert receive_one(broker, topic="t", publish=None) == b"while the reader is away"
    finally:
        broker.stop()


def test_amqtt_keeps_a_durable_session_while_its_client_is_away(amqtt_broker: Broker) -> None:
    assert receive_one(amqtt_broker, topic="t", publish=b"first") == b"first"
    send(amqtt_broker, "t", b"while the reader is away")
    assert receive_one(amqtt_broker, topic="t", publish=None) == b"while the reader is away"


def test_mosquitto_is_preferred_where_it_is_installed(tmp_path: Path) -> None:
    broker = start_broker(tmp_path)
    broker.stop()
    assert (broker.kind, broker.mqtt_protocol) == (("mosquitto", 5) if find_mosquitto() else ("amqtt", 311))


def test_port_that_is_taken_is_refused(amqtt_broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=f"port {amqtt_broker.port} is taken"):
        start_broker(tmp_path / "second", amqtt_broker.port)


def test_kill_ends_the_broker_at_once(amqtt_broker: Broker) -> None:
    amqtt_broker.kill()
    assert not amqtt_broker.process.is_running


def _client(broker: Broker, name: str) -> mqtt.Client:
    if broker.mqtt_protocol == 5:
        return mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    return mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311, clean_session=False)


def _connect(client: mqtt.Client, broker: Broker) -> None:
    if broker.mqtt_protocol == 5:
        durable = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        durable.SessionExpiryInterval = 3600
        client.connect("127.0.0.1", broker.port, clean_start=False, properties=durable)
    else:
        client.connect("127.0.0.1", broker.port)
