"""A question that takes too long is ended and says so, and ingest does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.acceptance.test_faults import _count
from tests.support.databases import Database
from tests.support.services import Service

pytestmark = pytest.mark.mosquitto


def test_slow_questions_are_ended_with_503_and_ingest_goes_on_meanwhile(
    any_database: Database, mosquitto: Broker, start_service: Callable[..., Service], sdi: Path
) -> None:
    service = start_service(any_database, mosquitto, IOC_SDI_DIR=str(sdi), IOC_QUERY_TIMEOUT_S="8")
    asyncio.run(_ask_under_lock(service, any_database, mosquitto))


async def _ask_under_lock(service: Service, database: Database, mosquitto: Broker) -> None:
    """Ask more questions at a time than there are connections, all of which wait for a lock, and let a reading come meanwhile."""
    locking = await asyncpg.connect(database.dsn)
    async with locking.transaction(), httpx.AsyncClient(timeout=60) as people:
        await locking.execute("LOCK TABLE event")
        asked = [asyncio.create_task(people.get(f"{service.url}/v1/events")) for _ in range(12)]
        await asyncio.to_thread(_publish_and_wait, database, mosquitto)
        assert not any(one.done() for one in asked)
        assert await asyncio.to_thread(service.is_ready)
        answers = await asyncio.gather(*asked)
    await locking.close()
    assert [(a.status_code, a.text) for a in answers if a.status_code != 503] == []
    assert answers[0].json()["detail"].startswith("this question keeps the database busy for longer than 8 s: ")


def _publish_and_wait(database: Database, mosquitto: Broker) -> None:
    with field_system(mosquitto, "town") as town:
        town.publish("obs/gauge/level", 1)
        wait_for(lambda: _count(database) == 1, within_s=7)
