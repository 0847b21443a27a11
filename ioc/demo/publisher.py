"""Field systems as MQTT clients: one connection per source, with a last will, publishing at QoS 1."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ioc.demo.province import Message
from ioc.errors import ConfigurationError, Unavailable
from ioc.mqtt import Endpoint

log = structlog.get_logger(__name__)

PROTOCOLS = {5: MQTTProtocolVersion.MQTTv5, 311: MQTTProtocolVersion.MQTTv311}
_IN_FLIGHT = 100
_QUEUED = 2000
_KEEPALIVE_S = 30
_BACKOFF_S = (1, 30)
_GOODBYE_S = 5.0


def client_for(endpoint: Endpoint, source: str, client_id: str) -> mqtt.Client:
    """Return a client for `source` that is not yet connected; `{source}` in the endpoint's user or password stands for its name.

    Raises ConfigurationError when the endpoint's address or protocol is not usable.
    """
    if endpoint.protocol not in PROTOCOLS:
        raise ConfigurationError(f"MQTT protocol {endpoint.protocol} is not one of {', '.join(map(str, PROTOCOLS))}")
    _, _, user, password, tls = endpoint.parts()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=PROTOCOLS[endpoint.protocol])
    if user is not None:
        client.username_pw_set(user.replace("{source}", source), password and password.replace("{source}", source))
    if tls:
        client.tls_set_context(ssl.create_default_context(cafile=endpoint.ca_file))
    return client


class SourceClient:
    """The gateway of one source: says `online` and introduces its stations whenever it connects, and `stopped` when it is stopped.

    The broker says `offline` when it is lost.

    What is published while the broker is away waits, up to a limit; what comes on top of that is lost, as in a gateway whose memory is full.
    Software that only sends events now and then says nothing of itself (`has_status` false).
    """

    def __init__(
        self, endpoint: Endpoint, source: str, *, run: str, introductions: Iterable[Message] = (), has_status: bool = True
    ) -> None:
        self.source, self._introductions = source, tuple(introductions)
        self._host, self._port, *_ = endpoint.parts()
        self._status = f"ioc/v1/{source}/status" if has_status else None
        self._connected = threading.Event()
        self.refusal: str | None = None
        client = self._client = client_for(endpoint, source, f"{source}-{run}")
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.max_queued_messages_set(_QUEUED)
        client.reconnect_delay_set(*_BACKOFF_S)
        if self._status is not None:
            client.will_set(self._status, "offline", qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect

    def start(self) -> None:
        """Begin to connect, and to connect again whenever the connection is lost."""
        self._client.connect_async(self._host, self._port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def wait_connected(self, timeout_s: float) -> None:
        """Wait until the broker has let this source in; raises Unavailable when it has not in time."""
        if not self._connected.wait(timeout_s):
            why = f": {self.refusal}" if self.refusal else ""
            raise Unavailable(f"the broker at {self._host}:{self._port} did not let {self.source} in within {timeout_s:g} s{why}")

    def publish(self, message: Message) -> mqtt.MQTTMessageInfo:
        """Hand `message` to the client; the answer tells when the broker has it, or that the client's memory is full and the message is lost."""
        return self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    def stop(self) -> None:
        """Say `stopped` and disconnect, waiting a few seconds at most for what is still on its way."""
        if self._status is not None and self._client.is_connected():
            farewell = self._client.publish(self._status, "stopped", qos=1, retain=True)
            farewell.wait_for_publish(_GOODBYE_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refusal = str(reason).lower()
            log.warning("source refused by the broker", source=self.source, reason=self.refusal)
            return
        if self._status is not None:
            client.publish(self._status, "online", qos=1, retain=True)
        for message in self._introductions:
            client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
        self._connected.set()

    def _on_disconnect(self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.warning("source lost the broker", source=self.source, reason=str(reason).lower())


class Gateways:
    """The clients of several sources as one: started and stopped together."""

    def __init__(self, clients: Iterable[SourceClient]) -> None:
        self._clients = {client.source: client for client in clients}
        self.sent = 0
        self.lost = 0

    def __enter__(self) -> Self:
        for client in self._clients.values():
            client.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for client in self._clients.values():
            client.stop()

    def publish(self, message: Message) -> None:
        """Hand `message` to the client of its source."""
        if self._clients[message.source].publish(message).rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            self.lost += 1
        else:
            self.sent += 1
