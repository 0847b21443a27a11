"""Years of readings are brought in beside the running service: over HTTP piece by piece, and by a command that is killed in the middle."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import Screen, field_system
from tests.support.databases import Database, in_thread
from tests.support.history import as_arrow, as_csv, as_parquet
from tests.support.services import Service

LONG_AGO = datetime(2015, 6, 1, tzinfo=UTC)
IOC = Path(sys.executable).with_name("ioc")


def environment(database: Database) -> dict[str, str]:
    return {"IOC_DATABASE_URL": database.dsn, "PATH": "/usr/bin:/bin", "COLUMNS": "200"}


@pytest.fixture
def key(any_database: Database, tmp_path: Path) -> str:
    """The key of an administrator."""
    done = subprocess.run(
        [IOC, "keys", "create", "archivist", "--role", "administrator"],
        env=environment(any_database),
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    return next(word for word in done.stdout.split() if word.startswith("ioc_"))


def fetch(database: Database, query: str) -> list[tuple[Any, ...]]:
    async def go() -> list[tuple[Any, ...]]:
        conn = await asyncpg.connect(database.dsn)
        try:
            return [tuple(row) for row in await conn.fetch(query)]
        finally:
            await conn.close()

    return in_thread(lambda: asyncio.run(go()))


def lines(rows: int) -> Iterator[bytes]:
    """Readings of every minute over the limit of a rule, as NDJSON."""
    for number in range(rows):
        told = {
            "source": "town",
            "station": "g1",
            "property": "level",
            "time": (LONG_AGO + timedelta(minutes=number)).isoformat(),
            "value": 9,
        }
        yield json.dumps(told).encode() + b"\n"


def post(service: Service, key: str, content: Any, kind: str, *, packed: str = "identity", **query: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind, "Content-Encoding": packed}
    return httpx.post(f"{service.url}/v1/observations", params=query, headers=headers, content=content, timeout=60)


async def test_history_over_http_is_stored_and_shown_and_raises_no_alert(
    watched: Service, any_database: Database, broker: Broker, key: str
) -> None:
    rows = 45_000
    async with Screen(watched) as screen:
        answer = await asyncio.to_thread(post, watched, key, lines(rows), "application/x-ndjson")
        assert answer.status_code == 200, answer.text
        assert {name: n for name, n in answer.json().items() if isinstance(n, int)} == {
            "rows": rows,
            "received": rows,
            "stored": rows,
            "duplicate": 0,
            "late": 0,
            "quarantined": 0,
            "refused": 0,
        }
        newest = (LONG_AGO + timedelta(minutes=rows - 1)).isoformat().replace("+00:00", "Z")
        await screen.until(lambda frame: "town/g1" in str(frame) and newest in str(frame))
        # The rule works: what comes live is judged.
        with field_system(broker, "town") as town:
            town.publish("obs/g1/level", {"time": datetime.now(UTC).isoformat(), "value": 9})
            alert = await screen.until(lambda frame: frame["type"] == "ev")
        assert alert["alert"]["station"] in ("g1", "town/g1")
        assert fetch(any_database, "SELECT count(*) FROM alert") == [(1,)]
    again = await asyncio.to_thread(post, watched, key, lines(rows), "application/x-ndjson")
    assert again.json()["duplicate"] == rows
    assert fetch(any_database, "SELECT count(*) FROM observation") == [(rows + 1,)]


def test_body_of_each_type_is_taken(watched: Service, any_database: Database, key: str) -> None:
    rows = [
        {"source": "town", "station": "g1", "property": "rain", "time": LONG_AGO + timedelta(minutes=n), "value": 1.0} for n in range(50)
    ]
    assert post(watched, key, as_parquet(rows), "application/vnd.apache.parquet").json()["stored"] == 50
    assert post(watched, key, as_arrow(rows), "application/vnd.apache.arrow.stream").json()["duplicate"] == 50
    assert post(watched, key, as_csv(rows), "text/csv; charset=utf-8").json()["duplicate"] == 50
    packed = gzip.compress(as_csv(rows))
    assert post(watched, key, packed, "text/csv", packed="gzip").json()["duplicate"] == 50
    refused = post(watched, key, packed, "application/vnd.apache.parquet", packed="gzip")
    assert (refused.status_code, refused.json()["detail"].partition(" of ")[0]) == (400, "Content-Encoding 'gzip'")
    answers = httpx.get(f"{watched.url}/openapi.json", headers={"Authorization": f"Bearer {key}"}).json()["paths"]["/v1/observations"][
        "post"
    ]
    assert answers["requestBody"]["content"].keys() == {
        "application/x-ndjson",
        "text/csv",
        "application/vnd.apache.parquet",
        "application/vnd.apache.arrow.stream",
    }


def test_sender_who_goes_away_leaves_whole_batches_and_a_service_that_runs(watched: Service, any_database: Database, key: str) -> None:
    def torn() -> Iterator[bytes]:
        yield from lines(30_000)
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        post(watched, key, torn(), "application/x-ndjson")
    deadline = time.monotonic() + 30
    while fetch(any_database, "SELECT count(*) FROM observation") != [(20_000,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert post(watched, key, lines(30_000), "application/x-ndjson").json()["stored"] == 10_000


def test_body_that_is_wrong_is_told_and_what_was_before_stays(watched: Service, any_database: Database, key: str) -> None:
    assert post(watched, key, b"x", "application/pdf").status_code == 400
    cut = post(watched, key, as_parquet([{"time": LONG_AGO, "value": 1.0}])[:-9], "application/vnd.apache.parquet")
    assert (cut.status_code, "broken or cut off" in cut.json()["detail"]) == (400, True)
    assert post(watched, key, b"time,value\n", "text/csv").json()["detail"].count("it lacks") == 3
    unknown = post(watched, key, b"", "text/csv", colour="red")
    assert (unknown.status_code, unknown.json()["detail"]) == (400, "unknown parameter colour")
    rehearsed = post(watched, key, lines(10), "application/x-ndjson", dry_run=True)
    assert rehearsed.json()["stored"] == 10
    assert fetch(any_database, "SELECT count(*) FROM station") == [(0,)]
    nobody = httpx.post(f"{watched.url}/v1/observations", content=b"", headers={"Content-Type": "text/csv"})
    assert nobody.status_code == 403


def test_body_over_the_limit_is_refused_also_when_it_does_not_say_how_long_it_is(
    any_database: Database, broker: Broker, start_service: Any, key: str
) -> None:
    service = start_service(any_database, broker, IOC_HISTORY_MAX_MB="1")
    told = post(service, key, b"x" * (1 << 20) + b"y", "text/csv")
    assert told.status_code == 413
    assert "over the limit of 1048576 bytes, set by IOC_HISTORY_MAX_MB" in told.json()["detail"]
    streamed = post(service, key, lines(40_000), "application/x-ndjson")
    assert streamed.status_code == 413
    assert (
        streamed.json()["detail"].endswith("nothing was committed") or "are committed, and safe to send again" in streamed.json()["detail"]
    )


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_command_that_is_ended_in_the_middle_leaves_whole_batches_and_does_the_rest_when_called_again(
    name: str, any_database: Database, tmp_path: Path
) -> None:
    rows = 300_000
    (tmp_path / "years.ndjson").write_bytes(b"".join(lines(rows)))
    command = [str(IOC), "ingest", "years.ndjson"]
    running = subprocess.Popen(
        command, env=environment(any_database), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while fetch(any_database, "SELECT count(*) FROM observation")[0][0] == 0:
        assert time.monotonic() < deadline, "nothing was stored"
        time.sleep(0.05)
    os.kill(running.pid, signal.Signals[name])
    _, told = running.communicate(timeout=60)
    ((stored, received),) = fetch(any_database, "SELECT (SELECT count(*) FROM observation), (SELECT sum(received) FROM ledger)::int")
    assert 0 < stored < rows
    assert stored == received
    if name == "SIGINT":
        assert running.returncode == 130
        assert stored % 20_000 == 0
        assert f"rows up to {stored} are committed, and safe to send again" in told
    done = subprocess.run(command, env=environment(any_database), cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120)
    assert f"{rows - stored:,}" in done.stdout
    assert fetch(any_database, "SELECT count(*), count(DISTINCT time), min(value), max(value) FROM observation") == [(rows, rows, 9.0, 9.0)]
    assert fetch(any_database, "SELECT sum(duplicate)::int, sum(received)::int FROM ledger") == [(stored, rows + stored)]
