"""What a viewer looks at: a rectangle in degrees, as tiles of a fixed grid that viewers share.

The grid is that of web maps (WebMercatorQuad) at zoom 11, in which a tile is about 18 km wide in Viet Nam and has some hundred stations where
they stand close. A view is shown as the tiles that it and a margin around it touch, so that a small move of the map costs nothing, and so that
what is encoded for one viewer serves the next one. From afar, and where stations stand too close to be told apart, they are counted in the
cells of a grid that goes with the zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asinh, floor, pi, radians, tan

TILE_ZOOM = 11
SPOT_ZOOM = 22
CELLS_BELOW_Z = 7
CROWD = 3000
"""More stations than that in a rectangle are counted in cells, however near it is."""
NOWHERE = -1
"""The tile of whatever has no place; it is part of every view."""

Spot = tuple[int, int]
"""Column and row of a place in the grid of zoom 22, in which a tile is 10 m wide."""

_SIDE = 1 << TILE_ZOOM
_SPOTS = 1 << SPOT_ZOOM
_NORTHMOST = 85.0511
_NARROWEST_MARGIN, _WIDEST_MARGIN = 0.25, 1.0


def spot_of(lon: float | None, lat: float | None) -> Spot | None:
    """Return where a place is in the finest grid, None without a place."""
    if lon is None or lat is None:
        return None
    return _within(_x(lon) * _SPOTS, _SPOTS), _within(_y(lat) * _SPOTS, _SPOTS)


def tile_of(spot: Spot | None) -> int:
    """Return the number of the tile in which a spot is: row times 2048 plus column; NOWHERE for None."""
    if spot is None:
        return NOWHERE
    column, row = cell_of(spot, TILE_ZOOM)
    return row * _SIDE + column


def cell_of(spot: Spot, zoom: int) -> tuple[int, int]:
    """Return column and row of the cell of `zoom` in which a spot is."""
    shift = SPOT_ZOOM - zoom
    return spot[0] >> shift, spot[1] >> shift


def _x(lon: float) -> float:
    """Return how far east a longitude is: 0 at 180° west, 1 at 180° east."""
    return (lon + 180) / 360


def _y(lat: float) -> float:
    """Return how far south a latitude is on a Mercator map: 0 at its northern edge, 1 at its southern one."""
    clipped = min(_NORTHMOST, max(-_NORTHMOST, lat))
    return (1 - asinh(tan(radians(clipped))) / pi) / 2


def _within(number: float, side: int) -> int:
    return min(side - 1, max(0, floor(number)))


@dataclass(frozen=True, slots=True)
class Area:
    """The tiles between two rows and two columns, these included; `first_column` over `last_column` spans the antimeridian."""

    first_column: int
    last_column: int
    first_row: int
    last_row: int

    def __contains__(self, key: int) -> bool:
        if key == NOWHERE:
            return True
        row, column = divmod(key, _SIDE)
        if not self.first_row <= row <= self.last_row:
            return False
        if self.first_column <= self.last_column:
            return self.first_column <= column <= self.last_column
        return column >= self.first_column or column <= self.last_column

    def __len__(self) -> int:
        return (self.last_row - self.first_row + 1) * len(self._columns())

    def numbers(self) -> list[int]:
        """Return the numbers of all its tiles, NOWHERE too."""
        columns = self._columns()
        return [NOWHERE, *(row * _SIDE + column for row in range(self.first_row, self.last_row + 1) for column in columns)]

    def _columns(self) -> list[int]:
        if self.first_column <= self.last_column:
            return list(range(self.first_column, self.last_column + 1))
        return [*range(self.first_column, _SIDE), *range(self.last_column + 1)]


WHOLE = Area(0, _SIDE - 1, 0, _SIDE - 1)


@dataclass(frozen=True, slots=True)
class View:
    """A bounding box in WGS 84 and the zoom of the map; `west` over `east` spans the antimeridian."""

    west: float
    south: float
    east: float
    north: float
    z: float = 22.0

    @property
    def area(self) -> Area:
        """The tiles that are shown: those that the box touches with a margin of a quarter of itself, but of one tile at most."""
        north, south = _y(self.north) * _SIDE, _y(self.south) * _SIDE
        high = _margin(south - north)
        rows = _within(north - high, _SIDE), _within(south + high, _SIDE)
        if abs(self.east - self.west) >= 360:  # noqa: PLR2004 - once around the world
            return Area(0, _SIDE - 1, *rows)
        width = self._width() / 360 * _SIDE
        wide = _margin(width)
        first, last = floor(_x(_wrapped(self.west)) * _SIDE - wide), floor(_x(_wrapped(self.east)) * _SIDE + wide)
        if width > (last - first) % _SIDE + 1:  # the margin has closed around the world
            return Area(0, _SIDE - 1, *rows)
        return Area(first % _SIDE, last % _SIDE, *rows)

    @property
    def is_afar(self) -> bool:
        """Whether stations are counted in cells, however few they are."""
        return self.z < CELLS_BELOW_Z

    @property
    def cell_zoom(self) -> int:
        """The zoom of the cells that fit the view: 90 to 180 pixels wide where a tile is 512."""
        return min(SPOT_ZOOM, max(2, floor(self.z + 0.5) + 2))

    def share_of(self, tile: int) -> float:
        """Return how much of a tile the rectangle covers, 0 to 1; all of it where the rectangle spans the antimeridian."""
        if tile == NOWHERE:
            return 0.0
        row, column = divmod(tile, _SIDE)
        high = _shared(_y(self.north) * _SIDE, _y(self.south) * _SIDE, row)
        west, east = _x(self.west) * _SIDE, _x(self.east) * _SIDE
        return high * (_shared(west, east, column) if 0 <= west <= east <= _SIDE else 1.0)

    def _width(self) -> float:
        return (self.east - self.west) % 360


def _margin(tiles: float) -> float:
    """Return how far around a view of so many tiles is shown too: where little is in sight, a whole ring of tiles would be many times that."""
    return min(_WIDEST_MARGIN, max(_NARROWEST_MARGIN, tiles / 4))


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180 if not -180 <= lon <= 180 else lon  # noqa: PLR2004 - degrees


def _shared(begin: float, end: float, number: int) -> float:
    """Return how much of the stretch from `number` to the next whole number lies between two others."""
    return max(0.0, min(end, number + 1) - max(begin, number))
