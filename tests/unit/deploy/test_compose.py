"""What can be known of the deployment without a container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ioc.settings import Settings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_every_setting_of_the_service_is_one_that_it_knows() -> None:
    named = {name.removeprefix("IOC_").lower() for name in SERVICES["ioc"]["environment"]}
    assert named <= set(Settings.model_fields)


def test_secrets_have_no_default() -> None:
    uses = re.findall(r"\$\{(\w*PASSWORD\w*)([^}]*)\}", TEXT)
    assert len(uses) >= 4
    assert all(rest.startswith(":?") for _, rest in uses)


def test_example_names_every_variable_and_no_secret() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {name for name in re.findall(r"\$\{(\w+)", TEXT) if f"{name}=" not in example} == set()
    assert re.findall(r"PASSWORD=(.+)", example) == []


def test_every_mounted_file_and_volume_is_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert all((ROOT / mount).exists() if mount.startswith("./") else mount in COMPOSE["volumes"] for mount in mounts)


@pytest.mark.parametrize("name", SERVICES)
def test_services_have_no_privileges_to_lose(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["db", "broker", "ioc"])
def test_database_is_inside_only_and_nothing_else_is_published_by_accident(name: str) -> None:
    assert ("ports" in SERVICES[name]) == (name != "db")
    assert ("outside" in SERVICES[name]["networks"]) == (name != "db")


def test_image_copies_only_what_is_there_and_let_through() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    sources = {source.rstrip("/") for line in copied for source in line.split()}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert {source.split("/")[0] for source in sources} == let_through


def test_in_flight_limit_of_the_broker_holds_a_batch() -> None:
    settings = (ROOT / "deploy" / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    limit = re.search(r"^max_inflight_messages (\d+)$", settings, re.MULTILINE)
    assert limit
    assert int(limit[1]) >= Settings.model_fields["batch_size"].default
