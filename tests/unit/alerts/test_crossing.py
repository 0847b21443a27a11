from collections.abc import Sequence

import pytest

from ioc.alerts.crossing import Crossing
from tests.support.examples import rule, threshold

INDEX = Crossing(
    [
        rule(threshold("minor", 10, 8), threshold("severe", 20), rule_id="a"),
        rule(threshold("minor", 5), sign=-1, rule_id="b"),
        rule(threshold("minor", 20), rule_id="c"),
    ]
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 5, ["b"]),
        (5, 8, []),
        (8, 8.1, ["a"]),
        (8.1, 10, []),
        (10, 10.1, ["a"]),
        (25, 4.9, ["a", "b", "c"]),
        (20, 20, []),
        (20, 20.1, ["a", "c"]),
        (5, 4.9, ["b"]),
        (float("-inf"), float("inf"), ["a", "b", "c"]),
    ],
)
def test_edge_is_crossed_from_or_to_what_is_beyond_it(before: float, after: float, expected: Sequence[str]) -> None:
    assert [one.id for one in INDEX.between(before, after)] == expected
    assert [one.id for one in INDEX.between(after, before)] == expected
