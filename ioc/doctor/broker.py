"""The broker, measured: what it lets be under way, what it keeps while we are away, and what else ingest relies on.

Everything happens under `ioc/doctor/…`, which no ingest listens to, with client ids of our own, and leaves no session and nothing retained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from ioc.doctor.finding import Finding, Findings
from ioc.doctor.scratch import ScratchClient
from ioc.errors import Forbidden, IocError
from ioc.mqtt import Endpoint
from ioc.settings import Settings

LARGEST_BYTES = 1 << 20
"""What ioc takes in one message (docs/mqtt.md)."""

QUEUED_TRIED = 2000
_FIRST_ROUND = 64
_MOST_UNDER_WAY = 65535  # Receive Maximum has no more
_PAUSE_S = 0.5
_STAGE_S = 5.0
_TRIP_S = 3.0
_SLOW_MS = 250.0
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; `under_way_tried` and `QUEUED_TRIED` are how many messages there were to be delivered."""

    version: str | None
    round_trip_ms: float
    largest_came: bool
    largest_told: int | None
    retains: bool
    keeps_session: bool
    under_way: int
    under_way_tried: int
    queued: int


def check_broker(settings: Settings) -> list[Finding]:
    """Measure the broker of the settings, in at most half a minute and usually in two seconds."""
    found = Findings("broker")
    endpoint = Endpoint(settings.mqtt_url, settings.mqtt_protocol, settings.mqtt_ca_file)
    began = monotonic()
    try:
        measured = measure(endpoint, window=window_of(settings))
    except IocError as error:
        found.fault(
            "connection",
            error.detail,
            why="nothing arrives and nobody sees changes",
            remedy="start the broker, or set IOC_MQTT_URL, IOC_MQTT_PROTOCOL and IOC_MQTT_CA_FILE right; its user needs read and write on ioc/#",
        )
        return found.all
    host, port, *_, tls = endpoint.parts()
    version = {5: "MQTT 5", 311: "MQTT 3.1.1"}[settings.mqtt_protocol]
    found.ok(
        "connection", f"{host}:{port}, {version}{', TLS' if tls else ''}, {measured.version or 'a broker that does not say its version'}"
    )
    judge(measured, found, window=window_of(settings))
    found.ok("time taken", f"{monotonic() - began:.1f} s; a broker tells no time, so its clock cannot be compared")
    return found.all


def window_of(settings: Settings) -> int:
    """Return how many messages ingest may have under way: the batch that is committed and the one that fills."""
    return min(2 * settings.batch_size, _MOST_UNDER_WAY)


def judge(m: Measured, found: Findings, *, window: int) -> None:
    """Say what the measurements mean for an ingest with this window."""
    _judge_under_way(m, found, window)
    if m.queued < QUEUED_TRIED:
        found.warn(
            "queue of a session that is away",
            f"{m.queued} of {QUEUED_TRIED} messages were kept",
            why="while ioc or the database is away the broker drops what comes on top",
            remedy="set max_queued_messages (Mosquitto's own: 1000) to messages a second x the longest outage in seconds; see docs/deploy.md",
        )
    else:
        found.ok("queue of a session that is away", f"all of {QUEUED_TRIED} messages were kept")
    if m.keeps_session:
        found.ok("durable session", "kept over a reconnect")
    else:
        found.fault(
            "durable session",
            "not kept over a reconnect",
            why="what is sent while ioc restarts is lost",
            remedy="let the broker keep sessions: persistence true, persistent_client_expiration of days",
        )
    if m.retains:
        found.ok("retained messages", "kept and delivered")
    else:
        found.warn(
            "retained messages",
            "not delivered to a new subscription",
            why="stations describe themselves in retained messages",
            remedy="set retain_available true",
        )
    _judge_size(m, found)
    if m.round_trip_ms <= _SLOW_MS:
        found.ok("round trip", f"{m.round_trip_ms:.1f} ms (median of 5, QoS 1)")
    else:
        found.warn(
            "round trip",
            f"{m.round_trip_ms:.0f} ms (median of 5, QoS 1)",
            why=f"over {_SLOW_MS:.0f} ms viewers see changes late",
            remedy="look at the broker's load and the network between; set_tcp_nodelay true helps on Mosquitto",
        )


def _judge_size(m: Measured, found: Findings) -> None:
    if m.largest_came:
        told = "" if m.largest_told is None else f", the broker's limit is {m.largest_told} bytes"
        found.ok("message size", f"{LARGEST_BYTES} bytes pass{told}")
    else:
        found.warn(
            "message size",
            f"a message of {LARGEST_BYTES} bytes did not pass"
            + ("" if m.largest_told is None else f", the limit is {m.largest_told} bytes"),
            why="ioc takes messages up to that size and tells senders of larger ones; the broker drops them without a word",
            remedy="set max_packet_size to 4194304, or leave it out",
        )


def _judge_under_way(m: Measured, found: Findings, window: int) -> None:
    check = "messages in flight"
    if m.under_way >= m.under_way_tried:
        found.ok(
            check,
            f"{m.under_way} or more unacknowledged at a time" + ("" if m.under_way >= window else f"; {window} were not tried in time"),
        )
    elif m.under_way >= window:
        found.ok(check, f"{m.under_way} unacknowledged at a time, {window} are needed")
    else:
        found.warn(
            check,
            f"the broker waits after {m.under_way} unacknowledged messages, ingest has room for {window}",
            why="a batch never gets larger than that, so each commit carries few messages and ingest falls behind under load",
            remedy=f"set max_inflight_messages {window} (Mosquitto's own: 20), or IOC_MQTT_PROTOCOL=5 where the broker speaks it, or a smaller IOC_BATCH_SIZE",
        )


