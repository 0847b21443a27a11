"""A few seconds of coverage-guided fuzzing, where atheris is installed (`pip install 'ioc[fuzz]'`)."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz_decode.py")


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris: pip install 'ioc[fuzz]'")
def test_nothing_that_the_fuzzer_tries_raises(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "-max_total_time=6", "-max_len=4096", "-rss_limit_mb=2048"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    done = re.search(r"Done (\d+) runs", run.stderr)
    assert done, run.stderr[-1000:]
    assert int(done[1]) > 1000
