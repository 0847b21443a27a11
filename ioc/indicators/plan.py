"""From the systems' files to what is computed: cases, groups of facts, and indicators with their formulas. Files were checked before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ioc.domain.measure import DUE, CaseSpec, CaseStep, Condition, Elapsed, FactGroup, Key, Measure, Operator, digest_of, is_from
from ioc.indicators import system as told
from ioc.indicators.definition import (
    LEVEL,
    Amount,
    Blend,
    Constant,
    Definition,
    Different,
    Formula,
    Goal,
    IndicatorRef,
    Newest,
    Operand,
    Ranked,
    Ratio,
    Ref,
    Weighted,
)
from ioc.indicators.event_types import EventTypes
from ioc.indicators.words import Glossary, glossary, in_words

_BOUNDS: tuple[Operator, ...] = ("at_least", "at_most", "over", "under", "exists")
_UNIT_SECONDS = {"minutes": 60, "hours": 3600, "days": 86_400}
_BINS = {"minutes": 60, "hours": 360, "days": 3600}
"""To how many seconds durations are told apart for a median: a minute, a tenth of an hour, an hour."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """What tells how far the cases opened on a day have come: the group, and in it the measures of all, of those closed, closed late, and at each step."""

    group: int
    opened: int
    closed: int
    late: int
    steps: Sequence[int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is computed; the numbers of `Ref` are places in `groups`. `order` has indicators after those that they are made of."""

    systems: Mapping[str, told.SystemFile]
    centre: told.CentreFile
    cases: Mapping[str, CaseSpec]
    groups: Sequence[FactGroup]
    indicators: Mapping[str, Definition]
    order: Sequence[str]
    event_types: EventTypes
    funnels: Mapping[str, Funnel] = field(default_factory=dict)

    def digest(self, indicator: str) -> str:
        """Return the digest of an indicator's definition with all that it is made of."""
        definition = self.indicators[indicator]
        below = [self.digest(other) for other in sorted(definition.indicators())]
        numbers = []
        for ref in definition.refs():
            group = self.groups[ref.group]
            numbers.append(replace(group, measures=(group.measures[ref.measure],)).digest())
            if group.case is not None:
                numbers.append(self.cases[group.case].digest())
        return definition.digest([*numbers, *below])

    def unsent(self, indicator: str, sent: Collection[tuple[str, str, str]]) -> list[str]:
        """Return the observation properties that an indicator is made of and that no station sends; `sent` are (source, kind, property)."""
        wanted = [group for place in sorted(self.groups_of(indicator)) if (group := self.groups[place]).observed is not None]
        return sorted({group.observed for group in wanted if group.observed and not any(_is_of(group, *one) for one in sent)})

    def groups_of(self, indicator: str) -> set[int]:
        """Return the groups of an indicator and of those that it is made of."""
        definition = self.indicators[indicator]
        return definition.groups().union(*(self.groups_of(other) for other in definition.indicators()))


def _is_of(group: FactGroup, source: str, kind: str, observed: str) -> bool:
    return observed == group.observed and group.station_kind in (None, kind) and is_from(source, group.sources)


@dataclass(slots=True)
class _Groups:
    """Groups in the making: what is counted of the same rows stands together."""

    shapes: list[FactGroup] = field(default_factory=list)
    measures: list[list[Measure]] = field(default_factory=list)

    def add(self, shape: FactGroup, measure: Measure) -> Ref:
        number = self._place(shape, measure)
        if measure not in self.measures[number]:
            self.measures[number].append(measure)
        return Ref(number, self.measures[number].index(measure))

    def _place(self, shape: FactGroup, measure: Measure) -> int:
        # What has keys is counted by them and by nothing else: another measure is another group.
        for number, (one, measures) in enumerate(zip(self.shapes, self.measures, strict=True)):
            if one == shape and (shape.key is None or measures == [measure]):
                return number
        self.shapes.append(shape)
        self.measures.append([])
        return len(self.shapes) - 1

    def all(self) -> list[FactGroup]:
        return [replace(shape, measures=tuple(some)) for shape, some in zip(self.shapes, self.measures, strict=True)]


def make_plan(systems: Sequence[told.SystemFile], centre: told.CentreFile, places: Mapping[str, str], order: Sequence[str]) -> Plan:
    """Return the plan; `places` are file and line of each indicator."""
    cases = {case.id: case_spec(case, sources_of(systems, one, (s.type for s in case.steps))) for one in systems for case in one.cases}
    groups, calendar = _Groups(), digest_of(msgspec.to_builtins(centre.working_time))
    indicators = {}
    for one in systems:
        titles = glossary(systems, one)
        for entry in one.indicators:
            maker = _Maker(systems, one, entry, cases, groups, calendar)
            indicators[entry.id] = _definition(one, entry, (maker.formula(), maker.reporters()), centre, places[entry.id], titles)
    funnels = {name: _funnel(case, groups) for name, case in cases.items()}
    return Plan({one.system: one for one in systems}, centre, cases, groups.all(), indicators, order, EventTypes(systems), funnels)


