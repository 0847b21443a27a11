"""The live state of all stations and open alerts, held in memory; every change has a position, so that a viewer can ask what came after one.

Applying is idempotent and does not mind the order: the newer reading, position or alert version wins. So a batch that came twice does no
harm, and a gap is healed by applying what the database holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from ioc.domain.live import AlertView, Changes, ObservationChange, PositionChange, StationView
from ioc.streams.entity import COLUMNS, NORMAL, Entity, Tile
from ioc.streams.view import spot_of, tile_of

__all__ = ["COLUMNS", "Entity", "Mirror"]

_CLOSED_KEPT = 10_000  # versions of closed alerts, so that an old message does not open one again


def _deaf(_alert: AlertView, _before: AlertView | None) -> None:
    """Hear of an alert and do nothing."""


class Mirror:
    """All entities and open alerts; `position` counts the changes of this `epoch`.

    What left a tile up to `horizon` is forgotten: who was told less has to be told all. `on_alert` hears of every change of an alert: how it
    is, and how it was while it was open.
    """

    def __init__(self, *, on_alert: Callable[[AlertView, AlertView | None], None] = _deaf) -> None:
        self.epoch = uuid.uuid4().hex[:12]
        self.position = self.horizon = 0
        self.tiles: dict[int, Tile] = {}
        self.newest: datetime | None = None
        self.alerts: dict[str, AlertView] = {}
        self._on_alert = on_alert
        self._entities: dict[str, Entity] = {}  # in the order of their last change
        self._closed: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._entities)

    def get(self, entity_id: str) -> Entity | None:
        """Return the entity of a station, None where there is none."""
        return self._entities.get(entity_id)

    def entities(self) -> Iterable[Entity]:
        """Return all entities, the one that changed last at the end."""
        return self._entities.values()

    def since(self, position: int) -> Iterator[Entity]:
        """Yield the entities that changed after `position`, the newest first."""
        for entity in reversed(self._entities.values()):
            if entity.version <= position:
                return
            yield entity

    def forget(self, position: int) -> None:
        """Forget what left tiles up to `position`."""
        self.horizon = max(self.horizon, position)
        for tile in self.tiles.values():
            tile.forget(position)

    def apply(self, changes: Changes, *, read_at: int | None = None) -> None:
        """Take in what a commit changed, or what the database holds.

        What the database holds began to be read at position `read_at`: a description that has come since then is newer.
        """
        for station in changes.stations:
            known = self._entities.get(station.id)
            if known is not None and (known.view == station or (read_at is not None and known.described > read_at)):
                continue
            entity = known or Entity(station)
            entity.view = station
            self._put(entity, None, refiled=True)
            entity.described = self.position
        for observation in changes.observations:
            self._observe(observation, read_at)
        for position in changes.positions:
            self._move(position)
        for alert in changes.alerts:
            self._alert(alert)

    def _observe(self, told: ObservationChange, read_at: int | None) -> None:
        """Take in the newest reading of a series; another value for the same time corrects it, unless it was read before what we know came."""
        entity = self._entity(told.source, told.station)
        known = entity.readings.get(told.property)
        is_correction = known is not None and told.time == known[0] and told.value != known[1]
        if is_correction and read_at is not None and entity.version > read_at:
            return
        if known is None or told.time > known[0] or is_correction:
            entity.readings[told.property] = told.time, told.value
            self._put(entity, told.time, refiled=known is None)

    def _move(self, told: PositionChange) -> None:
        entity = self._entity(told.source, told.station)
        if entity.position is None or told.time > entity.position.time:
            changes_unit = entity.position is None or entity.unit != told.unit
            entity.position = told
            self._put(entity, told.time, refiled=changes_unit, moved=True)

    def _alert(self, alert: AlertView) -> None:
        known = self.alerts.get(alert.id)
        if alert.version <= (known.version if known else self._closed.get(alert.id, 0)):
            return
        self.position += 1
        if alert.is_open():
            self.alerts[alert.id] = alert
            self._closed.pop(alert.id, None)
        else:
            self.alerts.pop(alert.id, None)
            self._closed[alert.id] = alert.version
            if len(self._closed) > _CLOSED_KEPT:
                self._closed.pop(next(iter(self._closed)))
        self._colour(alert)
        self._on_alert(alert, known)

    def _colour(self, alert: AlertView) -> None:
        """Let the property of the alert show it, or no longer show it."""
        if alert.station is None:
            return
        source, station = alert.station.split("/", maxsplit=1)
        entity = self._entity(source, station)
        alerts = entity.holding.setdefault(alert.property or "", {})
        if alert.condition == NORMAL:
            alerts.pop(alert.id, None)
        else:
            alerts[alert.id] = alert.severity
        self._put(entity, None, refiled=True)

    def _entity(self, source: str, station: str) -> Entity:
        entity_id = f"{source}/{station}"
        return self._entities.get(entity_id) or Entity(StationView(source=source, station=station, name=station, kind="unknown"))

    def _put(self, entity: Entity, time: datetime | None, *, refiled: bool, moved: bool = False) -> None:
        """Note a change; only one that is `refiled` can move an entity into a filter or out of it, only one that `moved` to another tile."""
        self.position += 1
        entity.touch(self.position, time)
        if refiled or entity.tile is None:
            entity.refiled = self.position
        if refiled or moved or entity.tile is None:
            self._place(entity)
        else:
            entity.tile.put(entity, self.position)
        self._entities.pop(entity.id, None)
        self._entities[entity.id] = entity
        if time is not None and (self.newest is None or time > self.newest):
            self.newest = time

    def _place(self, entity: Entity) -> None:
        spot = spot_of(entity.lon, entity.lat)
        if spot != entity.spot:
            entity.spot, entity.moved = spot, self.position
        key = tile_of(entity.spot)
        if entity.tile is not None and entity.tile.key != key:
            entity.tile.lose(entity, self.position)
        tile = self.tiles.get(key)
        if tile is None:
            tile = self.tiles[key] = Tile(key)
        tile.put(entity, self.position)
        entity.tile = tile
