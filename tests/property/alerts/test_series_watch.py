"""The index of limits finds what stepping every rule with every reading finds."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.rule import Rule
from tests.support.examples import GAUGE, at, series
from tests.support.judging import reading, run
from tests.support.naive_alerts import judge_all
from tests.support.timelines import Samples, rules, samples


@settings(max_examples=30)
@given(
    judged=st.lists(rules(), min_size=1, max_size=6).map(lambda some: [_named(rule, n) for n, rule in enumerate(some)]),
    told=samples(most=20),
    interval_s=st.none() | st.integers(1, 3),
)
def test_index_of_limits_misses_nothing_and_adds_nothing(judged: list[Rule], told: Samples, interval_s: int | None) -> None:
    subject = series(1, GAUGE, interval_s=interval_s)
    gap = None if interval_s is None else timedelta(seconds=3 * interval_s)
    found = [
        (t.rule.id, t.kind, t.time)
        for t in run(judged, [reading(second, value, subject) for second, value in told], 10_000)
        if t.kind not in ("stale", "fresh") and not t.flapping
    ]
    naive = judge_all(judged, [(at(second), value) for second, value in told], gap, at(10_000))
    flapping = {t.rule.id for t in run(judged, [reading(second, value, subject) for second, value in told], 10_000) if t.flapping}
    assert sorted(one for one in found if one[0] not in flapping) == sorted(one for one in naive if one[0] not in flapping)


def _named(rule: Rule, number: int) -> Rule:
    return Rule(**{**{name: getattr(rule, name) for name in rule.__dataclass_fields__}, "id": f"rule-{number}"})
