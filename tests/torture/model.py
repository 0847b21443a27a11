"""What must be in the store after some messages, known from what was generated and from docs/mqtt.md alone; it calls nothing of ioc.

Times are whole milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

OUTCOMES = ("stored", "duplicate", "late", "quarantined", "refused")
NOWHERE = "-"
"""The source of a topic that names none."""

Series = tuple[str, str, str]
"""(source, station, property)."""
Station = tuple[str, str]
"""(source, station)."""


class Message(NamedTuple):
    """What is published: `sender` is the field system whose connection carries it, `told_time` the MQTT 5 user property `time`."""

    sender: str
    topic: str
    payload: bytes
    retain: bool = False
    told_time: str | None = None


class Reading(NamedTuple):
    """A value at a stated time."""

    series: Series
    time: int
    value: float


class Untimed(NamedTuple):
    """A value without a time: each delivery of it is an observation of its own. Values of a series are unique."""

    series: Series
    value: float


class Fix(NamedTuple):
    """Where a moving station was; `motion` is (lon, lat, speed, heading), the latter two exact as 32-bit numbers."""

    station: Station
    time: int
    motion: tuple[float, float, float | None, float | None]


class Happening(NamedTuple):
    """A service event; `time` is None where it states none. `content` is (type, subject, unit, lon, lat, data as sorted JSON)."""

    source: str
    id: str
    time: int | None
    content: tuple[str, str | None, str | None, float | None, float | None, str]


class Described(NamedTuple):
    """A self-description; all of a station differ in the name only."""

    station: Station
    name: str


class Status(NamedTuple):
    """A source says that it is online or offline."""

    source: str
    online: bool


class Bad(NamedTuple):
    """An item that is not accepted; `item` is None for the message as a whole, `books` the source that it is counted for."""

    books: str
    reason: str
    item: int | None = None


Fact = Reading | Untimed | Fix | Happening | Described | Status | Bad


class Kept(NamedTuple):
    """A row of the quarantine."""

    source: str
    topic: str
    told_time: str | None
    items: tuple[int, ...] | None
    reason: str
    payload: bytes


@dataclass
class Model:
    """The store after every message was delivered once, in order of `take`; what further deliveries may add is for the audit to say.

    Readings before `old_before` are more than a day old at any arrival, so that no rule judges them and they count as late. `former` has the
    values that a correction replaced, in their order. `told` counts descriptions and statuses, which are stored at each delivery.
    """

    old_before: int
    observations: dict[Series, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    former: dict[tuple[Series, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    untimed: dict[Series, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))
    positions: dict[Station, dict[int, tuple[float, float, float | None, float | None]]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[tuple[str, str], Happening] = field(default_factory=dict)
    names: dict[Station, str] = field(default_factory=dict)
    online: dict[str, bool] = field(default_factory=dict)
    quarantined: Counter[Kept] = field(default_factory=Counter)
    books: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    told: Counter[str] = field(default_factory=Counter)
    _newest: dict[Series | Station, int] = field(default_factory=dict)

    def take(self, message: Message, facts: Sequence[Fact]) -> None:
        """Account for one delivery of `message`, which says `facts` in this order.

        A reading or position is late when an earlier message had a newer one of its series or station, whatever else its own message has.
        """
        before: dict[Series | Station, int | None] = {}
        for fact in facts:
            if isinstance(fact, Reading | Fix):
                key = fact.series if isinstance(fact, Reading) else fact.station
                before.setdefault(key, self._newest.get(key))
                self._newest[key] = max(fact.time, self._newest.get(key, fact.time))
                self.books[key[0]][self._timed(fact, before[key])] += 1
            elif not isinstance(fact, Bad):
                self._say(fact)
        self._set_aside(message, [fact for fact in facts if isinstance(fact, Bad)])

    def items(self, source: str) -> int:
        """Return how many items of `source` one delivery of each message has."""
        return self.books[source].total()

    def _timed(self, fact: Reading | Fix, newest: int | None) -> str:
        """Keep a reading or a position and return its outcome."""
        if isinstance(fact, Reading):
            known = self.observations[fact.series]
            if fact.time in known:
                return self._again(fact)
            known[fact.time] = fact.value
        else:
            places = self.positions[fact.station]
            if fact.time in places:
                return "duplicate"
            places[fact.time] = fact.motion
        is_old = isinstance(fact, Reading) and fact.time < self.old_before
        return "late" if is_old or (newest is not None and fact.time < newest) else "stored"

    def _again(self, fact: Reading) -> str:
        """Return the outcome of a reading whose time is known: a value that this time never had is a correction."""
        present, former = self.observations[fact.series], self.former.get((fact.series, fact.time), [])
        if fact.value == present[fact.time] or fact.value in former:
            return "duplicate"
        self.former[fact.series, fact.time].append(present[fact.time])
        present[fact.time] = fact.value
        return "late"

    def _say(self, fact: Untimed | Happening | Described | Status) -> None:
        outcome = "stored"
        if isinstance(fact, Untimed):
            source = fact.series[0]
            self.untimed[fact.series][fact.value] += 1
        elif isinstance(fact, Happening):
            source = fact.source
            outcome = "duplicate" if (source, fact.id) in self.events else "stored"
            self.events.setdefault((source, fact.id), fact)
        elif isinstance(fact, Described):
            source = fact.station[0]
            self.names[fact.station] = fact.name
            self.told[source] += 1
        else:
            source = fact.source
            self.online[source] = fact.online
            self.told[source] += 1
        self.books[source][outcome] += 1

    def _set_aside(self, message: Message, bad: Sequence[Bad]) -> None:
        """Keep a message once for each reason; one of the wrong size is counted only."""
        by_reason: dict[str, list[Bad]] = defaultdict(list)
        for one in bad:
            by_reason[one.reason].append(one)
        for reason, some in by_reason.items():
            books = some[0].books
            self.books[books]["refused" if reason == "size" else "quarantined"] += len(some)
            if reason != "size":
                numbers = [one.item for one in some if one.item is not None]
                items = tuple(numbers) if numbers else None
                self.quarantined[Kept(books, message.topic, message.told_time, items, reason, message.payload)] += 1
