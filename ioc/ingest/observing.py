"""The readings of a batch: stored the quick way where they are ahead of all before, the careful way otherwise, and judged where they are timely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from functools import partial
from itertools import groupby, islice, repeat

from ioc.domain.clock import local_day
from ioc.domain.evidence import Evidence, Reading
from ioc.domain.live import ObservationChange
from ioc.ingest.outcome import Outcome, Tally
from ioc.ingest.runs import Run
from ioc.ingest.work import Work
from ioc.store import readings, touches
from ioc.store.corrections import correct
from ioc.store.pool import Connection
from ioc.store.registry import Registry, SeriesEntry

_FEW_DAYS = 2
Watch = Callable[[SeriesEntry], bool]
"""Returns whether a rule looks at the series, or has an alert open for it."""


class _Fate(Enum):
    """What the store made of a reading: it was new, it was there already, or another value was."""

    NEW = auto()
    AGAIN = auto()
    CORRECTION = auto()


@dataclass(slots=True)
class _Part:
    """What came of one series: `ahead` of all before, in order of time, and `behind`; `latest` is what its newest observation is then."""

    entry: SeriesEntry
    ahead: Run
    behind: Run
    latest: tuple[datetime, float] | None = None

    def tell(self, time: datetime, value: float) -> None:
        """Note that an observation was stored, which may be the newest; of two at the same time the one told last counts."""
        newest = self.entry.newest if self.latest is None else self.latest[0]
        if newest is None or time >= newest:
            self.latest = time, value


async def observe(conn: Connection, work: Work, *, known: Registry, watch: Watch | None) -> list[Evidence]:
    """Store the readings of `work`, count what became of them, and return those that rules look at; without `watch`, none."""
    if not work.runs:
        return []
    parts = [_Part(known.series[key], *run.divide(known.series[key].newest)) for key, run in work.runs.items()]
    evidence: list[Evidence] = []
    ahead = [row for part in parts for row in part.ahead.rows(part.entry.id)]
    # Somebody else may have stored some of what is ahead here: bulk history, or this very batch before its answer was lost.
    are_new = await readings.copy_observations(conn, ahead)
    fates = repeat(None) if are_new else iter(await _store_carefully(conn, [(part.entry, part.ahead) for part in parts]))
    for part in parts:
        evidence += _settle(part, part.ahead, next(fates), work.tally, watch, is_ahead=True)
    await touches.touch(conn, _days(work.runs.values()))
    mixed = [part for part in parts if part.behind.times]
    for part, told in zip(mixed, await _store_carefully(conn, [(part.entry, part.behind) for part in mixed]), strict=True):
        evidence += _settle(part, part.behind, told, work.tally, watch, is_ahead=False)
    newest = [(part.entry, *part.latest) for part in parts if part.latest is not None]
    await readings.keep_latest(conn, sorted((entry.id, time, value) for entry, time, value in newest))
    for entry, time, value in newest:
        work.changes.observations.append(ObservationChange(*entry.key, time, value))
        work.after_commit.append(partial(setattr, entry, "newest", time))
    return evidence


def _days(runs: Iterable[Run]) -> Iterable[tuple[int, str, date]]:
    """Return the days that the readings are of; a day or two between the first and the last are not looked for one by one."""
    told = [run.times for run in runs if run.times]
    first, last = local_day(min(map(min, told))), local_day(max(map(max, told)))
    if (last - first).days > _FEW_DAYS:
        return {(*touches.READINGS, local_day(time)) for times in told for time in times}
    return ((*touches.READINGS, date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1))


async def _store_carefully(conn: Connection, runs: Sequence[tuple[SeriesEntry, Run]]) -> list[list[_Fate]]:
    """Store readings of which some may be there already, again or with another value; return what became of each of each run."""
    rows = [row for entry, run in runs for row in run.rows(entry.id)]
    fresh = await readings.add_observations(conn, rows)
    fates = []
    for row in rows:
        fates.append(_Fate.NEW if row[:2] in fresh else _Fate.AGAIN)
        fresh.discard(row[:2])  # of two with the same time in one batch the second one is not new
    told_again = [number for number, fate in enumerate(fates) if fate is _Fate.AGAIN]
    for number in await correct(conn, [rows[n] for n in told_again]):
        fates[told_again[number]] = _Fate.CORRECTION
    each = iter(fates)
    return [list(islice(each, len(run.times))) for _, run in runs]


def _settle(part: _Part, run: Run, fates: list[_Fate] | None, tally: Tally, watch: Watch | None, *, is_ahead: bool) -> list[Evidence]:
    """Count what became of a run, of which all is new without `fates`; return what rules look at: to be judged, or noted as late."""
    entry, source = part.entry, part.entry.key.source
    is_watched = watch is not None and bool(run.times) and watch(entry)
    late = run.late(entry.told) if is_ahead and watch is not None else set()
    evidence: list[Evidence] = []
    if fates is None and not late and run.times:
        for arrived, some in groupby(run.arrived):
            tally.add(source, arrived, Outcome.STORED, sum(1 for _ in some))
        part.tell(run.times[-1], run.values[-1])
        if is_watched:
            evidence += run.messages(entry)
    else:
        for number, (_, time, value, arrived) in enumerate(run.rows(entry.id)):
            fate = _Fate.NEW if fates is None else fates[number]
            if fate is _Fate.AGAIN:
                tally.add(source, arrived, Outcome.DUPLICATE)
                continue
            part.tell(time, value)
            is_late = not (fate is _Fate.NEW and is_ahead and number not in late)
            tally.add(source, arrived, Outcome.LATE if is_late else Outcome.STORED)
            if is_watched:
                evidence.append(Reading(arrived, time, entry, value, is_late))
    return evidence
