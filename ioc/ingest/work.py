"""What a batch amounts to, before anything is written: its items by kind, those that are refused, and what has become of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from ioc.domain.event import ServiceEvent
from ioc.domain.live import Changes
from ioc.domain.observation import Observation, Position, Readings, SeriesKey, StationKey
from ioc.domain.station import SourceStatus, StationDescription
from ioc.ingest.batch import Message
from ioc.ingest.checks import LIVE, Descriptions, Limits, are_plausible, check
from ioc.ingest.decode import Item, one_by_one
from ioc.ingest.outcome import Outcome, Reason, Rejection, Tally
from ioc.ingest.runs import Run
from ioc.ingest.topics import source_of

_REFUSED: frozenset[Reason] = frozenset({Reason.SIZE, Reason.RATE})
Some = TypeVar("Some")
Kept = tuple[datetime, str, str, list[int] | None, str, str, bytes, str | None]


class Decoded(NamedTuple):
    """A message and what the decoder made of it; `Readings` stand for as many items as they have readings."""

    message: Message
    items: Sequence[Item | Rejection]


@dataclass(slots=True)
class Work:
    """A batch, sorted: readings by series, other accepted items by kind with their arrival; what is set aside; counts; what follows the commit."""

    runs: dict[SeriesKey, Run] = field(default_factory=lambda: defaultdict(Run))
    accepted: dict[type, list[tuple[Item, datetime]]] = field(default_factory=lambda: defaultdict(list))
    quarantined: list[Kept] = field(default_factory=list)
    rejected: list[tuple[str, Rejection]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    changes: Changes = field(default_factory=Changes)
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def of(self, kind: type[Some]) -> list[tuple[Some, datetime]]:
        """Return the accepted items of one kind with their arrival."""
        return self.accepted.get(kind, [])  # type: ignore[return-value]

    def seen(self) -> dict[str, datetime]:
        """Return the sources of which anything was accepted, with the latest arrival."""
        latest: dict[str, datetime] = {}
        arrivals = [(series.source, run.arrived[-1]) for series, run in self.runs.items()]
        arrivals += [(_source_of(item), arrived) for some in self.accepted.values() for item, arrived in some]
        for source, arrived in arrivals:
            latest[source] = max(latest.get(source, arrived), arrived)
        return latest


def sort_batch(batch: Iterable[Decoded], descriptions: Descriptions, limits: Limits = LIVE) -> Work:
    """Tell the plausible items from the others."""
    work = Work()
    accepted, runs = work.accepted, work.runs
    for message, items in batch:
        arrived = message.arrived
        rejected: list[Rejection] = []
        for number, item in _numbered(items, arrived, descriptions, limits):
            if isinstance(item, Readings):
                runs[item.series].extend(item.times, item.values, arrived)
                continue
            verdict = (
                item if isinstance(item, Rejection) else check(item, number, arrived=arrived, descriptions=descriptions, limits=limits)
            )
            if verdict is not None:
                rejected.append(verdict)
            elif isinstance(item, Observation):
                runs[item.series].add(item.time, item.value, arrived)
            else:
                accepted[type(item)].append((item, arrived))  # type: ignore[arg-type]
        if rejected:
            _set_aside(work, message, rejected)
    return work


def _numbered(
    items: Sequence[Item | Rejection], arrived: datetime, descriptions: Descriptions, limits: Limits
) -> Iterable[tuple[int, Item | Rejection]]:
    """Return the items of a message with their numbers; `Readings` stay together only while all of them are plausible."""
    grouped = [item for item in items if isinstance(item, Readings)]
    if all(are_plausible(some, arrived=arrived, descriptions=descriptions, limits=limits) for some in grouped):
        return enumerate(items)
    return enumerate(one_by_one(items))


def new_keys(
    batch: Iterable[Decoded], known_series: Container[SeriesKey], known_stations: Container[StationKey]
) -> tuple[set[str], set[StationKey], set[SeriesKey]]:
    """Return the sources, stations and series of `batch` that may be new: sources only where they come without a station."""
    sources: set[str] = set()
    stations: set[StationKey] = set()
    series: set[SeriesKey] = set()
    for _, items in batch:
        for item in items:
            if isinstance(item, Observation | Readings):
                series.add(item.series)
            elif isinstance(item, Position | StationDescription):
                stations.add(item.station)
            elif not isinstance(item, Rejection):
                sources.add(item.source)
    # Asked one by one: the difference of sets would walk all that is known, with every batch.
    new_series = {key for key in series if key not in known_series}
    stations.update(key.of_station() for key in new_series)
    return sources, {key for key in stations if key not in known_stations}, new_series


def _set_aside(work: Work, message: Message, rejected: Sequence[Rejection]) -> None:
    """Keep the message once for each reason, or count it where it is refused for good."""
    source = source_of(message.topic)
    work.rejected += [(message.topic, rejection) for rejection in rejected]
    by_reason: dict[Reason, list[Rejection]] = defaultdict(list)
    for rejection in rejected:
        by_reason[rejection.reason].append(rejection)
    for reason, some in by_reason.items():
        refused = reason in _REFUSED
        work.tally.add(source, message.arrived, Outcome.REFUSED if refused else Outcome.QUARANTINED, len(some))
        if not refused:
            numbers = None if some[0].item is None else [r.item for r in some if r.item is not None]
            topic = message.topic.replace("\0", "�")
            told_time = message.told_time.replace("\0", "�") if message.told_time else None
            work.quarantined.append((message.arrived, source, topic, numbers, reason, some[0].detail, message.payload, told_time))


def _source_of(item: Item) -> str:
    if isinstance(item, Position | StationDescription):
        return item.station.source
    assert isinstance(item, ServiceEvent | SourceStatus)
    return item.source
