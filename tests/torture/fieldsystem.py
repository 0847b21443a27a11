"""A made-up field system: its stations, its clocks and its walking values, all drawn from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from tests.torture.model import Described, Fact, Fix, Message, Reading, Series, Station, Untimed

STATIONS = ("s0", "s1", "s2", "s3")
MOVERS = ("m0", "m1")
SILENT = "x0"
"""A station that never describes itself."""
CLOCKLESS = "u0"
"""A station that states no times."""
LIMITS = {"level": (-10.0, 20.0), "rain": (0.0, 500.0)}
"""The ranges that the stations describe."""
_SPANS = {
    "level": (1.0, 8.0),
    "held": (0.0, 18.0),
    "rain": (0.0, 90.0),
    "flow": (-5.0, 5.0),
    "energy": (0.0, 50.0),
    "energy.sum": (0.0, 9e5),
}
PROPERTIES = ("level", "held", "rain", "flow")
_LONGEST_PAUSE_MS = 20_000
_OLDEST_LATE_MS = 600_000
OLD_MS = 86_400_000
"""What is so much older than the beginning of all clocks, the service takes for history."""
_OLD_SHARE = 0.1
_EAST = timezone(timedelta(hours=7))


class Draft(NamedTuple):
    """A message before it has its sender: the topic below `ioc/v1/{source}/`, the payload, and what it says."""

    topic: str
    payload: bytes
    facts: Sequence[Fact]
    retain: bool = False
    told_time: str | None = None


def as_json(told: Any) -> bytes:
    """Return JSON as a field system would write it."""
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


class FieldSystem:
    """One source. `start` is where its clocks begin, in ms; `speaks_5` whether its connection is MQTT 5; `is_closed` whether its policy is."""

    def __init__(self, name: str, *, seed: str, start: int, speaks_5: bool, is_closed: bool) -> None:
        self.name, self.start, self.speaks_5, self.is_closed = name, start, speaks_5, is_closed
        self.rng = random.Random(f"{seed}/{name}")
        self.is_late = False
        self.events: list[str] = []
        self.said: list[Reading] = []
        self._clocks: dict[Series | Station, int] = {}
        self._used: dict[Series | Station, set[int]] = {}
        self._values: dict[Series, float] = {}
        self._numbers = 0
        self._names: dict[str, str] = {}

    def send(self, draft: Draft) -> Message:
        """Return the message that this system publishes; a topic that begins with `/` names no source."""
        topic = f"ioc/v1{draft.topic}" if draft.topic.startswith("/") else f"ioc/v1/{self.name}/{draft.topic}"
        return Message(self.name, topic, draft.payload, draft.retain, draft.told_time)

    def number(self) -> int:
        """Return a number that was not given before."""
        self._numbers += 1
        return self._numbers

    def station(self) -> str:
        """Return a fixed station."""
        return self.rng.choice((*STATIONS, *STATIONS, SILENT))

    def time(self, *keys: Series | Station) -> int:
        """Return a time that none of the series or stations had yet: the next one of all, or an older one while the system is late."""
        used = [self._used.setdefault(key, set()) for key in keys]
        clocks = [self._clocks[key] for key in keys if key in self._clocks]
        if self.is_late and clocks:
            time = min(clocks)
            age = self.rng.randint(OLD_MS * 3 // 2, OLD_MS * 3) if self.rng.random() < _OLD_SHARE else 0
            while any(time in one for one in used):
                time = min(clocks) - age - self.rng.randint(1, _OLDEST_LATE_MS)
        else:
            time = max([self.start, *clocks]) + self.rng.randint(1, _LONGEST_PAUSE_MS)
        for key, one in zip(keys, used, strict=True):
            one.add(time)
            self._clocks[key] = max(time, self._clocks.get(key, time))
        return time

    def reading(self, station: str, name: str, *, time: int | None = None) -> Reading:
        """Return a reading of a series at its next time, or at `time`; its value walks up and down."""
        series = self.name, station, name
        low, high = _SPANS[name]
        before = self._values.get(series, (low + high) / 2)
        value = min(high, max(low, before + self.rng.uniform(-0.12, 0.12) * (high - low)))
        self._values[series] = value = round(value, 2)
        reading = Reading(series, self.time(series) if time is None else time, value)
        self.said.append(reading)
        return reading

    def readings(self, station: str, names: Sequence[str]) -> list[Reading]:
        """Return a reading of each of some series, all at one time."""
        time = self.time(*[(self.name, station, name) for name in names])
        return [self.reading(station, name, time=time) for name in names]

    def untimed(self) -> Untimed:
        """Return a reading without a time, of a value that it never had."""
        return Untimed((self.name, CLOCKLESS, "live"), float(self.number()))

    def fix(self, station: str) -> Fix:
        """Return where a moving station is at its next time."""
        rng = self.rng
        lon, lat = round(rng.uniform(105.8, 107.1), 5), round(rng.uniform(20.9, 21.7), 5)
        speed = rng.choice([None, rng.randrange(0, 400) / 4])
        heading = rng.choice([None, rng.randrange(0, 720) / 2])
        key = self.name, station
        return Fix(key, self.time(key), (lon, lat, speed, heading))

    def description(self, station: str, *, renamed: bool) -> tuple[Described, dict[str, Any]]:
        """Return what a station says about itself: always the same, but for its name."""
        if renamed or station not in self._names:
            self._names[station] = f"Trạm {station} số {self.number()}"
        name = self._names[station]
        body: dict[str, Any] = {"name": name, "kind": "vehicle" if station in MOVERS else "gauge", "interval_s": 60}
        if station in STATIONS:
            place = int(station[1:]) / 100
            limits = {word: {"unit": "m", "min": low, "max": high} for word, (low, high) in LIMITS.items()}
            body |= {"lon": 106 + place, "lat": 21 + place, "properties": {**limits, "held": {"unit": "1"}}}
        return Described((self.name, station), name), body

    def spell(self, time: int) -> str | int | float:
        """Return a time in one of the ways of the contract."""
        return self.rng.choice((rfc3339(time), rfc3339(time), rfc3339(time, east=True), time, time / 1000))


def rfc3339(time: int, *, east: bool = False) -> str:
    """Return a time in ms as RFC 3339, in UTC or as it is in Hà Nội."""
    seconds, ms = divmod(time, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1000)
    text = moment.astimezone(_EAST).isoformat(timespec="milliseconds") if east else moment.isoformat(timespec="milliseconds")
    return text if east else text.replace("+00:00", "Z")
