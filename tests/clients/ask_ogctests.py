"""Ask the service at the address that is named the questions of ogctests, as a stranger who sees open data only; the verdicts go to a JUnit file."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

SITE = Path(sys.prefix) / "ogctests"
sys.path.insert(0, str(SITE))

from ogctests.main import run_ogctests  # noqa: E402

address, scope, verdicts = sys.argv[1:]
# What a proxy passes on comes from who knows where: the service takes the caller for a stranger.
with httpx.Client(base_url=address, headers={"X-Forwarded-For": "192.0.2.1"}, timeout=60) as client:
    flags = ["-p", "no:cacheprovider", "-o", "addopts=", "--rootdir", str(SITE), "-q", f"--junitxml={verdicts}"]
    sys.exit(run_ogctests(scope, address, flags, client))
