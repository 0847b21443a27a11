"""The alert engine without a database: evidence in short words, what it tells as rows, and a store that keeps what a commit would keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from ioc.alerts.engine import SERIES_KINDS, Engine, Figure, Judged, Surroundings
from ioc.alerts.geofence_watch import Area
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.past import row_of, standing_of
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standing, Transition
from ioc.domain.evidence import Reading, Readings, Sighting, Status
from ioc.domain.live import StationView
from tests.support.doubles import Series
from tests.support.examples import at, station

Row = tuple[object, ...]


def reading(seconds: float, value: float, subject: Series, *, late: bool = False) -> Reading:
    """A value of a series, which arrives when it is measured."""
    return Reading(at(seconds), at(seconds), subject, float(value), late)


def sighting(seconds: float, lon: float, lat: float, view: StationView, speed: float | None = 30.0) -> Sighting:
    """Where a station is."""
    return Sighting(at(seconds), at(seconds), view, lon, lat, speed)


def occurrence(seconds: float, kind: str, event_id: str, **told: Any) -> Occurrence:
    """A service event of the source `desk`; what is not an attribute of the event is a member of its data."""
    place = (told.pop("subject", None), told.pop("lon", None), told.pop("lat", None), told.pop("unit_id", None))
    return Occurrence(at(seconds), at(seconds), told.pop("source", "desk"), event_id, kind, *place, frozenset(told.pop("units", ())), told)


def status(seconds: float, *, online: bool, source: str = "hydro") -> Status:
    """What a source says of itself."""
    return Status(at(seconds), at(seconds), source, online)


def bus(code: str = "bus-1", **changed: Any) -> StationView:
    """A moving station that reports every 10 s."""
    return station(code, **({"source": "buses", "kind": "bus", "lon": None, "lat": None, "interval_s": 10} | changed))


@dataclass
class Squares:
    """Layers of squares, each told as (west, south, side)."""

    layers: dict[str, dict[str, tuple[float, float, float]]] = field(default_factory=dict)
    limit: float = 40.0

    def containing(self, layer: str, lon: float, lat: float, /) -> Sequence[Area]:
        told = self.layers.get(layer, {})
        return [
            Area(name, name.title(), {"limit": self.limit})
            for name, (west, south, side) in told.items()
            if west <= lon <= west + side and south <= lat <= south + side
        ]


def told(transitions: Iterable[Transition]) -> list[Row]:
    """Return transitions as they are written: everything that a log has of them."""
    return [
        (
            f"{t.rule.id} {t.subject.key}",
            str(t.kind),
            (t.time - at(0)).total_seconds(),
            str(t.condition),
            str(t.severity),
            t.value,
            t.limit,
            str(t.alert_id),
            (t.started_at - at(0)).total_seconds(),
            t.stale,
            t.flapping,
            t.reopens,
            t.reason,
        )
        for t in transitions
    ]


def by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return what happened to each rule and subject, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[0]), []).append(row)
    return found


def short(transitions: Iterable[Transition]) -> list[tuple[str, float]]:
    """Return (kind, second) of transitions."""
    return [(str(t.kind), (t.time - at(0)).total_seconds()) for t in transitions]


class Books:
    """What commits keep, and from which another engine takes up, as `ioc.alerts.past` does from the database."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.readings: dict[int, tuple[Series, list[tuple[datetime, float]]]] = {}
        self.places: dict[str, tuple[StationView, datetime, float, float]] = {}
        self.heard: dict[str, tuple[StationView, datetime]] = {}
        self.events: list[Occurrence] = []
        self.log: list[Row] = []

    def commit(
        self, kept: Iterable[tuple[tuple[str, str], Standing]], transitions: Iterable[Transition], evidence: Iterable[Judged]
    ) -> None:
        for key, standing in kept:
            if standing.is_forgettable:
                self.rows.pop(key, None)
            else:
                self.rows[key] = json.dumps(row_of(*key, standing)._asdict(), default=_as_json)
        self.log += told(transitions)
        for one in evidence:
            self._store(one)

    def _store(self, one: Judged) -> None:
        match one:
            case Reading(_, time, subject, value, False):
                series = cast("Series", subject)
                self.readings.setdefault(series.id, (series, []))[1].append((time, value))
                self._hear(series.description, time)
            case Readings():
                for each in one.each():
                    self._store(each)
            case Sighting(_, time, view, lon, lat, _):
                self.places[view.id] = view, time, lon, lat
                self._hear(view, time)
            case Occurrence():
                self.events.append(one)

    def _hear(self, view: StationView, time: datetime) -> None:
        before = self.heard.get(view.id)
        self.heard[view.id] = view, time if before is None else max(before[1], time)

    def standings(self) -> list[tuple[str, str, Standing]]:
        """Return what is kept of how rules stand."""
        return [(*key, standing_of(_from_json(row))) for key, row in sorted(self.rows.items())]

    def take_up(self, engine: Engine) -> Engine:
        """Let a new engine know all of it."""
        kept = [one for one in self.standings() if one[0] in engine.rules]
        engine.restore(kept)
        active = {key for rule_id, key, _ in kept if engine.rules[rule_id].kind in SERIES_KINDS}
        for series, values in self.readings.values():
            length = engine.series.track(series).plan.length
            if length:
                engine.series.restore(series, [one for one in values if one[0] > values[-1][0] - length])
            elif str(series.key) in active:
                engine.series.restore(series, values[-1:])
        if engine.absence.is_needed:
            engine.absence.restore(one for _, one in sorted(self.heard.items()))
        engine.geofences.restore(one for _, one in sorted(self.places.items()))
        engine.clusters.restore(one for one in self.events if one.type in engine.clusters.types())
        engine.settle()
        return engine


