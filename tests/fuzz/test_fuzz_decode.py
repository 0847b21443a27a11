"""A few seconds of coverage-guided fuzzing, where atheris is installed (`pip install 'ioc[fuzz]'`)."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("fuzz_decode.py")
SEEDS: list[tuple[int, Any]] = [
    (0, {"time": "2026-11-22T05:00:00Z", "values": {"rain": 1}}),
    (0, [{"bn": "t/", "bt": 1795323600, "bver": 10, "n": "rain", "u": "mm/h", "v": 1}, {"n": "door", "t": -5, "vb": True}]),
    (1, [1, {"time": 1795323600, "value": 2}]),
    (2, {"lon": 106.2, "lat": 21.3, "speed": 40, "heading": 90}),
    (2, {"type": "Feature", "geometry": {"type": "Point", "coordinates": [106, 21]}, "properties": {"time": 1795323600}}),
    (3, {"id": "1", "subject": "s", "unit": "07207", "data": {"a": [1]}}),
    (3, {"specversion": "1.0", "id": "1", "source": "s", "type": "e", "data_base64": "e30=", "datacontenttype": "application/json"}),
    (4, {"name": "n", "kind": "k", "lon": 1, "lat": 2, "properties": {"rain": {"unit": "mm/h", "min": 0, "max": 9}}, "interval_s": 60}),
]


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris: pip install 'ioc[fuzz]'")
def test_nothing_that_the_fuzzer_tries_raises(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, (kind, told) in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(bytes([kind]) + b"\n" + json.dumps(told).encode())
    command = [sys.executable, str(SCRIPT), "-max_total_time=6", "-max_len=4096", "-rss_limit_mb=2048", str(corpus)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    done = re.search(r"Done (\d+) runs", run.stderr)
    assert done, run.stderr[-1000:]
    assert int(done[1]) > 1000
