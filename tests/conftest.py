"""Fixtures that all tests share: databases of each store level, brokers, the service; and the list of what was missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ioc.demo.broker import Broker, find_mosquitto, start_broker
from ioc.store.level import Level
from tests.support.databases import Database, DatabaseServers, available_levels
from tests.support.requirements import REQUIREMENTS, missed, need, real_data_directory, required
from tests.support.services import Service

# A machine that is busy is no fault of the code; continuous integration tries the same examples each time.
hypothesis.settings.register_profile("ioc", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("ioc")

StartService = Callable[..., Service]

_REQUIREMENT_OF_LEVEL = {Level.APACHE: "timescale", Level.COMMUNITY: "community"}
_MARKER_OF_FIXTURE = {
    "database": "database",
    "database_servers": "database",
    "any_database": "database",
    "module_database": "database",
    "mosquitto": "mosquitto",
    "real_data": "realdata",
}
_SERVICES = pytest.StashKey[list[Service]]()


def pytest_configure(config: pytest.Config) -> None:
    try:
        required()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use, so that `-m "not database"` means what it says."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if marker := _MARKER_OF_FIXTURE.get(fixture):
                item.add_marker(marker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in REQUIREMENTS:
        if item.get_closest_marker(name):
            need(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the service's log with a failure."""
    report = yield
    if report.failed:
        for service in (service for node in item.listchain() for service in node.stash.get(_SERVICES, [])):
            if service.log.exists():
                lines = service.log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]
                report.sections.append((f"log of ioc serve on port {service.port}", "\n".join(lines)))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker went without to what the whole run did."""
    missed.update(getattr(node, "workeroutput", {}).get("missed", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker tell what it went without."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missed"] = dict(missed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not missed:
        return
    terminalreporter.section("missing here")
    for name, tests in sorted(missed.items()):
        requirement = REQUIREMENTS[name]
        terminalreporter.write_line(f"{requirement.what}: not there, {tests} skipped or failed. To get it: {requirement.remedy}")


@pytest.fixture(scope="session")
def database_servers() -> Iterator[DatabaseServers]:
    servers = DatabaseServers()
    yield servers
    servers.stop()


@pytest.fixture(params=[Level.PLAIN, Level.APACHE, *([Level.COMMUNITY] if Level.COMMUNITY in available_levels() else [])], ids=str)
def database(request: pytest.FixtureRequest, database_servers: DatabaseServers) -> Iterator[Database]:
    """A fresh, migrated database, once for each store level."""
    level: Level = request.param
    if name := _REQUIREMENT_OF_LEVEL.get(level):
        need(name)
    with database_servers.fresh(level) as fresh:
        yield fresh


@pytest.fixture
def any_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """A fresh, migrated database of the highest level there is, for tests that are not about the store."""
    with database_servers.fresh() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """One such database for all tests of a module."""
    with database_servers.fresh() as fresh:
        yield fresh


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A Mosquitto of the test's own."""
    broker = start_broker(tmp_path / "mosquitto", kind="mosquitto")
    yield broker
    broker.stop()


@pytest.fixture
def amqtt_broker(tmp_path: Path) -> Iterator[Broker]:
    """The broker written in Python, for MQTT 3.1.1."""
    broker = start_broker(tmp_path / "amqtt", kind="amqtt")
    yield broker
    broker.stop()


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Broker:
    """Mosquitto where it is installed (IOC_TEST_REQUIRE can demand it), else the broker written in Python."""
    name = "mosquitto" if find_mosquitto() or "mosquitto" in required() else "amqtt_broker"
    if name == "mosquitto":
        need("mosquitto")
    found: Broker = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="module")
def module_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all tests of a module, of the kind that `broker` has."""
    if "mosquitto" in required():
        need("mosquitto")
    broker = start_broker(tmp_path_factory.mktemp("broker"), kind="mosquitto" if find_mosquitto() else "amqtt")
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def start_module_service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartService]:
    """As `start_service`, for services that all tests of a module share: these keep to sources and names of their own."""
    yield from _starting(request.node, tmp_path_factory.mktemp("service"))


@pytest.fixture
def start_service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartService]:
    """Start `ioc serve` processes: `start_service(database, broker, wait=True, IOC_…="…")`; they end with the test."""
    yield from _starting(request.node, tmp_path)


def _starting(node: pytest.Item | pytest.Collector, directory: Path) -> Iterator[StartService]:
    services = node.stash.setdefault(_SERVICES, [])

    def start(database: Database, broker: Broker, *, wait: bool = True, **settings: str) -> Service:
        service = Service(database, broker, directory, settings)
        services.append(service)
        service.start(wait=wait)
        return service

    yield start
    for service in services:
        service.stop()


@pytest.fixture
def service(any_database: Database, broker: Broker, start_service: StartService) -> Service:
    """A running service on a database and a broker of its own."""
    return start_service(any_database, broker)


@pytest.fixture
def real_data() -> Path:
    """The directory with the boundaries of real communes."""
    need("realdata")
    directory = real_data_directory()
    assert directory
    return directory
