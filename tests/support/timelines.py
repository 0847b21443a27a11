"""Random rules and samples for properties of the machine and the engine; times are whole seconds, values small, so that limits are met exactly."""

from __future__ import annotations

from hypothesis import strategies as st

from ioc.alerts.rule import Rule, Severity
from tests.support.examples import rule, threshold

Samples = list[tuple[int, float]]
"""(second, value), in order of time."""


@st.composite
def rules(draw: st.DrawFn, rule_id: str = "flood") -> Rule:
    """A rule of one to four severities over limits between 1 and 9, each perhaps with a clear value below."""
    severities = sorted(draw(st.sets(st.sampled_from(list(Severity)), min_size=1)), key=lambda severity: severity.rank)
    limits = sorted(draw(st.sets(st.integers(1, 9), min_size=len(severities), max_size=len(severities))))
    sign = draw(st.sampled_from([1, -1]))
    thresholds = []
    for severity, limit in zip(severities, limits, strict=True):
        below = draw(st.none() | st.integers(0, 3))
        thresholds.append(threshold(severity.value, sign * limit, None if below is None else sign * (limit - below)))
    hold_s, keep_s = draw(st.sampled_from([0, 1, 3, 6])), draw(st.sampled_from([0, 1, 3, 6]))
    return rule(*thresholds, sign=sign, hold_s=hold_s, keep_s=keep_s, rule_id=rule_id)


def samples(sign: int = 1, *, most: int = 30) -> st.SearchStrategy[Samples]:
    """Samples of one series whose times are strictly in order."""
    steps = st.lists(st.tuples(st.integers(1, 5), st.integers(-1, 11)), min_size=1, max_size=most)

    def add_up(told: list[tuple[int, int]]) -> Samples:
        second, found = 0, []
        for pause, value in told:
            second += pause
            found.append((second, float(sign * value)))
        return found

    return steps.map(add_up)
