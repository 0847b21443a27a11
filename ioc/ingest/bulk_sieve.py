"""What the writer would reject is found before it is asked, row by row, so that each bad row is kept by itself with its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import asyncpg
import msgspec

from ioc.domain.event import ServiceEvent
from ioc.domain.live import Changes, StationView
from ioc.domain.observation import Observation, SeriesKey, StationKey
from ioc.domain.station import PropertyDescription
from ioc.ingest.batch import Message
from ioc.ingest.bulk_portion import Part, Portion
from ioc.ingest.checks import HISTORY, Descriptions, are_plausible, check
from ioc.ingest.outcome import Outcome, Rejection
from ioc.ingest.replay import Sifter, Within
from ioc.ingest.work import Decoded, sort_batch
from ioc.store.registry import EventTypes


class Sieve:
    """Applies the policies of the sources and the checks of history to a portion."""

    def __init__(self, descriptions: Descriptions, *, gate: Sifter, pool: Callable[[], asyncpg.Pool]) -> None:
        self._descriptions, self._gate, self._pool = descriptions, gate, pool

    async def sift(self, portion: Portion) -> Portion:
        """Return `portion` with a rejection in the place of every row that is not accepted."""
        sifted = Portion(portion.arrived)
        parts = [part for part in portion.parts.values() if part.rows]
        # One reading stands for all of its series: a policy looks at the station.
        heads = [Decoded(Message("", b"", portion.arrived), [Observation(p.series, p.times[0], p.values[0])]) for p in parts]
        async with self._pool().acquire() as conn:
            judged = await self._gate.sift(conn, [*heads, *portion.singles])
        sifted.singles = [self._check(one, portion) for one in judged[len(heads) :]]
        for part, head in zip(parts, judged, strict=False):
            self._sort(part, head.items[0], sifted)
        return sifted

    def _sort(self, part: Part, head: object, sifted: Portion) -> None:
        """Put the readings of a series where they belong."""
        limits, arrived = HISTORY, sifted.arrived
        if isinstance(head, Rejection):
            sifted.singles += [part.decoded(index, arrived, replace(head, item=0)) for index in range(len(part.rows))]
        elif are_plausible(part.readings, arrived=arrived, descriptions=self._descriptions, limits=limits):
            sifted.parts[part.series] = part
        else:
            sound = sifted.part(part.series)
            for index, (row, item) in enumerate(zip(part.rows, part.readings.each(), strict=True)):
                verdict = check(item, 0, arrived=arrived, descriptions=self._descriptions, limits=limits)
                if verdict is None:
                    sound.add(row, item.time, item.value)
                else:
                    sifted.singles.append(part.decoded(index, arrived, verdict))

    def _check(self, one: Decoded, portion: Portion) -> Decoded:
        (item,) = one.items
        if isinstance(item, Rejection):
            return one
        verdict = check(item, 0, arrived=portion.arrived, descriptions=self._descriptions, limits=HISTORY)
        return one if verdict is None else Decoded(one.message, [verdict])


class Described:
    """What the stations described when it was asked; for a rehearsal, which registers nothing."""

    def __init__(self, stations: Iterable[StationView], event_types: EventTypes | None = None) -> None:
        self._event_types = event_types
        self._told = {
            StationKey(view.source, view.station): {n: msgspec.convert(p, PropertyDescription) for n, p in view.properties.items()}
            for view in stations
        }

    def event_fault(self, event: ServiceEvent) -> tuple[str, str] | None:
        """Return the reason why an event is not acceptable and a sentence that says so, None where it is."""
        return None if self._event_types is None else self._event_types.fault_of(event)

    def description(self, series: SeriesKey) -> PropertyDescription | None:
        """Return the description of the series, None where its station gave none."""
        return self._told.get(series.of_station(), {}).get(series.property)


class Rehearsal:
    """A writer that writes nothing: what it would not reject counts as stored."""

    def __init__(self, descriptions: Descriptions, pool: Callable[[], asyncpg.Pool]) -> None:
        self._descriptions, self._pool = descriptions, pool

    async def write(self, batch: Sequence[Decoded], *, within: Within | None = None, history: bool = False) -> Changes:
        """Count what would become of `batch`, and tell `within`."""
        _ = history
        work = sort_batch(batch, self._descriptions, HISTORY)
        for series, run in work.runs.items():
            work.tally.add(series.source, run.arrived[0], Outcome.STORED, len(run.times))
        for some in work.accepted.values():
            work.tally.add("", some[0][1], Outcome.STORED, len(some))
        if within is not None:
            async with self._pool().acquire() as conn:
                await within(conn, work.tally)
        return Changes()
