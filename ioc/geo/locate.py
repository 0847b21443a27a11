"""The unit that a place lies in, on a given day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
import shapely

from ioc.domain.unit import UnitRef
from ioc.geo.grid import NOWHERE, CellGrid, Floats

Numbers: TypeAlias = Sequence[float] | Floats


class UnitIndex:
    """All units that anything stored may name, and the areas of those that are published now.

    A place on a shared edge belongs to exactly one unit. Where several units hold a place, the layer that comes first wins; within a
    layer the deepest level, then the smallest code.
    """

    def __init__(self, units: Iterable[tuple[UnitRef, bytes | None]], *, today: Callable[[], date]) -> None:
        """Build the index.

        Args:
            units: each with its area as WKB, layers in order of precedence; None: no longer published, known by its number only; empty:
                a former unit, known by its code and days.
            today: the day that is meant where none is named.
        """
        known = list(units)
        self._refs = {ref.id: ref for ref, _ in known}
        self._today = today
        placed = [(ref, area) for ref, area in known if area is not None]
        layers = {layer: order for order, layer in enumerate(dict.fromkeys(ref.layer for ref, _ in placed))}
        placed.sort(key=lambda unit: (layers[unit[0].layer], -self._depth(unit[0]), unit[0].code, unit[0].valid_from))
        self._placed = [ref for ref, _ in placed]
        self._areas = shapely.from_wkb([area for _, area in placed])
        self._has_area = ~shapely.is_empty(self._areas)
        self._by_code: dict[str, list[UnitRef]] = defaultdict(list)
        for ref in self._placed:
            self._by_code[ref.code].append(ref)
        self._turns = sorted({day for ref in self._placed for day in (ref.valid_from, ref.valid_to) if day is not None})
        self._eras: dict[int, _Era] = {}
        self._present = bisect_right(self._turns, today())
        self._era(today())

    def __len__(self) -> int:
        return len(self._placed)

    def has_turned(self) -> bool:
        """Return whether units came or went between the day on which this was built and today."""
        return bisect_right(self._turns, self._today()) != self._present

    def locate(self, lon: float, lat: float, at: date | None = None) -> int | None:
        """Return the number of the unit that holds the place on the day `at` (None: today), None where there is none."""
        return self.locate_many([lon], [lat], at)[0]

    def locate_many(self, lons: Numbers, lats: Numbers, at: date | None = None) -> list[int | None]:
        """Return for each place what `locate` returns for it."""
        era = self._era(at or self._today())
        return era.locate(np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64))

    def by_code(self, code: str, at: date | None = None) -> int | None:
        """Return the number of the unit that had `code` on the day `at` (None: today), None where there was none."""
        day = at or self._today()
        return next((ref.id for ref in self._by_code.get(code, ()) if _is_in_force(ref, day)), None)

    def ref(self, unit_id: int) -> UnitRef | None:
        """Return the unit of this number, whether or not it is still published."""
        return self._refs.get(unit_id)

    def _depth(self, ref: UnitRef) -> int:
        depth = 0
        while ref.parent_id is not None and depth < len(self._refs):
            ref, depth = self._refs[ref.parent_id], depth + 1
        return depth

    def _era(self, day: date) -> _Era:
        """Return the units of the time around `day` in which none came or went; made when first asked for."""
        number = bisect_right(self._turns, day)
        if number not in self._eras:
            members = [position for position, ref in enumerate(self._placed) if _is_in_force(ref, day) and self._has_area[position]]
            self._eras[number] = _Era([self._placed[position].id for position in members], self._areas[members])
        return self._eras[number]


class _Era:
    """The units in force at one time."""

    def __init__(self, numbers: list[int], areas: np.ndarray) -> None:
        self._numbers = np.array([*numbers, None], dtype=np.object_)
        self._grid = CellGrid(areas) if numbers else None

    def locate(self, lons: np.ndarray, lats: np.ndarray) -> list[int | None]:
        if self._grid is None:
            return [None] * len(lons)
        # NOWHERE is the last place of the list of numbers, where None stands.
        assert NOWHERE == -1
        units: list[int | None] = self._numbers[self._grid.locate(lons, lats)].tolist()
        return units


def _is_in_force(ref: UnitRef, day: date) -> bool:
    return ref.valid_from <= day and (ref.valid_to is None or day < ref.valid_to)
