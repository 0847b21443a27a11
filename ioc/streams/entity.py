"""A station as the operator sees it, and the tile of the grid that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from ioc.domain.live import PositionChange, StationView, Unit
from ioc.streams.view import TILE_ZOOM, Spot

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
SEVERITIES = ("minor", "moderate", "severe", "extreme")
NORMAL = "normal"
STATES = (NORMAL, *SEVERITIES)
_ENCODE = msgspec.json.Encoder().encode


@dataclass(slots=True, eq=False)
class Entity:
    """A station as the operator sees it; `row` is its encoded row, made when first asked for after a change."""

    view: StationView
    version: int = 0
    described: int = 0
    refiled: int = 0  # when that changed which filters look at: kind, unit, state, which properties
    tile: Tile | None = None
    spot: Spot | None = None  # where its tile was chosen for
    moved: int = 0  # when that changed
    position: PositionChange | None = None
    readings: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    holding: dict[str, dict[str, str]] = field(default_factory=dict)  # property -> alert that holds -> its severity
    newest: datetime | None = None
    _row: bytes | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.view.id

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
        if not self.holding:
            return NORMAL
        return max((word for name in self.holding if (word := self.severity(name))), key=SEVERITIES.index, default=NORMAL)

    def severity(self, name: str) -> str | None:
        """Return the gravest severity of the alerts that hold for a property, None without any."""
        return max(self.holding.get(name, {}).values(), key=SEVERITIES.index, default=None)

    def values(self) -> dict[str, tuple[datetime, float, str | None]]:
        """Return (time, value, severity or None) of each property."""
        if not self.holding:
            return {name: (time, value, None) for name, (time, value) in self.readings.items()}
        return {name: (time, value, self.severity(name)) for name, (time, value) in self.readings.items()}

    def row(self) -> bytes:
        """Return its row of `COLUMNS` as JSON."""
        if self._row is None:
            position = self.position
            self._row = _ENCODE(
                (
                    self.id,
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


class Tile:
    """The entities in one tile, in the order of their last change, and those that have left it, in the order of their leaving."""

    __slots__ = ("entities", "gone", "key", "memo", "version")

    def __init__(self, key: int) -> None:
        self.key, self.version = key, 0
        self.entities: dict[str, Entity] = {}
        self.gone: dict[str, int] = {}
        self.memo: dict[object, object] = {}  # what windows have made of it at this version

    def cell(self, zoom: int) -> tuple[int, int]:
        """Return column and row of the cell of `zoom`, at most that of tiles, in which it lies."""
        row, column = divmod(self.key, 1 << TILE_ZOOM)
        return column >> TILE_ZOOM - zoom, row >> TILE_ZOOM - zoom

    def put(self, entity: Entity, version: int) -> None:
        """Take in an entity, or note that it has changed."""
        entity_id = entity.id
        self.entities.pop(entity_id, None)
        self.entities[entity_id] = entity
        self.gone.pop(entity_id, None)
        self._changed(version)

    def lose(self, entity: Entity, version: int) -> None:
        """Note that an entity has gone elsewhere."""
        entity_id = entity.id
        del self.entities[entity_id]
        self.gone.pop(entity_id, None)
        self.gone[entity_id] = version
        self._changed(version)

    def _changed(self, version: int) -> None:
        self.version = version
        if self.memo:
            self.memo.clear()

    def since(self, position: int) -> Iterator[Entity]:
        """Yield the entities that changed after `position`, the newest first."""
        for entity in reversed(self.entities.values()):
            if entity.version <= position:
                return
            yield entity

    def gone_since(self, position: int) -> Iterator[str]:
        """Yield the ids of what left after `position`, the last first."""
        for entity_id, version in reversed(self.gone.items()):
            if version <= position:
                return
            yield entity_id

    def forget(self, position: int) -> None:
        """Forget what left up to `position`."""
        while self.gone and next(iter(self.gone.values())) <= position:
            del self.gone[next(iter(self.gone))]