def measure(endpoint: Endpoint, *, window: int) -> Measured:
    """Measure the broker with scratch clients.

    Raises:
        Unavailable: it does not answer, or stops answering.
        Forbidden: it does not let us publish or subscribe under `ioc/doctor/`.
    """
    name = f"ioc-doctor-{uuid4().hex[:12]}"
    topic = f"ioc/doctor/{name}"
    sender = ScratchClient(endpoint, f"{name}-s")
    sender.connect()
    try:
        round_trip_ms = _round_trip(endpoint, sender, f"{name}-r", f"{topic}/trip")
        under_way, tried = _under_way(endpoint, sender, f"{name}-f", f"{topic}/flight", window)
        keeps_session, queued = _queued(endpoint, sender, f"{name}-q", f"{topic}/queue")
        retains = _retains(endpoint, sender, f"{name}-t", f"{topic}/retained")
        largest = _largest(endpoint, f"{name}-l", f"{topic}/large")
        return Measured(
            version=_version(endpoint, f"{name}-v"),
            round_trip_ms=round_trip_ms,
            largest_came=largest,
            largest_told=sender.broker_says.get("MaximumPacketSize"),
            retains=retains,
            keeps_session=keeps_session,
            under_way=under_way,
            under_way_tried=tried,
            queued=queued,
        )
    finally:
        sender.disconnect()


def _round_trip(endpoint: Endpoint, sender: ScratchClient, name: str, topic: str) -> float:
    def trip(client: ScratchClient) -> float:
        began, before = monotonic(), client.received
        sender.publish(topic, b"x")
        if not client.wait(lambda: client.received > before, _TRIP_S):
            raise Forbidden(f"what is published to {topic} does not come back in {_TRIP_S:g} s: may our user write and read there?")
        return (monotonic() - began) * 1000

    return _with_client(ScratchClient(endpoint, name), topic, lambda client: median(trip(client) for _ in range(5)))


def _under_way(endpoint: Endpoint, sender: ScratchClient, name: str, topic: str, window: int) -> tuple[int, int]:
    """Return how many messages came without being acknowledged, and how many there were; more and more, so that a low limit costs few."""

    def count(client: ScratchClient) -> tuple[int, int]:
        sent, some, end = 0, _FIRST_ROUND, monotonic() + _STAGE_S
        while sent < window and monotonic() < end:
            some = min(some, window - sent)
            sender.publish(topic, b"x", times=some, within_s=max(0.1, end - monotonic()))
            sent, some = sent + some, 4 * some
            if client.wait_for_all(sent, pause_s=_PAUSE_S, within_s=_STAGE_S) < sent:
                break
        return client.received, sent

    return _with_client(ScratchClient(endpoint, name, acknowledges=False), topic, count)


def _queued(endpoint: Endpoint, sender: ScratchClient, name: str, topic: str) -> tuple[bool, int]:
    """Return whether the session of a client that was away is there when it comes back, and how many messages waited for it."""
    client = ScratchClient(endpoint, name, durable=True)
    client.connect()
    client.subscribe(topic)
    client.disconnect()
    try:
        sender.publish(topic, b"x", times=QUEUED_TRIED)
        client.connect(fresh=False)
        kept = client.has_session
        return kept, client.wait_for_all(QUEUED_TRIED, pause_s=_PAUSE_S, within_s=_STAGE_S) if kept else 0
    finally:
        client.disconnect()
        forgetful = ScratchClient(endpoint, name)  # a clean start without a wish to be remembered ends the session for good
        forgetful.connect()
        forgetful.disconnect()


def _retains(endpoint: Endpoint, sender: ScratchClient, name: str, topic: str) -> bool:
    sender.publish(topic, b"kept", retain=True)
    try:
        return _with_client(ScratchClient(endpoint, name), topic, lambda client: client.wait(lambda: client.received > 0, _PAUSE_S))
    finally:
        sender.publish(topic, b"", retain=True)


def _largest(endpoint: Endpoint, name: str, topic: str) -> bool:
    """Return whether the largest message that ioc takes passes; a client of its own, since a broker may throw out whoever sends it."""

    def send(client: ScratchClient) -> bool:
        client.publish(topic, bytes(LARGEST_BYTES), within_s=2.0)
        return client.wait(lambda: client.received > 0, 2.0)

    return _with_client(ScratchClient(endpoint, name), topic, send)


def _version(endpoint: Endpoint, name: str) -> str | None:
    """Return what the broker says of itself where it does and lets us read it."""

    def read(client: ScratchClient) -> str | None:
        client.wait(lambda: client.newest is not None, _PAUSE_S)
        return client.newest.payload.decode(errors="replace")[:80] if client.newest is not None else None

    try:
        return _with_client(ScratchClient(endpoint, name), "$SYS/broker/version", read)
    except IocError:
        return None


def _with_client(client: ScratchClient, topic_filter: str, work: Callable[[ScratchClient], Result]) -> Result:
    """Connect, subscribe, work, and leave in any case."""
    client.connect()
    try:
        client.subscribe(topic_filter)
        return work(client)
    finally:
        client.disconnect()
