"""The present figures: of the period that runs and of the newest one that is over, for whoever follows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import asyncpg

from ioc.domain.live import FigureView
from ioc.errors import BadInput, NotFound
from ioc.indicators.period import Period, present
from ioc.indicators.reading import Reader
from ioc.indicators.rounding import number
from ioc.store import indicator_values
from ioc.store.indicator_values import Wanted


class Latest:
    """Reads present figures."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def edition(self) -> tuple[int, date, int]:
        """Return what differs whenever figures, the day or units have changed."""
        async with self._reader.store().acquire() as conn:
            return await indicator_values.edition(conn), self._reader.today, self._reader.units.edition

    async def read(self, indicators: Sequence[str], units: Sequence[str], kinds: Sequence[str], most: int) -> list[FigureView]:
        """Return the figures of these indicators, codes of units and kinds of periods; what is empty is any.

        Raises:
            NotFound: there is no such indicator or unit; names it.
            BadInput: there is no such kind of period, or there are more than `most`.
        """
        reader = self._reader
        names = [reader.definition(name).id for name in indicators] or list(reader.job.plan.indicators)
        published = {kind for name in names for kind in reader.job.plan.indicators[name].periods}
        if unknown := [kind for kind in kinds if kind not in published]:
            raise BadInput(f"these indicators are not published for {unknown[0][:40]!r}: they are for {', '.join(sorted(published))}")
        periods = {(kind, one.begin): one for kind in kinds or sorted(published) for one in present(kind, reader.today)}
        ids = self._ids(units)
        found: list[FigureView] = []
        async with reader.store().acquire() as conn:
            for kind in sorted({kind for kind, _ in periods}):
                wanted = Wanted(names, kind, [begin for of, begin in periods if of == kind], ids)
                rows = await indicator_values.find_values(conn, wanted, limit=most + 1 - len(found))
                found += [view for row in rows if (view := self._view(row, periods[kind, row["begin"]])) is not None]
                if len(found) > most:
                    raise BadInput(f"these are over {most:,} figures: name indicators and units")
        return found

    def _ids(self, codes: Sequence[str]) -> list[int] | None:
        if not codes:
            return None
        known: dict[str, list[int]] = {}
        for ref in self._reader.units.all():
            known.setdefault(ref.code, []).append(ref.id)
        if unknown := [code for code in codes if code not in known]:
            raise NotFound(f"there is no unit {unknown[0][:40]!r}")
        return [number_ for code in codes for number_ in known[code]]

    def _view(self, row: asyncpg.Record, period: Period) -> FigureView | None:
        """Return a figure, None where its unit was another one's code by then, or nobody knows it."""
        reader, ref = self._reader, self._reader.units.ref(row["unit_id"])
        if ref is None or not ref.is_in_force(min(period.end - timedelta(days=1), reader.today)):
            return None
        definition = reader.definition(row["indicator"])
        goal = reader.goal(definition, ref, period)
        return FigureView(
            id=f"{definition.id}/{ref.code}/{period.label()}",
            indicator=definition.id,
            unit=ref.code,
            kind=period.kind,
            period=period.label(),
            running=not period.is_over(reader.today),
            value=number(row["value"]),
            part=number(row["part"]),
            of=number(row["of"]),
            events=row["events"],
            reported=row["reported"],
            expected=row["expected"],
            newest=row["newest"],
            status=row["status"],
            target=None if goal is None else number(goal.limit),
            version=row["version"],
            computed_at=row["computed_at"],
        )
