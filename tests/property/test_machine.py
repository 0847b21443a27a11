"""What holds for every rule and every series of values, told by a second reading of the same samples."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.machine import Condition, Kind, State, due, elapse, step
from ioc.alerts.rule import Rule, Severity, Threshold
from tests.support.examples import at
from tests.support.timelines import Samples, rules, samples

Case = tuple[Rule, Samples]
cases = rules().flatmap(lambda rule: st.tuples(st.just(rule), samples(rule.sign)))


@dataclass
class Step:
    """One sample and what it did."""

    time: datetime
    value: float
    before: State
    after: State
    kind: Kind | None


def walk(rule: Rule, told: Samples) -> list[Step]:
    steps, state = [], State()
    for second, value in told:
        after, kind = step(state, rule, value, at(second))
        steps.append(Step(at(second), value, state, after, kind))
        state = after
    return steps


def breaches(rule: Rule, value: float) -> bool:
    """Whether a value is beyond the mildest limit."""
    return rule.sign * (value - rule.thresholds[0].limit) > 0


@given(case=cases)
def test_state_is_always_whole(case: Case) -> None:
    rule, told = case
    for one in walk(rule, told):
        state = one.after
        assert (state.severity is None) == (state.since is None) == (state.condition is Condition.NORMAL)
        assert (state.quiet_since is not None) == (state.condition is Condition.RECOVERING)
        assert state.condition is not Condition.PENDING or rule.hold
        assert state.condition is not Condition.RECOVERING or rule.keep_firing
        assert state.severity is None or rule.threshold(state.severity)
        assert (
            one.kind is not None
            or one.before.condition in (Condition.NORMAL, Condition.PENDING)
            or one.after.severity == one.before.severity
        )


@given(case=cases)
def test_it_fires_when_and_only_when_the_breach_lasted(case: Case) -> None:
    rule, told = case
    steps = walk(rule, told)
    since: datetime | None = None
    for one in steps:
        since = None if not breaches(rule, one.value) else since or one.time
        if one.before.condition in (Condition.NORMAL, Condition.PENDING):
            lasted = since is not None and one.time - since >= rule.hold
            assert (one.kind is Kind.FIRED) == lasted
            assert one.after.since == since


@given(case=cases)
def test_it_clears_when_and_only_when_it_was_quiet_for_long_enough(case: Case) -> None:
    rule, told = case
    quiet: datetime | None = None
    for one in walk(rule, told):
        if one.before.condition is Condition.FIRING:
            assert (one.kind in (Kind.RECOVERING, Kind.CLEARED)) == (one.after.condition is not Condition.FIRING)
            quiet = one.time
        elif one.before.condition is Condition.RECOVERING:
            assert quiet is not None
            over = one.time - quiet >= rule.keep_firing
            assert (one.kind is Kind.CLEARED) == (over and not breaches(rule, one.value))
            assert (one.after.condition is Condition.FIRING) == breaches(rule, one.value)


AFTER = {
    None: {Kind.FIRED},
    Kind.FIRED: {Kind.WORSENED, Kind.EASED, Kind.RECOVERING, Kind.CLEARED},
    Kind.WORSENED: {Kind.WORSENED, Kind.EASED, Kind.RECOVERING, Kind.CLEARED},
    Kind.EASED: {Kind.WORSENED, Kind.EASED, Kind.RECOVERING, Kind.CLEARED},
    Kind.RELAPSED: {Kind.WORSENED, Kind.EASED, Kind.RECOVERING, Kind.CLEARED},
    Kind.RECOVERING: {Kind.WORSENED, Kind.RELAPSED, Kind.CLEARED},
    Kind.CLEARED: {Kind.FIRED},
}


@given(case=cases)
def test_every_alert_is_told_from_fired_to_cleared_in_order(case: Case) -> None:
    told = [one.kind for one in walk(*case) if one.kind is not None]
    for before, after in pairwise([None, *told]):
        assert after in AFTER[before]


@given(case=cases)
def test_severity_moves_only_by_what_is_told(case: Case) -> None:
    for one in walk(*case):
        before, after = _rank(one.before.severity), _rank(one.after.severity)
        match one.kind:
            case Kind.WORSENED:
                assert 0 <= before < after
            case Kind.EASED:
                assert 0 <= after < before
            case Kind.RELAPSED:
                assert 0 <= after <= before
            case Kind.FIRED:
                assert after >= 0
            case Kind.CLEARED:
                assert after < 0
            case Kind.RECOVERING:
                assert before == after


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


@given(case=cases)
def test_while_it_fires_the_severity_is_the_gravest_that_its_value_holds(case: Case) -> None:
    """A severity that was not reached before needs its limit; one that was, its clear value."""
    rule, told = case
    for one in walk(rule, told):
        if one.after.condition is Condition.FIRING:
            held = one.before.severity if one.before.condition is Condition.FIRING else None
            assert one.after.severity == max((s for s in Severity if _holds(rule, one.value, s, held)), key=lambda s: s.rank)


def _holds(rule: Rule, value: float, severity: Severity, held: Severity | None) -> bool:
    own = rule.threshold(severity)
    if own is None:
        return False
    was_reached = held is not None and held.rank >= severity.rank
    limit = own.clear if was_reached and own.clear is not None else own.limit
    return value > limit if rule.sign > 0 else value < limit


@given(case=cases)
def test_time_and_a_value_that_stays_come_to_the_same(case: Case) -> None:
    """What is due comes with the timer, or with a value just then that says the same as the one before."""
    rule, told = case
    for one in walk(rule, told):
        when = due(one.after, rule)
        if when is not None:
            assert elapse(one.after) == step(one.after, rule, one.value, when)
            assert step(one.after, rule, one.value, when - timedelta(microseconds=1)) == (one.after, None)


@given(case=cases)
def test_below_is_the_mirror_image_of_above(case: Case) -> None:
    rule, told = case

    def turned(one: Threshold) -> Threshold:
        return Threshold(one.severity, -one.limit, None if one.clear is None else -one.clear)

    mirrored = replace(rule, sign=-rule.sign, thresholds=tuple(map(turned, rule.thresholds)))
    there = [(one.after, one.kind) for one in walk(rule, told)]
    assert [(one.after, one.kind) for one in walk(mirrored, [(second, -value) for second, value in told])] == there


@given(case=cases, shift=st.integers(-(10**6), 10**6))
def test_only_the_time_between_samples_matters(case: Case, shift: int) -> None:
    rule, told = case
    there = [one.kind for one in walk(rule, told)]
    assert [one.kind for one in walk(rule, [(second + shift, value) for second, value in told])] == there


@given(case=cases)
def test_value_that_does_not_change_says_everything_once(case: Case) -> None:
    """However often the same value is told, it fires at most once, or goes quiet and clears at most once."""
    rule, told = case
    steady = [(second, told[0][1]) for second, _ in told]
    kinds: list[Any] = [one.kind for one in walk(rule, steady) if one.kind]
    assert [kind for kind, _ in groupby(kinds)] == kinds
    assert len(kinds) <= 1
