from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ioc.alerts.journal import Journal
from ioc.alerts.timers import Timers
from tests.support.examples import at


@given(told=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9))), until=st.integers(0, 9), inclusive=st.booleans())
def test_each_key_is_due_once_at_its_earliest_time(told: list[tuple[str, int]], until: int, inclusive: bool) -> None:
    timers, earliest = Timers(journal := Journal()), dict[str, datetime]()
    for key, second in told:
        timers.set(key, at(second))
        earliest[key] = min(at(second), earliest.get(key, at(second)))
    assert (len(timers), timers.next()) == (len(earliest), min(earliest.values(), default=None))
    expected = sorted((when, key) for key, when in earliest.items() if when < at(until) or (inclusive and when == at(until)))
    assert list(timers.take(at(until), inclusive=inclusive)) == expected
    assert len(timers) == len(earliest) - len(expected)
    journal.take_back()
    assert list(timers.take(at(99))) == sorted((when, key) for key, when in earliest.items())


def test_what_is_set_meanwhile_comes_too() -> None:
    timers, taken = Timers(Journal()), list[tuple[datetime, str]]()
    timers.set("a", at(1))
    for when, key in timers.take(at(5)):
        taken.append((when, key))
        if len(taken) < 4:
            timers.set("b", at(3))
    assert taken == [(at(1), "a"), (at(3), "b"), (at(3), "b"), (at(3), "b")]
