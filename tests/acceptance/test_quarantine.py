"""What was not accepted is found, looked at, mended, replayed and dropped, over REST and by command; sources under their policies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.support.databases import Database
from tests.support.services import Service

Command = Callable[..., str]
CSV = "code,name,kind,lon,lat,interval_s,unit:level,max:level\ng1,Đáp Cầu,gauge,106.09,21.2,60,m,9\ng2,Phủ Lạng Thương,gauge,106.2,21.27,600,m,\n"


@pytest.fixture
def ioc(any_database: Database, tmp_path: Path) -> Command:
    """Run the `ioc` command on the test's database and return what it prints."""

    def run(*arguments: str, code: int = 0) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        environment = inherited | {"IOC_DATABASE_URL": any_database.dsn, "COLUMNS": "200"}
        command: list[str | Path] = [Path(sys.executable).with_name("ioc"), *arguments]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr.decode()
        return (done.stdout + done.stderr).decode(errors="replace").strip()

    return run


@pytest.fixture
def administrator(ioc: Command) -> dict[str, str]:
    return {"Authorization": f"Bearer {ioc('keys', 'create', 'chief', '--role', 'administrator')}"}


def described(maximum: float) -> dict[str, Any]:
    return {
        "name": "Cầu Gồ",
        "kind": "gauge",
        "lon": 106.19,
        "lat": 21.27,
        "properties": {"level": {"unit": "m", "min": 0, "max": maximum}},
    }


