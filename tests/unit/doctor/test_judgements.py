"""What the doctor makes of what it has found."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ioc.cli_doctor import show
from ioc.doctor.broker import QUEUED_TRIED, Measured, judge, window_of
from ioc.doctor.configuration import check_settings
from ioc.doctor.database import judge_clock, judge_retention, judge_server
from ioc.doctor.finding import Finding, Findings, Status, in_short, worst
from ioc.doctor.service import judge_ready
from ioc.settings import Settings
from ioc.store.diagnosis import Server

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
WELL = Measured(
    version="mosquitto version 2.0.11",
    round_trip_ms=0.5,
    largest_came=True,
    largest_told=None,
    retains=True,
    keeps_session=True,
    under_way=10_000,
    under_way_tried=10_000,
    queued=QUEUED_TRIED,
)


@pytest.fixture
def found() -> Findings:
    return Findings("part")


def statuses(found: Findings) -> dict[str, Status]:
    return {finding.check: finding.status for finding in found.all}


def test_whatever_is_not_well_says_why_and_what_to_do(found: Findings) -> None:
    ill = Measured(
        None,
        900.0,
        largest_came=False,
        largest_told=1000,
        retains=False,
        keeps_session=False,
        under_way=20,
        under_way_tried=64,
        queued=1000,
    )
    judge(ill, found, window=10_000)
    judge_clock(NOW + timedelta(minutes=2), NOW, NOW, found)
    assert {finding.status for finding in found.all} == {Status.WARNING, Status.FAULT}
    assert all(finding.why and finding.remedy for finding in found.all)


@pytest.mark.parametrize(
    ("change", "check", "status"),
    [
        ({}, "messages in flight", Status.OK),
        ({"under_way": 20, "under_way_tried": 64}, "messages in flight", Status.WARNING),
        ({"under_way": 10_000, "under_way_tried": 10_001}, "messages in flight", Status.OK),
        ({"queued": 1000}, "queue of a session that is away", Status.WARNING),
        ({"keeps_session": False}, "durable session", Status.FAULT),
        ({"retains": False}, "retained messages", Status.WARNING),
        ({"largest_came": False}, "message size", Status.WARNING),
        ({"round_trip_ms": 251.0}, "round trip", Status.WARNING),
    ],
)
def test_broker_is_judged_by_what_it_did(found: Findings, change: dict[str, Any], check: str, status: Status) -> None:
    judge(replace(WELL, **change), found, window=10_000)
    assert statuses(found)[check] is status
    assert [name for name, other in statuses(found).items() if other is not Status.OK] == ([] if status is Status.OK else [check])


def test_limit_of_the_broker_is_named_with_the_window_and_its_setting(found: Findings) -> None:
    judge(replace(WELL, under_way=20, under_way_tried=64), found, window=10_000)
    finding = found.all[0]
    assert "20 unacknowledged" in finding.found
    assert "10000" in finding.found
    assert "max_inflight_messages 10000" in finding.remedy


def test_window_is_two_batches_as_far_as_mqtt_goes() -> None:
    assert window_of(Settings(batch_size=100)) == 200
    assert window_of(Settings(batch_size=100_000)) == 65_535


@pytest.mark.parametrize(
    ("days", "refreshed", "status"),
    [(None, 30, Status.OK), (29, 30, Status.WARNING), (30, 30, Status.OK), (1, None, Status.OK)],
)
def test_readings_are_kept_at_least_as_long_as_rollups_are_computed_from_them(
    found: Findings, days: int | None, refreshed: int | None, status: Status
) -> None:
    judge_retention(days, None if refreshed is None else timedelta(days=refreshed), found)
    assert statuses(found) == {"retention": status}


@pytest.mark.parametrize(
    ("told_s", "status"),
    [
        (0.0, Status.OK),
        (0.5, Status.OK),
        (2.5, Status.OK),
        (3.1, Status.WARNING),
        (-2.5, Status.WARNING),
        (90, Status.FAULT),
        (-90, Status.FAULT),
    ],
)
def test_clocks_are_compared_as_far_as_the_answer_allows(found: Findings, told_s: float, status: Status) -> None:
    judge_clock(NOW + timedelta(seconds=told_s), NOW, NOW + timedelta(seconds=1), found)
    assert statuses(found) == {"clock": status}


@pytest.mark.parametrize(("number", "status"), [(140012, Status.FAULT), (150000, Status.OK), (170002, Status.OK)])
def test_old_versions_of_postgresql_are_a_fault(found: Findings, number: int, status: Status) -> None:
    judge_server(Server(number, "x", "ioc", "", 0, NOW, None, None, None, None), found)
    assert statuses(found) == {"connection": status}


def test_what_the_service_says_of_itself_is_told(found: Findings) -> None:
    judge_ready(
        {"ready": False, "checks": {"database": {"ok": False, "detail": "it is away"}, "mirror": {"ok": True, "detail": "3 stations"}}},
        found,
    )
    assert statuses(found) == {"database": Status.FAULT, "mirror": Status.OK}
    others = Findings("service")
    judge_ready({"ready": False}, others)
    judge_ready({"ready": True}, others)
    assert [finding.status for finding in others.all] == [Status.FAULT, Status.OK]


def test_worst_finding_is_the_exit_code() -> None:
    some = [Finding("a", "b", status, "c") for status in (Status.OK, Status.WARNING, Status.FAULT)]
    assert [worst(some[:n]).exit_code for n in range(4)] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0042, "4 ms"), (1, "1 s"), (59.9, "59.9 s"), (300, "5 min"), (5400, "1.5 h"), (172800, "2 d")]
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert in_short(seconds) == words


def test_findings_fit_the_width_they_are_given() -> None:
    long = "ioc/v1/" + "a" * 200
    out = Console(file=io.StringIO(), width=80)
    show(
        [
            Finding("broker", "queue of a session that is away", Status.WARNING, long, why=long, remedy=long),
            Finding("x", "y", Status.OK, "[z]"),
        ],
        out,
    )
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "".join(lines).replace(" ", "").count("a" * 45) >= 9
    assert "[z]" in out.file.getvalue()
    assert lines[-1] == "1 ok, 1 warning, 0 faults"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_variable_that_nobody_reads_is_named_with_the_one_that_was_meant(home: Path, found: Findings) -> None:
    environment = {"IOC_RETENTION_DAY": "3", "ioc_batch_size": "10", "IOC_DEMO_PORT": "1", "IOC_ZZZ": "", "PATH": ""}
    assert check_settings(environment, home / "ioc.toml", found)
    told = {finding.found: finding.remedy for finding in found.all if finding.status is Status.WARNING}
    assert told == {
        "IOC_RETENTION_DAY in the environment": "take it out, or write IOC_RETENTION_DAYS",
        "IOC_ZZZ in the environment": "take it out: nothing is called like that",
    }


def test_names_that_the_installation_uses_are_known(home: Path, found: Findings) -> None:
    root = Path(__file__).parents[3]
    names = {
        name
        for file in (".env.example", "docker-compose.yml", "Dockerfile")
        for name in re.findall(r"IOC_[A-Z_]+", (root / file).read_text("utf-8"))
    }
    assert "IOC_BROKER_NAMES" in names
    assert check_settings(dict.fromkeys(names, ""), home / "ioc.toml", found)
    assert [finding.found for finding in found.all if finding.status is not Status.OK] == []


def test_values_that_were_set_are_shown_without_their_passwords(home: Path, found: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "ioc.toml").write_text('mqtt_url = "mqtts://ioc:secret@broker:8883"\nbatch_size = 100\n', encoding="utf-8")
    monkeypatch.setenv("IOC_DATABASE_URL", "postgresql://ioc:geheim@db:5432/ioc")
    settings = check_settings({"IOC_DATABASE_URL": "…"}, home / "ioc.toml", found)
    assert settings
    assert settings.batch_size == 100
    (values,) = [finding.found for finding in found.all if finding.check == "values"]
    assert "batch_size = 100" in values
    assert "mqtt_url = mqtts://ioc:…@broker:8883" in values
    assert "database_url = postgresql://ioc:…@db:5432/ioc" in values
    assert "secret" not in values
    assert "geheim" not in values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch_size = 0", "IOC_BATCH_SIZE = 0"),
        ("batch_sise = 3", "batch_size"),
        ("batch_size = ", "ioc.toml is not TOML"),
        ("mqtt_protocol = 4", "IOC_MQTT_PROTOCOL = 4"),
    ],
)
def test_wrong_file_is_a_fault(home: Path, found: Findings, text: str, told: str) -> None:
    (home / "ioc.toml").write_text(text, encoding="utf-8")
    assert check_settings({}, home / "ioc.toml", found) is None
    assert [finding.status for finding in found.all] == [Status.FAULT]
    assert told in found.all[0].found
