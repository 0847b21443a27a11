"""A publication reaches the running service: layers are served, and stations get their units, without a restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from ioc.demo.broker import Broker
from tests.acceptance.city import field_system
from tests.acceptance.test_bad_input import wait_for
from tests.support.databases import Database
from tests.support.services import Service


def test_published_layers_are_served_and_stations_get_their_units(
    any_database: Database, broker: Broker, watched: Service, sdi: Path
) -> None:
    with field_system(broker, "town") as town:
        town.publish("station/hall", {"name": "UBND", "kind": "camera", "lon": 106.19, "lat": 21.27}, retain=True)
        town.publish("pos/bus", {"lon": 106.19, "lat": 21.27})
        wait_for(lambda: httpx.get(f"{watched.url}/v1/stations").json()["total"] == 2)
        assert httpx.get(f"{watched.url}/v1/stations/town/hall").json()["unit"] is None
        environment = {"IOC_DATABASE_URL": any_database.dsn, "IOC_SDI_DIR": str(sdi), "PATH": "/usr/bin:/bin"}
        subprocess.run([Path(sys.executable).with_name("ioc"), "sdi", "publish"], env=environment, cwd=sdi, check=True, timeout=60)
        unit = wait_for(lambda: httpx.get(f"{watched.url}/v1/stations/town/hall").json()["unit"])
        assert unit["level"] == "commune"
        assert unit["path_vi"].endswith("Phường Bắc Giang, Tỉnh Bắc Ninh")
        town.publish("pos/bus", {"lon": 106.2, "lat": 21.27})
        wait_for(lambda: httpx.get(f"{watched.url}/v1/stations/town/bus").json()["unit"])
    page = httpx.get(f"{watched.url}/ogc/collections/units/items", params={"bbox": "106.1,21.2,106.3,21.4", "limit": 5}).json()
    assert (page["type"], page["numberReturned"]) == ("FeatureCollection", 5)
    assert page["numberMatched"] > 5
    assert httpx.get(f"{watched.url}/ogc/collections/units/items", params={"bbox": "1,2,3"}).status_code == 400