def kept(service: Service, **question: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{service.url}/v1/quarantine", params=question)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def source(service: Service, name: str) -> dict[str, Any]:
    shown: dict[str, Any] = httpx.get(f"{service.url}/v1/sources/{name}").json()
    return shown


def replay(service: Service, **choice: Any) -> dict[str, int]:
    answer = httpx.post(f"{service.url}/v1/quarantine/replay", json=choice)
    assert answer.status_code == 200, answer.text
    report: dict[str, int] = answer.json()
    return report


def level_of(service: Service, station: str) -> list[float]:
    answer = httpx.get(f"{service.url}/v1/observations", params={"station": station, "property": "level"})
    return [value for _, value in answer.json()["observations"]] if answer.status_code == 200 else []


def maximum_of(service: Service, station: str) -> float | None:
    answer = httpx.get(f"{service.url}/v1/stations/{station}")
    maximum: float | None = answer.json()["properties"].get("level", {}).get("max") if answer.status_code == 200 else None
    return maximum


def test_what_was_out_of_range_is_stored_by_a_replay_after_the_station_described_itself_anew(watched: Service, broker: Broker) -> None:
    now = datetime.now(UTC)
    with field_system(broker, "hydro") as system:
        system.publish("station/a", described(5), retain=True)
        wait_for(lambda: maximum_of(watched, "hydro/a") == 5)
        for minute, value in ((3, 4.0), (2, 7.0), (1, 4.5)):
            system.publish("obs/a/level", {"time": (now - timedelta(minutes=minute)).isoformat(), "value": value})
        (found,) = wait_for(lambda: kept(watched, source="hydro", reason="range"))
        assert replay(watched, ids=[found["id"]])["quarantined"] == 1
        assert kept(watched)[0]["tries"] == 1
        system.publish("station/a", described(9), retain=True)
        wait_for(lambda: maximum_of(watched, "hydro/a") == 9)
    assert level_of(watched, "hydro/a") == [4.0, 4.5]
    assert replay(watched, source="hydro") == {"messages": 1, "stored": 0, "duplicate": 0, "late": 1, "quarantined": 0, "refused": 0}
    assert level_of(watched, "hydro/a") == [4.0, 7.0, 4.5]
    books = source(watched, "hydro")["ledger"]
    assert books == {"received": 5, "stored": 4, "duplicate": 0, "late": 1, "quarantined": 0, "refused": 0}
    assert replay(watched, all=True)["messages"] == 0
    assert source(watched, "hydro")["ledger"] == books


def test_a_message_is_found_by_pages_looked_at_and_downloaded(watched: Service, broker: Broker) -> None:
    raw = b"\x00\xff" + b"x" * 6000
    with field_system(broker, "odd") as system:
        for n in range(6):
            system.publish(f"obs/a/p{n}", b"bad")
        system.publish("obs/a/raw", raw)
        wait_for(lambda: len(kept(watched, source="odd")) == 7)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = httpx.get(f"{watched.url}/v1/quarantine", params={"source": "odd", "limit": 3, **cursor}).json()
        seen += [item["topic"].rpartition("/")[2] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["raw", "p5", "p4", "p3", "p2", "p1", "p0"]
    newest = kept(watched)[0]
    assert (newest["size"], newest["is_cut"], newest["encoding"]) == (len(raw), True, "base64")
    one = f"{watched.url}/v1/quarantine/{newest['id']}"
    assert httpx.get(one).json()["hex"].startswith("00 ff 78")
    download = httpx.get(f"{one}/payload")
    assert (download.content, download.headers["content-type"]) == (raw, "application/octet-stream")
    assert "attachment" in download.headers["content-disposition"]
    assert httpx.get(f"{watched.url}/v1/quarantine/999999").status_code == 404
    future = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert kept(watched, **{"from": future}) == []
    assert len(kept(watched, to=future)) == 7
    assert "quarantine" in httpx.get(f"{watched.url}/readyz").json()["checks"]
    assert "ioc_quarantine_bytes" in httpx.get(f"{watched.url}/metrics").text


def test_nothing_is_replayed_or_dropped_by_mistake(watched: Service, broker: Broker, administrator: dict[str, str]) -> None:
    with field_system(broker, "odd") as system:
        system.publish("obs/a/level", b"bad")
        system.publish("obs/b/level", b"bad")
        wait_for(lambda: len(kept(watched)) == 2)
    url = f"{watched.url}/v1/quarantine"
    choices: list[dict[str, Any]] = [{}, {"all": True, "source": "odd"}, {"sauce": "odd"}, {"ids": []}]
    for choice in choices:
        assert httpx.post(f"{url}/replay", json=choice).status_code == 400, choice
        assert httpx.request("DELETE", url, json=choice, headers=administrator).status_code == 400, choice
    assert httpx.request("DELETE", url, json={"all": True}).status_code == 403
    assert httpx.request("DELETE", url, json={"ids": [kept(watched)[0]["id"]]}, headers=administrator).json() == {"messages": 1}
    assert len(kept(watched)) == 1
    assert httpx.request("DELETE", url, json={"all": True}, headers=administrator).json() == {"messages": 1}
    assert source(watched, "odd")["ledger"]["quarantined"] == 2


def test_new_stations_of_a_pending_source_wait_until_they_are_approved(
    watched: Service, broker: Broker, administrator: dict[str, str]
) -> None:
    policy = httpx.put(f"{watched.url}/v1/sources/traffic", json={"policy": "pending"}, headers=administrator).json()
    assert (policy["policy"], policy["status"], policy["last_seen"]) == ("pending", "unknown", None)
    assert httpx.put(f"{watched.url}/v1/sources/traffic", json={"policy": "open"}).status_code == 403
    with field_system(broker, "traffic") as system:
        system.publish("station/cam", described(100), retain=True)
        system.publish("obs/cam/level", 42)
        wait_for(lambda: len(kept(watched, reason="unknown_station")) == 2)
        assert httpx.get(f"{watched.url}/v1/stations/traffic/cam").status_code == 404
        assert [(w["station"], w["messages"]) for w in source(watched, "traffic")["waiting"]] == [("cam", 2)]
        approved = httpx.post(f"{watched.url}/v1/sources/traffic/stations/cam/approve").json()
        assert approved == {"id": "traffic/cam", "is_new": True, "in_quarantine": 2}
        assert replay(watched, source="traffic", reason="unknown_station")["stored"] == 2
        wait_for(lambda: maximum_of(watched, "traffic/cam") == 100)
        system.publish("obs/cam/level", 43)
        wait_for(lambda: level_of(watched, "traffic/cam") == [42.0, 43.0])
    shown = source(watched, "traffic")
    assert (shown["status"], shown["stations"], shown["waiting"]) == ("online", 1, [])
    assert shown["ledger"] == {"received": 3, "stored": 3, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 0}


def test_where_sources_are_closed_stations_come_by_import_only(
    any_database: Database, broker: Broker, sdi: Path, start_service: Callable[..., Service], administrator: dict[str, str]
) -> None:
    service = start_service(any_database, broker, IOC_SDI_DIR=str(sdi), IOC_SOURCE_POLICY="closed")
    with field_system(broker, "hydro") as system:
        system.publish("obs/g1/level", 3)
        wait_for(lambda: kept(service, reason="unknown_station"))
        url, kind = f"{service.url}/v1/sources/hydro/stations", {"Content-Type": "text/csv"}
        assert httpx.post(url, content=CSV.encode(), headers=kind).status_code == 403
        rehearsal = httpx.post(f"{url}?dry_run=true", content=CSV.encode(), headers=administrator | kind)
        assert (rehearsal.status_code, rehearsal.json()["imported"], rehearsal.json()["added"]) == (200, False, 2)
        report = httpx.post(url, content=CSV.encode(), headers=administrator | kind).json()
        assert (report["imported"], report["added"]) == (True, 2)
        assert replay(service, all=True)["stored"] == 1
        system.publish("obs/g1/level", 10)  # over the imported maximum
        wait_for(lambda: kept(service, reason="range"))
    shown = source(service, "hydro")
    assert (shown["policy"], shown["interval_s"], shown["expected_per_hour"]) == ("closed", 60.0, 66.0)
    assert shown["received_share"] == pytest.approx(1 / 66, abs=0.001)
    wait_for(lambda: maximum_of(service, "hydro/g1") == 9)


def test_a_file_with_a_bad_row_imports_nothing_unless_told_to(watched: Service, ioc: Command, tmp_path: Path) -> None:
    (tmp_path / "gauges.csv").write_text(CSV + "g3,Bad,gauge,21.2,106.09,,,\n", encoding="utf-8")
    told = ioc("stations", "import", "gauges.csv", "--source", "hydro", code=2)
    assert "row 3 g3: range" in told
    assert "nothing imported; a refused row keeps the others out, unless --skip-bad: it would be 2 added, 0 changed" in told
    assert httpx.get(f"{watched.url}/v1/stations").json()["total"] == 0
    assert "imported: 2 added" in ioc("stations", "import", "gauges.csv", "--source", "hydro", "--skip-bad")
    wait_for(lambda: httpx.get(f"{watched.url}/v1/stations").json()["total"] == 2)
    assert "2 unchanged" in ioc("stations", "import", "gauges.csv", "--source", "hydro", "--skip-bad")


def test_by_command_the_quarantine_is_listed_shown_replayed_and_dropped(
    watched: Service, broker: Broker, ioc: Command, tmp_path: Path
) -> None:
    ioc("sources", "policy", "hydro", "pending")
    with field_system(broker, "hydro") as system:
        system.publish("obs/g1/level", {"time": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), "value": 3})
        system.publish("obs/g1/level", b"\xff\x00")
        system.publish("obs/g1/level", 8)
        wait_for(lambda: len(kept(watched)) == 3)
        assert "unknown_station" in ioc("quarantine", "list", "--source", "hydro")
        number = kept(watched, reason="payload")[0]["id"]
        assert "ff00" in ioc("quarantine", "show", str(number))
        ioc("quarantine", "download", str(number), "--output", "raw.bin")
        assert (tmp_path / "raw.bin").read_bytes() == b"\xff\x00"
        assert "is registered" in ioc("sources", "approve", "hydro", "g1")
        assert "2 items stored, 0 duplicate, 0 late, 1 still in quarantine" in ioc("quarantine", "replay", "--all")
        assert level_of(watched, "hydro/g1") == [3.0, 8.0]
        wait_for(lambda: httpx.get(f"{watched.url}/v1/stations/hydro/g1").json().get("values", {}).get("level", {}).get("value") == 8)
        assert "hydro" in ioc("sources", "list")
        assert "all" in ioc("quarantine", "drop", code=2)
        assert "1 messages dropped" in ioc("quarantine", "drop", str(number))
    assert source(watched, "hydro")["ledger"] == {"received": 3, "stored": 2, "duplicate": 0, "late": 0, "quarantined": 1, "refused": 0}


def test_a_full_quarantine_lets_the_oldest_go_and_says_so(
    any_database: Database, broker: Broker, sdi: Path, start_service: Callable[..., Service]
) -> None:
    service = start_service(any_database, broker, IOC_SDI_DIR=str(sdi), IOC_QUARANTINE_MAX_MB="1")
    with field_system(broker, "noisy") as system:
        for n in range(6):
            system.publish(f"obs/a/p{n}", b"x" * 250_000)
        wait_for(lambda: source(service, "noisy").get("ledger", {}).get("quarantined") == 6)
    assert [item["topic"][-2:] for item in kept(service)] == ["p5", "p4", "p3", "p2"]
    size = httpx.get(f"{service.url}/v1/quarantine").json()["size"]
    assert (size["messages"], size["lost_messages"], size["lost_items"]) == (4, 2, 2)
    detail = wait_for(lambda: "lost" in (d := httpx.get(f"{service.url}/readyz").json()["checks"]["quarantine"]["detail"]) and d)
    assert "over 80%" in detail
    assert "quarantine.full" in service.log.read_text(encoding="utf-8")
