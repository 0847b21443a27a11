"""OpenLayers on a page of another origin finds the tiles of a collection through its tileset (OGCVectorTile) and draws them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.clients.conftest import Centre
from tests.support.requirements import find_chromium

FOLDER = Path(__file__).with_name("openlayers")
pytestmark = [pytest.mark.chromium, pytest.mark.openlayers]

PAGE = """<!doctype html><title>OpenLayers</title><link rel="icon" href="data:,"><div id="map" style="position:fixed;inset:0"></div>
<script src="/ol.js"></script>
<script>
  const source = new ol.source.OGCVectorTile({url: '%s', format: new ol.format.MVT()});
  const layer = new ol.layer.VectorTile({source});
  const view = new ol.View({center: ol.proj.fromLonLat([106.2, 21.28]), zoom: 10});
  const map = new ol.Map({target: 'map', layers: [layer], view});
  globalThis.drawn = new Promise((done) => {
    source.on('change', () => source.getState() === 'error' && done({error: String(source.getError?.() ?? 'error')}));
    map.on('rendercomplete', () => {
      const features = layer.getFeaturesInExtent(view.calculateExtent());
      if (features.length) done({attributions: source.getAttributions()?.(), features: features.map((each) => each.getProperties())});
    });
  });
</script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path, centre: Centre) -> Iterator[str]:
    """The address of a page that is no part of the service."""
    (tmp_path / "ol.js").write_bytes((FOLDER / "node_modules" / "ol" / "dist" / "ol.js").read_bytes())
    (tmp_path / "index.html").write_text(PAGE % f"{centre.ogc}/collections/units/tiles/WebMercatorQuad", encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_openlayers_draws_the_units_from_their_tileset(site: str, centre: Centre) -> None:
    command = ["node", str(FOLDER / "draw.mjs"), site, str(find_chromium())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    drawn = json.loads(done.stdout)
    assert (drawn["problems"], drawn.get("error")) == ([], None)
    codes = {each["code"] for each in drawn["features"]}
    assert {each["layer"] for each in drawn["features"]} == {"units"}
    known = {feature["properties"]["code"] for feature in centre.page("units")["features"]}
    assert codes <= known
    assert len(codes) > 50
