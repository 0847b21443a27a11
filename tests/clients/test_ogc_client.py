"""The client of GeoNetwork's data hub, ogc-client, reads collections, items and where tiles are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Centre

FOLDER = Path(__file__).with_name("ogc-client")
pytestmark = pytest.mark.ogcclient


def test_what_the_client_says(centre: Centre) -> None:
    done = subprocess.run(["node", "read.mjs", centre.ogc], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert told["features"] == ["units", "units-namdinh", "school-zones", "stations", "alerts", "units-now", "events"]
    assert told["tiles"] == ["units", "units-namdinh", "school-zones"]
    assert told["tileset"] == f"{centre.ogc}/collections/units/tiles/WebMercatorQuad"
    assert told["styles"] == ["public_layers", "units", "units-namdinh", "school-zones"]
    assert told["stylesheet"] == f"{centre.ogc}/styles/units"
    assert {"application/geo+json", "text/csv", "application/vnd.apache.parquet"} <= set(told["forms"])
    assert told["ids"] == [feature["id"] for feature in centre.page("units", limit="3")["features"]]
    assert told["item"] == {"id": "24.2025-07-01", "name": "Tỉnh Bắc Ninh"}
