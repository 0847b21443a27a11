"""The MQTT contract as the service hands it out, read by the official AsyncAPI parser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.ingest.asyncapi import document, schema_names
from ioc.ingest.contract import CHANNELS
from tests.support.services import Service

CHECK = Path(__file__).parents[1] / "asyncapi"
INFORMATION = 2  # the parser's severities: 0 error, 1 warning, 2 information, 3 hint


@pytest.mark.skipif(
    not (shutil.which("node") and (CHECK / "node_modules").is_dir()), reason="needs the AsyncAPI parser: npm ci --prefix tests/asyncapi"
)
def test_official_parser_finds_no_fault() -> None:
    told = parsed(json.dumps(document()))
    assert [fault for fault in told["faults"] if fault["severity"] < INFORMATION] == []
    assert told["version"] == "3.0.0"
    assert told["channels"] == [channel.address for channel in CHANNELS]
    assert told["examples"] >= sum(len(message.examples) for channel in CHANNELS for message in channel.messages)


@pytest.mark.skipif(
    not (shutil.which("node") and (CHECK / "node_modules").is_dir()), reason="needs the AsyncAPI parser: npm ci --prefix tests/asyncapi"
)
def test_official_parser_finds_what_is_put_wrong() -> None:
    """So that silence of the parser means something."""
    spoilt = document()
    spoilt["operations"]["receiveEvents"]["action"] = "swallow"
    assert [fault for fault in parsed(json.dumps(spoilt))["faults"] if fault["severity"] < INFORMATION]


def test_contract_is_open_to_everybody(service: Service) -> None:
    headers = {"Host": "ioc.example"}  # not loopback: a caller without a key
    answer = httpx.get(f"{service.url}/asyncapi.json", headers=headers)
    assert answer.status_code == 200
    assert answer.json() == document()
    for name in schema_names():
        found = httpx.get(f"{service.url}/schemas/{name}.json", headers=headers)
        assert (found.status_code, found.headers["content-type"]) == (200, "application/schema+json")
        assert found.json()["title"]
    assert httpx.get(f"{service.url}/v1/sources", headers=headers).status_code == 401
    missing = httpx.get(f"{service.url}/schemas/nothing.json", headers=headers)
    assert missing.status_code == 404
    assert "there are readings" in missing.json()["detail"]


def parsed(text: str) -> Any:
    """Return what the parser says about a document."""
    run = subprocess.run(["node", "check.mjs"], cwd=CHECK, input=text, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(run.stdout)
