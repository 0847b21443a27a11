"""Rows that are committed together: readings by series, everything else one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import overload

import msgspec

from ioc.domain.clock import rfc3339
from ioc.domain.observation import Observation, Readings, SeriesKey
from ioc.ingest.batch import Message
from ioc.ingest.outcome import Rejection
from ioc.ingest.work import Decoded

SPAN = timedelta(days=30)
"""How much time a commit covers: the store has a table for each day, and rows of thousands of days at once are slow and lock too many."""


@dataclass(slots=True)
class Part:
    """Readings of one series with the numbers of their rows: three lists of equal length."""

    series: SeriesKey
    rows: list[int] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, row: int, time: datetime, value: float) -> None:
        """Take in one reading."""
        self.rows.append(row)
        self.times.append(time)
        self.values.append(value)

    def extend(self, rows: list[int], times: list[datetime], values: list[float]) -> None:
        """Take in several readings."""
        self.rows += rows
        self.times += times
        self.values += values

    def cut(self, begin: int, end: int) -> Part:
        """Return the readings from `begin` up to `end`."""
        return Part(self.series, self.rows[begin:end], self.times[begin:end], self.values[begin:end])

    @property
    def readings(self) -> Readings:
        """The readings as one item."""
        return Readings(self.series, self.times, self.values)

    def message(self, index: int, arrived: datetime) -> Message:
        """Return one reading as the message that a field system would have sent, so that it can be replayed; its `mid` is the row."""
        payload = msgspec.json.encode({"time": rfc3339(self.times[index]), "value": self.values[index]})
        return Message(topic_of(self.series), payload, arrived, mid=self.rows[index])

    def decoded(self, index: int, arrived: datetime, rejection: Rejection | None = None) -> Decoded:
        """Return one reading as `message` with its item, or with why that is not accepted."""
        item = Observation(self.series, self.times[index], self.values[index])
        return Decoded(self.message(index, arrived), [rejection or item])


class Portion(Sequence[Decoded]):
    """Rows in the form in which they are quick to write, and yet a sequence of messages of one item each, for whoever takes them apart.

    `singles` are positions, events and rows that are not accepted; the `mid` of a message is the number of its row. `reached` is the last row of
    the file that it covers, `position` how many bytes of the file were read by then.
    """

    def __init__(self, arrived: datetime) -> None:
        self.arrived = arrived
        self.parts: dict[SeriesKey, Part] = {}
        self.singles: list[Decoded] = []
        self.reached = 0
        self.position = 0

    def part(self, series: SeriesKey) -> Part:
        """Return where the readings of `series` are kept."""
        part = self.parts.get(series)
        if part is None:
            part = self.parts[series] = Part(series)
        return part

    def __len__(self) -> int:
        """Return how many items it has."""
        return sum(len(part.rows) for part in self.parts.values()) + len(self.singles)

    @overload
    def __getitem__(self, index: int) -> Decoded: ...
    @overload
    def __getitem__(self, index: slice) -> Portion: ...
    def __getitem__(self, index: int | slice) -> Decoded | Portion:
        """Return one item as a message of its own, or some of them as a portion; steps other than one are not known."""
        if isinstance(index, slice):
            begin, end, _ = index.indices(len(self))
            return self._cut(begin, end)
        begin = range(len(self))[index]
        (found,) = self._cut(begin, begin + 1)
        return found

    def __iter__(self) -> Iterator[Decoded]:
        """Yield every item as a message of its own."""
        each = (part.decoded(index, self.arrived) for part in self.parts.values() for index in range(len(part.rows)))
        return chain(each, self.singles)

    def by_span(self) -> list[Portion]:
        """Return it in portions of at most `SPAN` each, the oldest first; what is not accepted comes with the last."""
        instants = [time for part in self.parts.values() if part.times for time in (min(part.times), max(part.times))]
        instants += [time for one in self.singles if (time := _time_of(one)) is not None]
        if not instants or max(instants) - min(instants) <= SPAN:
            return [self]
        last = _span_of(max(instants))
        spans: dict[int, Portion] = defaultdict(lambda: Portion(self.arrived))
        for part in self.parts.values():
            for row, time, value in zip(part.rows, part.times, part.values, strict=True):
                spans[_span_of(time)].part(part.series).add(row, time, value)
        for one in self.singles:
            time = _time_of(one)
            spans[last if time is None else _span_of(time)].singles.append(one)
        return [spans[number] for number in sorted(spans)]

    def rejections(self) -> list[tuple[int, Rejection]]:
        """Return the rows that are not accepted with the reasons."""
        return [(d.message.mid, item) for d in self.singles for item in d.items if isinstance(item, Rejection)]

    def as_batch(self) -> list[Decoded]:
        """Return it for the writer: all readings of a series as one item of a message that has no payload."""
        grouped = [Decoded(Message(topic_of(part.series), b"", self.arrived), [part.readings]) for part in self.parts.values() if part.rows]
        return grouped + self.singles

    def _cut(self, begin: int, end: int) -> Portion:
        some = Portion(self.arrived)
        some.reached, some.position = self.reached, self.position
        for part in self.parts.values():
            if begin < len(part.rows) and end > 0:
                some.parts[part.series] = part.cut(max(begin, 0), end)
            begin, end = begin - len(part.rows), end - len(part.rows)
        some.singles = self.singles[max(begin, 0) : max(end, 0)]
        return some


def _time_of(one: Decoded) -> datetime | None:
    return getattr(one.items[0], "time", None)


def _span_of(time: datetime) -> int:
    return time.toordinal() // SPAN.days


def topic_of(series: SeriesKey) -> str:
    """Return the topic on which a field system sends readings of `series`."""
    return f"ioc/v1/{series.source}/obs/{series.station}/{series.property}"
