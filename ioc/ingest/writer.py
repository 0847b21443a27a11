"""One batch, one transaction: rows, ledger, quarantine and the judgement of the rules are committed together or not at all."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Protocol, TypeVar

import asyncpg
import msgspec

from ioc.domain.clock import local_day
from ioc.domain.event import ServiceEvent
from ioc.domain.evidence import Evidence, Happening, Sighting, Status, in_order
from ioc.domain.live import Changes, PositionChange, StationView
from ioc.domain.observation import Position
from ioc.domain.station import SourceStatus, StationDescription
from ioc.domain.unit import UnitRef
from ioc.ingest.checks import HISTORY, LIVE
from ioc.ingest.judge import Judge
from ioc.ingest.observing import observe
from ioc.ingest.outcome import Outcome, Rejection, Tally
from ioc.ingest.work import Decoded, Work, new_keys, sort_batch
from ioc.store import quarantine, readings, registry, touches
from ioc.store.pool import Connection
from ioc.store.registry import Registry, StationEntry
from ioc.store.touches import Touched

Some = TypeVar("Some")


class Units(Protocol):
    """Whoever knows the administrative units."""

    def locate_many(self, lons: Sequence[float], lats: Sequence[float], at: date | None = None, /) -> Sequence[int | None]:
        """Return the unit that holds each place on the day `at` (None: today)."""
        ...

    def by_code(self, code: str, at: date, /) -> int | None:
        """Return the unit that had `code` on the day `at`."""
        ...

    def ref(self, unit_id: int, /) -> UnitRef | None:
        """Return the unit of this number."""
        ...


class Gate(Protocol):
    """Whoever decides which sources and stations are let in."""

    async def sift(self, conn: Connection, batch: Sequence[Decoded]) -> Sequence[Decoded]:
        """Return `batch` with a rejection in the place of every item that is not let in."""
        ...


Within = Callable[[Connection, Tally], Awaitable[None]]
"""What else belongs into the transaction of a batch, given the counts of its outcomes."""


class Writer:
    """Commits batches; the only one that moves the registry's newest times forward."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        known: Registry,
        units: Callable[[], Units],
        judge: Judge,
        gate: Gate | None = None,
        on_rejected: Callable[[str, Rejection], None] = lambda _topic, _rejection: None,
        passed: Callable[[datetime], datetime | None] = lambda _arrived: None,
    ) -> None:
        """Write through `pool`; `passed` tells up to when time is known to have passed for the rules before something arrived, if at all."""
        self._passed = passed
        self._pool, self._known, self._units, self._judge = pool, known, units, judge
        self._gate, self._on_rejected = gate, on_rejected
        self._turn = asyncio.Lock()

    async def write(self, batch: Sequence[Decoded], *, within: Within | None = None, history: bool = False) -> Changes:
        """Commit everything that `batch` causes and return what changed; raises what the database raises, and then nothing is done.

        One batch at a time: a replay and live ingest take turns, since both follow the same registry. What is brought in as `history` may be
        many years old, and no rule judges it.
        """
        async with self._turn, self._pool.acquire() as conn:
            self._known.renew()
            if self._gate is not None:
                batch = await self._gate.sift(conn, batch)
            # Numbers may be given ahead of the transaction: a number alone means nothing.
            sources, stations, series = new_keys(batch, self._known.series, self._known.stations)
            await self._known.ensure_stations(conn, sources, stations)
            await self._known.ensure_series(conn, series)
            work = sort_batch(batch, self._known, HISTORY if history else LIVE)
            async with conn.transaction():
                await self._describe(conn, work)
                evidence = await observe(conn, work, known=self._known, watch=None if history else self._judge.watches)
                evidence += await self._move(conn, work)
                evidence += await self._record_events(conn, work)
                if not history:
                    evidence += [
                        Status(arrived, arrived, told.source, told.online, told.is_planned) for told, arrived in work.of(SourceStatus)
                    ]
                    await self._let_judge(conn, work, evidence)
                await self._balance(conn, work)
                if within is not None:
                    await within(conn, work.tally)
            for settle in work.after_commit:
                settle()
        if not history:  # who brings in a file is told by the report; the field system did not send it
            for topic, rejection in work.rejected:
                self._on_rejected(topic, rejection)
        return work.changes

    async def elapse(self, until: datetime, now: datetime) -> Changes:
        """Commit what time alone has moved up to `until`, and return what changed; raises as `write` does."""
        async with self._turn, self._pool.acquire() as conn:
            if not self._judge.is_due(until):
                return Changes()
            async with conn.transaction():
                judgement = await self._judge.judge(conn, (), until=until, now=now)
            judgement.settle()
        return Changes(alerts=judgement.alerts)

    async def alone(self, work: Callable[[Connection], Awaitable[Some]]) -> Some:
        """Let `work` have the connection that batches are written on, between two of them."""
        async with self._turn, self._pool.acquire() as conn:
            return await work(conn)

    async def _let_judge(self, conn: Connection, work: Work, evidence: list[Evidence]) -> None:
        if not evidence:
            return
        told = in_order(evidence)
        judgement = await self._judge.judge(conn, told, until=self._passed(told[0].arrived), now=told[-1].arrived)
        work.changes.alerts += judgement.alerts
        work.after_commit.append(judgement.settle)

    async def _describe(self, conn: Connection, work: Work) -> None:
        """Store what stations and sources say about themselves; the last word of a batch counts."""
        units = self._units()
        told = {description.station: description for description, _ in work.of(StationDescription)}
        for key, description in told.items():
            unit = _unit_at(units, description.lon, description.lat)
            entry = self._known.stations[key]
            view = await registry.describe_station(conn, entry.id, description, unit)
            work.changes.stations.append(view)
            work.after_commit.append(partial(_redescribe, entry, view, description))
        for description, arrived in work.of(StationDescription):
            work.tally.add(description.station.source, arrived, Outcome.STORED)
        for status, arrived in work.of(SourceStatus):
            await registry.set_status(conn, status, arrived)
            work.tally.add(status.source, arrived, Outcome.STORED)

    async def _move(self, conn: Connection, work: Work) -> list[Evidence]:
        """Store where moving stations were, each with the unit that it was in; returns those ahead of all before them."""
        # As with readings: within a message in order of time, and what a later message brings does not go before it.
        some = sorted(work.of(Position), key=lambda told: (told[1], told[0].time))
        if not some:
            return []
        evidence: list[Evidence] = []
        units = self._units()
        rows: list[readings.PositionRow] = []
        for (p, arrived), unit in zip(some, _units_of(units, [p for p, _ in some]), strict=True):
            rows.append((self._known.stations[p.station].id, p.time, p.lon, p.lat, p.speed, p.heading, unit, arrived))
        fresh = await readings.add_positions(conn, rows)
        newest: dict[int, tuple[Position, readings.PositionRow]] = {}
        for (p, arrived), row in zip(some, rows, strict=True):
            entry = self._known.stations[p.station]
            before = newest[entry.id][0].time if entry.id in newest else entry.newest_position
            outcome = _outcome((entry.id, p.time), fresh, before)
            work.tally.add(p.station.source, arrived, outcome)
            if outcome is Outcome.STORED:
                newest[entry.id] = p, row
                evidence.append(Sighting(arrived, p.time, entry.view, p.lon, p.lat, p.speed))
        await readings.keep_latest_positions(conn, [newest[number][1][:7] for number in sorted(newest)])
        for p, row in newest.values():
            unit_ref = None if row[6] is None else units.ref(row[6])
            unit_json = unit_ref.as_json() if unit_ref else None
            work.changes.positions.append(PositionChange(*p.station, p.time, p.lon, p.lat, p.speed, p.heading, unit_json))
            work.after_commit.append(partial(setattr, self._known.stations[p.station], "newest_position", p.time))
        return evidence

    async def _record_events(self, conn: Connection, work: Work) -> list[Evidence]:
        """Store service events, each with its unit: by place, else by the sender's code on the day of the event; returns the new ones."""
        some = work.of(ServiceEvent)
        units = self._units()
        rows: dict[tuple[int, str], readings.EventRow] = {}
        days: list[date] = []
        for e, arrived in some:
            days.append(day := local_day(e.time))
            unit = _unit_at(units, e.lon, e.lat, day)
            unit_id = unit.id if unit else units.by_code(e.unit_code, day) if e.unit_code else None
            source = self._known.sources[e.source]
            row = (source, e.id, e.time, e.type, e.subject, e.unit_code, unit_id, e.lon, e.lat, e.data, arrived)
            rows.setdefault((source, e.id), row)
        fresh = await readings.add_events(conn, list(rows.values()))
        await touches.correct_events(conn, [told for key, row in rows.items() if key in fresh and (told := _correction(row))])
        evidence: list[Evidence] = []
        touched: dict[tuple[int, str, date], Touched] = defaultdict(Touched)
        for (e, arrived), day in zip(some, days, strict=True):
            key = source, _ = self._known.sources[e.source], e.id
            work.tally.add(e.source, arrived, Outcome.STORED if key in fresh else Outcome.DUPLICATE)
            if key in fresh:
                fresh.remove(key)
                unit_id = rows[key][6]
                evidence.append(Happening(arrived, e.time, e, unit_id))
                here = touched[source, e.type, day]
                here.units.add(unit_id)
                here.subjects.add(e.subject)
        await touches.touch_events(conn, touched)
        return evidence

    async def _balance(self, conn: Connection, work: Work) -> None:
        """Keep what was not accepted and write the books."""
        await quarantine.add_quarantine(conn, work.quarantined)
        await quarantine.add_ledger(conn, work.tally.rows())
        await registry.see_sources(conn, work.seen())


