"""However the messages of a series are cut into batches, the same readings are ahead."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ioc.ingest.runs import Run
from tests.support.examples import at

messages = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=4), max_size=12)


def divided(some: list[tuple[int, list[int]]], newest: datetime | None) -> tuple[list[datetime], list[datetime], datetime | None]:
    run = Run()
    for number, seconds in some:
        run.extend([at(second) for second in seconds], [0.0] * len(seconds), at(1000 + number))
    ahead, behind = run.divide(newest)
    return ahead.times, behind.times, ahead.times[-1] if ahead.times else newest


@given(told=messages, cut=st.integers(0, 12))
def test_a_cut_changes_nothing(told: list[list[int]], cut: int) -> None:
    numbered = list(enumerate(told))
    ahead, behind, newest = divided(numbered, None)
    first_ahead, first_behind, between = divided(numbered[:cut], None)
    then_ahead, then_behind, last = divided(numbered[cut:], between)
    assert (first_ahead + then_ahead, first_behind + then_behind, last) == (ahead, behind, newest)


@given(told=messages)
def test_what_is_ahead_rises_and_everything_is_somewhere(told: list[list[int]]) -> None:
    ahead, behind, _ = divided(list(enumerate(told)), None)
    assert ahead == sorted(set(ahead))
    assert sorted(ahead + behind) == sorted(at(second) for seconds in told for second in seconds)
