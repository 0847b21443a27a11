"""The benchmarks of ingest run and measure every message; how fast things are here says nothing, it is a moment's run on a busy machine."""

import re
import subprocess

import pytest

from tests.architecture.figures import ROOT
from tests.support.requirements import need

pytestmark = [pytest.mark.database, pytest.mark.mosquitto]


@pytest.fixture(autouse=True)
def _mosquitto_is_there() -> None:
    need("mosquitto")


def bench(*words: str) -> dict[str, float]:
    """Run a benchmark and return its goals with the values that it found."""
    done = subprocess.run([ROOT / "scripts" / "bench", *words], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.]+) [\d.]+ (?:met|short)$", done.stdout, re.MULTILINE)}


def test_latency_is_measured_of_every_message() -> None:
    measured = bench("latency", "--rate", "200", "--seconds", "2")
    assert measured.keys() == {"publish_to_commit_p50_ms", "publish_to_commit_p99_ms"}
    assert 0 < measured["publish_to_commit_p50_ms"] <= measured["publish_to_commit_p99_ms"]


def test_ratios_of_ingest_are_measured_against_receiver_and_copy() -> None:
    measured = bench("ingest", "--messages", "2000", "--arrays", "200", "--rounds", "1")
    assert measured.keys() == {"single_readings_of_bare", "arrays_of_copy"}
    assert all(value > 0 for value in measured.values())
