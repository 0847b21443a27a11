"""The service itself as a child process, as an operator runs it: started, killed, started again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from ioc.demo.broker import Broker
from ioc.demo.processes import LOOPBACK, ChildProcess, free_port, start_process
from tests.support.databases import Database

_READY_TIMEOUT_S = 60
SDI_DIRECTORY = Path(__file__).parents[2] / "sdi"


class Service:
    """An `ioc serve` process with its own port and log."""

    def __init__(self, database: Database, broker: Broker, directory: Path, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.log = directory / f"serve-{self.port}.log"
        self._directory = directory
        self._settings = {
            "IOC_DATABASE_URL": database.dsn,
            "IOC_MQTT_URL": broker.url,
            "IOC_MQTT_PROTOCOL": str(broker.mqtt_protocol),
            "IOC_HTTP_HOST": LOOPBACK,
            "IOC_HTTP_PORT": str(self.port),
            "IOC_SDI_DIR": str(SDI_DIRECTORY),
            **settings,
        }
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def stream_url(self) -> str:
        """The address of the live stream."""
        return f"ws://{LOOPBACK}:{self.port}/v1/stream"

    @property
    def pid(self) -> int:
        """Process id of the running service."""
        return self._running.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.is_running

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until `/readyz` answers 200 unless `wait` is False."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        command: list[str | Path] = [Path(sys.executable).with_name("ioc"), "serve"]
        # A directory of its own: the service reads ioc.toml where it is started.
        self._process = start_process("ioc serve", command, log=self.log, environment=inherited | self._settings, cwd=self._directory)
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Wait until `/readyz` answers 200; Unavailable, with the end of its log, when it ends first or takes too long."""
        self._running.wait_until(self.is_ready, timeout_s=timeout_s)

    def is_ready(self) -> bool:
        """Whether `/readyz` answers 200 now."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it in good order (SIGTERM); does nothing when it has ended."""
        if self._process:
            self._process.stop()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self._running.kill()

    def restart(self) -> None:
        """Stop it in good order and start it again on the same port."""
        self.stop()
        self.start()

    @property
    def _running(self) -> ChildProcess:
        assert self._process, "the service was not started"
        return self._process
