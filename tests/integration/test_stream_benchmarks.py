"""The benchmarks of the stream run and measure; how fast things are here says nothing."""

import pytest

from tests.integration.test_benchmarks import bench
from tests.support.requirements import need


@pytest.mark.database
@pytest.mark.mosquitto
def test_latency_is_measured_up_to_the_viewer() -> None:
    need("mosquitto")
    measured = bench("stream_latency", "--rate", "200", "--seconds", "2", "--viewers", "10")
    assert measured.keys() == {"publish_to_viewer_p50_ms", "publish_to_viewer_p99_ms"}
    assert 0 < measured["publish_to_viewer_p50_ms"] <= measured["publish_to_viewer_p99_ms"]


def test_fan_out_is_measured_against_a_bare_broadcast() -> None:
    measured = bench("fanout", "--viewers", "20", "--rate", "5", "--seconds", "1", "--runs", "1", "--many", "150")
    assert measured.keys() == {"deliveries_per_cpu_second_of_bare_broadcast", "cores_for_1000_viewers_at_1_hz", "kib_per_idle_connection"}
    assert all(value > 0 for value in measured.values())
