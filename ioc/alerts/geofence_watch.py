"""Rules on moving stations and the polygons of layers: inside, outside after having been inside, too fast inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from ioc.alerts.conditions import Geofence
from ioc.alerts.journal import Journal
from ioc.alerts.plan import AreasAround, UnitsAbove
from ioc.alerts.rule import Rule
from ioc.alerts.series_watch import gap_of
from ioc.alerts.standings import Standings, Subject
from ioc.domain.live import StationView


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon of a layer."""

    id: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


class Areas(Protocol):
    """Whoever knows the polygons of layers."""

    def containing(self, layer: str, lon: float, lat: float, /) -> Sequence[Area]:
        """Return the polygons of `layer` in which a place lies; none where there is no such layer."""
        ...


class NoAreas:
    """No layers at all."""

    def containing(self, _layer: str, _lon: float, _lat: float) -> Sequence[Area]:
        """Return none."""
        return ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a station was last, and the areas in which it was, by layer."""

    time: datetime
    inside: Mapping[str, Mapping[str, Area]]


class GeofenceWatch:
    """Where the stations are that rules look at; a station is tested against the layers of its rules with each position."""

    def __init__(
        self,
        rules: Iterable[Rule],
        standings: Standings,
        journal: Journal,
        areas: Areas,
        *,
        units_above: UnitsAbove,
        areas_around: AreasAround,
    ) -> None:
        self._standings, self._journal, self._areas = standings, journal, areas
        self._units_above, self._areas_around = units_above, areas_around
        self._rules = [(rule, rule.condition) for rule in rules if isinstance(rule.condition, Geofence)]
        self._places: dict[str, _Place] = {}
        self._gaps: dict[str, timedelta | None] = {}
        self._open: dict[str, dict[str, Mapping[str, Any]]] = {}  # by station: the subjects with a standing, and their areas

    @property
    def is_needed(self) -> bool:
        """Whether any rule is about areas."""
        return bool(self._rules)

    def restore(self, positions: Iterable[tuple[StationView, datetime, float, float]]) -> None:
        """Take up where stations were."""
        for view, time, lon, lat in positions:
            if layers := {condition.layer for _, condition in self._of(view)}:
                self._places[view.id] = _Place(time, {layer: self._inside(layer, lon, lat) for layer in layers})
                self._gaps[view.id] = gap_of(view)
        for rule_id, key, standing in self._standings.each():
            if standing.context and any(rule.id == rule_id for rule, _ in self._rules):
                self._open.setdefault(key.partition("@")[0], {})[key] = standing.context["area"]

    def see(self, view: StationView, time: datetime, lon: float, lat: float, speed: float | None) -> None:
        """Judge a position, if it is newer than all before it of its station."""
        rules = self._of(view)
        before = self._places.get(view.id)
        if not rules or (before is not None and time <= before.time):
            return
        now = {layer: self._inside(layer, lon, lat) for layer in {condition.layer for _, condition in rules}}
        gap = self._gaps[view.id] = gap_of(view)
        fresh_until = None if before is None or gap is None else before.time + gap
        for rule, condition in rules:
            was = before.inside.get(condition.layer, {}) if before else {}
            for area, value in _values(condition, was, now[condition.layer], self._standing(rule, view, condition.layer), speed):
                subject = _subject(view, condition.layer, area)
                context = {"area": {"layer": condition.layer, "feature": area.id, "name": area.name}}
                after = self._standings.move(rule, subject, time, value, fresh_until=fresh_until, context=context)
                if after.state.severity is not None:
                    self._journal.put(self._open.setdefault(view.id, {}), subject.key, context["area"])
        for key in [key for key in self._open.get(view.id, {}) if not self._standings.of(key)]:
            self._journal.drop(self._open[view.id], key)
        self._journal.put(self._places, view.id, _Place(time, now))

    def _standing(self, rule: Rule, view: StationView, layer: str) -> Mapping[str, Area]:
        """Return the areas of `layer` for which a rule stands: each position of the station is news for them."""
        told = self._open.get(view.id, {}).items()
        standing = [area for key, area in told if area["layer"] == layer and self._standings.at(rule.id, key).state.severity is not None]
        return {area["feature"]: Area(area["feature"], area["name"]) for area in standing}

    def counts(self, subject: Subject, when: datetime) -> bool:
        """Return whether the newest position of a subject's station still stands for the present at `when`."""
        station = f"{subject.source}/{subject.station}"
        place, gap = self._places.get(station), self._gaps.get(station)
        return place is None or gap is None or when <= place.time + gap

    def _of(self, view: StationView) -> list[tuple[Rule, Geofence]]:
        units, areas = self._units_above(view), self._areas_around(view)
        return [one for one in self._rules if one[0].select.matches(view, units, areas)]

    def _inside(self, layer: str, lon: float, lat: float) -> Mapping[str, Area]:
        return {area.id: area for area in self._areas.containing(layer, lon, lat)}


def _values(
    condition: Geofence, was: Mapping[str, Area], now: Mapping[str, Area], standing: Mapping[str, Area], speed: float | None
) -> Iterable[tuple[Area, float]]:
    """Yield the areas that the position is news for, with what is compared with the limits there."""
    chosen = None if condition.features is None else set(condition.features)
    areas = [area for area in sorted({**standing, **was, **now}.values(), key=lambda a: a.id) if chosen is None or area.id in chosen]
    for area in areas:
        inside = area.id in now
        if condition.on == "speeding":
            if not inside:
                yield area, 0.0
            elif speed is not None:
                over = area.properties.get(condition.limit_from) if condition.limit_from else 0.0
                if isinstance(over, int | float):
                    yield area, speed - over
        elif condition.on != "leave":
            yield area, float(inside)
        elif inside != (area.id in was) or area.id in standing:
            yield area, float(not inside)


def _subject(view: StationView, layer: str, area: Area) -> Subject:
    return Subject(f"{view.id}@{layer}/{area.id}", view.source, view.station)


def by_layer(rules: Iterable[Rule]) -> dict[str, list[str]]:
    """Return the rules that need each layer."""
    needed: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if isinstance(rule.condition, Geofence):
            needed[rule.condition.layer].append(rule.id)
        if rule.select.area is not None:
            needed[rule.select.area.layer].append(rule.id)
    return needed
