"""The state machine of one rule and one subject: plain functions of the state, the rule, the value and its time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ioc.alerts.rule import Rule, Severity


class Condition(StrEnum):
    """How a rule stands for a subject."""

    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"


class Kind(StrEnum):
    """What happened to an alert by the rules; what operators do has kinds of its own."""

    FIRED = "fired"
    WORSENED = "worsened"
    EASED = "eased"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"
    CLEARED = "cleared"
    STALE = "stale"
    FRESH = "fresh"
    LATE_CORRECTION = "late_correction"
    RULE_CHANGED = "rule_changed"


@dataclass(frozen=True, slots=True)
class State:
    """How a rule stands for a subject; all times are event times.

    `severity` is the level that holds (None while normal), `since` when the present breach began, `quiet_since` when a firing alert first
    looked well again.
    """

    condition: Condition = Condition.NORMAL
    severity: Severity | None = None
    since: datetime | None = None
    quiet_since: datetime | None = None


NORMAL = State()


def step(state: State, rule: Rule, value: float, time: datetime) -> tuple[State, Kind | None]:
    """Return the state after an observation, and what happened to the alert, if anything did.

    `time` is not before the times in `state`. Hysteresis applies to an alert that fires; one that is pending or recovering has to cross the
    limit itself. What was due before `time` is for `elapse`, which comes first.
    """
    severity = holding(rule, value, state.severity if state.condition is Condition.FIRING else None)
    match state.condition, severity:
        case Condition.NORMAL, None:
            return state, None
        case Condition.NORMAL, _:
            return _begin(rule, severity, time)
        case Condition.PENDING, None:
            return NORMAL, None
        case Condition.PENDING, _:
            now = replace(state, severity=severity)
            assert state.since is not None
            return (replace(now, condition=Condition.FIRING), Kind.FIRED) if time - state.since >= rule.hold else (now, None)
        case Condition.FIRING, None if rule.keep_firing:
            return replace(state, condition=Condition.RECOVERING, quiet_since=time), Kind.RECOVERING
        case Condition.FIRING, None:
            return NORMAL, Kind.CLEARED
        case Condition.FIRING, _:
            return replace(state, severity=severity), _compare(state.severity, severity)
        case Condition.RECOVERING, None:
            assert state.quiet_since is not None
            return (NORMAL, Kind.CLEARED) if time - state.quiet_since >= rule.keep_firing else (state, None)
        case _:
            graver = _compare(state.severity, severity) is Kind.WORSENED  # asks anew for whoever acknowledged the milder one
            firing = replace(state, condition=Condition.FIRING, severity=severity, quiet_since=None)
            return firing, Kind.WORSENED if graver else Kind.RELAPSED


def due(state: State, rule: Rule) -> datetime | None:
    """Return when time alone moves the state: `for` is over, or `keep_firing_for` is; None where it does not."""
    if state.condition is Condition.PENDING and state.since is not None:
        return state.since + rule.hold
    if state.condition is Condition.RECOVERING and state.quiet_since is not None:
        return state.quiet_since + rule.keep_firing
    return None


def elapse(state: State) -> tuple[State, Kind]:
    """Return the state once what is due has come, while the newest data still counts as the present, and what happened to the alert."""
    if state.condition is Condition.PENDING:
        return replace(state, condition=Condition.FIRING), Kind.FIRED
    return NORMAL, Kind.CLEARED


def begin_anew(state: State, time: datetime) -> State:
    """Return a pending state whose breach begins at `time`: there was a hole in it, and missing data never makes `for` true."""
    return replace(state, since=time) if state.condition is Condition.PENDING else state


def holding(rule: Rule, value: float, held: Severity | None) -> Severity | None:
    """Return the gravest severity that holds at `value`, given the one that held before it."""
    result = None
    held_rank = -1 if held is None else held.rank
    for severity, rank, limit, clear in rule.levels:
        beyond = rule.sign * (value - (clear if rank <= held_rank and clear is not None else limit))
        if beyond > 0 or (beyond == 0 and rule.is_met_at_limit):
            result = severity
    return result


def limits_ahead(state: State, rule: Rule) -> list[float]:
    """Return the limits of the levels that do not hold, from the mildest: all of them unless it is pending or fires."""
    held = -1 if state.severity is None or state.condition is Condition.RECOVERING else state.severity.rank
    return [limit for _, rank, limit, _ in rule.levels if rank > held]


def _begin(rule: Rule, severity: Severity | None, time: datetime) -> tuple[State, Kind | None]:
    if rule.hold:
        return State(Condition.PENDING, severity, time), None
    return State(Condition.FIRING, severity, time), Kind.FIRED


def _compare(before: Severity | None, after: Severity | None) -> Kind | None:
    assert before is not None
    assert after is not None
    if before is after:
        return None
    return Kind.WORSENED if after.rank > before.rank else Kind.EASED
