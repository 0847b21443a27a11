"""Which rules look at which series: found once for all series that are alike, and shared by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from ioc.alerts.conditions import Rate, Window, duration_of, seconds_of
from ioc.alerts.crossing import Crossing
from ioc.alerts.rule import Rule
from ioc.alerts.windows import Function
from ioc.alerts.windows import Window as Aggregate
from ioc.domain.live import StationView

UnitsAbove = Callable[[StationView], frozenset[str]]
"""Returns the codes of the unit in which a station lies and of all above it."""
AreasAround = Callable[[StationView], frozenset[tuple[str, str]]]
"""Returns the areas, as (layer, feature), in which a station lies, of the layers that rules name."""


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """An aggregate that rules over a series share."""

    function: Function
    length: timedelta
    min_samples: int
    factor: float  # what the aggregate is multiplied with: the seconds of `per` for a rate

    def make(self) -> Aggregate:
        """Return an empty window."""
        return Aggregate(self.function, self.length, min_samples=self.min_samples)


@dataclass(frozen=True, eq=False)
class Signal:
    """The values that some rules compare with their limits: those of the series (`window` None) or an aggregate of them."""

    window: WindowSpec | None
    rules: Sequence[Rule]

    @cached_property
    def crossing(self) -> Crossing:
        """The edges of the rules."""
        return Crossing(self.rules)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be done with a reading of a series."""

    signals: Sequence[Signal]

    @cached_property
    def is_plain(self) -> bool:
        """Whether its rules compare the values themselves, no aggregates."""
        return len(self.signals) == 1 and self.signals[0].window is None

    @cached_property
    def rules(self) -> frozenset[str]:
        """The ids of the rules that look at the series."""
        return frozenset(rule.id for signal in self.signals for rule in signal.rules)

    @cached_property
    def length(self) -> timedelta:
        """How far back its longest window reaches."""
        return max((s.window.length for s in self.signals if s.window), default=timedelta())


class Plans:
    """The plans of all series, by what rules can tell series by."""

    def __init__(self, rules: Iterable[Rule], *, units_above: UnitsAbove, areas_around: AreasAround) -> None:
        self._units_above, self._areas_around = units_above, areas_around
        self._of_property: dict[str, list[Rule]] = defaultdict(list)
        self._of_station: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        self._number: dict[str, int] = {}
        for number, rule in enumerate(rules):
            if rule.condition is None or isinstance(rule.condition, Rate | Window):
                assert rule.select.property is not None
                self._number[rule.id] = number
                if rule.select.station is None:
                    self._of_property[rule.select.property].append(rule)
                else:
                    self._of_station[rule.select.property, rule.select.station].append(rule)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._found: dict[tuple[object, ...], Plan] = {}

    def of(self, station: StationView, property_name: str) -> Plan:
        """Return the plan of a series of `station`; series that the same rules look at share it."""
        own = self._of_station.get((property_name, station.station), ())
        general = self._of_property.get(property_name, ())
        if not own and not general:
            return NOTHING
        units, areas = self._units_above(station), self._areas_around(station)
        key = (property_name, station.kind, station.source, units, areas, station.station if own else None)
        plan = self._found.get(key)
        if plan is None:
            rules = [rule for rule in (*general, *own) if rule.select.matches(station, units, areas)]
            rules.sort(key=lambda rule: self._number[rule.id])
            plan = self._found[key] = self._shared(rules)
        return plan

    def _shared(self, rules: Sequence[Rule]) -> Plan:
        key = tuple(rule.id for rule in rules)
        if key not in self._plans:
            by_signal: dict[WindowSpec | None, list[Rule]] = defaultdict(list)
            for rule in rules:
                by_signal[_spec(rule)].append(rule)
            self._plans[key] = Plan([Signal(spec, some) for spec, some in by_signal.items()]) if rules else NOTHING
        return self._plans[key]


NOTHING = Plan(())
"""The plan of a series that no rule looks at."""


def _spec(rule: Rule) -> WindowSpec | None:
    match rule.condition:
        case Rate() as rate:
            return WindowSpec("rate", duration_of(rate.over), 2, seconds_of(rate.per))
        case Window() as window:
            return WindowSpec(window.function, duration_of(window.over), window.min_samples, 1.0)
        case _:
            return None
