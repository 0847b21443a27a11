"""Rules read once more, the simple way: every rule steps with every reading, every window is summed up anew, every pair of places is measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, cos, fsum, radians, sqrt

from ioc.alerts.machine import NORMAL, Kind, State, begin_anew, due, elapse, step
from ioc.alerts.rule import Rule

Told = list[tuple[str, Kind, datetime]]
"""(rule, what, when)"""


def judge_all(rules: Sequence[Rule], readings: Sequence[tuple[datetime, float]], gap: timedelta | None, end: datetime) -> Told:
    """Step every rule of one series with every reading, and let time go on to `end`; what is told of stale data is left out."""
    found: Told = []
    for rule in rules:
        state, last = NORMAL, None
        for time, value in [*readings, (end, None)]:
            state = _catch_up(rule, state, time, None if gap is None or last is None else last + gap, found, is_end=value is None)
            if value is None:
                break
            state, kind = step(state, rule, value, time)
            if kind:
                found.append((rule.id, kind, time))
            last = time
    return found


def _catch_up(rule: Rule, state: State, time: datetime, fresh_until: datetime | None, found: Told, *, is_end: bool) -> State:
    when = due(state, rule)
    if when is not None and (when < time or is_end) and (fresh_until is None or when <= fresh_until):
        state, kind = elapse(state)
        found.append((rule.id, kind, when))
    elif fresh_until is not None and time > fresh_until and not is_end:
        state = begin_anew(state, time)
    return state


def aggregate(function: str, readings: Sequence[tuple[datetime, float]], length: timedelta, least: int) -> float | None:
    """Return an aggregate of the readings of the last `length`, all of them looked at again."""
    inside = [(time, value) for time, value in readings if time > readings[-1][0] - length]
    values = sorted(value for _, value in inside)
    if len(values) < max(least, 2 if function == "rate" else 1):
        return None
    match function:
        case "avg":
            return fsum(values) / len(values)
        case "sum":
            return fsum(values)
        case "min" | "max":
            return values[0 if function == "min" else -1]
        case "p95":
            return values[ceil(0.95 * len(values)) - 1]
        case "count":
            return float(len(values))
    (first, low), (last, high) = inside[0], inside[-1]
    return (high - low) / (last - first).total_seconds()


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return how far two (lon, lat) are apart, as on a plane."""
    x, y = (a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2)), a[1] - b[1]
    return sqrt(x * x + y * y) * 111_320
