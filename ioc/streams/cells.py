"""What a view shows from afar, or where stations stand too close to be told apart: cells, each with how many stations it holds and the worst of their states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView
from datetime import datetime
from math import atan, degrees, pi, sinh
from typing import NamedTuple

import msgspec

from ioc.streams.entity import STATES, Entity, Tile
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import Mirror
from ioc.streams.view import CROWD, NOWHERE, TILE_ZOOM, WHOLE, Area, View, cell_of
from ioc.streams.window import Part, Window

CELL_COLUMNS = ("cell", "bbox", "lon", "lat", "count", "state", "states", "t")
Cell = tuple[int, int]
"""Column and row."""

_ENCODE = msgspec.json.Encoder().encode
_MICRO = 1_000_000


class _Sum(NamedTuple):
    """The entities of a tile that are in one cell, counted; places in millionths of a degree, so that sums are exact."""

    states: tuple[int, ...]
    lon: int
    lat: int
    newest: datetime | None


class CellCounts:
    """The entities that fit a filter, counted in the cells of a zoom, tile by tile; a mere reading costs only itself. Shared by windows."""

    def __init__(self, mirror: Mirror, zoom: int, wanted: Filter) -> None:
        self._mirror, self.zoom, self._wanted = mirror, zoom, wanted
        self._tiles: dict[int, tuple[int, dict[Cell, _Sum]]] = {}

    def of(self, tile: Tile) -> dict[Cell, _Sum]:
        """Return what is in each of the tile's cells."""
        version, sums = self._tiles.get(tile.key, (-1, {}))
        if version != tile.version:
            # What left before the horizon is forgotten.
            sums = self._renewed(tile, version, sums) if version >= self._mirror.horizon else self._made(tile)
            self._tiles[tile.key] = tile.version, sums
        return sums

    def _renewed(self, tile: Tile, version: int, sums: dict[Cell, _Sum]) -> dict[Cell, _Sum]:
        """Return the sums as they are now, from those at `version`: all anew where anything moved, came, left or changed its state."""
        changed = list(tile.since(version))
        if any(max(entity.refiled, entity.moved) > version for entity in changed) or next(tile.gone_since(version), None) is not None:
            return self._made(tile)
        for entity in changed:
            if entity.spot is not None and entity.newest is not None and self._counts(entity):
                cell = cell_of(entity.spot, self.zoom)
                known = sums[cell]
                if known.newest is None or entity.newest > known.newest:
                    sums[cell] = known._replace(newest=entity.newest)
        return sums

    def _made(self, tile: Tile) -> dict[Cell, _Sum]:
        found: dict[Cell, list[Entity]] = defaultdict(list)
        for entity in tile.entities.values():
            if entity.spot is not None and self._counts(entity):
                found[cell_of(entity.spot, self.zoom)].append(entity)
        return {cell: _sum(some) for cell, some in found.items()}

    def _counts(self, entity: Entity) -> bool:
        return self._wanted is EVERYTHING or self._wanted.fits(entity)


