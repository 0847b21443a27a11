"""One connection of the service to the broker, in the event loop.

paho-mqtt speaks the protocol (connect, session, subscribe, keep-alive, publish) through a socket that is ours: the event loop's transport
carries the bytes, TLS included, and what is dear by the thousand, PUBLISH in and PUBACK out, goes past paho (see `packets`).
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt import MQTTException
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ioc.errors import ConfigurationError
from ioc.packets import MalformedError, Publish, Splitter, puback

_log = structlog.get_logger()
_SESSION_EXPIRY_S = 7 * 24 * 3600
_KEEPALIVE_S = 30
_MAX_PACKET_BYTES = 16 * 1024 * 1024
_MAX_WRITE_BUFFER = 8 * 1024 * 1024
_CONNECT_TIMEOUT_S = 10.0
_PATIENCE_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_MQTT_5 = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the broker is and how to enter; `protocol` is 5 or 311."""

    url: str
    protocol: int = _MQTT_5
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
        return url.hostname, port, user, unquote(url.password) if url.password else None, url.scheme == "mqtts"


class Delivery(NamedTuple):
    """A message from the broker; `connection` numbers the connections, since an acknowledgement is worth nothing on another one.

    `told_time` is the MQTT 5 user property `time`, None where there is none; `is_retained` tells what the broker had kept for a new
    subscription.
    """

    topic: str
    payload: bytes
    qos: int
    mid: int
    connection: int
    told_time: str | None = None
    is_retained: bool = False


class _Pipe:
    """What paho takes for its socket: it reads the packets that we leave to it, and writes to the transport."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self.transport = transport
        self.incoming = bytearray()
        self.is_closed = False

    def recv(self, size: int) -> bytes:
        if not self.incoming:
            if self.is_closed:
                return b""
            raise BlockingIOError
        taken = bytes(self.incoming[:size])
        del self.incoming[:size]
        return taken

    def send(self, data: bytes) -> int:
        self.transport.write(bytes(data))
        return len(data)

    def close(self) -> None:
        if self.transport.get_write_buffer_size() > _MAX_WRITE_BUFFER:
            self.transport.abort()
        self.transport.close()

    def setblocking(self, _flag: bool) -> None:
        """It never blocks."""


class _Client(paho.Client):
    """paho's client on a pipe of ours instead of a socket of its own."""

    pipe: _Pipe | None = None

    def _create_socket(self) -> Any:
        assert self.pipe is not None
        return self.pipe


