"""A service with rules for the stories."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import Story
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


@pytest.fixture
def sdi(tmp_path: Path) -> Path:
    """An SDI folder with the shipped layers and the rules of the stories."""
    folder = tmp_path / "sdi"
    folder.mkdir()
    shutil.copy(SDI_DIRECTORY / "catalogue.yaml", folder)
    shutil.copytree(SDI_DIRECTORY / "layers", folder / "layers")
    (folder / "rules").mkdir()
    (folder / "rules" / "story.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture
def watched(any_database: Database, broker: Broker, sdi: Path, start_service: Callable[..., Service]) -> Service:
    """A running service with the rules of the stories."""
    return start_service(any_database, broker, IOC_SDI_DIR=str(sdi))


@pytest.fixture
def story(broker: Broker, watched: Service) -> Story:
    """An empty story."""
    return Story(broker, watched, "town")
