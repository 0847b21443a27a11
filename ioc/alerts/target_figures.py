"""How far indicators are off their targets, as the engine judges it: of the newest period that is over, and of the one that runs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ioc.alerts.conditions import Target
from ioc.alerts.engine import Figure
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Subject

_AT_RISK = "at_risk"


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """How the figure of a unit stands against its target in the newest period of a kind that is over, or in the one that runs (`is_over`).

    `units` are the codes of the unit and of all above it; `is_first` says that the indicator is published for this kind of period first, `is_few` that the
    figure is a share of too few cases to be judged, as in rankings: it is taken for one that misses nothing.
    """

    indicator: str
    title: Mapping[str, str]
    unit_id: int
    unit: str
    units: frozenset[str]
    level: str
    kind: str
    period: str
    is_first: bool
    is_over: bool
    is_few: bool
    status: str
    value: float
    limit: float
    direction: str

    @property
    def shortfall(self) -> float:
        """By which share of the target the figure misses it, 0 or less where it does not; of a target of nothing, by how much."""
        off = self.limit - self.value if self.direction == "at_least" else self.value - self.limit
        return off / abs(self.limit) if self.limit else off


def figures_of(rules: Iterable[Rule], told: Sequence[TargetStanding], open_: Iterable[tuple[str, str]], now: datetime) -> list[Figure]:
    """Return what rules on targets have to judge.

    Args:
        rules: all that are in force.
        told: how figures stand; each unit, indicator and kind of period twice at most.
        open_: rule and subject of what is at risk by now: where no figure of the running period says so any more, it is not.
        now: the moment at which this is told.
    """
    by_id = {rule.id: rule for rule in rules if isinstance(rule.condition, Target)}
    found: list[Figure] = []
    for rule in by_id.values():
        found += [_figure(rule, one, now) for one in told if _concerns(rule, one)]
    seen = {(one.rule_id, one.subject.key) for one in found}
    for rule_id, key in open_:
        rule_of = by_id.get(rule_id)
        if rule_of is not None and rule_of.is_yes_or_no and (rule_id, key) not in seen:
            found.append(Figure(now, now, rule_id, Subject(key), 0.0, {}))
    return found


def missing_indicators(rules: Iterable[Rule], known: Container[str]) -> dict[str, str]:
    """Return, for each rule on the target of an indicator that there is not, its name."""
    named = {rule.id: rule.condition.indicator for rule in rules if isinstance(rule.condition, Target)}
    return {rule_id: name for rule_id, name in named.items() if name is not None and name not in known}


def _concerns(rule: Rule, one: TargetStanding) -> bool:
    condition = rule.condition
    assert isinstance(condition, Target)
    return (
        condition.indicator in (None, one.indicator)
        and (one.is_first if condition.period is None else condition.period == one.kind)
        and one.is_over is (condition.on == "missed")
        and (condition.levels is None or one.level in condition.levels)
        and (rule.select.unit is None or rule.select.unit in one.units)
    )


def _figure(rule: Rule, one: TargetStanding, now: datetime) -> Figure:
    value = 0.0 if one.is_few else float(one.status == _AT_RISK) if rule.is_yes_or_no else one.shortfall
    context = {
        "unit_id": one.unit_id,
        "indicator": one.indicator,
        "title": dict(one.title),
        "period": one.period,
        "figure": one.value,
        one.direction: one.limit,
    }
    return Figure(now, now, rule.id, Subject(f"{one.indicator}/unit:{one.unit}", unit_id=one.unit_id), value, context)
