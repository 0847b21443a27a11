"""The state machine of one rule and one series: a plain function of the state, the value and its time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ioc.alerts.rule import Rule, Severity


class Condition(StrEnum):
    """How a rule stands for a series."""

    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"


class Kind(StrEnum):
    """What happened to an alert."""

    FIRED = "fired"
    WORSENED = "worsened"
    EASED = "eased"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class State:
    """How a rule stands for a series; all times are event times.

    `severity` is the threshold that holds (None while normal), `since` when the present breach began, `quiet_since` when a firing alert
    first looked well again, `judged_at` the newest observation judged.
    """

    condition: Condition = Condition.NORMAL
    severity: Severity | None = None
    since: datetime | None = None
    quiet_since: datetime | None = None
    judged_at: datetime | None = None


def step(state: State, rule: Rule, value: float, time: datetime, *, max_gap: timedelta | None = None) -> tuple[State, Kind | None]:
    """Return the state after an observation, and what happened to the alert, if anything did.

    `time` is later than `state.judged_at`. A breach with a hole in it longer than `max_gap` begins anew: missing data never makes `for` true.
    Hysteresis applies to an alert that fires; one that is pending or recovering has to cross the limit itself.
    """
    held = state.severity if state.condition is Condition.FIRING else None
    severity = holding(rule, value, held)
    now = replace(state, judged_at=time)
    match state.condition, severity:
        case Condition.NORMAL, None:
            return now, None
        case Condition.NORMAL, _:
            return _begin(now, rule, severity, time)
        case Condition.PENDING, None:
            return replace(now, condition=Condition.NORMAL, severity=None, since=None), None
        case Condition.PENDING, _:
            return _wait(now, state, rule, severity, time, max_gap)
        case Condition.FIRING, None if rule.keep_firing:
            return replace(now, condition=Condition.RECOVERING, quiet_since=time), Kind.RECOVERING
        case Condition.FIRING, None:
            return _clear(now)
        case Condition.FIRING, _:
            return replace(now, severity=severity), _compare(state.severity, severity)
        case Condition.RECOVERING, None:
            assert state.quiet_since is not None
            return _clear(now) if time - state.quiet_since >= rule.keep_firing else (now, None)
        case _:
            graver = _compare(state.severity, severity) is Kind.WORSENED  # asks anew for whoever acknowledged the milder one
            kind = Kind.WORSENED if graver else Kind.RELAPSED
            return replace(now, condition=Condition.FIRING, severity=severity, quiet_since=None), kind


def holding(rule: Rule, value: float, held: Severity | None) -> Severity | None:
    """Return the gravest severity that holds at `value`, given the one that held before it."""
    result = None
    for threshold in rule.thresholds:
        severity = Severity(threshold.severity)
        is_held = held is not None and severity.rank <= held.rank and threshold.clear is not None
        limit = threshold.clear if is_held and threshold.clear is not None else threshold.limit
        if rule.sign * (value - limit) > 0:
            result = severity
    return result


def _begin(now: State, rule: Rule, severity: Severity | None, time: datetime) -> tuple[State, Kind | None]:
    if rule.hold:
        return replace(now, condition=Condition.PENDING, severity=severity, since=time), None
    return replace(now, condition=Condition.FIRING, severity=severity, since=time), Kind.FIRED


def _wait(
    now: State, before: State, rule: Rule, severity: Severity | None, time: datetime, max_gap: timedelta | None
) -> tuple[State, Kind | None]:
    assert before.since is not None
    assert before.judged_at is not None
    if max_gap is not None and time - before.judged_at > max_gap:
        return replace(now, severity=severity, since=time), None
    if time - before.since >= rule.hold:
        return replace(now, condition=Condition.FIRING, severity=severity), Kind.FIRED
    return replace(now, severity=severity), None


def _clear(now: State) -> tuple[State, Kind | None]:
    return replace(now, condition=Condition.NORMAL, severity=None, since=None, quiet_since=None), Kind.CLEARED


def _compare(before: Severity | None, after: Severity | None) -> Kind | None:
    assert before is not None
    assert after is not None
    if before is after:
        return None
    return Kind.WORSENED if after.rank > before.rank else Kind.EASED
