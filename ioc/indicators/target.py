"""Whether a figure meets what was set for its unit's level: met, missed, or, while the period runs, at risk by projection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ioc.domain.unit import UnitRef
from ioc.indicators.definition import Definition, Goal
from ioc.indicators.period import Period
from ioc.indicators.rollup import Tree, Units
from ioc.indicators.system import Text

LOOK_BACK = 3
"""So many finished periods tell where a figure is heading."""


class Status(StrEnum):
    """How a figure stands against its target."""

    MET = "met"
    AT_RISK = "at_risk"
    MISSED = "missed"


STATUS_WORDS = {
    Status.MET: Text("đạt", "met"),
    Status.AT_RISK: Text("có nguy cơ", "at risk"),
    Status.MISSED: Text("không đạt", "missed"),
}


def goal_for(definition: Definition, unit: UnitRef, codes_above: Sequence[str], period: Period) -> Goal | None:
    """Return the target that binds the unit in the period: the one with the latest beginning, of its own unit before a general one."""
    last = date.fromordinal(period.end.toordinal() - 1)
    binding = [
        goal
        for goal in definition.goals
        if goal.level == unit.level
        and (goal.unit is None or goal.unit in codes_above)
        and (goal.since is None or goal.since <= last)
        and (goal.until is None or last < goal.until)
    ]
    return max(binding, key=lambda goal: (goal.unit is not None, goal.since or date.min), default=None)


def goal_of(definition: Definition, unit: UnitRef, period: Period, units: Units, tree: Tree) -> Goal | None:
    """Return the target that binds the unit in the period, given the units and which belong to which."""
    codes = [above.code for number in tree.above(unit.id) if (above := units.ref(number)) is not None]
    return goal_for(definition, unit, codes, period)


def keeps(goal: Goal, value: Decimal) -> bool:
    """Return whether the value is what the target asks for."""
    return value >= goal.limit if goal.direction == "at_least" else value <= goal.limit


def status(goal: Goal, value: Decimal | None, projected: Decimal | None, *, is_over: bool) -> Status | None:
    """Return how a figure stands; None where there is no figure.

    When its period is over it is met or missed. While it runs, it is met where both the figure and its projection keep the target, else at risk.
    """
    if value is None:
        return None
    if is_over:
        return Status.MET if keeps(goal, value) else Status.MISSED
    heading = value if projected is None else projected
    return Status.MET if keeps(goal, value) and keeps(goal, heading) else Status.AT_RISK


def project(value: Decimal | None, before: Sequence[Decimal], *, elapsed: float, grows: bool) -> Decimal | None:
    """Return what a running period is heading for.

    Args:
        value: the figure so far.
        before: those of finished periods, the oldest first; the last three count.
        elapsed: the share of the period that has passed, above 0 and up to 1.
        grows: whether the figure is an amount that grows with the days of its period; it is then drawn out to the end of it.
    """
    if value is None:
        return None
    if grows:
        return value / Decimal(repr(elapsed)) if elapsed > 0 else value
    known = list(before)[-LOOK_BACK:]
    if len(known) < LOOK_BACK:
        return value
    # The line of least squares through the finished figures, read off one step on; the more of the period has passed, the more the present
    # figure counts beside it.
    n = len(known)
    mean = sum(known, Decimal(0)) / n
    middle = Decimal(n - 1) / 2
    spread = sum(((place - middle) ** 2 for place in range(n)), Decimal(0))
    slope = sum(((place - middle) * (one - mean) for place, one in enumerate(known)), Decimal(0)) / spread
    ahead = mean + slope * (n - middle)
    weight = Decimal(repr(min(max(elapsed, 0.0), 1.0)))
    return value * weight + ahead * (1 - weight)
