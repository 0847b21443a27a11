"""Bound where others can reach it: no start without an administrator's key, and every door asks who is there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import Screen, field_system
from tests.acceptance.test_bad_input import wait_for
from tests.conftest import StartService
from tests.support.databases import Database
from tests.support.services import Service

Command = Callable[..., str]


@pytest.fixture(scope="module")
def ioc(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run the `ioc` command on the module's database and return what it prints."""
    folder = tmp_path_factory.mktemp("command")

    def run(*arguments: str) -> str:
        environment = {"IOC_DATABASE_URL": module_database.dsn, "PATH": "/usr/bin:/bin"}
        command: list[str | Path] = [Path(sys.executable).with_name("ioc"), *arguments]
        return subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    return run


@pytest.fixture(scope="module")
def outside(
    module_database: Database, module_broker: Broker, module_sdi: Path, start_module_service: StartService, ioc: Command
) -> tuple[Service, dict[str, str]]:
    """A service that others can reach, with a key for each role; who revokes one makes it first."""
    keys = {role: ioc("keys", "create", f"the-{role}", "--role", role) for role in ("viewer", "planner", "operator", "administrator")}
    service = start_module_service(module_database, module_broker, wait=False, IOC_HTTP_HOST="0.0.0.0", IOC_SDI_DIR=str(module_sdi))
    wait_for(lambda: _get(service, "/readyz", keys["viewer"]) == 200, within_s=60)
    return service, keys


def _get(service: Service, path: str, key: str | None = None) -> int:
    try:
        return httpx.get(f"{service.url}{path}", headers={"Authorization": f"Bearer {key}"} if key else {}).status_code
    except httpx.TransportError:
        return 0


def test_it_refuses_to_start_without_an_administrator_key(any_database: Database, broker: Broker, start_service: StartService) -> None:
    service = start_service(any_database, broker, wait=False, IOC_HTTP_HOST="0.0.0.0")
    wait_for(lambda: not service.is_running, within_s=30)
    assert "ioc keys create" in service.log.read_text(encoding="utf-8")


def test_each_role_opens_its_doors_and_no_others(outside: tuple[Service, dict[str, str]]) -> None:
    service, keys = outside
    assert [_get(service, path) for path in ("/healthz", "/readyz", "/v1/config", "/ogc", "/ogc/collections/units/items")] == [
        200,
        200,
        200,
        200,
        404,
    ]
    assert "checks" not in httpx.get(f"{service.url}/readyz").json()
    closed = ("/metrics", "/openapi.json", "/v1/alerts", "/v1/stations", "/v1/rules", "/v1/sources", "/v1/events/count")
    assert {_get(service, path) for path in closed} == {401}
    assert {_get(service, path, keys["viewer"]) for path in closed} == {200}
    assert {_get(service, path, "ioc_not-a-key") for path in closed} == {401}
    assert [_get(service, "/v1/quarantine", keys[role]) for role in ("viewer", "planner", "operator", "administrator")] == [
        403,
        403,
        200,
        200,
    ]


def test_a_revoked_key_opens_nothing(outside: tuple[Service, dict[str, str]], ioc: Command) -> None:
    service, _ = outside
    key = ioc("keys", "create", "one-who-left", "--role", "planner")
    assert _get(service, "/v1/alerts", key) == 200
    ioc("keys", "revoke", "one-who-left")
    wait_for(lambda: _get(service, "/v1/alerts", key) == 401, within_s=15)
    listed = ioc("keys", "list")
    assert "one-who-left" in listed
    assert key not in listed


async def test_the_stream_asks_for_a_key_and_operators_are_known_by_name(
    outside: tuple[Service, dict[str, str]], module_broker: Broker
) -> None:
    service, keys = outside
    nobody = Screen(service, channels=())
    async with nobody:
        await nobody.until(lambda f: f["type"] == "err" and f["code"] == "unauthorized")
        await nobody.until(lambda f: f["type"] == "bye" and f["code"] == 4401)
    async with Screen(service, token=keys["viewer"]) as screen:
        with field_system(module_broker, "town") as town:
            town.publish("obs/gauge/level", 5.0)
            alert = (await screen.until(lambda f: f["type"] == "ev"))["alert"]
        url = f"{service.url}/v1/alerts/{alert['id']}/acknowledge"
        assert httpx.post(url, headers={"Authorization": f"Bearer {keys['viewer']}"}).status_code == 403
        seen = {"if_version": alert["version"]}
        answer = httpx.post(url, json=seen, headers={"Authorization": f"Bearer {keys['operator']}"})
        assert answer.json()["acknowledged_by"] == "the-operator"
        told = {
            role: httpx.post(url, json=seen, headers={"Authorization": f"Bearer {keys[role]}"}) for role in ("operator", "administrator")
        }
        assert [told[role].status_code for role in told] == [200, 409], "who did it may say so again, another is told who it was"
        assert told["administrator"].json()["present"]["acknowledged_by"] == "the-operator"


async def test_an_open_stream_ends_when_its_key_is_revoked(outside: tuple[Service, dict[str, str]], ioc: Command) -> None:
    service, _ = outside
    name = f"one-who-leaves-{uuid4().hex[:8]}"
    key = ioc("keys", "create", name, "--role", "viewer")
    async with Screen(service, token=key) as screen:
        await asyncio.to_thread(ioc, "keys", "revoke", name)
        async with asyncio.timeout(15):
            assert (await screen.until(lambda f: f["type"] == "bye", within_s=10))["code"] == 4401


def test_on_loopback_a_foreign_page_is_not_the_operator(shared: Service) -> None:
    url = f"{shared.url}/v1/alerts"
    assert httpx.get(url).status_code == 200
    assert httpx.get(url, headers={"Origin": "https://elsewhere.example"}).status_code == 401
    assert httpx.get(url, headers={"Host": "rebound.example"}).status_code == 401


def test_a_wrong_method_is_told_the_right_ones(shared: Service) -> None:
    answer = httpx.delete(f"{shared.url}/v1/alerts")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"].split(", ")


def test_answers_carry_the_security_headers(shared: Service) -> None:
    answer = httpx.get(f"{shared.url}/healthz")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
