"""What rules ask of the map: the units above a station, the polygons around it; looked up once and kept until layers change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely

from ioc.alerts.composite_watch import Whereabouts
from ioc.alerts.conditions import Geofence
from ioc.alerts.engine import Surroundings
from ioc.alerts.geofence_watch import Area
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Subject
from ioc.alerts.working_time import WorkingTime
from ioc.domain.live import StationView
from ioc.geo.collection import Collection
from ioc.geo.unit_book import UnitBook

ViewOf = Callable[[str, str], StationView | None]
"""Returns a station as it describes itself, by source and station."""


class _Polygons:
    """The polygons of one layer that are in force, found by place."""

    def __init__(self, collection: Collection, day: date) -> None:
        chosen = collection.valid_during(day, day)
        self._ids = [collection.fids[each] for each in chosen]
        self._rows = collection.table.take(chosen).to_pylist()
        self._tree = shapely.STRtree(collection.geometries[chosen])
        shapely.prepare(self._tree.geometries)

    def containing(self, lon: float, lat: float) -> list[Area]:
        found = np.sort(self._tree.query(shapely.Point(lon, lat), predicate="intersects"))
        return [Area(self._ids[each], _name(self._rows[each], self._ids[each]), self._rows[each]) for each in found.tolist()]


class Ground:
    """Units and areas as the layers have them now."""

    def __init__(
        self, book: UnitBook, collections: Callable[[], Mapping[str, Collection]], *, today: Callable[[], date], view_of: ViewOf
    ) -> None:
        self._book, self._collections, self._today, self._view_of = book, collections, today, view_of
        self._polygons: dict[str, tuple[Collection, date, _Polygons]] = {}
        self._above: dict[int, frozenset[str]] = {}
        self._found: dict[tuple[str, str], frozenset[str]] = {}
        self._layers: frozenset[str] = frozenset()

    def renew(self) -> None:
        """Forget what was looked up: layers have changed."""
        self._above.clear()
        self._found.clear()

    def look_after(self, rules: Sequence[Rule]) -> None:
        """Know the layers in whose areas rules select fixed stations."""
        self._layers = frozenset(rule.select.area.layer for rule in rules if rule.select.area is not None)

    def surroundings(self) -> Surroundings:
        """Return what the alert engine asks."""
        return Surroundings(self.units_above, self.areas_around, self, self.unit_of_subject, WorkingTime())

    def units_of(self, number: int | None) -> frozenset[str]:
        """Return the codes of the unit of this number and of all above it."""
        if number is None:
            return frozenset()
        found = self._above.get(number)
        if found is None:
            ref = self._book.ref(number)
            found = frozenset() if ref is None else frozenset(one.code for one in (ref, *self._book.directory.parents(ref)))
            self._above[number] = found
        return found

    def units_above(self, view: StationView) -> frozenset[str]:
        """Return the codes of the unit in which a station lies, and of all above it."""
        if view.unit is None:
            return frozenset()
        key = str(view.unit["code"]), str(view.unit["valid_from"])
        found = self._found.get(key)
        if found is None:
            ref = next((one for one in self._book.versions(key[0]) if one.valid_from.isoformat() == key[1]), None)
            found = self._found[key] = frozenset({key[0]}) if ref is None else self.units_of(ref.id)
        return found

    def areas_around(self, view: StationView) -> frozenset[tuple[str, str]]:
        """Return the areas, as (layer, feature), in which a fixed station lies, of the layers that rules select stations by."""
        if not self._layers or view.lon is None or view.lat is None:
            return frozenset()
        return frozenset((layer, area.id) for layer in self._layers for area in self.containing(layer, view.lon, view.lat))

    def containing(self, layer: str, lon: float, lat: float, /) -> Sequence[Area]:
        """Return the polygons of a layer in which a place lies; none where there is no such layer."""
        collection, day = self._collections().get(layer), self._today()
        if collection is None:
            return ()
        known = self._polygons.get(layer)
        if known is None or known[0] is not collection or known[1] != day:
            known = self._polygons[layer] = collection, day, _Polygons(collection, day)
        return known[2].containing(lon, lat)

    def unit_of_subject(self, subject: Subject) -> Whereabouts | None:
        """Return in which unit a subject lies, and where: that of its station where it says nothing itself; None where no unit is known."""
        if subject.unit_id is not None:
            ref = self._book.ref(subject.unit_id)
            return None if ref is None else Whereabouts(ref.code, ref.id, subject.lon, subject.lat)
        view = self._view_of(subject.source, subject.station) if subject.source and subject.station else None
        if view is None or view.unit is None:
            return None
        code, valid_from = str(view.unit["code"]), str(view.unit["valid_from"])
        ref = next((one for one in self._book.versions(code) if one.valid_from.isoformat() == valid_from), None)
        return Whereabouts(code, None if ref is None else ref.id, view.lon, view.lat)

    def missing_layers(self, rules: Sequence[Rule]) -> dict[str, str]:
        """Return, for each rule that needs a layer that is not there, the name of the layer."""
        there = self._collections()
        needed = {rule.id: rule.condition.layer for rule in rules if isinstance(rule.condition, Geofence)}
        needed |= {rule.id: rule.select.area.layer for rule in rules if rule.select.area is not None}
        return {rule_id: layer for rule_id, layer in needed.items() if layer not in there}


def _name(row: Mapping[str, Any], fid: str) -> str:
    return str(row.get("name_vi") or row.get("name") or row.get("title") or fid)
