"""Readings of a series in the order in which they came: what is ahead, what is behind, what is too old to be judged."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ioc.domain.station import PropertyDescription
from ioc.ingest.runs import Run
from tests.support.examples import at

ARRIVED = at(1000)


def run(*messages: list[int], arrived: datetime = ARRIVED) -> Run:
    """A run of messages, each told as the seconds of its readings; a value is the number of the reading in the run."""
    made = Run()
    for number, seconds in enumerate(messages):
        values = [float(len(made.times) + n) for n in range(len(seconds))]
        made.extend([at(second) for second in seconds], values, arrived + timedelta(seconds=number))
    return made


@pytest.mark.parametrize(
    ("messages", "newest", "ahead", "behind"),
    [
        ([[1, 2], [3]], None, [1, 2, 3], []),
        ([[1, 2], [3]], 0, [1, 2, 3], []),
        ([[1, 2], [3]], 2, [3], [1, 2]),
        ([[3, 1, 2]], None, [1, 2, 3], []),  # within a message the order does not matter
        ([[3], [1], [2], [4]], None, [3, 4], [1, 2]),  # between messages it does
        ([[1], [1], [2, 2]], None, [1, 2], [1, 2]),
        ([[4, 2], [3, 5]], 1, [2, 4, 5], [3]),
        ([], 1, [], []),
    ],
)
def test_what_is_ahead_follows_from_the_order_of_the_messages(
    messages: list[list[int]], newest: int | None, ahead: list[int], behind: list[int]
) -> None:
    found = run(*messages).divide(None if newest is None else at(newest))
    assert [part.times for part in found] == [[at(second) for second in ahead], [at(second) for second in behind]]


def test_each_reading_keeps_its_value_and_its_arrival() -> None:
    ahead, behind = run([2, 1], [0]).divide(None)
    assert list(ahead.rows(7)) == [(7, at(1), 1.0, at(1000)), (7, at(2), 0.0, at(1000))]
    assert list(behind.rows(7)) == [(7, at(0), 2.0, at(1001))]


@pytest.mark.parametrize(
    ("described", "late"),
    [
        (None, set()),
        (PropertyDescription(), set()),
        (PropertyDescription(late_after_s=600), {0, 1}),
        (PropertyDescription(late_after_s=10**6), set()),
    ],
)
def test_a_reading_is_late_when_it_is_older_at_its_arrival_than_its_station_says(
    described: PropertyDescription | None, late: set[int]
) -> None:
    assert run([100, 300, 401], arrived=at(1000)).late(described) == late


def test_without_a_word_of_the_station_a_reading_may_be_a_day_old() -> None:
    day = 86_400
    assert run([0, 1], arrived=at(day + 1)).late(None) == {0}
