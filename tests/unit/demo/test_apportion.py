import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.demo.apportion import apportion


def test_shares_follow_the_weights() -> None:
    assert apportion(10, [1, 1, 3]) == [2, 2, 6]


def test_equal_remainders_go_to_the_earlier() -> None:
    assert apportion(5, [1, 1]) == [3, 2]


def test_a_full_share_passes_the_rest_on() -> None:
    assert apportion(10, [8, 1, 1], most=[4, 10, 10]) == [4, 3, 3]


def test_more_than_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="9 cannot be shared among 2 with at least 0 each and at most 8 together"):
        apportion(9, [1, 1], most=[4, 4])


@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0.01, 100.0), min_size=1, max_size=30),
    data=st.data(),
)
def test_shares_add_up_and_keep_their_limits(total: int, weights: list[float], data: st.DataObject) -> None:
    most = data.draw(st.lists(st.integers(0, 2000), min_size=len(weights), max_size=len(weights)).filter(lambda limits: sum(limits) >= 1))
    total = min(total, sum(most))
    shares = apportion(total, weights, most=most)
    assert sum(shares) == total
    assert all(0 <= share <= limit for share, limit in zip(shares, most, strict=True))
