"""What a test of rules expected, beside what happened: the differences, each with the place in the file, in the manner of a diff."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose
from typing import Any

from ioc.alerts.machine import Condition, Kind
from ioc.alerts.rule_test_file import ExpectedAlert, ExpectedTransition, RuleTest, RuleTests
from ioc.alerts.standings import Transition
from ioc.alerts.timeline import offset_s, spell_offset

_NOTES = (Kind.STALE, Kind.FRESH, Kind.LATE_CORRECTION)
_SAME_MOMENT_S = 0.0005
Line = tuple[str, str, str]
"""`-` for what was expected and did not come, `+` for what came and was not, ` ` for what came as expected; the text; its place in the file."""


@dataclass(frozen=True)
class Difference:
    """One expectation that was not met: where it stands, what it is about, and the lines of a diff."""

    where: str
    about: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Standing:
    """An alert at a moment, as its transitions up to then tell."""

    rule: str
    subject: str
    condition: str
    severity: str
    since: datetime
    value: float
    quality: str
    flapping: bool


def compare(tests: RuleTests, number: int, happened: Sequence[Transition]) -> list[Difference]:
    """Return where what happened in a test is not what it expects; none where all is well."""
    test = tests.told.tests[number]
    start, path = tests.start(test), f".tests[{number}].expect"
    found = list(_compare_transitions(tests, test, path, [t for t in happened if test.expect.rule in (None, t.rule.id)], start))
    for place, moment in enumerate(test.expect.alerts):
        at = start + timedelta(seconds=offset_s(moment.at))
        standing = [one for one in standing_at(happened, at) if moment.rule in (None, one.rule)]
        where = f"{path}.alerts[{place}]"
        lines = _diff(
            [(one, tests.where(f"{where}.alerts[{n}]")) for n, one in enumerate(moment.alerts)],
            standing,
            lambda wanted, one: _is_alert(wanted, one, start),
            lambda wanted: _words(rule=wanted.rule, subject=wanted.subject, **_told(wanted)),
            lambda one: _words(
                **{**vars(one), "since": spell_offset((one.since - start).total_seconds()), "flapping": one.flapping or None}
            ),
        )
        if any(sign != " " for sign, _, _ in lines):
            found.append(Difference(tests.where(where), f"alerts at {moment.at}", lines))
    return found


def standing_at(happened: Iterable[Transition], at: datetime) -> list[Standing]:
    """Return the alerts that stand at a moment, by rule and subject."""
    alive: dict[uuid.UUID, Standing] = {}
    for t in happened:
        if t.time > at:
            continue
        before = alive.get(t.alert_id)
        if t.condition is Condition.NORMAL and t.kind is not Kind.LATE_CORRECTION:
            alive.pop(t.alert_id, None)
            continue
        value = before.value if before is not None and t.kind in _NOTES else t.value
        quality = "stale" if t.stale else "ok"
        alive[t.alert_id] = Standing(t.rule.id, t.subject.key, t.condition, t.severity, t.started_at, value, quality, t.flapping)
    return sorted(alive.values(), key=lambda one: (one.rule, one.subject))


def _compare_transitions(
    tests: RuleTests, test: RuleTest, path: str, happened: Sequence[Transition], start: datetime
) -> Iterable[Difference]:
    if test.expect.transitions is None:
        return
    lines = _diff(
        [(one, tests.where(f"{path}.transitions[{n}]")) for n, one in enumerate(test.expect.transitions)],
        happened,
        lambda wanted, t: _is_transition(wanted, t, start),
        lambda wanted: _words(at=wanted.at, rule=wanted.rule, subject=wanted.subject, **_told(wanted)),
        lambda t: _words(
            at=spell_offset((t.time - start).total_seconds()),
            rule=t.rule.id,
            subject=t.subject.key,
            kind=t.kind,
            severity=t.severity,
            value=t.value,
            reason=t.reason,
        ),
    )
    if any(sign != " " for sign, _, _ in lines):
        yield Difference(tests.where(f"{path}.transitions"), "transitions", lines)


def _diff(
    expected: Sequence[tuple[Any, str]],
    found: Sequence[Any],
    fits: Callable[[Any, Any], bool],
    in_words: Callable[[Any], str],
    found_in_words: Callable[[Any], str],
) -> list[Line]:
    """Match each expected one with the first that fits and is not taken; what is left over on either side differs."""
    left = list(found)
    lines: list[Line] = []
    for wanted, where in expected:
        one = next((one for one in left if fits(wanted, one)), None)
        if one is None:
            lines.append(("-", in_words(wanted), where))
        else:
            left.remove(one)
            lines.append((" ", found_in_words(one), where))
    return [*lines, *(("+", found_in_words(one), "") for one in left)]


def _is_transition(wanted: ExpectedTransition, t: Transition, start: datetime) -> bool:
    at_s = (t.time - start).total_seconds()
    return (
        (wanted.rule, wanted.kind) == (t.rule.id, t.kind)
        and abs(at_s - offset_s(wanted.at)) < _SAME_MOMENT_S
        and wanted.subject in (None, t.subject.key)
        and wanted.severity in (None, t.severity)
        and (wanted.value is None or isclose(wanted.value, t.value, rel_tol=1e-6, abs_tol=1e-9))
        and wanted.reason in (None, t.reason)
    )


def _is_alert(wanted: ExpectedAlert, one: Standing, start: datetime) -> bool:
    since_s = (one.since - start).total_seconds()
    return (
        (wanted.rule, wanted.condition, wanted.quality) == (one.rule, one.condition, one.quality)
        and wanted.subject in (None, one.subject)
        and wanted.severity in (None, one.severity)
        and (wanted.since is None or abs(since_s - offset_s(wanted.since)) < _SAME_MOMENT_S)
        and (wanted.value is None or isclose(wanted.value, one.value, rel_tol=1e-6, abs_tol=1e-9))
        and wanted.flapping in (None, one.flapping)
    )


def _told(wanted: ExpectedTransition | ExpectedAlert) -> dict[str, Any]:
    """Return what an expectation tells besides the time, the rule and the subject."""
    return {name: getattr(wanted, name) for name in wanted.__struct_fields__ if name not in ("at", "rule", "subject")}


def _words(**told: Any) -> str:
    return " ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in _shown(told))


def _shown(told: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in told.items():
        if value is not None and not (name == "quality" and value == "ok"):
            yield name, value
