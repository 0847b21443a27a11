"""Which of many areas holds a place: a grid of cells answers most questions, an exact test the rest.

A cell that lies strictly inside an area needs no geometry at all; a cell crossed by a border keeps the short list of areas that may
hold a place in it. This module knows neither units nor dates.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

Areas: TypeAlias = npt.NDArray[np.object_]
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

NOWHERE = -1
CELLS_ACROSS = 16  # cells along the side of a typical area
MOST_CELLS = 4_000_000  # 16 MB
SLACK_DEG = 1e-9  # boxes are taken this much too large, so that rounding in the cell's number can do no harm


class CellGrid:
    """A lookup over `areas`, polygons given in order of precedence: a place belongs to the first one that it touches."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas
        shapely.prepare(self._areas)
        self._west, self._south, self._cell, self._columns, self._rows = _frame(shapely.bounds(self._areas))
        self._answers = np.full(self._columns * self._rows, NOWHERE, dtype=np.int32)
        cells, candidates, certain = self._cover()
        self._index(cells, candidates, certain)

    def locate(self, lons: Floats, lats: Floats) -> Ints:
        """Return for each place the number of the first area that holds it or has it on its edge, else `NOWHERE`."""
        found = self._answers_at(lons, lats)
        (pending,) = np.nonzero(found < NOWHERE)
        entry = self._starts[-found[pending] - 2]
        found[pending] = NOWHERE
        while pending.size:
            candidates = self._candidates[entry]
            hit = self._certain[entry].copy()
            (doubtful,) = np.nonzero(~hit)
            places = pending[doubtful]
            hit[doubtful] = shapely.intersects_xy(self._areas[candidates[doubtful]], lons[places], lats[places])
            found[pending[hit]] = candidates[hit]
            more = ~hit & ~self._last[entry]
            pending, entry = pending[more], entry[more] + 1
        return found

    def _answers_at(self, lons: Floats, lats: Floats) -> Ints:
        # Places far away, or not numbers at all, compare false and stay nowhere.
        with np.errstate(over="ignore"):
            column = np.floor((lons - self._west) / self._cell)
            row = np.floor((lats - self._south) / self._cell)
        (inside,) = np.nonzero((column >= 0) & (column < self._columns) & (row >= 0) & (row < self._rows))
        found = np.full(len(lons), NOWHERE, dtype=np.int64)
        found[inside] = self._answers[(row[inside] * self._columns + column[inside]).astype(np.int64)]
        return found

    def _cover(self) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        """Return (cell, area, whether the area holds all of the cell) for all that meet, until a cell is held entirely."""
        settled = np.zeros(len(self._answers), dtype=np.bool_)
        found: list[tuple[Ints, Ints, npt.NDArray[np.bool_]]] = []
        for number, bounds in enumerate(shapely.bounds(self._areas)):
            cells = self._cells_within(bounds)
            cells = cells[~settled[cells]]
            boxes = self._boxes(cells)
            meeting = shapely.intersects(self._areas[number], boxes)
            cells, boxes = cells[meeting], boxes[meeting]
            certain = shapely.contains_properly(self._areas[number], boxes)
            settled[cells[certain]] = True
            found.append((cells, np.full(len(cells), number, dtype=np.int64), certain))
        cells, candidates, certain = (np.concatenate(part) for part in zip(*found, strict=True))
        return cells, candidates, certain

    def _cells_within(self, bounds: Floats) -> Ints:
        west, south, east, north = bounds
        columns = np.arange(self._column(west), self._column(east) + 1)
        rows = np.arange(self._row(south), self._row(north) + 1)
        return (rows[:, None] * self._columns + columns[None, :]).ravel()

    def _column(self, lon: float) -> int:
        return min(max(int((lon - self._west) // self._cell), 0), self._columns - 1)

    def _row(self, lat: float) -> int:
        return min(max(int((lat - self._south) // self._cell), 0), self._rows - 1)

    def _boxes(self, cells: Ints) -> Areas:
        west = self._west + (cells % self._columns) * self._cell
        south = self._south + (cells // self._columns) * self._cell
        east, north = west + self._cell, south + self._cell
        boxes: Areas = shapely.box(west - SLACK_DEG, south - SLACK_DEG, east + SLACK_DEG, north + SLACK_DEG)
        return boxes

    def _index(self, cells: Ints, candidates: Ints, certain: npt.NDArray[np.bool_]) -> None:
        """Lay the candidates of each cell side by side in order of precedence; a sole and certain one becomes the cell's answer."""
        order = np.lexsort((candidates, cells))
        cells, self._candidates, self._certain = cells[order], candidates[order], certain[order]
        crossed, self._starts, counts = np.unique(cells, return_index=True, return_counts=True)
        self._last = np.zeros(len(cells), dtype=np.bool_)
        self._last[self._starts + counts - 1] = True
        self._answers[crossed] = -2 - np.arange(len(crossed))
        sole = (counts == 1) & self._certain[self._starts]
        self._answers[crossed[sole]] = self._candidates[self._starts[sole]]


def _frame(bounds: Floats) -> tuple[float, float, float, int, int]:
    """Return west, south, size of a cell, columns and rows of a grid over all `bounds`."""
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    typical = float(np.median((bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])))
    smallest = float(np.sqrt((east - west) * (north - south) / MOST_CELLS))
    cell = max(np.sqrt(typical) / CELLS_ACROSS, smallest, 10 * SLACK_DEG)
    return float(west), float(south), float(cell), int((east - west) // cell) + 1, int((north - south) // cell) + 1
