"""The examples for makers of field systems: run as they are printed, and seen to arrive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.conftest import StartService
from tests.support.databases import Database
from tests.support.services import Service

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
LIBRARY = "needs a C compiler and libmosquitto: sudo apt-get install gcc libc6-dev libmosquitto-dev"


def can_compile() -> bool:
    """Whether a program with libmosquitto can be made here."""
    if not shutil.which("cc"):
        return False
    probe = subprocess.run(["cc", "-E", "-"], input="#include <mosquitto.h>\n", capture_output=True, text=True, check=False)
    return probe.returncode == 0


def compiled(directory: Path) -> list[str]:
    """Return the command that runs the C example."""
    program = directory / "reading"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", str(EXAMPLES / "reading.c"), "-o", str(program), "-lmosquitto"], check=True)
    return [str(program)]


def command(language: str, directory: Path) -> list[str]:
    """Return the command that runs the example in `language`."""
    if language == "c":
        return compiled(directory)
    return {"sh": ["sh", str(EXAMPLES / "reading.sh")], "python": [sys.executable, str(EXAMPLES / "reading.py")]}[language]


def run(command: list[str], broker: Broker, user: str) -> None:
    """Run an example as the source `user`; CalledProcessError, with what it said, when it fails."""
    own = {"BROKER_HOST": "127.0.0.1", "BROKER_PORT": str(broker.port), "BROKER_USER": user}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BROKER_")}
    subprocess.run(command, env=inherited | own, check=True, timeout=30)


def arrived(service: Service, station: str, seconds: float = 15) -> list[Any]:
    """Return the observations of the station's water level as soon as there are any."""
    deadline = time.monotonic() + seconds
    question = {"station": station, "property": "water_level"}
    while True:
        answer = httpx.get(f"{service.url}/v1/observations", params=question)
        found: list[Any] = answer.json().get("observations", [])
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


@pytest.mark.parametrize("language", ["sh", "python", pytest.param("c", marks=pytest.mark.skipif(not can_compile(), reason=LIBRARY))])
def test_example_arrives_as_a_reading_of_a_described_station(
    language: str, any_database: Database, mosquitto: Broker, start_service: StartService, tmp_path: Path
) -> None:
    service = start_service(any_database, mosquitto)
    run(command(language, tmp_path), mosquitto, "maker")
    ((_, value),) = arrived(service, f"maker/gauge-{language}")
    assert value == 4.5
    station = httpx.get(f"{service.url}/v1/stations/maker/gauge-{language}").json()
    assert (station["name"], station["kind"], station["lon"], station["lat"]) == ("My gauge", "river_gauge", 106.0952, 21.2034)
    (source,) = [one for one in httpx.get(f"{service.url}/v1/sources").json()["sources"] if one["id"] != "ioc"]
    assert source["ledger"]["quarantined"] == source["ledger"]["refused"] == 0
    assert language == "sh" or source["status"] == "offline"


@pytest.mark.parametrize("name", ["reading.sh", "reading.py", "reading.c", "reading.mjs"])
def test_page_prints_the_example_as_it_is(name: str) -> None:
    page = (DOCS / "first-reading.md").read_text(encoding="utf-8")
    assert f"\n{(EXAMPLES / name).read_text(encoding='utf-8')}```\n" in page
    assert f"(examples/{name})" in page


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
def test_node_example_is_a_program() -> None:
    subprocess.run(["node", "--check", str(EXAMPLES / "reading.mjs")], check=True, timeout=30)
