"""MapLibre in a real Chromium draws the shipped units from our tiles with our style, and nothing is missing or refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import shapely
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.layer import Feature
from ioc.geo.tile_routes import router
from tests.browser.operator import MAP_UI
from tests.integration.geo.test_tile_routes import StoppedClock
from tests.support.requirements import find_chromium
from tests.support.shapes import collection
from tests.support.tiles import Opened, archive, archive_of, shipped_units

pytestmark = pytest.mark.chromium

PAGE = """<!doctype html><title>tiles</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/maplibre/maplibre-gl.css">
<div id="map" style="position:fixed;inset:0"></div>
<script type="module">
  import * as maplibregl from '/maplibre/maplibre-gl.mjs';
  const map = new maplibregl.Map({container: 'map', style: '/ogc/style.json?lang=%s', center: [106.2, 21.28], zoom: 9.5, fadeDuration: 0});
  const faults = [];
  map.on('error', ({error}) => faults.push(String(error)));
  globalThis.drawn = new Promise((done) => map.once('idle', () => {
    const found = (layer) => map.queryRenderedFeatures({layers: [layer]}).map((each) => each.properties);
    done({
      faults,
      communes: found('units-edge-commune'), provinces: found('units-area'), trees: found('trees-point'),
    });
  }));
</script>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    trees = [Feature("elm", shapely.Point(106.21, 21.29), {}), Feature("oak", shapely.Point(106.2, 21.28), {"name": "Cây sồi"})]
    units = shipped_units()
    served = LayerCatalogue()
    served.collections = {"units": collection([], id="units", kind="units"), "trees": collection(trees)}
    folders = [tmp_path_factory.mktemp(name) for name in ("units", "trees")]
    opened = Opened({"units": archive_of(folders[0], units), "trees": archive(folders[1], trees)})
    app = FastAPI()
    app.include_router(router(lambda: served, opened, clock=StoppedClock()))  # type: ignore[arg-type]
    app.mount("/maplibre", StaticFiles(directory=MAP_UI / "node_modules" / "maplibre-gl" / "dist"))

    @app.get("/page/{language}")
    def page(language: str) -> HTMLResponse:
        return HTMLResponse(PAGE % language)

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def show(address: str, folder: Path, language: str) -> Any:
    """Return what MapLibre draws."""
    script = Path(__file__).with_name("tiles.mjs")
    command = ["node", str(script), f"{address}/page/{language}", str(find_chromium()), str(folder / "map.png")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_maplibre_draws_what_is_in_force(address: str, tmp_path: Path) -> None:
    drawn = show(address, tmp_path, "vi")
    assert (drawn["problems"], drawn["faults"]) == ([], [])
    assert {each["name_vi"] for each in drawn["provinces"]} == {"Tỉnh Bắc Ninh"}
    assert len({each["code"] for each in drawn["communes"]}) > 50
    assert all(each["valid_from"] <= "2026-01-01" < each.get("valid_to", "9999") for each in drawn["communes"])
    assert {each["fid"] for each in drawn["trees"]} == {"oak", "elm"}
