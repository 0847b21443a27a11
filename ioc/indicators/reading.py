"""Figures for whoever asks: published ones where there are any, else computed from the facts; each with its completeness, age, origin and target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from ioc.domain.clock import Clock, local_day, rfc3339
from ioc.domain.figure import COMPUTED, Computed, Result
from ioc.domain.unit import UnitRef
from ioc.errors import BadInput, NotFound, Unavailable
from ioc.indicators.definition import Amount, Definition, Different, Goal
from ioc.indicators.figures import Figures
from ioc.indicators.job import IndicatorJob
from ioc.indicators.period import Period, containing, next_period, parse_period, year_before
from ioc.indicators.ranking import is_few
from ioc.indicators.rollup import Tree, Units
from ioc.indicators.rounding import number
from ioc.indicators.target import goal_of
from ioc.store import indicator_reads, indicator_values
from ioc.store.indicator_values import Wanted

MAX_PERIODS = 120
MAX_VALUES = 50_000


class Value(Computed, frozen=True, kw_only=True):
    """A figure of one unit and period, or of one member of a dimension of it; `published`, where it is kept in versions."""

    definition: Definition
    unit: UnitRef | None
    period: Period
    dimension: str = ""
    member: str = ""
    status: str | None = None
    version: int | None = None
    published: date | None = None
    computed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures: of a unit (None: of all of the highest level), or of all units of `level` in and below it; `by` is a dimension."""

    kind: str
    begin: str | None = None
    end: str | None = None
    unit: str | None = None
    level: str | None = None
    by: str | None = None
    as_of: date | None = None
    known: date | None = None


