"""The map before a service that asks who is there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.browser.conftest import eventually
from tests.browser.operator import Operator
from tests.support.databases import Database
from tests.support.services import Service

pytestmark = [pytest.mark.chromium, pytest.mark.mosquitto, pytest.mark.database]


def _create_key(database: Database, name: str, role: str) -> str:
    command = [str(Path(sys.executable).with_name("ioc")), "keys", "create", name, "--role", role]
    environment = os.environ | {"IOC_DATABASE_URL": database.dsn}
    printed: str = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return printed.rsplit(maxsplit=1)[-1]


def _is_ready(service: Service, key: str) -> bool:
    """Whether the service says so to somebody with a key."""
    try:
        return httpx.get(f"{service.url}/readyz", headers={"authorization": f"Bearer {key}"}).is_success
    except httpx.TransportError:
        return False


def test_map_asks_for_a_key_and_keeps_it_for_the_tab(
    any_database: Database, module_broker: Broker, start_service: Callable[..., Service]
) -> None:
    key = _create_key(any_database, "control-room", "administrator")
    service = start_service(any_database, module_broker, wait=False, IOC_HTTP_HOST="0.0.0.0")
    eventually(lambda: _is_ready(service, key), within_s=60)
    with Operator(service.url) as operator:
        operator.open()
        operator.wait_for_connection(state="refused")
        assert operator.count(testId="key-dialog") == 1
        assert "Chưa biết" in operator.text(testId="alerts-empty")

        operator.fill(testId="key-input", value="not-a-key")
        operator.click(testId="key-submit")
        operator.wait_for_text(testId="key-dialog", text="không được chấp nhận")

        operator.fill(testId="key-input", value=key)
        operator.click(testId="key-submit")
        operator.wait_for_connection(state="live")
        operator.reload()
        operator.wait_for_connection(state="live")
        assert operator.count(testId="key-dialog") == 0
