"""Schemathesis asks what our OpenAPI document allows and forbids, and holds every answer against it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.clients.conftest import Centre

CHECKS = "not_a_server_error,status_code_conformance,response_headers_conformance,response_schema_conformance"


def test_answers_are_as_the_document_says(centre: Centre, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("schemathesis"))
    bounds = ["--max-examples", "8", "--generation-deterministic", "--no-shrink", "--phases", "examples,coverage,fuzzing"]
    paths = ["--include-path-regex", "^/(collections/(units|stations|events)(/|$)|conformance|collections$|style|tileMatrixSets|$)"]
    done = subprocess.run(
        [program, "run", f"{centre.ogc}/api", "--url", centre.ogc, "--checks", CHECKS, "--no-color", *bounds, *paths],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "generated" in done.stdout
