"""Run a simulation against a broker: the blocking functions behind `ioc simulate`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from ioc.demo.province import Province
from ioc.demo.publisher import BrokerAddress, Gateways, SourceClient

_PROGRESS_EVERY = timedelta(seconds=1)
_LONGEST_NAP_S = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation has come: messages handed to the broker, and those lost because the broker was away for too long."""

    sent: int
    lost: int
    elapsed_s: float


def simulate_province(
    *,
    mqtt_url: str,
    protocol: int = 5,
    rate: float = 40.0,
    speed: float = 1.0,
    seed: int = 1,
    duration_s: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    ca_file: Path | None = None,
) -> None:
    """Publish as the field systems of the simulated province do, until `duration_s` is over, SIGINT or SIGTERM comes.

    The broker may be away at first and at times. Raises ConfigurationError when the address cannot be read.
    """
    address = BrokerAddress.parse(mqtt_url, protocol=protocol, ca_file=ca_file)
    start = datetime.now(UTC)
    province = Province(seed, start, rate=rate, speed=speed)
    run = f"{start:%H%M%S%f}"
    clients = [SourceClient(address, source, run=run, introductions=province.introductions(source)) for source in province.sources]
    with stop_on_signals() as stopped, Gateways(clients) as gateways:
        _play(province, gateways, stopped, start=start, duration_s=duration_s, on_progress=on_progress)


def _play(
    province: Province,
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
        for message in province.messages(now):
            gateways.publish(message)
        if on_progress is not None and now >= tell_at:
            on_progress(Progress(gateways.sent, gateways.lost, (now - start).total_seconds()))
            tell_at = now + _PROGRESS_EVERY
        stopped.wait(min(_LONGEST_NAP_S, max(0.0, (province.next_due() - datetime.now(UTC)).total_seconds())))


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
