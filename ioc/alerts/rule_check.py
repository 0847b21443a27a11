"""What a rule file may say of a rule, and whether it makes sense: limits in order, a clear value on the right side, parts that go together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from math import isfinite
from typing import Any

import msgspec

from ioc.alerts.conditions import (
    KINDS,
    ON_TIME,
    Absence,
    Cluster,
    Composite,
    Condition,
    Deadline,
    Duration,
    Geofence,
    Rate,
    Target,
    Window,
    duration_of,
    is_yes_or_no,
    seconds_of,
)
from ioc.alerts.rule import Rule, Selector, Severity, SeverityWord, Text, Threshold
from ioc.alerts.rule_template import Identifier
from ioc.errors import ConfigurationError

_LEAST_OF_SERIES = (Rate, Window, type(None))
_MOST_WORKING_DAYS = 480


class ThresholdIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A severity and its limit as a file tells them; a duration where the condition is about time."""

    severity: SeverityWord
    limit: float | Duration
    clear: float | None = None


class RuleIn(msgspec.Struct, forbid_unknown_fields=True):
    """A rule as a file tells it: at most one condition, and limits above or below, or a severity where the condition is yes or no."""

    id: Identifier
    title: Text
    select: Selector = Selector()
    above: list[ThresholdIn] | None = None
    below: list[ThresholdIn] | None = None
    severity: SeverityWord | None = None
    rate: Rate | None = None
    window: Window | None = None
    absence: Absence | None = None
    geofence: Geofence | None = None
    cluster: Cluster | None = None
    deadline: Deadline | None = None
    composite: Composite | None = None
    target: Target | None = None
    description: Text = Text(vi="", en="")
    hold: Duration = msgspec.field(default="0s", name="for")
    keep_firing_for: Duration = "0s"


def checked(told: RuleIn, where: str, template: str | None = None) -> Rule:
    """Return the rule.

    Raises:
        ConfigurationError: it makes no sense; names the place and the rule, the value and what it clashes with.
    """
    place = f"{where}: rule {told.id}"
    stated = [name for name in KINDS if getattr(told, name) is not None]
    if len(stated) > 1:
        raise ConfigurationError(f"{place} has the conditions {', '.join(stated)}; one at most")
    condition: Condition | None = getattr(told, stated[0]) if stated else None
    sign, limits = _limits(told, condition, place)
    ordered = sorted(limits, key=lambda t: Severity(t.severity).rank)
    _check_limits(ordered, sign, place)
    _check_condition(told, condition, sign, place)
    hold, keep = duration_of(told.hold), duration_of(told.keep_firing_for)
    return Rule(told.id, told.title, told.description, told.select, sign, tuple(ordered), hold, keep, condition, template, where)


def check_together(rules: Sequence[Rule]) -> None:
    """Make sure that no two rules have one id, and that composites speak of rules that are there and never of themselves.

    Raises:
        ConfigurationError: names the rule and where it stands.
    """
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            raise ConfigurationError(f"{rule.where}: rule id {rule.id} is used twice; the other is at {seen[rule.id].where}")
        seen[rule.id] = rule
    for rule in rules:
        if isinstance(rule.condition, Composite):
            for name in rule.condition.members():
                if name not in seen:
                    raise ConfigurationError(f"{rule.where}: rule {rule.id} speaks of the rule {name!r}, which there is not")
    try:
        TopologicalSorter({r.id: r.condition.members() for r in rules if isinstance(r.condition, Composite)}).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        raise ConfigurationError(f"{seen[circle[0]].where}: rules speak of each other in a circle: {' -> '.join(circle)}") from None


def _is_more_than_nothing(limit: float | str) -> bool:
    return (seconds_of(limit) if isinstance(limit, str) else limit) > 0


def _limits(told: RuleIn, condition: Condition | None, place: str) -> tuple[int, list[Threshold]]:
    if is_yes_or_no(condition):
        if told.severity is None or told.above is not None or told.below is not None:
            raise ConfigurationError(f"{place}: this condition holds or does not: it takes `severity` and no limits")
        return 1, [Threshold(told.severity, 0.0)]
    if told.severity is not None:
        raise ConfigurationError(f"{place}: `severity` goes with conditions that hold or do not; here each limit has its own")
    if (told.above is None) == (told.below is None):
        raise ConfigurationError(f"{place} needs limits either above or below")
    sign, limits = (1, told.above) if told.above is not None else (-1, told.below or [])
    if not limits:
        raise ConfigurationError(f"{place} has no limit")
    takes_time = isinstance(condition, ON_TIME) and not (isinstance(condition, Absence) and condition.unit == "intervals")
    return sign, [Threshold(t.severity, _limit(t.limit, takes_time, place), t.clear) for t in limits or []]