class Reader:
    """Answers questions about figures."""

    def __init__(self, job: IndicatorJob, pool: Callable[[], asyncpg.Pool], units: Callable[[], Units], clock: Clock) -> None:
        self.job, self._pool, self._units, self._clock = job, pool, units, clock
        self._kept: tuple[int, Tree] | None = None

    @property
    def today(self) -> date:
        """The day where the centre is."""
        return local_day(self._clock.now())

    def _tree(self) -> Tree:
        """Return which units belong to which, made once for each publication."""
        if self._kept is None or self._kept[0] != self.units.edition:
            self._kept = self.units.edition, Tree(self.units)
        return self._kept[1]

    def store(self) -> asyncpg.Pool:
        """Return the connections for those who ask; raises Unavailable while the database is away."""
        return self._pool()

    @property
    def units(self) -> Units:
        """The units as they are known now."""
        return self._units()

    def definition(self, indicator: str) -> Definition:
        """Return an indicator; NotFound where there is none."""
        found = self.job.plan.indicators.get(indicator)
        if found is None:
            raise NotFound(f"there is no indicator {indicator[:64]!r}")
        return found

    async def unsent(self, indicator: str) -> list[str]:
        """Return the observation properties that an indicator is made of and that no station has ever sent."""
        plan = self.job.plan
        wanted = plan.unsent(indicator, ())
        if not wanted:
            return []
        async with self._pool().acquire() as conn:
            return plan.unsent(indicator, await indicator_reads.senders(conn, wanted))

    def figures(self) -> Figures:
        """Return who computes; Unavailable while the store was not reached."""
        found = self.job.figures()
        if found is None:
            raise Unavailable("the figures are not ready yet")
        return found

    async def latest_by_unit(self) -> tuple[str, list[str], dict[tuple[str, str], dict[str, float]]] | None:
        """Return the newest month that is over, the indicators published by month, and their figures by code and first day of the unit.

        None while nothing is computed.
        """
        if self.job.state is None or not self.job.plan.indicators:
            return None
        month = containing("month", self.today.replace(day=1) - timedelta(days=1))
        names = [name for name, one in self.job.plan.indicators.items() if "month" in one.periods]
        async with self._pool().acquire() as conn:
            rows = await indicator_values.find_values(conn, Wanted(names, "month", [month.begin]))
        found: dict[tuple[str, str], dict[str, float]] = {}
        for row in rows:
            ref = self.units.ref(row["unit_id"])
            if ref is not None and row["value"] is not None:
                found.setdefault((ref.code, ref.valid_from.isoformat()), {})[row["indicator"]] = float(row["value"])
        return month.label(), names, found

    def goal(self, definition: Definition, unit: UnitRef, period: Period) -> Goal | None:
        """Return the target that binds a unit in a period."""
        return goal_of(definition, unit, period, self.units, self._tree()) if definition.goals else None

    def goal_for(self, value: Value) -> Goal | None:
        """Return the target that binds a figure; members of a dimension have none."""
        return self.goal(value.definition, value.unit, value.period) if value.unit is not None and value.dimension == "" else None

    def period(self, kind: str, at: str | None) -> Period:
        """Return the period that a label or a day names; without one the present period."""
        return parse_period(kind, at) if at else containing(kind, self.today)

    def period_over(self, kind: str, at: str | None) -> Period:
        """Return the period that a label or a day names; without one the newest that is over."""
        return parse_period(kind, at) if at else next_period(containing(kind, self.today), -1)

    def periods(self, question: Question) -> list[Period]:
        """Return the periods asked for: with a beginning alone those up to the present one, with an end alone that one, without any the present."""
        kind = question.kind
        first = parse_period(kind, question.begin) if question.begin else None
        last = parse_period(kind, question.end) if question.end else None
        if first is None and last is None:
            return [containing(kind, self.today)]
        present = containing(kind, self.today)
        first, last = first or last, last or (first if first is None or first.begin > present.begin else present)
        assert first is not None
        assert last is not None
        found = [first]
        while found[-1].begin < last.begin and len(found) <= MAX_PERIODS:
            found.append(next_period(found[-1]))
        if len(found) > MAX_PERIODS or last.begin < first.begin:
            raise BadInput(f"from {first.label()} to {last.label()} are not 1 to {MAX_PERIODS} periods: ask for a shorter time")
        return found

    def wanted_units(self, question: Question, period: Period) -> list[UnitRef]:
        """Return the units whose figures are asked for, as they are on the day asked for or were in the period."""
        last = period.end - timedelta(days=1)
        day = question.as_of or min(last, max(self.today, period.begin))
        top = None if question.unit is None else self.units.require(question.unit, day)
        if question.level is None:
            return [top] if top is not None else self.highest(day)
        self.check_level(question.level)
        tree = self._tree()
        there = [ref for ref in self.units.all() if ref.level == question.level and ref.is_in_force(day)]
        return sorted((ref for ref in there if top is None or top.id in tree.above(ref.id)), key=lambda ref: ref.code)

    def highest(self, day: date) -> list[UnitRef]:
        """Return the units that were in force and have none above them."""
        return sorted((ref for ref in self.units.all() if ref.parent_id is None and ref.is_in_force(day)), key=lambda ref: ref.code)

    def check_level(self, level: str) -> None:
        """Raise BadInput where there is no such level."""
        levels = [one.id for one in self.job.plan.centre.levels]
        if level not in levels:
            raise BadInput(f"there is no level {level[:40]!r}; there are {', '.join(levels)}")

    async def values(self, definition: Definition, question: Question) -> list[Value]:
        """Return the figures, by period and unit.

        Raises:
            BadInput, NotFound: something that is asked for does not exist; names it.
        """
        periods = self.periods(question)
        if question.by is not None and question.by not in definition.dimensions:
            raise BadInput(
                f"{definition.id} is not told apart by {question.by[:40]!r}: it is by {', '.join(definition.dimensions) or 'nothing'}"
            )
        units = {period: self.wanted_units(question, period) for period in periods}
        if sum(map(len, units.values())) > MAX_VALUES:
            raise BadInput(f"these are over {MAX_VALUES:,} figures: ask for a shorter time or fewer units")
        if question.as_of is not None or question.kind not in definition.periods:
            if question.known is not None:
                raise BadInput(
                    f"what was known on a day is kept for published periods only: {', '.join(definition.periods)}, without as-of"
                )
            return await self._computed(definition, question, units)
        return await self._published(definition, question, units)

    async def _published(self, definition: Definition, question: Question, units: Mapping[Period, Sequence[UnitRef]]) -> list[Value]:
        ids = {ref.id for some in units.values() for ref in some}
        wanted = Wanted([definition.id], question.kind, [period.begin for period in units], sorted(ids), question.by or "", question.known)
        async with self._pool().acquire() as conn:
            rows = await indicator_values.find_values(conn, wanted)
        found: dict[tuple[date, int], list[asyncpg.Record]] = {}
        for row in rows:
            found.setdefault((row["begin"], row["unit_id"]), []).append(row)
        return [
            value
            for period, refs in units.items()
            for ref in refs
            for value in (
                [_kept(definition, ref, period, row) for row in found.get((period.begin, ref.id), ())]
                or self._nothing(definition, ref, period, question)
            )
        ]

    async def _computed(self, definition: Definition, question: Question, units: Mapping[Period, Sequence[UnitRef]]) -> list[Value]:
        async with self._pool().acquire() as conn:
            computed = await self.figures().compute_now(conn, [definition.id], list(units), as_of=question.as_of)
        values = []
        for period, refs in units.items():
            found: dict[int, list[Result]] = {}
            for one in (each for each in computed[period] if each.dimension == (question.by or "")):
                found.setdefault(one.unit, []).append(one)
            for ref in refs:
                made = [self._made(definition, ref, period, one, question.as_of) for one in found.get(ref.id, ())]
                values += made or self._nothing(definition, ref, period, question)
        return values

    def _made(self, definition: Definition, ref: UnitRef | None, period: Period, one: Result, as_of: date | None) -> Value:
        told: dict[str, Any] = {name: getattr(one, name) for name in COMPUTED}
        if as_of is not None and not period.begin <= as_of < period.end and self._counts_units(definition):
            told["reported"] = told["expected"] = None  # those who reported are units of their day
        told |= {"dimension": one.dimension, "member": one.member, "computed_at": self._clock.now()}
        return Value(definition=definition, unit=ref, period=period, **told)

    def _counts_units(self, definition: Definition) -> bool:
        """Return whether it is units that are expected to report, of it or of what it is made of."""
        expected = definition.entry.expected
        if expected is not None:
            return expected.level is not None
        return any(self._counts_units(self.definition(part)) for part in definition.indicators())

    def _nothing(self, definition: Definition, ref: UnitRef, period: Period, question: Question) -> list[Value]:
        """Return what a unit has of which nothing came: a count is zero, nobody has reported, all else is not known."""
        if question.by is not None:
            return []
        is_present = question.known is None and period.begin <= self.today and self.job.is_counted(definition.id)
        zero = Decimal(0) if is_present and isinstance(definition.formula, Amount | Different) else None
        unknown: dict[str, Any] = dict.fromkeys(("of", "reported", "expected", "newest"))
        if is_present and question.as_of is None and (wanted := definition.entry.expected) and wanted.level:
            n = len(self._tree().expected(wanted.level, period.end).get(ref.id, ()))
            unknown |= {"reported": 0, "expected": n} if n else {}
        return [Value(definition=definition, unit=ref, period=period, value=zero, part=zero, events=0, **unknown)]

    async def without_unit(self, definition: Definition, question: Question) -> dict[str, Any]:
        """Return how many events of the periods are of units that nobody knew on their day: no unit's figure has them."""
        periods = self.periods(question)
        groups = [self.job.number(place) for place in definition.groups()] if self.job.state is not None else []
        async with self._pool().acquire() as conn:
            rows = await indicator_reads.unknown_units(conn, groups, periods[0].begin, periods[-1].end)
        return {"events": max((row["events"] for row in rows), default=0), "codes": {row["unit_code"]: row["events"] for row in rows[1:]}}

    def as_json(self, value: Value, *, with_indicator: bool = False) -> dict[str, Any]:
        """Return a figure as the API tells it."""
        goal = self.goal_for(value)
        now = self._clock.now()
        told: dict[str, Any] = {"indicator": value.definition.id} if with_indicator else {}
        told |= {
            "unit": None if value.unit is None else unit_json(value.unit),
            "period": period_json(value.period),
            "value": number(value.value),
            "part": number(value.part),
            "of": number(value.of),
            "events": value.events,
            "complete": None if value.expected is None else {"reported": value.reported, "expected": value.expected},
            "newest": value.newest and rfc3339(value.newest),
            "age_s": value.newest and round((now - value.newest).total_seconds()),
            "origin": {
                "version": value.version,
                "computed_at": value.computed_at and rfc3339(value.computed_at),
                "published": value.published and f"{value.published}",
            },
            "running": not value.period.is_over(self.today),
            "status": value.status,
            "few": value.value is not None and is_few(value.of, value.definition.minimum),
            "target": None if goal is None else {goal.direction: number(goal.limit), "plan": goal.plan},
        }
        return told | ({"by": value.dimension, "member": value.member} if value.dimension else {})

    async def compare(self, values: Sequence[Value]) -> list[dict[str, Any]]:
        """Return figures of one kind of period, each with those of the period before and of the same one a year before."""
        if not values:
            return []
        period = values[0].period
        others = {"previous": next_period(period, -1), "year_before": year_before(period)}
        ids = sorted({value.unit.id for value in values if value.unit is not None})
        names = sorted({value.definition.id for value in values})
        async with self._pool().acquire() as conn:
            rows = await indicator_values.find_values(conn, Wanted(names, period.kind, [one.begin for one in others.values()], ids))
        known = {(row["indicator"], row["unit_id"], row["begin"]): row["value"] for row in rows}
        told = []
        for value in values:
            one = self.as_json(value, with_indicator=True)
            for name, other in others.items():
                before = known.get((value.definition.id, value.unit.id if value.unit else 0, other.begin))
                change = None if before is None or value.value is None else number(value.value - before)
                one[name] = {"period": other.label(), "value": number(before), "change": change}
            told.append(one)
        return told

    async def of_unit(self, unit: UnitRef, period: Period, indicators: Sequence[str] | None = None) -> list[Value]:
        """Return the published figures of a unit in a period, in the order of the systems."""
        names = [
            name
            for name, one in self.job.plan.indicators.items()
            if period.kind in one.periods and (indicators is None or name in indicators)
        ]
        async with self._pool().acquire() as conn:
            rows = await indicator_values.find_values(conn, Wanted(names, period.kind, [period.begin], [unit.id]))
        found = {row["indicator"]: row for row in rows}
        return [_kept(self.job.plan.indicators[name], unit, period, found[name]) for name in names if name in found]

    async def silent(self, unit: UnitRef, period: Period, values: Sequence[Value]) -> dict[str, int]:
        """Return the indicators that should be among `values`, those of a unit and period, and of which nobody has reported; each with of how many."""
        known = {value.definition.id for value in values}
        wanted = [
            one
            for one in self.job.plan.indicators.values()
            if one.entry.expected is not None and period.kind in one.periods and one.id not in known
        ]
        figures = self.job.figures()
        if figures is None or not wanted:
            return {}
        async with self._pool().acquire() as conn:
            expected = await figures.expected(conn, wanted, unit.id, period)
        return {name: n for name, n in expected.items() if n}


def _kept(definition: Definition, ref: UnitRef, period: Period, row: asyncpg.Record) -> Value:
    told = {name: row[name] for name in (*COMPUTED, "dimension", "member", "status", "version", "published", "computed_at")}
    return Value(definition=definition, unit=ref, period=period, **told)


def unit_json(ref: UnitRef) -> dict[str, Any]:
    """Return a unit as figures name it."""
    return {"code": ref.code, "valid_from": f"{ref.valid_from}", "level": ref.level, "name_vi": ref.name_vi, "name_en": ref.name_en}


def period_json(period: Period) -> dict[str, Any]:
    """Return a period with its first and its last day."""
    return {"kind": period.kind, "label": period.label(), "from": f"{period.begin}", "to": f"{period.end - timedelta(days=1)}"}