def _funnel(case: CaseSpec, groups: _Groups) -> Funnel:
    first = case.steps[0].name
    shape = FactGroup(case.sources, (), case=case.id, at=first)
    refs = [groups.add(shape, measure) for measure in (Measure(), Measure(flags=("closed",)), Measure(flags=("late",)))]
    steps = [groups.add(shape, Measure() if step.name == first else Measure(has=(step.name,))) for step in case.steps]
    return Funnel(refs[0].group, refs[0].measure, refs[1].measure, refs[2].measure, [ref.measure for ref in steps])


def sources_of(systems: Sequence[told.SystemFile], own: told.SystemFile, types: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of the sources that send events of the types: of the system itself where it declares one, else of those that do."""
    wanted = set(types)
    found: set[str] = set()
    for one in systems:
        if wanted & {event.type for event in one.events}:
            found.update(one.sources)
    own_types = {event.type for event in own.events}
    return tuple(sorted(own.sources)) if wanted <= own_types else tuple(sorted(found))


def conditions(where: told.Where) -> tuple[Condition, ...]:
    """Return the conditions that a file tells."""
    found = []
    for member, wanted in where.items():
        if not isinstance(wanted, told.Bound):
            found.append(Condition(member, "in", tuple(wanted) if isinstance(wanted, list) else (wanted,)))
            continue
        found += [Condition(member, name, (value,)) for name in _BOUNDS if (value := getattr(wanted, name)) is not None]
        if wanted.is_not is not None:
            found.append(Condition(member, "not_in", tuple(wanted.is_not)))
    return tuple(sorted(found, key=lambda one: (one.member, one.operator)))


def case_spec(case: told.Case, sources: tuple[str, ...]) -> CaseSpec:
    """Return a case as the store follows it."""
    steps = tuple(CaseStep(step.id, step.type, conditions(step.where)) for step in case.steps)
    return CaseSpec(case.id, sources, steps, case.closes, case.due, case.repeats, case.latest)


class _Maker:
    """Makes the formula of one indicator, and puts what it counts into the groups."""

    def __init__(
        self,
        systems: Sequence[told.SystemFile],
        own: told.SystemFile,
        entry: told.IndicatorEntry,
        cases: Mapping[str, CaseSpec],
        groups: _Groups,
        calendar: str,
    ) -> None:
        self._systems, self._own, self._entry, self._cases, self._groups = systems, own, entry, cases, groups
        self._calendar = calendar
        self._dimensions = tuple(name for name in entry.by if name != LEVEL)

    def formula(self) -> Formula:
        entry = self._entry
        if entry.count is not None or entry.state is not None:
            term = entry.count or entry.state
            assert term is not None
            return Amount(self._ref(term))
        if entry.rate is not None:
            return Ratio(self._operand(entry.rate.part), self._operand(entry.rate.of), _exact(entry.rate.per))
        if entry.mean is not None:
            numbered = told.Bound(exists=True)
            counted = _without_sum(entry.mean, {entry.mean.sum: numbered} if entry.mean.sum and not entry.mean.observation else {})
            summed = entry.mean if entry.mean.observation is None else _replaced(entry.mean, sum="value")
            return Ratio(self._ref(summed), self._ref(counted), Decimal(1))
        if entry.reports is not None:
            due = told.Term(case=entry.reports.case, at=DUE)
            in_time = told.Term(case=entry.reports.case, at=DUE, being=["on_time"])
            return Ratio(self._ref(in_time), self._ref(due), Decimal(100))
        return self._other()

    def _other(self) -> Formula:
        entry = self._entry
        if entry.percentile is not None:
            one = entry.percentile
            key = Key(member=one.of.sum or "value", resolution=one.resolution)
            return Ranked(self._ref(_without_sum(one.of), key).group, one.p, 1 / _exact(one.resolution))
        if entry.distinct is not None:
            return Different(self._ref(entry.distinct.of, Key(member=entry.distinct.member)).group)
        if entry.duration is not None:
            return self._duration(entry.duration)
        if entry.latest is not None:
            term = told.Term(case=entry.latest.case, standing="current", where=entry.latest.where)
            total = self._ref(told.Term(case=term.case, standing="current", where=term.where, sum=entry.latest.value))
            return Newest(total, self._ref(term), entry.latest.roll)
        assert entry.index is not None
        parts = tuple(
            Weighted(p.indicator, _exact(p.weight), tuple((_exact(x), _exact(y)) for x, y in p.points)) for p in entry.index.parts
        )
        return Blend(parts, entry.index.combine)

    def reporters(self) -> int | None:
        """Return the group whose keys are who has reported, None where that is units or nobody is expected."""
        expected, term = self._entry.expected, told.first_term(self._entry)
        if expected is None or expected.level is not None or term is None:
            return None
        shape = replace(self._shape(_without_sum(term), Key()), dimensions=())
        return self._groups.add(shape, Measure()).group

    def _duration(self, wanted: told.Elapsed) -> Formula:
        term = told.Term(case=wanted.case, at=wanted.end, has=[wanted.begin], where=wanted.where)
        elapsed = Elapsed(wanted.begin, wanted.end, wanted.working, self._calendar if wanted.working else "")
        if wanted.statistic in ("mean", "sum"):
            total = self._groups.add(self._shape(term), replace(_measure(term), elapsed=elapsed))
            unit = Decimal(_UNIT_SECONDS[wanted.unit])
            return Ratio(total, self._ref(term) if wanted.statistic == "mean" else Constant(Decimal(1)), 1 / unit)
        width = _BINS[wanted.unit]
        p = 50.0 if wanted.statistic == "median" else float(wanted.statistic[1:])
        key = Key(elapsed=elapsed, resolution=width)
        return Ranked(self._ref(term, key).group, p, Decimal(_UNIT_SECONDS[wanted.unit]) / width)

    def _operand(self, term: told.Term) -> Operand:
        if term.indicator is not None:
            return IndicatorRef(term.indicator)
        return Constant(_exact(term.constant)) if term.constant is not None else self._ref(term)

    def _ref(self, term: told.Term, key: Key | None = None) -> Ref:
        return self._groups.add(self._shape(term, key), _measure(term))

    def _shape(self, term: told.Term, key: Key | None = None) -> FactGroup:
        shape = FactGroup((), (), dimensions=self._dimensions, key=key)
        if term.event is not None:
            return replace(shape, sources=sources_of(self._systems, self._own, [term.event]), type=term.event)
        if term.case is not None:
            case = self._cases[term.case]
            return replace(shape, sources=case.sources, case=term.case, at=None if term.standing else term.at or case.steps[0].name)
        return replace(shape, sources=tuple(sorted(self._own.sources)), observed=term.observation, station_kind=term.station_kind)


def _measure(term: told.Term) -> Measure:
    return Measure(
        where=conditions(term.where),
        value=term.sum,
        has=tuple(sorted(term.has)),
        lacks=tuple(sorted(term.lacks)),
        flags=tuple(sorted(term.being)),
        stock=term.standing,
    )


def _without_sum(term: told.Term, more: told.Where | None = None) -> told.Term:
    return _replaced(term, sum=None, where={**term.where, **(more or {})})


def _replaced(term: told.Term, **members: Any) -> told.Term:
    return msgspec.structs.replace(term, **members)


def _definition(
    own: told.SystemFile,
    entry: told.IndicatorEntry,
    made: tuple[Formula, int | None],
    centre: told.CentreFile,
    place: str,
    titles: Glossary,
) -> Definition:
    formula, reporters = made
    whole = isinstance(formula, Amount | Different)
    return Definition(
        id=entry.id,
        system=own.system,
        entry=entry,
        formula=formula,
        decimals=entry.decimals if entry.decimals is not None else 0 if whole else 1,
        rounding=entry.rounding,
        better=entry.better or _aim(entry.targets),
        dimensions=tuple(entry.by),
        periods=tuple(entry.periods),
        minimum=centre.small_number if entry.minimum is None else entry.minimum,
        goals=tuple(_goal(target) for target in entry.targets),
        reporters=reporters,
        words=in_words(entry, titles),
        dimension_titles={name: titles.member(name) for name in entry.by},
        place=place,
    )


def _aim(targets: Sequence[told.Target]) -> Literal["higher", "lower"] | None:
    """Return which way targets point, None where there are none."""
    if not targets:
        return None
    return "lower" if any(target.at_most is not None for target in targets) else "higher"


def _goal(target: told.Target) -> Goal:
    limit = target.at_least if target.at_least is not None else target.at_most
    assert limit is not None
    direction = "at_least" if target.at_least is not None else "at_most"
    return Goal(target.level, direction, _exact(limit), target.since, target.until, target.unit, target.plan)  # type: ignore[arg-type]


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))
