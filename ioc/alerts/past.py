"""How the engine takes up the past: standings, the newest readings, windows, silences, places and events, as the database has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import asyncpg
import msgspec

from ioc.alerts.engine import SERIES_KINDS, Engine
from ioc.alerts.machine import NORMAL, Condition, State
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.rule import Severity
from ioc.alerts.standings import Standing
from ioc.domain.event import ServiceEvent
from ioc.domain.live import Changes, StationView
from ioc.domain.observation import SeriesKey
from ioc.store import alert_log, alert_past
from ioc.store.alerts import UnitOf
from ioc.store.live import load_live
from ioc.store.pool import Connection

UnitsOf = Callable[[int | None], frozenset[str]]
"""Returns the codes of the unit of this number and of all above it."""
_LATE_AFTER_S = 86_400.0
_RECENT = timedelta(hours=1)
_OPEN = (Condition.FIRING, Condition.RECOVERING)


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """A series as the database knows it."""

    id: int
    key: SeriesKey
    description: StationView
    time: datetime | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """What was read: standings by (rule, subject), series, stations and their newest readings and places."""

    standings: Mapping[tuple[str, str], Standing]
    series: list[KnownSeries]
    live: Changes
    views: Mapping[str, StationView]

    def heard(self) -> dict[str, datetime]:
        """Return when each station was heard last."""
        newest: dict[str, datetime] = {}
        told = [(f"{o.source}/{o.station}", o.time) for o in self.live.observations]
        for key, time in (*told, *((f"{p.source}/{p.station}", p.time) for p in self.live.positions)):
            newest[key] = max(newest.get(key, time), time)
        return newest


async def read_past(conn: Connection, unit_of: UnitOf) -> Past:
    """Read what the engine starts from."""
    live = await load_live(conn, unit_of)
    views = {view.id: view for view in live.stations}
    series = [
        KnownSeries(row["id"], key, views[str(key.of_station())], row["time"], row["value"])
        for row in await alert_past.all_series(conn)
        if str((key := SeriesKey(row["source"], row["station"], row["property"])).of_station()) in views
    ]
    standings = {(row["rule_id"], row["subject"]): standing_of(row) for row in await alert_log.states(conn)}
    return Past(standings, series, live, views)


async def take_up(conn: Connection, engine: Engine, past: Past, units_of: UnitsOf, now: datetime) -> None:
    """Let the engine know the past."""
    engine.restore((*key, standing) for key, standing in sorted(past.standings.items()))
    await _take_up_series(conn, engine, past)
    if engine.absence.is_needed:
        engine.absence.restore((past.views[key], min(time, now)) for key, time in sorted(past.heard().items()) if key in past.views)
    if engine.geofences.is_needed:
        places = ((past.views.get(f"{p.source}/{p.station}"), p.time, p.lon, p.lat) for p in past.live.positions)
        engine.geofences.restore((view, time, lon, lat) for view, time, lon, lat in places if view is not None)
    since = now - engine.clusters.longest() - timedelta(days=1)
    rows = await alert_past.events_since(conn, engine.clusters.types(), since)
    engine.clusters.restore(occurrence_of_row(row, units_of) for row in rows)
    engine.settle()


async def _take_up_series(conn: Connection, engine: Engine, past: Past) -> None:
    """Restore the windows of series from their readings, and of subjects that are open the newest reading."""
    active = {key for rule, key in past.standings if rule in engine.rules and engine.rules[rule].kind in SERIES_KINDS}
    windowed: dict[int, KnownSeries] = {}
    since: list[tuple[int, datetime]] = []
    for one in past.series:
        if one.time is None or one.value is None:
            continue
        length = engine.series.track(one).plan.length
        if length:
            windowed[one.id] = one
            since.append((one.id, one.time - length))
        elif str(one.key) in active:
            # Not simply the newest: what was judged is what was told first, before a correction.
            windowed[one.id] = one
            since.append((one.id, one.time - _RECENT))
    for number, rows in groupby(await alert_past.readings_since(conn, since), key=itemgetter("series_id")):
        engine.series.restore(windowed[number], judged(rows, windowed[number]))


def judged(rows: Iterable[asyncpg.Record], series: KnownSeries) -> Iterator[tuple[datetime, float]]:
    """Yield the readings that were judged, of `rows` in the order of arrival: those ahead of all before them that were not too old."""
    told = series.description.properties.get(series.key.property) or {}
    bound_s = told.get("late_after_s")
    late_after = timedelta(seconds=_LATE_AFTER_S if bound_s is None else bound_s)
    newest: datetime | None = None
    for row in rows:
        if newest is not None and row["time"] <= newest:
            continue
        newest = row["time"]
        if row["arrived"] - row["time"] <= late_after:
            yield row["time"], row["value"]


def standing_of(row: asyncpg.Record) -> Standing:
    """Return a standing as it is stored."""
    condition, context = Condition(row["condition"]), dict(row["context"])
    state = State(condition, Severity(row["severity"]) if row["severity"] else None, row["since"], row["quiet_since"])
    return Standing(
        state=NORMAL if condition is Condition.NORMAL else state,
        alert_id=row["alert_id"] if condition in _OPEN else None,
        moved_at=row["moved_at"],
        stale=row["stale"],
        value=row["value"],
        fired=tuple(datetime.fromisoformat(time) for time in context.pop("fired", ())),
        last_alert=row["alert_id"],
        context=context,
    )


def row_of(rule_id: str, subject: str, standing: Standing) -> alert_log.StateRow:
    """Return a standing as it is written."""
    state = standing.state
    return alert_log.StateRow(
        rule_id,
        subject,
        state.condition,
        state.severity,
        state.since,
        state.quiet_since,
        standing.moved_at,
        standing.stale,
        standing.alert_id or standing.last_alert,
        standing.value,
        dict(standing.context) | ({"fired": [time.isoformat() for time in standing.fired]} if standing.fired else {}),
    )


def occurrence_of(event: ServiceEvent, unit_id: int | None, arrived: datetime, units_of: UnitsOf) -> Occurrence:
    """Return an event as the rules see it."""
    told = msgspec.json.decode(event.data)
    members = told if isinstance(told, dict) else {}
    place = event.subject, event.lon, event.lat, unit_id, units_of(unit_id)
    return Occurrence(arrived, event.time, event.source, event.id, event.type, *place, members)


def occurrence_of_row(row: asyncpg.Record, units_of: UnitsOf) -> Occurrence:
    """Return a stored event as the rules see it."""
    members = row["data"] if isinstance(row["data"], dict) else {}
    place = row["subject"], row["lon"], row["lat"], row["unit_id"], units_of(row["unit_id"])
    return Occurrence(row["arrived"], row["time"], row["source"], row["id"], row["type"], *place, members)
