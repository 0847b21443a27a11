"""What a viewer looks at: a rectangle in degrees, as tiles of a fixed grid that viewers share.

The grid is that of web maps (WebMercatorQuad) at zoom 11, in which a tile is about 18 km wide in Viet Nam and has some hundred stations where
they stand close. A view is shown as the tiles that it touches and one ring around them, so that a small move of the map costs nothing, and so
that what is encoded for one viewer serves the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asinh, floor, pi, radians, tan

TILE_ZOOM = 11
CELLS_BELOW_Z = 8
NOWHERE = -1
"""The tile of whatever has no place; it is part of every view."""

_SIDE = 1 << TILE_ZOOM
_NORTHMOST = 85.0511


def tile_key(lon: float | None, lat: float | None) -> int:
    """Return the number of the tile in which a place is: row times 2048 plus column; NOWHERE without a place."""
    if lon is None or lat is None:
        return NOWHERE
    return _row(lat) * _SIDE + _column(lon)


def _column(lon: float) -> int:
    return min(_SIDE - 1, max(0, floor((lon + 180) / 360 * _SIDE)))


def _row(lat: float) -> int:
    clipped = min(_NORTHMOST, max(-_NORTHMOST, lat))
    return min(_SIDE - 1, max(0, floor((1 - asinh(tan(radians(clipped))) / pi) / 2 * _SIDE)))


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
        """The tiles that are shown: those that the box touches and one ring around them."""
        rows = max(0, _row(self.north) - 1), min(_SIDE - 1, _row(self.south) + 1)
        if abs(self.east - self.west) >= 360:  # noqa: PLR2004 - once around the world
            return Area(0, _SIDE - 1, *rows)
        first, last = _column(_wrapped(self.west)) - 1, _column(_wrapped(self.east)) + 1
        spanned = (last - first) % _SIDE + 1
        if self._width() / 360 * _SIDE > spanned:  # the ring has closed around the world
            return Area(0, _SIDE - 1, *rows)
        return Area(first % _SIDE, last % _SIDE, *rows)

    @property
    def cell_zoom(self) -> int | None:
        """The zoom of the cells in which stations are counted instead of shown, None where each station is shown."""
        return min(TILE_ZOOM - 1, max(2, floor(self.z) + 2)) if self.z < CELLS_BELOW_Z else None

    def _width(self) -> float:
        return (self.east - self.west) % 360


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180 if not -180 <= lon <= 180 else lon  # noqa: PLR2004 - degrees


def cell_of(tile: int, zoom: int) -> tuple[int, int]:
    """Return column and row of the cell of `zoom` in which a tile lies."""
    row, column = divmod(tile, _SIDE)
    shift = TILE_ZOOM - zoom
    return column >> shift, row >> shift
