"""A service with rules for the stories."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import Story
from tests.conftest import StartService
from tests.support.databases import Database
from tests.support.services import SDI_DIRECTORY, Service

RULES = """
rules:
  - id: high
    title: {vi: Mực nước cao, en: High water}
    select: {property: level}
    above:
      - {severity: moderate, limit: 4, clear: 3.5}
      - {severity: severe, limit: 6, clear: 5.5}
  - id: long
    title: {vi: Cao lâu, en: High for long}
    select: {property: held}
    above: [{severity: minor, limit: 10}]
    for: 2s
    keep_firing_for: 1s
"""


def make_sdi(folder: Path) -> Path:
    """Make an SDI folder with the shipped layers and the rules of the stories."""
    folder.mkdir()
    shutil.copy(SDI_DIRECTORY / "catalogue.yaml", folder)
    shutil.copytree(SDI_DIRECTORY / "layers", folder / "layers")
    (folder / "rules").mkdir()
    (folder / "rules" / "story.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture
def sdi(tmp_path: Path) -> Path:
    """The folder `make_sdi` makes, for one test."""
    return make_sdi(tmp_path / "sdi")


@pytest.fixture(scope="module")
def module_sdi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `make_sdi` makes, for all tests of a module."""
    return make_sdi(tmp_path_factory.mktemp("town") / "sdi")


@pytest.fixture(scope="module")
def shared(module_database: Database, module_broker: Broker, module_sdi: Path, start_module_service: StartService) -> Service:
    """As `watched`, for all tests of a module, each of which keeps to sources of its own."""
    return start_module_service(module_database, module_broker, IOC_SDI_DIR=str(module_sdi))


@pytest.fixture
def watched(any_database: Database, broker: Broker, sdi: Path, start_service: StartService) -> Service:
    """A running service with the rules of the stories."""
    return start_service(any_database, broker, IOC_SDI_DIR=str(sdi))


@pytest.fixture
def story(broker: Broker, watched: Service) -> Story:
    """An empty story."""
    return Story(broker, watched, "town")
