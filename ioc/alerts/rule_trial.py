"""Runs a test of rules through the engine as live ingest would: in order of arrival, time passing a little behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, floor

import shapely

from ioc.alerts.composite_watch import Whereabouts
from ioc.alerts.engine import GRACE, Engine, Figure, Judged, Surroundings
from ioc.alerts.geofence_watch import Area
from ioc.alerts.lateness import Lateness, late_after_of
from ioc.alerts.occurrence import Occurrence
from ioc.alerts.rule import Rule
from ioc.alerts.rule_test_file import AreaIn, RuleTest, RuleTests, StationIn
from ioc.alerts.series_watch import GAP_INTERVALS
from ioc.alerts.standings import Subject, Transition
from ioc.alerts.timeline import offset_s, read_values
from ioc.domain.evidence import Reading, Sighting, Status
from ioc.domain.live import StationView
from ioc.domain.observation import SeriesKey
from ioc.errors import ConfigurationError

_RING_LEAST = 3


@dataclass(frozen=True)
class _TestSeries:
    """A series as the rules see it."""

    id: int
    key: SeriesKey
    description: StationView


class _Ground:
    """The units and areas of a test."""

    def __init__(self, test: RuleTest) -> None:
        self._units = {station.id: station.units for station in test.stations}
        self._areas = [(area, _polygon(area)) for area in test.areas]

    def units_above(self, view: StationView) -> frozenset[str]:
        return frozenset(self._units.get(view.id, ()))

    def areas_around(self, view: StationView) -> frozenset[tuple[str, str]]:
        if view.lon is None or view.lat is None:
            return frozenset()
        point = shapely.Point(view.lon, view.lat)
        return frozenset((area.layer, area.id) for area, shape in self._areas if shape.intersects(point))

    def containing(self, layer: str, lon: float, lat: float, /) -> Sequence[Area]:
        point = shapely.Point(lon, lat)
        return [
            Area(area.id, area.name or area.id, area.properties)
            for area, shape in self._areas
            if area.layer == layer and shape.intersects(point)
        ]

    def unit_of(self, subject: Subject) -> Whereabouts | None:
        code = next(iter(self._units.get(f"{subject.source}/{subject.station}", ())), None)
        return None if code is None else Whereabouts(code)


@dataclass(frozen=True)
class _Scene:
    """The stations and series of a test, each known once."""

    start: datetime
    stations: dict[str, StationView] = field(default_factory=dict)
    series: dict[str, _TestSeries] = field(default_factory=dict)

    def at(self, offset: str) -> datetime:
        """Return the instant so long after the beginning."""
        return self.start + timedelta(seconds=offset_s(offset))

    def station(self, name: str) -> StationView:
        """Return a station, which need not describe itself."""
        source, _, code = name.partition("/")
        return self.stations.setdefault(name, StationView(source=source, station=code, name=code, kind="unknown"))

    def one_series(self, name: str) -> _TestSeries:
        """Return a series."""
        if name not in self.series:
            source, station, property_name = name.split("/")
            view = self.station(f"{source}/{station}")
            self.series[name] = _TestSeries(len(self.series) + 1, SeriesKey(source, station, property_name), view)
        return self.series[name]


def try_out(tests: RuleTests, number: int, rules: Sequence[Rule]) -> list[Transition]:
    """Return what happens to alerts in one of the tests, in order.

    Raises:
        ConfigurationError: a value or an area is wrong; names file and line.
    """
    test = tests.told.tests[number]
    scene = _Scene(tests.start(test), {station.id: _view(station) for station in test.stations})
    ground = _Ground(test)
    engine = Engine(rules, Surroundings(ground.units_above, ground.areas_around, ground, ground.unit_of))
    end = max([scene.start, scene.at(test.until), *_moments(test, scene)])
    evidence: list[Judged] = [*_positions(test, scene), *_events(test, scene)]
    for place, one in enumerate(test.series):
        try:
            readings, last = _readings(tests, test, place, scene)
        except ConfigurationError as error:
            raise ConfigurationError(f"{tests.where(f'.tests[{number}].series[{place}].values')}: {one.series}: {error.detail}") from None
        evidence += readings
        end = max(end, last)
    evidence.sort(key=lambda judged: judged[:2])
    lateness, happened = Lateness(), list[Transition]()
    for judged in evidence:
        verdict = engine.judge([_with_lateness(judged, lateness)], until=judged.arrived - GRACE)
        happened += verdict.transitions
        engine.settle()
        end = max(end, judged.arrived)
    happened += engine.judge((), until=end).transitions
    return happened


def _view(told: StationIn) -> StationView:
    source, _, code = told.id.partition("/")
    lon, lat = told.place or (None, None)
    interval_s = None if told.interval is None else offset_s(told.interval)
    place = {"lon": lon, "lat": lat, "properties": told.properties, "interval_s": interval_s}
    return StationView(source=source, station=code, name=code, kind=told.kind, **place)  # type: ignore[arg-type]


def _polygon(area: AreaIn) -> shapely.Polygon:
    if area.box is not None:
        return shapely.box(*area.box)
    if area.polygon is None or len(area.polygon) < _RING_LEAST:
        raise ConfigurationError(f"area {area.id} needs a `box`, or a `polygon` of three places or more")
    return shapely.Polygon(area.polygon)


def _moments(test: RuleTest, scene: _Scene) -> Iterator[datetime]:
    for moment in test.expect.alerts:
        yield scene.at(moment.at)
    for transition in test.expect.transitions or ():
        yield scene.at(transition.at)


def _readings(tests: RuleTests, test: RuleTest, place: int, scene: _Scene) -> tuple[list[Reading], datetime]:
    """Return the readings of a series of the test, and when its timeline ends."""
    told = test.series[place]
    series = scene.one_series(told.series)
    interval_s = offset_s(told.interval or test.interval or tests.told.interval)
    if interval_s <= 0:
        raise ConfigurationError("an interval of nothing is none")
    usual_s = series.description.interval_s or interval_s
    samples, slots = read_values(str(told.values), slots_until_stale=ceil(GAP_INTERVALS * usual_s / interval_s) + 1)
    begin = scene.at(told.at)
    readings = []
    for sample in samples:
        time = begin + timedelta(seconds=sample.slot * interval_s)
        readings.append(Reading(time + timedelta(seconds=sample.delay_s), time, series, sample.value))
    return readings, begin + timedelta(seconds=max(0, slots - 1) * interval_s)


def _with_lateness(judged: Judged, lateness: Lateness) -> Judged:
    if not isinstance(judged, Reading):
        return judged
    described: Mapping[str, dict[str, object]] = judged.series.description.properties
    late_after = late_after_of(described.get(judged.series.key.property))
    return judged._replace(is_late=lateness.is_late(judged.series.id, judged.time, judged.arrived, late_after))


def _positions(test: RuleTest, scene: _Scene) -> Iterator[Judged]:
    for told in test.positions:
        at = scene.at(told.at)
        yield Sighting(at, at, scene.station(told.station), *told.place, told.speed)


def _events(test: RuleTest, scene: _Scene) -> Iterator[Judged]:
    for number, told in enumerate(test.events):
        at = scene.at(told.at)
        lon, lat = told.place or (None, None)
        event_id = told.id or f"{floor(offset_s(told.at))}-{number}"
        units = frozenset(told.units)
        yield Occurrence(at, at, told.source, event_id, told.type, told.subject, lon, lat, None, units, told.data)
    for status in test.statuses:
        at = scene.at(status.at)
        yield Status(at, at, status.source, status.online, status.is_planned)
    for figure in test.figures:
        at = scene.at(figure.at)
        yield Figure(at, at, figure.rule, Subject(figure.subject), figure.value, {})
