"""Programs that planners use read the layers over HTTP: GDAL, as it comes with geopandas and as QGIS has it, and its command line."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import geopandas as gpd
import httpx
import pyogrio
import pytest
import shapely
import uvicorn
from fastapi import FastAPI

from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.entry import read_catalogue
from ioc.geo.layer import Feature
from ioc.geo.routes import router
from ioc.geo.source import read_source
from tests.support.shapes import SOME_DAY, SOME_TIME

SDI = Path(__file__).parents[3] / "sdi"
BBOX = (106.1, 21.2, 106.3, 21.3)


def shipped_units() -> Collection:
    entry = read_catalogue(SDI / "catalogue.yaml")[0]
    source = read_source(SDI / entry.file, entry)
    rows = zip(source.rows, source.geometries, strict=True)
    features = [Feature(f"{row['code']}.{row['valid_from']}", geometry, row, SOME_DAY) for row, geometry in rows]
    features.sort(key=lambda feature: feature.fid)
    return Collection.from_features(entry, features, version=1, published_at=SOME_TIME, changed_at=SOME_TIME)


def serve(listener: socket.socket) -> None:
    catalogue = LayerCatalogue()
    catalogue.collections = {"units": shipped_units()}
    app = FastAPI()
    app.include_router(router(lambda: catalogue))
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The landing page of a service with the shipped units: in a process of its own, since GDAL lets no other thread run while it reads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = get_context("spawn").Process(target=serve, args=(listener,), daemon=True)
        process.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/ogc"
        # The socket listens already: this waits until somebody answers.
        httpx.get(address, timeout=60).raise_for_status()
        yield address
        process.terminate()
        process.join(timeout=10)


@pytest.fixture
def source(address: str) -> str:
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL was built without OGC API Features")
    return f"OAPIF:{address}"


def test_gdal_lists_the_collections(source: str) -> None:
    assert pyogrio.list_layers(source).tolist() == [["units", "MultiPolygon"]]


def test_geopandas_reads_every_feature_page_by_page(source: str) -> None:
    for size in (7, 1000):
        assert len(gpd.read_file(source, layer="units", PAGE_SIZE=size)) == 433


def test_geopandas_filters_by_place_and_attribute_on_the_server(source: str) -> None:
    everything = gpd.read_file(SDI / "layers" / "units.geojson")
    here = gpd.read_file(source, layer="units", bbox=BBOX)
    assert sorted(here["code"]) == sorted(everything.cx[BBOX[0] : BBOX[2], BBOX[1] : BBOX[3]]["code"])
    assert len(gpd.read_file(source, layer="units", where="level = 'district'")) == 18
    assert gpd.read_file(source, layer="units", where="name_vi = 'Thị xã Chũ'")["code"].tolist() == ["224"]


def test_geometries_arrive_as_they_were_published(source: str) -> None:
    served = gpd.read_file(source, layer="units").set_index(["code", "name_vi", "level"]).geometry.sort_index()
    published = gpd.read_file(SDI / "layers" / "units.geojson").set_index(["code", "name_vi", "level"]).geometry.sort_index()
    assert served.index.equals(published.index)
    assert served.crs == "OGC:CRS84"
    assert shapely.equals_identical(served.to_numpy(), shapely.orient_polygons(published.to_numpy())).all()


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs ogrinfo (Debian's gdal-bin)")
@pytest.mark.parametrize(
    ("options", "count"), [([], 433), (["-where", "level='district'"], 18), (["-spat", "106.1", "21.2", "106.3", "21.3"], 69)]
)
def test_command_line_counts_the_same(address: str, options: list[str], count: int) -> None:
    done = subprocess.run(
        ["ogrinfo", "-ro", "-so", *options, f"OAPIF:{address}", "units"], capture_output=True, text=True, timeout=60, check=True
    )
    assert f"Feature Count: {count}\n" in done.stdout
