"""The month of Nam Định, 20 April to 19 May 2023, as events through the broker: the published figures come out, however often it is sent."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.test_bad_input import wait_for
from tests.support.databases import Database
from tests.support.services import SDI_DIRECTORY, Service

PERIOD = {"from": "2023-04-20T00:00:00+07:00", "to": "2023-05-20T00:00:00+07:00"}
_EVENTS = 133_804
EXPECTED = {
    ("dossier.received", "online"): 54_786,
    ("dossier.received", "counter"): 64_103 - 54_786,
    ("payment.received", "online"): 30_031,
}


def _count(service: Service, **words: str) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}/v1/events/count", params=PERIOD | words, timeout=30)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _simulate(broker: Broker, folder: Path) -> None:
    environment = {"IOC_MQTT_URL": broker.url, "IOC_MQTT_PROTOCOL": str(broker.mqtt_protocol), "PATH": "/usr/bin:/bin"}
    command: list[str | Path] = [Path(sys.executable).with_name("ioc"), "simulate", "namdinh-2023-05"]
    subprocess.run(command, env=environment, cwd=folder, check=True, timeout=240)


@pytest.mark.mosquitto
def test_the_published_figures_come_out_and_sending_twice_changes_nothing(
    any_database: Database, broker: Broker, start_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = start_service(any_database, broker)
    for sent in (1, 2):
        _simulate(broker, tmp_path)
        wait_for(partial(_has_received, service, sent * _EVENTS), within_s=90)
        wait_for(lambda: _is_settled(service), within_s=60)
        groups = {(g["type"], g["channel"]): g["count"] for g in _count(service, group_by="type,channel")["groups"]}
        assert {key: groups.get(key) for key in EXPECTED} == EXPECTED
        digitised = _count(service, type="dossier.digitised")
        assert digitised["total"] == 39_347
        (paid,) = _count(service, type="payment.received", group_by="channel", sum="amount")["groups"]
        assert (paid["channel"], paid["count"], paid["sum"]) == ("online", 30_031, 603_212_000)
    books = next(s["ledger"] for s in httpx.get(f"{service.url}/v1/sources").json()["sources"] if s["id"] == "namdinh-dvc")
    said_online_and_offline = 4
    assert books["duplicate"] == books["stored"] - said_online_and_offline == _EVENTS
    assert books["received"] == books["duplicate"] + books["stored"]
    units = _count(service, type="dossier.received", group_by="unit")["groups"]
    assert len(units) >= 226
    of_the_city = _count(service, unit="356")
    assert 0 < of_the_city["total"] < _EVENTS
    assert of_the_city["without_unit"] == _EVENTS  # no layer of 2023 is published here, and the answer says so
    assert httpx.get(f"{service.url}/v1/events/count", params={"unit": "99999"}).status_code == 404
    _check_figures(service, any_database, tmp_path)


FIGURES = {
    "dossiers-received": 64_103,
    "dossiers-received-online": 54_786,
    "dossiers-online-rate": 85.5,
    "dossiers-online-rate-as-printed": 85.4,
    "dossiers-digitised": 39_347,
    "digitisation-rate": 61.4,
    "digitisation-rate-as-printed": 61.3,
    "payments-online": 30_031,
    "payments-amount": 603_212_000,
    "land-tax-payments": 323,
    "land-tax-amount": 1_700_000_000,
}


def _check_figures(service: Service, database: Database, folder: Path) -> None:
    """The indicators come out as computed and as printed: apart while no unit of 2023 is known, and of the province once it is published."""
    wait_for(lambda: _is_computed(service), within_s=120)
    assert _figure(service, "dossiers-received", "without_unit")["events"] == 64_103
    environment = {"IOC_DATABASE_URL": database.dsn, "IOC_SDI_DIR": str(SDI_DIRECTORY), "PATH": "/usr/bin:/bin"}
    subprocess.run([Path(sys.executable).with_name("ioc"), "sdi", "publish"], env=environment, cwd=folder, check=True, timeout=240)
    wait_for(lambda: (told := _figure(service, "dossiers-received", "values")) is not None and told[0]["value"] == 64_103, within_s=180)
    wait_for(lambda: _is_computed(service), within_s=120)
    for indicator, wanted in FIGURES.items():
        (value,) = _figure(service, indicator, "values")
        assert value["value"] == wanted, indicator
    (received,) = _figure(service, "dossiers-received", "values")
    assert received["complete"] == {"reported": 226, "expected": 226}
    assert _figure(service, "dossiers-received", "without_unit")["events"] == 0


def _figure(service: Service, indicator: str, member: str) -> Any:
    month = {"period": "from day 20", "from": "2023-04", "to": "2023-04"}
    question = month | {"unit": "36"} if member == "values" else month
    answer = httpx.get(f"{service.url}/v1/indicators/{indicator}/values", params=question, timeout=60)
    return answer.json()[member] if answer.status_code == 200 else None


def _is_computed(service: Service) -> bool:
    told = httpx.get(f"{service.url}/v1/indicators/progress", timeout=60).json()
    return bool(told["filled"] == told["groups"] and not told["days_waiting"] and not told["months_due"])


def _received(service: Service) -> int:
    sources = httpx.get(f"{service.url}/v1/sources", timeout=30).json()["sources"]
    return sum(s["ledger"]["received"] for s in sources if s["id"] == "namdinh-dvc")


def _has_received(service: Service, items: int) -> bool:
    return _received(service) >= items


def _is_settled(service: Service) -> bool:
    """Whether nothing more comes in."""
    before = _received(service)
    time.sleep(1.0)
    return _received(service) == before
