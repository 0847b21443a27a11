"""What field systems say is seen under `/ogc` at once, by clients that know nothing of MQTT: stations, alerts, events and units."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.demo.broker import Broker
from tests.acceptance.city import FieldSystem, field_system
from tests.acceptance.test_bad_input import wait_for
from tests.conftest import StartService
from tests.support import shipped
from tests.support.databases import Database, DatabaseServers
from tests.support.services import Service

Json = dict[str, Any]
HALL = {"lon": 106.19, "lat": 21.27}


@pytest.fixture
def units_database(database_servers: DatabaseServers) -> Iterator[Database]:
    """A database with the shipped units."""
    with database_servers.fresh(fill=shipped.units) as database:
        yield database


@pytest.fixture
def watched(units_database: Database, broker: Broker, sdi: Path, start_service: StartService) -> Service:
    """A running service with the rules of the stories and the shipped units."""
    return start_service(units_database, broker, IOC_SDI_DIR=str(sdi))


@pytest.fixture
def town(broker: Broker, watched: Service) -> Iterator[FieldSystem]:
    """A field system with three gauges; the first is too high, one is nowhere."""
    assert watched.url
    with field_system(broker, "town") as system:
        for number, place in enumerate((HALL, {"lon": 106.2, "lat": 21.28}, {})):
            described = {"name": f"Gauge {number}", "kind": "river_gauge", "interval_s": 60, **place}
            system.publish(f"station/g{number}", described, retain=True)
            system.publish(f"obs/g{number}/level", 5.0 - number)
        yield system


def items(service: Service, collection: str, **parameters: str) -> Json:
    answer = httpx.get(f"{service.url}/ogc/collections/{collection}/items", params=parameters)
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def found(service: Service, collection: str, count: int = 1, **parameters: str) -> list[Json]:
    """Return the features as soon as there are `count`."""

    features: list[Json] = []

    def is_whole() -> bool:
        answer = httpx.get(f"{service.url}/ogc/collections/{collection}/items", params=parameters)
        # A property is no queryable before something has it.
        assert answer.status_code == 200 or "the filter has the property" in answer.text, answer.text
        features[:] = answer.json().get("features", [])
        return len(features) == count

    wait_for(is_whole)
    return features


def test_station_is_found_by_its_newest_value(watched: Service, town: FieldSystem) -> None:
    found(watched, "stations", 3, kind="river_gauge")
    (high,) = found(watched, "stations", filter="level > 4.5 AND kind = 'river_gauge'")
    assert (high["id"], high["geometry"]["coordinates"]) == ("town/g0", [HALL["lon"], HALL["lat"]])
    told = high["properties"]
    assert (told["name"], told["level"], told["state"], told["interval_s"], told["moving"]) == ("Gauge 0", 5, "moderate", 60, False)
    assert (told["last_seen"], told["unit_level"]) == (told["level_time"], "commune")
    (nowhere,) = found(watched, "stations", filter="level = 3")
    assert nowhere["geometry"] is None
    town.publish("obs/g0/level", 4.8)
    found(watched, "stations", filter="level = 4.8")


def test_moving_station_is_where_it_is_now(watched: Service, town: FieldSystem) -> None:
    town.flush(town.publish("pos/bus", {"lon": 106.0, "lat": 21.0, "speed": 7.5}))
    town.publish("pos/bus", HALL)
    (bus,) = found(watched, "stations", bbox="106.18,21.26,106.195,21.28", moving="true")
    assert bus["geometry"]["coordinates"] == [HALL["lon"], HALL["lat"]]


def test_alert_is_listed_and_counted_for_its_unit_and_those_above(watched: Service, town: FieldSystem) -> None:
    (alert,) = found(watched, "alerts", filter="severity = 'moderate' AND open = TRUE")
    told = alert["properties"]
    assert (told["rule"], told["station"], told["value"], told["limit_value"], told["acknowledged"]) == ("high", "town/g0", 5, 4, False)
    assert (told["kind"], told["quality"], told["flapping"], told["silenced"], told["comments"]) == ("threshold", "ok", False, False, 0)
    assert alert["geometry"]["coordinates"] == [HALL["lon"], HALL["lat"]]
    units = found(watched, "units-now", 2, filter="alerts_moderate = 1 AND state = 'moderate'")
    assert {unit["properties"]["level"]: unit["properties"]["stations"] for unit in units}["province"] == 2
    assert items(watched, "units-now")["numberMatched"] == 100
    town.publish("obs/g0/level", 1.0)
    found(watched, "alerts", filter="condition = 'normal' AND open = TRUE")
    version = httpx.get(f"{watched.url}/v1/alerts/{alert['id']}").json()["version"]
    httpx.post(f"{watched.url}/v1/alerts/{alert['id']}/acknowledge", json={"if_version": version}).raise_for_status()
    (closed,) = found(watched, "alerts", filter="condition = 'normal' AND open = FALSE")
    assert (closed["id"], closed["properties"]["acknowledged"]) == (alert["id"], True)
    found(watched, "units-now", 0, filter="alerts_open > 0")


def test_event_of_the_last_day_or_of_the_time_that_is_named(watched: Service, town: FieldSystem) -> None:
    town.publish("event/flood.seen", {"id": "1", "data": {"depth_cm": 40}, **HALL})
    town.publish("event/flood.seen", {"id": "2", "time": "2026-01-05T03:00:00Z", "subject": "x"})
    (today,) = found(watched, "events", type="flood.seen")
    assert (today["id"], today["properties"]["data"], today["geometry"]["type"]) == ("town/1", {"depth_cm": 40}, "Point")
    (then,) = found(watched, "events", datetime="2026-01-05")
    assert (then["id"], then["geometry"], then["properties"]["subject"]) == ("town/2", None, "x")
    assert items(watched, "events", datetime="2026-01-05T04:00:00Z/2026-01-06")["features"] == []
    assert httpx.get(f"{watched.url}/ogc/collections/events/items?datetime=never").status_code == 400


def test_collections_are_live_and_an_answer_is_known_again(watched: Service, town: FieldSystem) -> None:
    found(watched, "stations", 3, filter="level > 0")
    listed = {each["id"]: each for each in httpx.get(f"{watched.url}/ogc/collections?lang=en").json()["collections"]}
    live = {name for name, each in listed.items() if each.get("live")}
    assert live == {"stations", "alerts", "events", "units-now"}
    assert listed["stations"]["title"] == "Stations and vehicles (live)"
    queryables = httpx.get(f"{watched.url}/ogc/collections/stations/queryables").json()["properties"]
    assert (queryables["level"]["type"], queryables["level_time"]["format"]) == ("number", "date-time")
    address = f"{watched.url}/ogc/collections/stations/items"
    tag = httpx.get(address).headers["etag"]
    assert httpx.get(address, headers={"if-none-match": tag}).status_code == 304
    town.publish("obs/g0/level", 4.9)
    wait_for(lambda: httpx.get(address, headers={"if-none-match": tag}).status_code == 200)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs ogrinfo (Debian's gdal-bin)")
def test_gdal_counts_the_same(watched: Service, town: FieldSystem) -> None:
    assert town.source
    # Not before each has its value: until then `level` is no column that GDAL could ask for.
    found(watched, "stations", 3, filter="level > 0")
    conditions: dict[str, Callable[[Json], bool]] = {
        "kind = 'river_gauge'": lambda _: True,
        "level > 3.5": lambda told: told["level"] > 3.5,
        "state = 'moderate'": lambda told: told["state"] == "moderate",
    }
    features = items(watched, "stations")["features"]
    for condition, is_so in conditions.items():
        done = subprocess.run(
            ["ogrinfo", "-ro", "-so", "-where", condition, f"OAPIF:{watched.url}/ogc", "stations"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert f"Feature Count: {sum(is_so(each['properties']) for each in features)}\n" in done.stdout