class CellWindow(Window):
    """An area as the cells of a grid of any zoom. It remembers which cells became empty while it was looked at."""

    columns = _ENCODE(CELL_COLUMNS)

    def __init__(self, mirror: Mirror, area: Area, wanted: Filter, counts: CellCounts) -> None:
        super().__init__(mirror, area, wanted)
        self._counts, self.zoom = counts, counts.zoom
        self._begun = mirror.position
        self._filled: dict[int, set[Cell]] = {}  # by the first tile of those that share cells
        self._emptied: dict[int, dict[Cell, int]] = {}  # and at which position

    def walk(self) -> Iterator[list[Entity]]:
        """Yield nothing: cells are few and fit the last page."""
        return iter(())

    def changes(self, told: int) -> Part:
        """Return the cells of which something changed after the position `told`."""
        rows: list[bytes] = []
        removed: list[str] = []
        for tiles in self._neighbours():
            if max(tile.version for tile in tiles) <= told:
                continue
            found: dict[Cell, list[_Sum]] = defaultdict(list)
            for tile in tiles:
                for cell, one in self._counts.of(tile).items():
                    found[cell].append(one)
            rows += [self._row(cell, sums) for cell, sums in found.items()]
            left = self._left(tiles[0].key, found.keys())
            removed += [self._name(cell) for cell, position in left.items() if 0 < told < position]
        return Part(rows, len(rows), tuple(removed))

    def can_follow(self, _other: Window) -> bool:
        """Return False: cells are cheap to tell anew."""
        return False

    def can_resume(self, told: int) -> bool:
        """Return whether it was looked at then: which cells were filled before is not known."""
        return told >= self._begun

    def _neighbours(self) -> Iterable[list[Tile]]:
        """Return the tiles, together those that share a cell."""
        together: dict[Cell | int, list[Tile]] = defaultdict(list)
        for tile in self.tiles():
            if tile.key != NOWHERE:
                together[tile.cell(self.zoom) if self.zoom < TILE_ZOOM else tile.key].append(tile)
        return together.values()

    def _left(self, key: int, filled: KeysView[Cell]) -> dict[Cell, int]:
        """Note which cells are filled now; return those that are not any more, and since when."""
        emptied = self._emptied.setdefault(key, {})
        emptied |= dict.fromkeys(self._filled.get(key, set()) - filled, self._mirror.position)
        for cell in filled & emptied.keys():
            del emptied[cell]
        self._filled[key] = set(filled)
        return emptied

    def _row(self, cell: Cell, sums: list[_Sum]) -> bytes:
        states = [sum(counts) for counts in zip(*(one.states for one in sums), strict=True)]
        count = sum(states)
        worst = max(place for place, number in enumerate(states) if number)
        newest = max((one.newest for one in sums if one.newest), default=None)
        lon, lat = (sum(one.lon for one in sums) / count / _MICRO, sum(one.lat for one in sums) / count / _MICRO)
        place = round(lon, 5), round(lat, 5)
        return _ENCODE((self._name(cell), _bbox(*cell, self.zoom), *place, count, STATES[worst], states, newest))

    def _name(self, cell: Cell) -> str:
        return f"{self.zoom}/{cell[0]}/{cell[1]}"


def _sum(some: list[Entity]) -> _Sum:
    counts, newest, east, north = dict.fromkeys(STATES, 0), None, 0, 0
    for entity in some:
        counts[entity.state] += 1
        east += round((entity.lon or 0) * _MICRO)
        north += round((entity.lat or 0) * _MICRO)
        if entity.newest is not None and (newest is None or entity.newest > newest):
            newest = entity.newest
    return _Sum(tuple(counts.values()), east, north, newest)


def _bbox(column: int, row: int, zoom: int) -> tuple[float, float, float, float]:
    side = 1 << zoom
    north, south = (round(degrees(atan(sinh(pi * (1 - 2 * edge / side)))), 5) for edge in (row, row + 1))
    west, east = (round(edge / side * 360 - 180, 5) for edge in (column, column + 1))
    return west, south, east, north


def cell_zoom(mirror: Mirror, view: View | None, wanted: Filter) -> int | None:
    """Return the zoom of the cells in which the stations of a view are counted, None where each is shown by itself."""
    if view is None:
        return None
    return view.cell_zoom if view.is_afar or _is_crowded(Window(mirror, view.area, wanted), view) else None


def _is_crowded(window: Window, view: View) -> bool:
    number = 0.0
    for tile in window.tiles():
        if share := view.share_of(tile.key):
            number += share * window.count(tile)
            if number > CROWD:
                return True
    return False


def open_window(mirror: Mirror, view: View | None, wanted: Filter, counts: CellCounts | None) -> Window:
    """Return a new window: of everything without a view, of cells that are counted in `counts`, or of stations where that is None."""
    area = view.area if view else WHOLE
    return Window(mirror, area, wanted) if counts is None else CellWindow(mirror, area, wanted, counts)
