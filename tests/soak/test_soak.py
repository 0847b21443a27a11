"""A short soak: no viewer ever shows what is not so, whatever the weather."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ioc.demo.broker import Broker
from tests.soak.run import RULES, soak
from tests.support.databases import Database
from tests.support.services import Service


@pytest.mark.mosquitto
async def test_viewers_have_what_is_stored_in_every_calm(
    any_database: Database, broker: Broker, start_service: Callable[..., Service], tmp_path: Path
) -> None:
    (tmp_path / "sdi" / "rules").mkdir(parents=True)
    (tmp_path / "sdi" / "rules" / "soak.yaml").write_text(RULES, encoding="utf-8")

    def start() -> Service:
        return start_service(any_database, broker, IOC_SDI_DIR=str(tmp_path / "sdi"))

    result = await soak(any_database, broker, start, seconds=8, viewers=24, rate=150, stations=150, calm_every_s=4, rate_hz=4)
    assert result.faults == []
    assert result.compared >= 48
    assert result.seen["ev"] > 0
    assert result.seen["resumed"] > 0
    assert result.seen["snap"] > 48
