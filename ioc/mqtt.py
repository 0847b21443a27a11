"""One connection of the service to the broker: the only module of it that knows paho, and the only place where its thread and the event loop meet."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ioc.errors import ConfigurationError

_log = structlog.get_logger()
_SESSION_EXPIRY_S = 7 * 24 * 3600
_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the broker is and how to enter; `protocol` is 5 or 311."""

    url: str
    protocol: int = 5
    ca_file: Path | None = None

    def parts(self) -> tuple[str, int, str | None, str | None, bool]:
        """Return host, port, user, password and whether TLS is asked for.

        Raises:
            ConfigurationError: the URL is not mqtt:// or mqtts:// with a host.
        """
        url = urlsplit(self.url)
        try:
            port = url.port or _DEFAULT_PORTS[url.scheme]
        except (ValueError, KeyError):
            port = 0
        if not url.hostname or not port:
            raise ConfigurationError(
                f"broker URL {url.scheme}://…{url.netloc.rpartition('@')[2]} is not mqtt://host:port or mqtts://host:port"
            )
        user = unquote(url.username) if url.username else None
        return (
            url.hostname,
            port,
            user,
            unquote(url.password) if url.password else None,
            url.scheme == "mqtts",
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message handed to the event loop; `connection` numbers the connections, since an acknowledgement is worth nothing on another one."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    connection: int


class Connection:
    """A client of the broker which reconnects by itself and hands its messages to the event loop.

    `durable` keeps the session at the broker while we are away and leaves acknowledging to the caller (`acknowledge`); `window` is how
    many messages may be unacknowledged at a time.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        client_id: str,
        topic_filter: str | None,
        on_delivery: Callable[[Delivery], None] | None = None,
        on_state: Callable[[bool], None] | None = None,
        durable: bool = False,
        window: int = 65535,
    ) -> None:
        self._endpoint, self._topic_filter, self._durable, self._window = endpoint, topic_filter, durable, window
        self._on_delivery, self._on_state = on_delivery, on_state
        self._connection = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_connected = False
        self.trouble = "not connected yet"
        self._client = self._make_client(client_id)

    async def start(self) -> None:
        """Begin to connect; returns at once, `is_connected` tells when it is done."""
        self._loop = asyncio.get_running_loop()
        host, port, *_ = self._endpoint.parts()
        options: dict[str, Any] = {}
        if self._endpoint.protocol == 5:  # noqa: PLR2004 - the protocol's own number
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_EXPIRY_S if self._durable else 0
            properties.ReceiveMaximum = min(self._window, 65535)
            options = {"properties": properties, "clean_start": not self._durable}
        self._client.connect_async(host, port, keepalive=30, **options)
        self._client.loop_start()

    async def stop(self) -> None:
        """Disconnect in good order."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def acknowledge(self, delivery_mid: int, qos: int, connection: int) -> None:
        """Acknowledge a message of this connection; one of an earlier connection is left, the broker delivers it again."""
        if qos > 0 and connection == self._connection and self.is_connected:
            self._client.ack(delivery_mid, qos)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish with QoS 0 and return whether it was handed to the network."""
        return self._client.publish(topic, payload, qos=0).rc == paho.MQTT_ERR_SUCCESS

    def _make_client(self, client_id: str) -> paho.Client:
        _, _, user, password, tls = self._endpoint.parts()
        version = MQTTProtocolVersion.MQTTv5 if self._endpoint.protocol == 5 else MQTTProtocolVersion.MQTTv311  # noqa: PLR2004
        clean = None if version is MQTTProtocolVersion.MQTTv5 else not self._durable
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean, protocol=version, manual_ack=self._durable
        )
        if user is not None:
            client.username_pw_set(user, password)
        if tls:
            context = ssl.create_default_context(cafile=str(self._endpoint.ca_file) if self._endpoint.ca_file else None)
            client.tls_set_context(context)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_connect, client.on_disconnect, client.on_connect_fail = self._connected, self._disconnected, self._failed
        client.on_message = self._delivered
        return client

    # The callbacks below run in paho's thread: each hands one call to the loop and returns.

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._to_loop(self._set_state, False, f"the broker refused: {reason}")
            return
        if self._topic_filter is not None:
            client.subscribe(self._topic_filter, qos=1 if self._durable else 0)
        self._connection += 1
        self._to_loop(self._set_state, True, "")

    def _disconnected(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._to_loop(self._set_state, False, f"disconnected: {reason}")

    def _failed(self, _client: paho.Client, _data: Any) -> None:
        self._to_loop(self._set_state, False, "the broker does not answer")

    def _delivered(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "not UTF-8"
        self._to_loop(self._deliver, Delivery(topic, bytes(message.payload), message.qos, message.mid, self._connection))

    def _to_loop(self, call: Callable[..., None], *args: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    def _set_state(self, connected: bool, trouble: str) -> None:
        if connected == self.is_connected and trouble == self.trouble:
            return
        self.is_connected, self.trouble = connected, trouble
        _log.info("mqtt.connected" if connected else "mqtt.disconnected", url=urlsplit(self._endpoint.url).hostname, why=trouble or None)
        if self._on_state is not None:
            self._on_state(connected)

    def _deliver(self, delivery: Delivery) -> None:
        if self._on_delivery is not None:
            self._on_delivery(delivery)
