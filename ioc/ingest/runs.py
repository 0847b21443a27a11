"""The readings of a batch by series: which of them are ahead of all before, and which of these the rules may judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice, repeat
from operator import lt

from ioc.domain.evidence import Reading, Readings, Series
from ioc.domain.station import PropertyDescription

LATE_AFTER = timedelta(days=1)
"""How old a reading may be at its arrival to be judged, where its station says nothing about it."""


@dataclass(slots=True)
class Run:
    """Readings of one series in the order in which they came: three lists of equal length."""

    times: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    arrived: list[datetime] = field(default_factory=list)

    def add(self, time: datetime, value: float, arrived: datetime) -> None:
        """Take in one reading."""
        self.times.append(time)
        self.values.append(value)
        self.arrived.append(arrived)

    def extend(self, times: list[datetime], values: list[float], arrived: datetime) -> None:
        """Take in the readings of one message."""
        self.times += times
        self.values += values
        self.arrived.extend(repeat(arrived, len(times)))

    def rows(self, series_id: int) -> Iterator[tuple[int, datetime, float, datetime]]:
        """Yield (series, time, value, arrived) of each."""
        return zip(repeat(series_id), self.times, self.values, self.arrived, strict=False)

    def messages(self, series: Series) -> Iterator[Reading | Readings]:
        """Yield the readings as the rules are told of them, those of one message together."""
        begin = 0
        for arrived, some in groupby(self.arrived):
            end = begin + sum(1 for _ in some)
            if end == begin + 1:
                yield Reading(arrived, self.times[begin], series, self.values[begin])
            else:
                yield Readings(arrived, self.times[begin], series, self.times[begin:end], self.values[begin:end])
            begin = end

    def divide(self, newest: datetime | None) -> tuple[Run, Run]:
        """Return those ahead of all before them and of `newest`, in order of time, and the others as they came.

        Readings of one message count in order of time whatever their order in it; those of a later message do not go before it. So what is
        ahead follows from what came in which order, and not from where one batch ends and the next begins.
        """
        if not (is_ascending := self._is_ascending()):
            self._sort_messages()
        if not self.times or ((newest is None or newest < self.times[0]) and (is_ascending or self._is_ascending())):
            return self, Run()
        ahead, behind = Run(), Run()
        for time, value, arrived in zip(self.times, self.values, self.arrived, strict=True):
            if newest is None or newest < time:
                newest = time
                ahead.add(time, value, arrived)
            else:
                behind.add(time, value, arrived)
        return ahead, behind

    def late(self, described: PropertyDescription | None) -> set[int]:
        """Return the numbers, from 0, of those that are too old at their arrival for the rules to judge."""
        told = described.late_after_s if described else None
        bound = LATE_AFTER if told is None else timedelta(seconds=told)
        if not self.times or max(self.arrived) - min(self.times) <= bound:
            return set()
        return {number for number, (time, arrived) in enumerate(zip(self.times, self.arrived, strict=True)) if arrived - time > bound}

    def _is_ascending(self) -> bool:
        return all(map(lt, self.times, islice(self.times, 1, None)))

    def _sort_messages(self) -> None:
        """Bring the readings of each message, which have their arrival in common, into order of time."""
        order = sorted(range(len(self.times)), key=lambda n: (self.arrived[n], self.times[n]))
        self.times = [self.times[n] for n in order]
        self.values = [self.values[n] for n in order]
        self.arrived = [self.arrived[n] for n in order]
