"""The live state of all stations and open alerts, held in memory; every change has a position, so that a viewer can ask what came after one.

Applying is idempotent and does not mind the order: the newer reading, position or alert version wins. So a batch that came twice does no
harm, and a gap is healed by applying what the database holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from ioc.domain.live import AlertView, Changes, ObservationChange, PositionChange, StationView, Unit

COLUMNS = (
    "id",
    "kind",
    "name",
    "lon",
    "lat",
    "moving",
    "speed",
    "heading",
    "state",
    "t",
    "interval_s",
    "unit",
    "values",
)
_SEVERITIES = ("minor", "moderate", "severe", "extreme")
_NORMAL = "normal"
_CLOSED_KEPT = 10_000  # versions of closed alerts, so that an old message does not open one again
_ENCODE = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Entity:
    """A station as the operator sees it; `row` is its encoded row, made when first asked for after a change."""

    view: StationView
    version: int = 0
    described: int = 0
    position: PositionChange | None = None
    readings: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    holding: dict[str, dict[str, str]] = field(default_factory=dict)  # property -> alert that holds -> its severity
    newest: datetime | None = None
    _row: bytes | None = None

    @property
    def lon(self) -> float | None:
        """Where it is now, as far as is known."""
        return self.position.lon if self.position else self.view.lon

    @property
    def lat(self) -> float | None:
        """Where it is now, as far as is known."""
        return self.position.lat if self.position else self.view.lat

    @property
    def unit(self) -> Unit | None:
        """The unit it is in now."""
        return self.position.unit if self.position else self.view.unit

    @property
    def state(self) -> str:
        """The gravest severity of its alerts that hold, `normal` without any."""
        return max((word for name in self.holding if (word := self.severity(name))), key=_SEVERITIES.index, default=_NORMAL)

    def severity(self, name: str) -> str | None:
        """Return the gravest severity of the alerts that hold for a property, None without any."""
        return max(self.holding.get(name, {}).values(), key=_SEVERITIES.index, default=None)

    def values(self) -> dict[str, tuple[datetime, float, str | None]]:
        """Return (time, value, severity or None) of each property."""
        return {name: (time, value, self.severity(name)) for name, (time, value) in self.readings.items()}

    def row(self) -> bytes:
        """Return its row of `COLUMNS` as JSON."""
        if self._row is None:
            position = self.position
            self._row = _ENCODE(
                (
                    self.view.id,
                    self.view.kind,
                    self.view.name,
                    self.lon,
                    self.lat,
                    position is not None,
                    position.speed if position else None,
                    position.heading if position else None,
                    self.state,
                    self.newest,
                    self.view.interval_s,
                    self.unit["code"] if self.unit else None,
                    self.values(),
                )
            )
        return self._row

    def touch(self, version: int, time: datetime | None) -> None:
        """Note that it has changed."""
        self.version, self._row = version, None
        if time is not None and (self.newest is None or time > self.newest):
            self.newest = time


class Mirror:
    """All entities and open alerts; `position` counts the changes of this `epoch`."""

    def __init__(self, *, on_alert: Callable[[AlertView], None] = lambda _alert: None) -> None:
        self.epoch = uuid.uuid4().hex[:12]
        self.position = 0
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
            self._put(station.id, entity, None)
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
            self._put(entity.view.id, entity, told.time)

    def _move(self, told: PositionChange) -> None:
        entity = self._entity(told.source, told.station)
        if entity.position is None or told.time > entity.position.time:
            entity.position = told
            self._put(entity.view.id, entity, told.time)

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
        self._on_alert(alert)

    def _colour(self, alert: AlertView) -> None:
        """Let the property of the alert show it, or no longer show it."""
        if alert.station is None:
            return
        source, station = alert.station.split("/", maxsplit=1)
        entity = self._entity(source, station)
        alerts = entity.holding.setdefault(alert.property or "", {})
        if alert.condition == _NORMAL:
            alerts.pop(alert.id, None)
        else:
            alerts[alert.id] = alert.severity
        self._put(entity.view.id, entity, None)

    def _entity(self, source: str, station: str) -> Entity:
        entity_id = f"{source}/{station}"
        return self._entities.get(entity_id) or Entity(StationView(source=source, station=station, name=station, kind="unknown"))

    def _put(self, entity_id: str, entity: Entity, time: datetime | None) -> None:
        self.position += 1
        entity.touch(self.position, time)
        self._entities.pop(entity_id, None)
        self._entities[entity_id] = entity
        if time is not None and (self.newest is None or time > self.newest):
            self.newest = time
