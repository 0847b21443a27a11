"""The layers and units of a process as they were published, read anew when that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import asyncpg
import structlog

from ioc.domain.unit import UnitRef
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.locate import UnitIndex
from ioc.geo.unit_book import UnitBook
from ioc.store.layers import load_units
from ioc.store.live import fixed_stations, place_stations

_log = structlog.get_logger()


class Territory:
    """`catalogue` holds the layers, `units` says what lies where today, `book` knows the units of every day."""

    def __init__(self, *, today: Callable[[], date]) -> None:
        self._today = today
        self.catalogue = LayerCatalogue()
        self.units = UnitIndex([], today=today)
        self.book = UnitBook(today=today)
        self._is_outdated = True

    def unit_of(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where there is none."""
        return self.units.ref(number)

    async def refresh(self, pool: asyncpg.Pool) -> bool:
        """Take up newly published layers, and a day on which units change; fixed stations then get their units anew. Return whether."""
        self._is_outdated |= await self.catalogue.refresh(pool) | self.units.has_turned()
        if not self._is_outdated:
            return False
        async with pool.acquire() as conn, conn.transaction():
            loaded = await load_units(conn)
            units = UnitIndex(loaded, today=self._today)
            await self.book.read(conn, [ref for ref, _ in loaded])
            stations = await fixed_stations(conn)
            places = units.locate_many([s[1] for s in stations], [s[2] for s in stations]) if stations else []
            moved = {s[0]: unit for s, unit in zip(stations, places, strict=True) if s[3] != unit}
            await place_stations(conn, moved)
        self.units, self._is_outdated = units, False
        _log.info("layers.loaded", collections=len(self.catalogue.collections), units=len(units), stations_placed_anew=len(moved))
        return True
