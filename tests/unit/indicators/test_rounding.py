from decimal import Decimal

import pytest

from ioc.indicators.rounding import Rounding, number, ratio, rounded


@pytest.mark.parametrize(
    ("part", "of", "decimals", "mode", "wanted"),
    [
        (54_786, 64_103, 1, "half_up", "85.5"),
        (54_786, 64_103, 1, "down", "85.4"),
        (39_347, 64_103, 1, "half_up", "61.4"),
        (39_347, 64_103, 1, "down", "61.3"),
        (146_500, 612_030, 1, "half_up", "23.9"),
        (1_286, 1_705, 1, "half_up", "75.4"),
        (1_678, 1_723, 1, "half_up", "97.4"),
        (4_554, 10_000, 2, "half_up", "45.54"),
        (1, 8, 1, "half_up", "12.5"),
        (1, 2000, 1, "half_up", "0.1"),
        (5, 1000, 0, "half_up", "1"),
    ],
)
def test_shares_are_rounded_as_they_are_printed(part: int, of: int, decimals: int, mode: Rounding, wanted: str) -> None:
    assert str(rounded(ratio(Decimal(part), Decimal(of), Decimal(100)), decimals, mode)) == wanted


def test_nothing_is_divided_by_zero() -> None:
    assert rounded(ratio(Decimal(1), Decimal(0), Decimal(100)), 1) is None


def test_a_whole_number_is_told_as_one() -> None:
    assert repr([number(Decimal("85.0")), number(Decimal("85.5")), number(None)]) == "[85, 85.5, None]"
