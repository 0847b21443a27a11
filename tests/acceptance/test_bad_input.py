"""Whatever a field system sends, the process lives, the bad is kept with its reason, and the next good message is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.support.services import Service

NEXT_YEAR = (datetime.now(UTC) + timedelta(days=365)).isoformat()

BAD = [
    ("obs/a/level", b"this is not JSON", "payload"),
    ("obs/a/level", b'{"value": 1', "payload"),
    ("obs/a/level", b"\xff\xfe\x00", "payload"),
    ("obs/a/level", b"", "payload"),
    ("obs/a/level", b"[" * 1000 + b"]" * 1000, "payload"),
    ("obs/a/level", b'{"value": NaN}', "payload"),
    ("obs/a/level", b'{"value": "12"}', "value"),
    ("obs/a/level", b'{"value": 1, "time": "1970-01-01T00:00:00Z"}', "too_old"),
    ("obs/a/level", f'{{"value": 1, "time": "{NEXT_YEAR}"}}'.encode(), "future"),
    ("obs/a/level", b'{"value": 1, "time": "yesterday"}', "time"),
    ("obs/a\u200bb/level", b"1", "topic"),  # control characters are turned away by the broker itself
    ("obs/../level", b"1", "topic"),
    ("obs/" + "a" * 65 + "/level", b"1", "topic"),
    ("nothing/a", b"1", "topic"),
    ("pos/a", b'{"lon": 106, "lat": 95}', "range"),
    ("event/dossier.received", b'{"time": "2023-05-01T00:00:00Z"}', "schema"),
    ("event/dossier.received", b'{"id": "1", "data": {"name": "a\\u0000b"}}', "payload"),
    ("station/a", b'{"name": "A", "kind": "gauge", "lon": 106}', "schema"),
    ("status", b"perhaps", "payload"),
]


def wait_for(check: Callable[[], Any], within_s: float = 15.0) -> Any:
    """Return the first true answer of `check`."""
    end = time.monotonic() + within_s
    while True:
        if answer := check():
            return answer
        assert time.monotonic() < end, f"not so within {within_s} s"
        time.sleep(0.05)


def _ledger(service: Service, source: str) -> dict[str, int]:
    sources = httpx.get(f"{service.url}/v1/sources").json()["sources"]
    books: dict[str, int] = next((s["ledger"] for s in sources if s["id"] == source), {})
    return books


def _stored(service: Service, station: str) -> list[list[Any]]:
    answer = httpx.get(f"{service.url}/v1/observations", params={"station": station, "property": "level"})
    rows: list[list[Any]] = answer.json()["observations"] if answer.status_code == 200 else []
    return rows


def test_every_bad_message_is_kept_with_its_reason_and_the_next_good_one_is_stored(shared: Service, module_broker: Broker) -> None:
    pid = shared.pid
    with field_system(module_broker, "bad") as system:
        for topic, payload, _ in BAD:
            system.publish(topic, payload)
        system.publish("obs/good/level", 1.5)
        wait_for(lambda: _stored(shared, "bad/good"))
    kept = httpx.get(f"{shared.url}/v1/quarantine", params={"source": "bad"}).json()["items"]
    told = {(item["topic"].removeprefix("ioc/v1/bad/"), item["reason"]) for item in kept}
    assert told == {(topic, reason) for topic, _, reason in BAD}
    assert all(item["detail"] for item in kept)
    assert (shared.pid, shared.is_running) == (pid, True)
    books = _ledger(shared, "bad")
    assert books["received"] == sum(books[name] for name in books if name != "received") == len(BAD) + 1
    assert books["quarantined"] == len(BAD)


def test_a_message_of_two_megabytes_is_refused_and_counted(shared: Service, module_broker: Broker) -> None:
    with field_system(module_broker, "big") as system:
        system.publish("obs/a/level", b'{"value": 1, "note": "' + b"x" * 2_000_000 + b'"}')
        system.publish("obs/good/level", 2.5)
        wait_for(lambda: _stored(shared, "big/good"))
    assert _ledger(shared, "big") == {"received": 2, "stored": 1, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 1}
    assert httpx.get(f"{shared.url}/v1/quarantine", params={"source": "big"}).json()["items"] == []


def test_the_good_items_of_a_message_are_kept_beside_the_bad(shared: Service, module_broker: Broker) -> None:
    with field_system(module_broker, "mixed") as system:
        system.publish(
            "obs/a/level", [{"value": 1, "time": (datetime.now(UTC) - timedelta(minutes=n)).isoformat()} for n in (3, 2, 1)] + ["x", {}]
        )
        wait_for(lambda: len(_stored(shared, "mixed/a")) == 3)
    kept = httpx.get(f"{shared.url}/v1/quarantine", params={"source": "mixed"}).json()["items"]
    assert {(item["reason"], tuple(item["items"])) for item in kept} == {("value", (3,)), ("schema", (4,))}


def test_a_value_outside_what_the_station_described_is_kept_apart(shared: Service, module_broker: Broker) -> None:
    description = {
        "name": "Cầu Gồ",
        "kind": "gauge",
        "lon": 106.19,
        "lat": 21.27,
        "properties": {"level": {"unit": "m", "min": 0, "max": 20}},
    }
    with field_system(module_broker, "ranged") as system:
        system.publish("station/a", description, retain=True)
        wait_for(lambda: httpx.get(f"{shared.url}/v1/stations/ranged/a").status_code == 200)
        system.publish("obs/a/level", 21)
        system.publish("obs/a/level", 19)
        wait_for(lambda: _stored(shared, "ranged/a"))
    (kept,) = httpx.get(f"{shared.url}/v1/quarantine", params={"source": "ranged"}).json()["items"]
    assert (kept["reason"], kept["detail"]) == ("range", "level 21.0 is outside 0.0..20.0")


def test_bytes_that_are_not_text_are_shown_in_base64(shared: Service, module_broker: Broker) -> None:
    with field_system(module_broker, "raw") as system:
        system.publish("obs/a/level", b"\xff\xfe")
        (kept,) = wait_for(lambda: httpx.get(f"{shared.url}/v1/quarantine", params={"source": "raw"}).json()["items"])
    assert (kept["payload"], kept["encoding"], kept["size"]) == ("//4=", "base64", 2)


def test_ledger_of_a_source_that_nobody_heard_of_is_not_an_empty_one(watched: Service, broker: Broker) -> None:
    with field_system(broker, "meek") as system:
        system.publish("obs/a/level", b"5")
        wait_for(lambda: _ledger(watched, "meek").get("received") == 1)
    long_ago = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    assert httpx.get(f"{watched.url}/v1/sources/meek/ledger", params=long_ago).json() == {"minutes": []}
    answer = httpx.get(f"{watched.url}/v1/sources/meak/ledger")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no source 'meak'")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/alerts?colour=red", "unknown parameter colour"),
        ("/v1/rules?colour=red", "unknown parameter colour"),
        ("/v1/alerts?severity=red", "severity = 'red'"),
        ("/v1/observations?station=a&property=b", "station = 'a'"),
        ("/v1/observations?station=a/b&property=b&from=2026-01-01", "from = '2026-01-01'"),
        ("/v1/observations?station=a/b&property=b&bucket=2m", "bucket = '2m'"),
        ("/v1/events/count?group_by=data->>'x'", "is not the name of a member"),
        ("/v1/events/count?group_by=a,b,c,d,e", "at most 4"),
        ("/v1/quarantine?limit=0", "limit = '0'"),
    ],
)
def test_a_wrong_question_names_the_value_and_the_limit(shared: Service, path: str, named: str) -> None:
    answer = httpx.get(f"{shared.url}{path}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def test_a_source_is_told_why_at_most_once_a_second_for_each_reason(shared: Service, module_broker: Broker) -> None:
    with field_system(module_broker, "told") as system:
        heard = system.listen("feedback")
        for _ in range(50):
            system.publish("obs/a/level", b"not JSON")
        system.publish("obs/a/level", {"value": 1, "time": NEXT_YEAR})
        wait_for(lambda: sum(f["count"] for f in heard if f["reason"] == "payload") == 50)
        wait_for(lambda: [f["count"] for f in heard if f["reason"] == "future"] == [1])
    assert len([f for f in heard if f["reason"] == "payload"]) <= 4
    assert {f["topic"] for f in heard} == {"ioc/v1/told/obs/a/level"}


def test_what_a_station_says_about_itself_counts_for_the_readings_sent_with_it(shared: Service, module_broker: Broker) -> None:
    with field_system(module_broker, "fresh") as system:
        for number in range(20):
            system.publish(f"station/s{number}", {"name": "S", "kind": "gauge", "properties": {"level": {"max": 100}}}, retain=True)
            system.publish(f"obs/s{number}/level", 140)
        wait_for(lambda: _ledger(shared, "fresh").get("received") == 40)
    assert _ledger(shared, "fresh")["quarantined"] == 20


def test_other_formats_and_the_time_of_the_message_are_understood(shared: Service, module_broker: Broker) -> None:
    now = datetime.now(UTC)
    senml = [{"bn": "s1:", "bt": now.timestamp(), "n": "level", "v": 2.5, "u": "m"}]
    cloud = {
        "specversion": "1.0",
        "id": "c1",
        "source": "forms",
        "type": "report.received",
        "time": now.isoformat(),
        "data": {"category": "light"},
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [106.2, 21.3]},
        "properties": {"speed": 12, "time": now.isoformat()},
    }
    with field_system(module_broker, "forms") as system:
        system.publish("obs/s1", senml)
        system.publish("event/report.received", cloud)
        system.publish("pos/bus", feature)
        wait_for(lambda: _ledger(shared, "forms").get("stored") == 3)
    assert [value for _, value in _stored(shared, "forms/s1")] == [2.5]
    assert httpx.get(f"{shared.url}/v1/events", params={"source": "forms"}).json()["events"][0]["data"] == {"category": "light"}
    assert httpx.get(f"{shared.url}/v1/stations/forms/bus").json()["lon"] == 106.2
