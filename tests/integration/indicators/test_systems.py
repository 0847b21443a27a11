"""Every system of the province, end to end: its example events through the pipeline, its indicators as they must come out."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.expected_figures import EXPECTED
from tests.support.libraries import add_libraries
from tests.support.small_province import Province, province

SDI = Path(__file__).parents[3] / "sdi"
UNITS = (("36", "province", None), ("356", "district", "36"), ("13633", "commune", "356"))


def source_of(patterns: list[str]) -> str:
    """A source's name that the first pattern means."""
    return patterns[0].replace("*", "nd")


async def send_examples(here: Province, system: str) -> dict[str, int]:
    told = here.job.plan.systems[system]
    outcomes: dict[str, int] = {}
    for event in told.events:
        for outcome, n in (await here.send(event.type, json.loads(json.dumps(event.example)), source=source_of(told.sources))).items():
            outcomes[outcome] = outcomes.get(outcome, 0) + n
    return outcomes


@pytest.fixture(scope="module")
def sent() -> dict[str, dict[str, int]]:
    return {}


@pytest.fixture
async def figures(shared_database: Database) -> AsyncIterator[tuple[Province, dict[str, dict[str, int]]]]:
    async with province(shared_database, SDI, units=UNITS) as here:
        outcomes = {system: await send_examples(here, system) for system in here.job.plan.systems}
        yield here, outcomes


async def test_the_examples_of_all_22_systems_come_out_as_the_figures_expected(figures: tuple[Province, dict[str, dict[str, int]]]) -> None:
    here, outcomes = figures
    plan = here.job.plan
    assert [one.number for one in plan.systems.values()] == [f"S{number}" for number in range(1, 23)]
    for system, told in plan.systems.items():
        assert outcomes[system] == {"stored": len(told.events)}, system
    await here.job.catch_up()
    rows = await here.pool.fetch(
        "SELECT v.indicator, v.value, u.code FROM indicator_value v JOIN unit u ON u.id = v.unit_id "
        "WHERE kind = ANY('{month,from day 20}') AND begin = ANY('{2023-05-01,2023-04-20}') AND dimension = '' AND superseded IS NULL"
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        value = row["value"]
        found.setdefault(row["indicator"], {})[row["code"]] = None if value is None else float(value)
    for system, wanted in EXPECTED.items():
        for indicator, (unit, value) in wanted.items():
            assert plan.indicators[indicator].system == system
            assert found.get(indicator, {}).get(unit) == value, indicator
    readings = {"pm25-mean", "pm10-mean", "vn-aqi"}
    assert {name for wanted in EXPECTED.values() for name in wanted} == set(plan.indicators) - readings


def test_every_system_has_event_types_with_schema_labels_and_examples_and_indicators() -> None:
    from ioc.indicators.catalogue import load_plan

    plan = load_plan(SDI)
    for system in plan.systems.values():
        assert system.events, system.system
        assert any(one.system == system.system for one in plan.indicators.values())
        assert all(event.title.vi and event.title.en and event.example["data"] is not None for event in system.events)
        assert all(entry.title.vi and entry.title.en for entry in system.indicators)


def test_what_the_demonstrations_send_keeps_to_the_schemas() -> None:
    from datetime import timedelta
    from itertools import islice

    from ioc.demo import namdinh
    from ioc.demo.province import Province as Simulated
    from ioc.domain.event import ServiceEvent
    from ioc.indicators.catalogue import load_plan
    from ioc.ingest.batch import Message
    from ioc.ingest.read import read_message
    from tests.support.examples import NOW

    types = load_plan(SDI).event_types
    simulated = Simulated(1, NOW, rate=20.0, speed=60.0)
    live = [message for second in range(1, 120) for message in simulated.messages(NOW + timedelta(seconds=second))]
    told = [*islice(namdinh.messages(1), 0, 700, 7), *(message for message in live if "/event/" in message.topic)]
    events = [item for m in told for item in read_message(Message(m.topic, m.payload, NOW)).items if isinstance(item, ServiceEvent)]
    assert {event.source for event in events} == {"namdinh-dvc", "bg-dvc", "bg-1022"}
    assert [fault for event in events if (fault := types.fault_of(event))] == []


async def test_a_23rd_system_is_a_file(shared_database: Database, tmp_path: Path) -> None:
    shutil.copytree(SDI / "systems", tmp_path / "systems")
    add_libraries(tmp_path, "13633")
    async with province(shared_database, tmp_path, units=UNITS) as here:
        assert len(here.job.plan.systems) == 23
        assert await send_examples(here, "libraries") == {"stored": 2}
        assert await here.send("book.lent", {"data": {"kind": "stone"}}, source="nd-library") == {"quarantined": 1}
        assert await here.values("digital-loans-rate") == {(unit, "2023-05-01"): 0 for unit in ("36", "356", "13633")}
        assert [(one.indicator, one.now) for one in await here.transitions()] == [("digital-loans-rate", "missed")]
    assert any(fnmatchcase("nd-library", pattern) for pattern in here.job.plan.systems["libraries"].sources)
