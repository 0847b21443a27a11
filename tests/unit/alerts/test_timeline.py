import pytest

from ioc.alerts.timeline import offset_s, read_values, spell_offset
from ioc.errors import ConfigurationError


def values(told: str) -> list[tuple[int, float, float]]:
    return [tuple(sample) for sample in read_values(told, slots_until_stale=4)[0]]  # type: ignore[misc]


def test_values_repeat_and_climb_as_those_of_promtool() -> None:
    assert values("75 85 10x2 1+2x2 3-1x1 -2x1") == [
        (0, 75, 0),
        (1, 85, 0),
        (2, 10, 0),
        (3, 10, 0),
        (4, 10, 0),
        (5, 1, 0),
        (6, 3, 0),
        (7, 5, 0),
        (8, 3, 0),
        (9, 2, 0),
        (10, -2, 0),
        (11, -2, 0),
    ]


def test_gaps_take_slots_and_late_ones_keep_theirs() -> None:
    assert values("1 _ _x2 2 stale 3@+1m30s") == [(0, 1, 0), (4, 2, 0), (9, 3, 90)]
    assert read_values("1 _x3", slots_until_stale=4)[1] == 4


@pytest.mark.parametrize("word", ["five", "1x", "1@90s", "_@+1s", "1+x2", "1x2x3", "nan"])
def test_what_is_no_value_is_named(word: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a value such as"):
        values(f"1 {word}")


def test_a_million_values_are_too_many() -> None:
    with pytest.raises(ConfigurationError, match="a series has 100000 at most"):
        values("1x1000000")


@pytest.mark.parametrize(("told", "seconds"), [("90s", 90), ("1h30m", 5400), ("0s", 0), ("2d1s", 172_801), ("1.5s", 1.5)])
def test_offsets_are_read_and_told(told: str, seconds: float) -> None:
    assert offset_s(told) == seconds
    assert offset_s(spell_offset(seconds)) == seconds