class Connection(asyncio.Protocol):
    """A client of the broker which reconnects by itself; everything happens in the event loop.

    `number` counts the connections, `delivered` the messages of the present one. `durable` keeps the session at the broker while we are away
    and leaves acknowledging to the caller (`acknowledge`); `window` is how many messages may be unacknowledged at a time. `may_connect` is
    asked before each attempt to connect. `has_session` tells whether the broker remembered the session when it let us in last, and so
    delivers again what was not acknowledged.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        client_id: str,
        topic_filter: str | None,
        on_deliveries: Callable[[list[Delivery]], None],
        on_state: Callable[[bool], None] = lambda _connected: None,
        durable: bool = False,
        window: int = 65535,
        may_connect: Callable[[], bool] = lambda: True,
    ) -> None:
        self._endpoint, self._topic_filter, self._durable, self._window = endpoint, topic_filter, durable, window
        self._on_deliveries, self._on_state = on_deliveries, on_state
        self._may_connect = may_connect
        self.number = self.delivered = 0
        self.has_session = False
        self._unacknowledged: set[int] = set()
        self._is_admitted = False
        self._is_held = False
        self._lost = asyncio.Event()
        self._pipe: _Pipe | None = None
        self._splitter = Splitter(has_properties=False)
        self.is_connected = False
        self.trouble = "not connected yet"
        self._client = self._make_client(client_id)

    async def run(self) -> None:
        """Connect, and connect again when the connection is lost, until cancelled; then disconnect in good order."""
        tries = 0
        try:
            while True:
                before = self.number
                if self._may_connect():
                    await self._connect_once()
                tries = 0 if self.number > before else tries + 1
                wait = _PATIENCE_S[min(tries, len(_PATIENCE_S) - 1)]
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects
        finally:
            if self._pipe is not None and not self._pipe.is_closed:
                self._client.disconnect()
                self._pipe.transport.close()

    def acknowledge(self, messages: Iterable[tuple[int, int, int]]) -> None:
        """Acknowledge messages told as (mid, qos, connection); those of an earlier connection are left, the broker delivers them again."""
        if self._pipe is not None and self._is_admitted:
            mids = [mid for mid, qos, connection in messages if qos and connection == self.number]
            if mids:
                self._pipe.transport.write(puback(mids))
                self._unacknowledged.difference_update(mids)

    @property
    def unacknowledged(self) -> int:
        """How many messages of the present connection were delivered and not acknowledged yet."""
        return len(self._unacknowledged)

    def hold(self, wanted: bool) -> None:
        """Read nothing from the network while that is `wanted`, so that the broker has to wait too."""
        if self._pipe is not None and wanted != self._is_held:
            self._is_held = wanted
            transport = cast("asyncio.ReadTransport", self._pipe.transport)
            if wanted:
                transport.pause_reading()
            elif not self._pipe.is_closed:
                transport.resume_reading()

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish with QoS 0 and return whether it was handed to the network; a peer that does not read gets no more."""
        if self._pipe is None or self._pipe.transport.get_write_buffer_size() > _MAX_WRITE_BUFFER:
            return False
        return self._client.publish(topic, payload, qos=0).rc == paho.MQTT_ERR_SUCCESS

    def reconnect(self, why: str) -> None:
        """Drop the connection on purpose; the broker delivers again what was not acknowledged."""
        _log.warning("mqtt.reconnect", why=why)
        if self._pipe is not None:
            self._pipe.transport.abort()  # a peer that does not read would keep a polite close waiting

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up a fresh connection to the broker."""
        self._pipe = self._client.pipe = _Pipe(cast("asyncio.WriteTransport", transport))  # other loops have classes of their own
        self._is_held = self._is_admitted = False
        self._splitter = Splitter(has_properties=self._endpoint.protocol == _MQTT_5)
        self._client.reconnect()

    def data_received(self, data: bytes) -> None:
        """Take in what came: first what paho has to know, then the messages."""
        try:
            publishes, others = self._splitter.feed(data)
        except MalformedError as error:
            self.reconnect(f"the broker sent what is not MQTT: {error}")
            return
        if others and self._pipe is not None:
            self._pipe.incoming += others
            while self._pipe.incoming and self._client.loop_read() == paho.MQTT_ERR_SUCCESS:
                pass
            self._client.loop_write()
        if publishes:
            self.delivered += len(publishes)
            if self._durable:
                self._unacknowledged.update(publish.mid for publish in publishes if publish.qos)
            self._on_deliveries([self._delivery(publish) for publish in publishes])

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell paho, and whoever waits, that the connection is gone."""
        if self._pipe is not None:
            self._pipe.is_closed = True
            self._is_admitted = False
            self._client.loop_read()
        self._set_state(False, f"disconnected: {exc or 'the broker closed the connection'}")
        self._lost.set()

    async def _connect_once(self) -> None:
        """Connect and stay until the connection is lost."""
        host, port, *_, tls = self._endpoint.parts()
        self._lost.clear()
        loop = asyncio.get_running_loop()
        try:
            context = ssl.create_default_context(cafile=self._endpoint.ca_file) if tls else None
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: self, host, port, ssl=context)
        except (OSError, TimeoutError) as error:
            self._set_state(False, "the broker does not answer" if isinstance(error, ConnectionError | TimeoutError) else str(error))
            return
        seconds = 0
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(1):
                    await self._lost.wait()
            except TimeoutError:
                self._client.loop_misc()
                seconds += 1
                if seconds >= _CONNECT_TIMEOUT_S and not self.is_connected:
                    self.reconnect("the broker took the connection and does not answer")

    def _make_client(self, client_id: str) -> _Client:
        host, port, user, password, _ = self._endpoint.parts()
        is_5 = self._endpoint.protocol == _MQTT_5
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if is_5 else not self._durable,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=self._durable,
        )
        if user is not None:
            client.username_pw_set(user, password)
        client.on_connect, client.on_subscribe = self._connected, self._subscribed
        options: dict[str, Any] = {}
        if is_5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = _SESSION_EXPIRY_S if self._durable else 0
            properties.ReceiveMaximum = min(self._window, 65535)
            properties.MaximumPacketSize = _MAX_PACKET_BYTES
            options = {"properties": properties, "clean_start": not self._durable}
        client.connect_async(host, port, keepalive=_KEEPALIVE_S, **options)
        return client

    def _connected(self, client: paho.Client, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._set_state(False, f"the broker refused: {reason}")
            return
        if self._topic_filter is not None:
            qos = 1 if self._durable else 0
            if self._endpoint.protocol == _MQTT_5:
                # What is retained comes with a new subscription only, not again with every connection.
                client.subscribe(self._topic_filter, options=SubscribeOptions(qos=qos, retainHandling=1))
            else:
                client.subscribe(self._topic_filter, qos=qos)
        self.number += 1
        self.delivered, self.has_session, self._is_admitted = 0, flags.session_present, True
        self._unacknowledged.clear()
        self._set_state(True, "")

    def _subscribed(self, _client: paho.Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        if refused := [reason for reason in reasons if reason.is_failure]:
            self._set_state(False, f"the broker refused the subscription to {self._topic_filter}: {refused[0]}")

    def _delivery(self, publish: Publish) -> Delivery:
        try:
            topic = publish.topic.decode()
        except UnicodeDecodeError:
            topic = repr(publish.topic)
        told_time = _told_time(publish.properties) if publish.properties else None
        return Delivery(topic, publish.payload, publish.qos, publish.mid, self.number, told_time, publish.is_retained)

    def _set_state(self, connected: bool, trouble: str) -> None:
        if not connected and not self.is_connected and not self.trouble.startswith("not connected"):
            trouble = self.trouble if trouble.startswith("disconnected") else trouble
        if connected == self.is_connected and trouble == self.trouble:
            return
        self.is_connected, self.trouble = connected, trouble
        host = urlsplit(self._endpoint.url).hostname
        if connected:
            _log.info("mqtt.connected", host=host)
        else:
            _log.info("mqtt.disconnected", host=host, why=trouble)
        self._on_state(connected)


def _told_time(raw: bytes) -> str | None:
    """Return the user property `time` of a PUBLISH packet."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    try:
        properties.unpack(_with_length(raw))  # type: ignore[no-untyped-call]
    except (MQTTException, ValueError, IndexError, UnicodeDecodeError):
        return None
    return next((value for name, value in getattr(properties, "UserProperty", ()) if name == "time"), None)


def _with_length(raw: bytes) -> bytes:
    length, out = len(raw), bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out) + raw
