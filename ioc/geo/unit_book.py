"""The units that are known now and what became of them, held in memory; read again when somebody publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

from ioc.domain.live import Unit
from ioc.domain.unit import UnitRef
from ioc.geo.succession import Link, Portion, Succession
from ioc.geo.units import UnitDirectory
from ioc.store.pool import Connection
from ioc.store.units import known_units, load_links


class UnitBook:
    """The directory of units and their succession, always of the same publication; `edition` counts the times they were read."""

    def __init__(self, *, today: Callable[[], date]) -> None:
        self.directory = UnitDirectory(today=today)
        self.succession = Succession(unit_of=self.directory.ref)
        self.edition = 0

    async def read(self, conn: Connection, units: Sequence[UnitRef]) -> None:
        """Take up those of `units`, all that were ever published in order of precedence, that are known now, and what became of them."""
        known = await known_units(conn)
        links = [Link(**row) for row in await load_links(conn)]
        # Of a whole country some 13,000: too many to let everything else wait.
        directory = await asyncio.to_thread(UnitDirectory, [ref for ref in units if ref.id in known], today=self.directory.today)
        self.directory, self.succession = directory, Succession(links, unit_of=directory.ref)
        self.edition += 1

    def all(self) -> list[UnitRef]:
        """Return every unit that is known now."""
        return list(self.directory)

    def versions(self, code: str) -> list[UnitRef]:
        """Return the units that have or had the code, the oldest first."""
        return self.directory.versions(code)

    def find(self, code: str, day: date | None = None) -> UnitRef | None:
        """Return the unit that had the code on the day (None: today), None where there was none."""
        return self.directory.find(code, day)

    def require(self, code: str, day: date | None = None) -> UnitRef:
        """Return the unit that had the code on the day (None: today); NotFound, which says when one had it, where there was none."""
        return self.directory.require(code, day)

    def below(self, ref: UnitRef) -> set[int]:
        """Return the numbers of the unit and of all below it."""
        return self.directory.below(ref)

    def codes_below(self, code: str) -> frozenset[str]:
        """Return `code` and the codes of all units that lie below the unit that has it today (else: that had it at any time)."""
        return self.directory.codes_below(code)

    def is_within(self, unit: Unit, code: str) -> bool:
        """Return whether a unit, as alerts and stations name it, has the code or lies below one that has it."""
        return self.directory.is_within(unit["code"], unit["valid_from"], code)

    def ref(self, number: int) -> UnitRef | None:
        """Return the unit of this number, None where it is not known now."""
        return self.directory.ref(number)

    def convert(self, number: int, day: date) -> list[Portion]:
        """Return the units of the day to which the figures of a unit belong."""
        return self.succession.convert(number, day)
