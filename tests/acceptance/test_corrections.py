"""A reading that comes again with another value: the map and the API show the newest value, and what it was before is not lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.support.services import Service


def _answer(service: Service) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}/v1/observations", params={"station": "hydro/g1", "property": "level"})
    told: dict[str, Any] = answer.json() if answer.status_code == 200 else {"observations": []}
    return told


def _on_map(service: Service) -> float | None:
    answer = httpx.get(f"{service.url}/v1/stations/hydro/g1")
    value: float | None = answer.json()["values"]["level"]["value"] if answer.status_code == 200 else None
    return value


def test_a_corrected_value_is_shown_and_the_former_ones_are_kept(watched: Service, broker: Broker) -> None:
    time = datetime.now(UTC).isoformat()
    with field_system(broker, "hydro") as system:
        for value in (3.5, 3.1, 3.5, 3.2):
            system.flush(system.publish("obs/g1/level", {"time": time, "value": value}))
        wait_for(lambda: [row[1] for row in _answer(watched)["observations"]] == [3.2])
        wait_for(lambda: _on_map(watched) == 3.2)
    assert [row[1] for row in _answer(watched)["corrected"]] == [3.5, 3.1]
    assert httpx.get(f"{watched.url}/v1/alerts").json()["alerts"] == []
