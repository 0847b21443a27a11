"""Services that some tests need: whether they are there, how to get them, and whether a lack is a skip or a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ioc.demo.broker import find_mosquitto
from ioc.store.level import Level
from tests.support.databases import available_levels

_SERVICES = "sudo scripts/install-services (Debian, Ubuntu)"
OGCTESTS = Path(sys.prefix) / "ogctests"
"""Where scripts/install-checkers puts ogctests, which asks for older versions of what we use."""
_CLIENTS = Path(__file__).parents[1] / "clients"


@dataclass(frozen=True)
class Requirement:
    """Something outside Python that tests need."""

    what: str
    remedy: str
    is_there: Callable[[], bool]


def find_chromium() -> Path | None:
    """Return the Chromium program, or a Chrome, None where neither is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


@cache
def find_qgis_python() -> Path | None:
    """Return the Python that has QGIS: Debian's, or the one that IOC_TEST_QGIS_PYTHON names; None where there is none."""
    named = os.environ.get("IOC_TEST_QGIS_PYTHON")
    for python in filter(None, (named, "/usr/bin/python3")):
        asked = [python, "-I", "-c", "import qgis.core"]
        if Path(python).exists() and subprocess.run(asked, capture_output=True, timeout=60, check=False).returncode == 0:
            return Path(python)
    return None


def has_ogc_client() -> bool:
    """Whether Node and the npm package ogc-client are there."""
    return bool(shutil.which("node")) and (_CLIENTS / "ogc-client" / "node_modules").is_dir()


def has_ogctests() -> bool:
    """Whether ogctests is installed."""
    return (OGCTESTS / "ogctests").is_dir()


def has_openlayers() -> bool:
    """Whether Node and the npm package ol are there."""
    return bool(shutil.which("node")) and (_CLIENTS / "openlayers" / "node_modules").is_dir()


def real_data_directory() -> Path | None:
    """Return the directory that IOC_TEST_DATA names, None where it is not set."""
    named = os.environ.get("IOC_TEST_DATA")
    return Path(named) if named else None


REQUIREMENTS = {
    "timescale": Requirement("TimescaleDB", _SERVICES, lambda: Level.APACHE in available_levels()),
    "community": Requirement(
        "TimescaleDB's Community edition",
        "IOC_TEST_DATABASE_URL=postgresql://superuser@host/postgres make test, with a server that has it (timescale/timescaledb-ha)",
        lambda: Level.COMMUNITY in available_levels(),
    ),
    "mosquitto": Requirement("Mosquitto", _SERVICES, lambda: find_mosquitto() is not None),
    "chromium": Requirement(
        "Chromium and Node", f"{_SERVICES}; Node 20.19 or newer", lambda: bool(find_chromium() and shutil.which("node"))
    ),
    "gdal": Requirement(
        "ogrinfo, GDAL's command line", "sudo apt-get install gdal-bin (Debian, Ubuntu)", lambda: bool(shutil.which("ogrinfo"))
    ),
    "qgis": Requirement(
        "QGIS with Python",
        "sudo apt-get install --no-install-recommends python3-qgis (Debian, Ubuntu), or IOC_TEST_QGIS_PYTHON=PYTHON make test",
        lambda: find_qgis_python() is not None,
    ),
    "ogcclient": Requirement("ogc-client", "npm ci --prefix tests/clients/ogc-client, with Node 20.19 or newer", has_ogc_client),
    "ogctests": Requirement("ogctests", "scripts/install-checkers", has_ogctests),
    "openlayers": Requirement("OpenLayers", "npm ci --prefix tests/clients/openlayers, with Node 20.19 or newer", has_openlayers),
    "realdata": Requirement(
        "the boundaries of real communes", "IOC_TEST_DATA=DIRECTORY make test", lambda: real_data_directory() is not None
    ),
}

# How many tests went without each.
missed: Counter[str] = Counter()


def required(environment: str | None = None) -> frozenset[str]:
    """Return the names in IOC_TEST_REQUIRE (or in `environment`); ValueError when one is not a requirement."""
    text = os.environ.get("IOC_TEST_REQUIRE", "") if environment is None else environment
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if unknown := names - REQUIREMENTS.keys():
        raise ValueError(f"IOC_TEST_REQUIRE names {', '.join(sorted(unknown))}, which is none of {', '.join(REQUIREMENTS)}")
    return names


@cache
def is_there(name: str) -> bool:
    """Whether the requirement `name` is met on this machine."""
    return REQUIREMENTS[name].is_there()


def need(name: str) -> None:
    """Go on where the requirement `name` is met; else skip the test, or fail it where IOC_TEST_REQUIRE names it."""
    if is_there(name):
        return
    requirement = REQUIREMENTS[name]
    missed[name] += 1
    if name in required():
        pytest.fail(f"{requirement.what} is missing, and IOC_TEST_REQUIRE demands it: {requirement.remedy}", pytrace=False)
    pytest.skip(f"needs {requirement.what}")