class Day:
    """An engine and its books: a life in batches, each committed, taken back and judged again, or cut off by a restart."""

    def __init__(self, rules: Sequence[Rule], around: Callable[[], Surroundings] = Surroundings) -> None:
        self._rules, self._around = rules, around
        self.books = Books()
        self.engine = Engine(rules, around())

    def judge(self, evidence: Sequence[Judged], *, until: datetime | None = None) -> list[Transition]:
        """Judge a batch and commit it."""
        verdict = self.engine.judge(evidence, until=until)
        self.books.commit(verdict.kept.items(), verdict.transitions, evidence)
        self.engine.settle()
        return list(verdict.transitions)

    def fail(self, evidence: Sequence[Judged], *, until: datetime | None = None) -> list[Row]:
        """Judge a batch that is not committed, and return what it would have told."""
        return told(self.engine.judge(evidence, until=until).transitions)

    def tick(self, seconds: float) -> list[Transition]:
        """Let time go on."""
        return self.judge((), until=at(seconds))

    def restart(self, rules: Sequence[Rule] | None = None) -> None:
        """Go on with another engine that knows what was committed."""
        self._rules = self._rules if rules is None else rules
        self.engine = self.books.take_up(Engine(self._rules, self._around()))


def run(rules: Sequence[Rule], evidence: Iterable[Judged], end: float | None = None, **around: Any) -> list[Transition]:
    """Judge evidence one by one, let time go on to `end` and return all that happened."""
    day = Day(rules, lambda: Surroundings(**around))
    transitions = [t for one in evidence for t in day.judge([one])]
    return transitions + (day.tick(end) if end is not None else [])


def figure(seconds: float, rule_id: str, subject: Any, value: float) -> Figure:
    """A value that somebody else computed."""
    return Figure(at(seconds), at(seconds), rule_id, subject, value, {"note": "computed"})


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _from_json(text: str) -> Any:
    row = json.loads(text)
    for name in ("since", "quiet_since", "moved_at"):
        row[name] = row[name] and datetime.fromisoformat(row[name])
    return row
