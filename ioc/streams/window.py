"""What one view shows under one filter, shared by all viewers that look at the same: its rows, and the frames made of them.

Nothing is kept for a viewer. What it has not been told follows from the position up to which it was: the entities of the tiles that changed
since, and what left the tiles since. An entity that may not have been shown before can be among the removed; removing what is not there is
nothing to a viewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from ioc.streams.entity import COLUMNS, Entity, Tile
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import Mirror
from ioc.streams.view import NOWHERE, Area

_ENCODE = msgspec.json.Encoder().encode


class Part(NamedTuple):
    """Encoded rows, in pieces of one or of several joined with commas; how many rows they are; and the ids of what is gone."""

    rows: list[bytes]
    number: int
    removed: tuple[str, ...]


NOTHING = Part([], 0, ())


class Window:
    """The entities of an area; `columns` are the names of the columns of its rows, as JSON."""

    columns = _ENCODE(COLUMNS)

    def __init__(self, mirror: Mirror, area: Area, wanted: Filter) -> None:
        self._mirror, self.area, self._filter = mirror, area, wanted
        self._tiles: list[Tile] = []
        self._tiles_known = -1
        self.memo: dict[object, object] = {}  # frames made at the position `memo_at`
        self.memo_at = -1

    def walk(self) -> Iterator[list[Entity]]:
        """Yield the entities tile by tile, for a snapshot that is taken in several steps."""
        for tile in list(self.tiles()):
            found = [entity for entity in tile.entities.values() if self._shows(entity)]
            if found:
                yield found

    def changes(self, told: int) -> Part:
        """Return what changed after the position `told`; after 0 that is everything."""
        rows: list[bytes] = []
        gone: list[str] = []
        number, key = 0, (told, self._filter)
        for tile in self.tiles():
            if tile.version > told:
                part: Any = tile.memo.get(key) or self._of(tile, told)
                if part.number:
                    rows += part.rows
                    number += part.number
                if part.removed:
                    gone += part.removed
        return Part(rows, number, self._gone(gone)) if number or gone else NOTHING

    def changes_from(self, other: Window, told: int) -> Part:
        """Return what a viewer of `other`, told up to `told`, has to learn to see this window: what came into view costs, what stays does not."""
        parts = [self._of(tile, told if tile.key in other.area else 0) for tile in self.tiles()]
        left = [tile for tile in other.tiles() if tile.key not in self.area]
        gone = (entity_id for tile in left for entity_id in (*tile.entities, *tile.gone_since(told)))
        return self._joined([*parts, Part([], 0, tuple(gone))])

    def can_follow(self, other: Window) -> bool:
        """Return whether a viewer of `other` can be told the difference instead of everything."""
        return type(self) is type(other) and self._filter == other._filter and self._overlaps(other)

    def can_resume(self, _told: int) -> bool:
        """Return whether it can tell what has gone since a position up to which a viewer was told by an earlier connection."""
        return True

    def count(self, tile: Tile) -> int:
        """Return how many entities of a tile it shows."""
        if self._filter is EVERYTHING:
            return len(tile.entities)
        return sum(map(self._filter.fits, tile.entities.values()))

    def tiles(self) -> list[Tile]:
        """Return the tiles of its area in which there is or was something."""
        tiles = self._mirror.tiles
        if len(tiles) != self._tiles_known:
            self._tiles_known = len(tiles)
            if len(self.area) < len(tiles):
                self._tiles = [tiles[key] for key in self.area.numbers() if key in tiles]
            else:
                self._tiles = [tile for key, tile in tiles.items() if key in self.area]
        return self._tiles

    def _overlaps(self, other: Window) -> bool:
        return any(tile.key in other.area for tile in self.tiles() if tile.key != NOWHERE)

    def _shows(self, entity: Entity) -> bool:
        return self._filter is EVERYTHING or self._filter.fits(entity)

    def _of(self, tile: Tile, told: int) -> Part:
        key = (told, self._filter)
        part = tile.memo.get(key)
        if part is None:
            part = tile.memo[key] = self._made(tile, told)
        assert isinstance(part, Part)
        return part

    def _made(self, tile: Tile, told: int) -> Part:
        rows, removed = [], []
        for entity in tile.since(told):
            if self._shows(entity):
                rows.append(entity.row())
            elif told and entity.refiled > told:
                removed.append(entity.id)
        if told:
            removed += tile.gone_since(told)
        return Part([b",".join(rows)] if rows else [], len(rows), tuple(removed))

    def _joined(self, parts: Iterable[Part]) -> Part:
        some = [part for part in parts if part.number or part.removed]
        gone = self._gone([entity_id for part in some for entity_id in part.removed])
        return Part([rows for part in some for rows in part.rows], sum(part.number for part in some), gone)

    def _gone(self, left: list[str]) -> tuple[str, ...]:
        """Return those of `left` that are not shown by another tile."""
        return tuple(sorted({entity_id for entity_id in left if not self._still_shows(entity_id)})) if left else ()

    def _still_shows(self, entity_id: str) -> bool:
        entity = self._mirror.get(entity_id)
        return entity is not None and entity.tile is not None and entity.tile.key in self.area and self._shows(entity)
