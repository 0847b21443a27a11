"""Run a simulation against a broker: the blocking functions behind `ioc simulate`."""

from __future__ import annotations

import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from types import FrameType

import msgspec
from paho.mqtt.client import MQTTMessageInfo

from ioc.demo import namdinh
from ioc.demo.offices import SOURCES, Offices, Work
from ioc.demo.province import Message, Province
from ioc.demo.publisher import Gateways, SourceClient
from ioc.errors import Unavailable
from ioc.mqtt import Endpoint

_PROGRESS_EVERY = timedelta(seconds=1)
_LONGEST_NAP_S = 0.25
_WINDOW = 20
"""Messages of a bulk transfer that may be on their way at one time."""
_CONNECT_TIMEOUT_S = 30.0
_ACKNOWLEDGE_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation has come: messages handed to the broker, and those lost because the broker was away for too long."""

    sent: int
    lost: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the broker has acknowledged: messages, and by event type the events and the VND in them."""

    messages: int
    events: dict[str, int]
    vnd: dict[str, int]


def simulate_province(
    *,
    mqtt_url: str,
    protocol: int = 5,
    rate: float = 40.0,
    speed: float = 1.0,
    seed: int = 1,
    duration_s: float | None = None,
    offices_since: date | None = None,
    offices_from: datetime | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    ca_file: Path | None = None,
) -> None:
    """Publish as the field systems of the simulated province do, until `duration_s` is over, SIGINT or SIGTERM comes.

    With `offices_since`, the day since which they work, its offices publish too, in real time whatever `speed` is: what they do from `offices_from` (now) on.
    The broker may be away at first and at times. Raises ConfigurationError when the address cannot be read.
    """
    endpoint = Endpoint(mqtt_url, protocol, ca_file)
    start = datetime.now(UTC)
    province = Province(seed, start, rate=rate, speed=speed)
    run = f"{start:%H%M%S%f}"
    work = None if offices_since is None else Work(Offices(seed, offices_since), offices_from or start)
    clients = [SourceClient(endpoint, source, run=run, introductions=province.introductions(source)) for source in province.sources]
    if work is not None:
        clients += [SourceClient(endpoint, source, run=run, has_status=False) for source in SOURCES if source not in province.sources]
    with stop_on_signals() as stopped, Gateways(clients) as gateways:
        _play(province, work, gateways, stopped, start=start, duration_s=duration_s, on_progress=on_progress)


def _play(
    province: Province,
    work: Work | None,
    gateways: Gateways,
    stopped: threading.Event,
    *,
    start: datetime,
    duration_s: float | None,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    end = None if duration_s is None else start + timedelta(seconds=duration_s)
    tell_at = start + _PROGRESS_EVERY
    while not stopped.is_set() and (end is None or datetime.now(UTC) < end):
        now = datetime.now(UTC)
        for message in chain(province.messages(now), work.messages(now) if work else ()):
            gateways.publish(message)
        if on_progress is not None and now >= tell_at:
            on_progress(Progress(gateways.sent, gateways.lost, (now - start).total_seconds()))
            tell_at = now + _PROGRESS_EVERY
        stopped.wait(min(_LONGEST_NAP_S, max(0.0, (province.next_due() - datetime.now(UTC)).total_seconds())))


def simulate_namdinh(
    *,
    mqtt_url: str,
    protocol: int = 5,
    seed: int = 1,
    on_progress: Callable[[Report], None] | None = None,
    ca_file: Path | None = None,
) -> Report:
    """Publish the reporting month 20 April to 19 May 2023 of Nam Định and return what the broker acknowledged.

    Sending it again, with any seed, adds nothing: the events have the same ids. Raises ConfigurationError when the address cannot be read, and
    Unavailable when the broker does not answer in time.
    """
    endpoint = Endpoint(mqtt_url, protocol, ca_file)
    client = SourceClient(endpoint, namdinh.SOURCE, run=f"{datetime.now(UTC):%H%M%S%f}")
    tally = _Tally()
    on_the_way: deque[tuple[Message, MQTTMessageInfo]] = deque()
    with Gateways([client]):
        client.wait_connected(_CONNECT_TIMEOUT_S)
        for message in namdinh.messages(seed):
            on_the_way.append((message, client.publish(message)))
            if len(on_the_way) >= _WINDOW:
                tally.acknowledged(*on_the_way.popleft())
                if on_progress is not None:
                    on_progress(tally.report())
        for pair in on_the_way:
            tally.acknowledged(*pair)
    return tally.report()


class _Tally:
    """Counts what the broker has acknowledged."""

    def __init__(self) -> None:
        self._messages, self._events, self._vnd = 0, Counter[str](), Counter[str]()

    def acknowledged(self, message: Message, info: MQTTMessageInfo) -> None:
        """Wait until the broker has `message`, and count it; raises Unavailable when that takes too long."""
        info.wait_for_publish(_ACKNOWLEDGE_TIMEOUT_S)
        if not info.is_published():
            raise Unavailable(f"the broker did not acknowledge {message.topic} within {_ACKNOWLEDGE_TIMEOUT_S:g} s")
        type_ = message.topic.rpartition("/")[2]
        events = msgspec.json.decode(message.payload)
        self._messages += 1
        self._events[type_] += len(events)
        self._vnd[type_] += sum(event["data"].get("amount", 0) for event in events)

    def report(self) -> Report:
        return Report(self._messages, dict(self._events), {type_: vnd for type_, vnd in self._vnd.items() if vnd})


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGINT or SIGTERM sets; outside the main thread, where no handler can be set, nothing sets it."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
