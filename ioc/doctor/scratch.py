"""A client of the broker for measurements: connects when told, never again by itself, acknowledges only when it should."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ioc.errors import Forbidden, Unavailable
from ioc.mqtt import Endpoint

_MQTT_5 = 5
_ANSWER_S = 5.0
_AT_ONCE = 1000
_RECEIVE_MAXIMUM = 65535
_SESSION_S = 60


class ScratchClient:
    """One client id; `received` counts the messages that came, `newest` is the last of them.

    Args:
        endpoint: the broker, and how to enter.
        client_id: a name that nobody else has.
        acknowledges: whether messages are acknowledged as they come, or never.
        durable: whether the broker keeps the session for a minute while we are away.
    """

    def __init__(self, endpoint: Endpoint, client_id: str, *, acknowledges: bool = True, durable: bool = False) -> None:
        self._endpoint, self._client_id, self._acknowledges, self._durable = endpoint, client_id, acknowledges, durable
        self._changed = threading.Condition()
        self._client: paho.Client | None = None
        self._answer: Any = None
        self._subscribed: list[Any] = []
        self._refused: Any = None
        self._lost: str | None = None
        self.received = self.published = self.taken = 0
        self.newest: paho.MQTTMessage | None = None
        self.has_session = False
        self.broker_says: dict[str, Any] = {}

    def connect(self, *, fresh: bool = True) -> None:
        """Connect; `fresh` forgets the session that the broker may have.

        Raises:
            Unavailable: the broker does not answer or does not let us in.
        """
        host, port, user, password, tls = self._endpoint.parts()
        self._client = client = self._make(fresh)
        self._answer = self._lost = None
        if user is not None:
            client.username_pw_set(user, password)
        try:
            if tls:
                client.tls_set_context(ssl.create_default_context(cafile=self._endpoint.ca_file))
            if self._endpoint.protocol == _MQTT_5:
                client.connect(host, port, keepalive=30, clean_start=fresh, properties=self._wishes())
            else:
                client.connect(host, port, keepalive=30)
        except OSError as error:
            raise Unavailable(f"{host}:{port} does not answer: {error}") from error
        client.loop_start()
        self.wait(lambda: self._answer is not None or self._lost is not None, _ANSWER_S)
        if self._answer is None or self._answer.is_failure:
            why = self._lost if self._answer is None else self._answer
            self.disconnect()
            raise Unavailable(f"{host}:{port} does not let us in: {why or f'no answer in {_ANSWER_S:g} s'}")

    def disconnect(self) -> None:
        """Leave in good order."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def subscribe(self, topic_filter: str) -> None:
        """Subscribe with QoS 1.

        Raises:
            Forbidden: the broker refuses.
            Unavailable: it does not answer.
        """
        assert self._client is not None
        self._subscribed = []
        self._client.subscribe(topic_filter, qos=1)
        if not self.wait(lambda: bool(self._subscribed), _ANSWER_S):
            raise Unavailable(f"the subscription to {topic_filter} was not answered in {_ANSWER_S:g} s")
        if refused := [reason for reason in self._subscribed if reason.is_failure]:
            raise Forbidden(f"the subscription to {topic_filter} was refused: {refused[0]}")

    def publish(self, topic: str, payload: bytes, *, times: int = 1, retain: bool = False, within_s: float = _ANSWER_S) -> bool:
        """Publish with QoS 1 and return whether the broker acknowledged all of them in time.

        Raises:
            Forbidden: the broker refuses.
        """
        assert self._client is not None
        end = monotonic() + within_s
        at_once = min(_AT_ONCE, self.broker_says.get("ReceiveMaximum", _AT_ONCE))
        while times and self._lost is None and monotonic() < end:
            some = min(times, at_once)
            times -= some
            self.published += some
            for _ in range(some):
                self._client.publish(topic, payload, qos=1, retain=retain)
            self.wait(lambda: self.taken >= self.published or self._lost is not None, end - monotonic())
            if self._refused is not None:
                raise Forbidden(f"a message to {topic} was refused: {self._refused}")
        return not times and self.taken >= self.published

    def wait(self, is_so: Callable[[], bool], within_s: float) -> bool:
        """Wait until `is_so`, at most for so long; return whether it is."""
        with self._changed:
            return self._changed.wait_for(is_so, within_s)

    def wait_for_all(self, wanted: int, *, pause_s: float, within_s: float) -> int:
        """Wait until `wanted` messages came, or none any more for `pause_s`; return how many came."""
        end = monotonic() + within_s
        while self.received < wanted and monotonic() < end:
            before = self.received
            if not self.wait(lambda before=before: self.received > before, pause_s):  # type: ignore[misc]
                break
        return self.received

    def _make(self, fresh: bool) -> paho.Client:
        is_5 = self._endpoint.protocol == _MQTT_5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if is_5 else fresh and not self._durable,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=not self._acknowledges,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(_AT_ONCE)  # more than the broker takes is never sent, see `publish`
        client.on_connect, client.on_disconnect, client.on_message = self._on_connect, self._on_disconnect, self._on_message
        client.on_subscribe, client.on_publish = self._on_subscribe, self._on_publish
        return client

    def _wishes(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_S if self._durable else 0
        properties.ReceiveMaximum = _RECEIVE_MAXIMUM
        return properties

    # What paho's thread calls.

    def _on_connect(self, _client: paho.Client, _data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.broker_says = properties.json() if properties else {}
        with self._changed:
            self.has_session, self._answer = flags.session_present, reason
            self._changed.notify_all()

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._changed:
            self._lost = str(reason)
            self._changed.notify_all()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.received += 1
            self.newest = message
            self._changed.notify_all()

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        with self._changed:
            self._subscribed = reasons
            self._changed.notify_all()

    def _on_publish(self, _client: paho.Client, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
        with self._changed:
            self.taken += 1
            if reason.is_failure:
                self._refused = reason
            self._changed.notify_all()