def _limit(told: float | str, takes_time: bool, place: str) -> float:
    if isinstance(told, str) != takes_time:
        raise ConfigurationError(f"{place}: limit {told!r} is not {'a duration such as 15m' if takes_time else 'a number'}")
    return seconds_of(told) if isinstance(told, str) else told


def _check_limits(ordered: Sequence[Threshold], sign: int, place: str) -> None:
    for milder, graver in pairwise(ordered):
        if milder.severity == graver.severity or sign * (graver.limit - milder.limit) <= 0:
            raise ConfigurationError(
                f"{place}: the limit of {graver.severity} ({graver.limit}) is not beyond that of {milder.severity} ({milder.limit})"
            )
    for threshold in ordered:
        if not all(isfinite(number) for number in (threshold.limit, threshold.clear or 0)):
            raise ConfigurationError(f"{place}: limit {threshold.limit} or clear {threshold.clear} is not a finite number")
        if threshold.clear is not None and sign * (threshold.limit - threshold.clear) < 0:
            raise ConfigurationError(f"{place}: clear {threshold.clear} is beyond the limit {threshold.limit}")


def _check_condition(told: RuleIn, condition: Condition | None, sign: int, place: str) -> None:
    if isinstance(condition, _LEAST_OF_SERIES) and told.select.property is None:
        raise ConfigurationError(f"{place}: `select` has to name the property whose values are compared")
    if not isinstance(condition, _LEAST_OF_SERIES) and told.select.property is not None:
        raise ConfigurationError(f"{place}: `select` names the property {told.select.property!r}; this condition is about no property")
    if sign < 0 and isinstance(condition, Absence | Deadline | Geofence | Cluster):
        raise ConfigurationError(f"{place}: this condition takes limits above, not below")
    for name, unfit in _unfit(told, condition, sign):
        if unfit:
            raise ConfigurationError(f"{place}: {name}")


def _is_too_long(within: str) -> bool:
    most = {"wd": _MOST_WORKING_DAYS, "wh": _MOST_WORKING_DAYS * 8}.get(within[-2:])
    return most is not None and int(within[:-2]) > most


def _unfit(told: RuleIn, condition: Condition | None, sign: int) -> Iterable[tuple[str, bool]]:
    """Yield what may be wrong with one kind, and whether it is."""
    hold_s = seconds_of(told.hold)
    if isinstance(condition, Rate | Window | Cluster):
        over = condition.within if isinstance(condition, Cluster) else condition.over
        yield f"{over} is no time to look back", seconds_of(over) <= 0
    if isinstance(condition, Rate):
        yield f"per {condition.per} is no time", seconds_of(condition.per) <= 0
    if isinstance(condition, Geofence):
        yield "on: inside needs `for`, how long inside is too long", condition.on == "inside" and not hold_s
        yield "limit_from goes with on: speeding", condition.limit_from is not None and condition.on != "speeding"
    if isinstance(condition, Deadline):
        yield "needs either `due`, a member of the event's data, or `within`", (condition.due is None) == (condition.within is None)
        yield "`until` names no event", not condition.until
        yield f"within {condition.within} is longer than two years of work", _is_too_long(condition.within or "0s")
    if isinstance(condition, Absence):
        yield "offline goes with of: source", condition.offline and condition.of != "source"
        yield "unit: intervals goes with of: station", condition.unit == "intervals" and condition.of != "station"
        yield "a limit of nothing is always met", any(not _is_more_than_nothing(t.limit) for t in told.above or [])
        elsewhere: Any = (told.select.kind, told.select.station, told.select.unit, told.select.area)
        yield "of: source can select by source only", condition.of == "source" and any(part is not None for part in elsewhere)
    if isinstance(condition, Target):
        chosen: Any = (told.select.kind, told.select.source, told.select.station, told.select.area)
        yield "a target can be selected by unit only", any(part is not None for part in chosen)
        yield "takes limits above: by which share the target is missed", condition.on == "missed" and sign < 0
    if isinstance(condition, Composite):
        yield "names no rule in all, any or none", not condition.members()
        yield "names rules that must not fire and none that must", not (condition.all or condition.any)