def _outcome(key: tuple[int, datetime], fresh: set[tuple[int, datetime]], newest: datetime | None) -> Outcome:
    """Tell what became of a reading; takes its key out of `fresh`, since the second of two equal ones in a batch is a duplicate too."""
    if key not in fresh:
        return Outcome.DUPLICATE
    fresh.remove(key)
    return Outcome.LATE if newest is not None and key[1] < newest else Outcome.STORED


def _correction(row: readings.EventRow) -> tuple[int, str, str] | None:
    """Return (source, id of the event that is replaced, id) where the event's data says that it `corrects` another."""
    if '"corrects"' not in row[9]:
        return None
    told = msgspec.json.decode(row[9])
    corrected = told.get("corrects") if isinstance(told, dict) else None
    return (row[0], corrected, row[1]) if isinstance(corrected, str) and corrected != row[1] else None


def _redescribe(entry: StationEntry, view: StationView, told: StationDescription) -> None:
    entry.view, entry.properties = view, told.properties


def _unit_at(units: Units, lon: float | None, lat: float | None, day: date | None = None) -> UnitRef | None:
    if lon is None or lat is None:
        return None
    (number,) = units.locate_many([lon], [lat], day)
    return None if number is None else units.ref(number)


def _units_of(units: Units, positions: Sequence[Position]) -> list[int | None]:
    """Return the unit of each position on its own day; a batch has one or two days."""
    found: list[int | None] = [None] * len(positions)
    by_day: dict[date, list[int]] = defaultdict(list)
    for index, position in enumerate(positions):
        by_day[local_day(position.time)].append(index)
    for day, indexes in by_day.items():
        lons, lats = [positions[i].lon for i in indexes], [positions[i].lat for i in indexes]
        for index, unit in zip(indexes, units.locate_many(lons, lats, day), strict=True):
            found[index] = unit
    return found
