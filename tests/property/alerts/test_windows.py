"""Each window says what all its readings, looked at again, say: also after a batch was taken back."""

from datetime import timedelta
from sys import float_info

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.alerts.windows import Window
from tests.support.examples import at
from tests.support.naive_alerts import aggregate

FUNCTIONS = ["avg", "min", "max", "sum", "count", "p95", "rate"]
values = st.integers(-5, 5).map(float) | st.floats(-1e12, 1e12).map(lambda value: round(value, 6))
pushes = st.lists(st.tuples(st.sampled_from([0.25, 1, 1, 2, 7]), values), min_size=1, max_size=40)


@pytest.mark.parametrize("function", FUNCTIONS)
@settings(max_examples=20)
@given(
    told=pushes, length=st.integers(1, 12), least=st.integers(1, 4), back=st.sets(st.integers(0, 39)), settled=st.sets(st.integers(0, 39))
)
def test_window_is_what_its_readings_are(
    function: str, told: list[tuple[float, float]], length: int, least: int, back: set[int], settled: set[int]
) -> None:
    window, second, pushed = Window(function, timedelta(seconds=length), min_samples=least), 0.0, []  # type: ignore[arg-type]
    for number, (pause, value) in enumerate(told):
        if number in settled:
            window.settle()
        if number in back:
            mark = window.mark()
            for extra in range(5):
                window.push(at(second + pause + extra * length / 2), -value)
            window.take_back(mark)
        second += pause
        pushed.append((at(second), value))
        expected = aggregate(function, pushed, timedelta(seconds=length), least)
        found = window.push(*pushed[-1])
        assert found == (expected if expected is None or function != "rate" else pytest.approx(expected, rel=1e-5))
    assert len(window) == sum(time > pushed[-1][0] - timedelta(seconds=length) for time, _ in pushed)


@pytest.mark.parametrize("function", ["avg", "sum", "rate"])
def test_numbers_beyond_all_numbers_stay_numbers(function: str) -> None:
    window = Window(function, timedelta(hours=1))  # type: ignore[arg-type]
    most = float_info.max
    found = [window.push(at(second), value) for second, value in ((0, most), (1, most), (2, -most), (3, -most), (4, 5.0))]
    assert all(value is None or abs(value) <= most for value in found)
    if function == "sum":
        assert found == [most, most, most, 0, 5], "and the sum is right once it is a number again"


def test_long_life_does_not_keep_what_is_over() -> None:
    window = Window("sum", timedelta(seconds=10))
    for second in range(5000):
        window.push(at(second), 1.0)
        window.settle()
    assert (len(window), window.value()) == (10, 10.0)
    assert len(window._values) < 1100
