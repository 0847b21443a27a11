"""GDAL, on the command line and in geopandas, finds through `/ogc` what is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from tests.clients.conftest import QUESTIONS, Centre, Question

BBOX = (106.1, 21.2, 106.3, 21.3)
COLLECTIONS = ["units", "units-namdinh", "school-zones", "stations", "alerts", "units-now", "events"]
DRIVER = pytest.mark.skipif("OAPIF" not in pyogrio.list_drivers(), reason="this GDAL was built without OGC API Features")


@pytest.mark.gdal
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.gdal)
def test_ogrinfo_counts_the_same(centre: Centre, question: Question) -> None:
    told = run("ogrinfo", "-ro", "-so", "-where", question.gdal, f"OAPIF:{centre.ogc}", question.collection)
    assert f"Feature Count: {len(centre.expected(question))}\n" in told


@pytest.mark.gdal
def test_ogr2ogr_takes_a_part_home(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "communes.geojson"
    chosen = ["-spat", *map(str, BBOX), "-where", "level = 'commune'"]
    run("ogr2ogr", *chosen, "-f", "GeoJSON", str(file), f"OAPIF:{centre.ogc}", "units")
    wanted = centre.page("units", bbox=",".join(map(str, BBOX)), level="commune")["features"]
    taken = json.loads(file.read_text(encoding="utf-8"))["features"]
    assert sorted(each["properties"]["id"] for each in taken) == sorted(each["id"] for each in wanted)
    assert 0 < len(taken) < len(centre.page("units")["features"])


@DRIVER
def test_every_collection_is_a_layer(centre: Centre) -> None:
    assert [name for name, _ in pyogrio.list_layers(f"OAPIF:{centre.ogc}")] == COLLECTIONS


@DRIVER
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.gdal)
def test_geopandas_finds_the_same(centre: Centre, question: Question) -> None:
    found = gpd.read_file(f"OAPIF:{centre.ogc}", layer=question.collection, where=question.gdal, PAGE_SIZE=7)
    assert sorted(found["id"]) == centre.expected(question)


@pytest.mark.parametrize("form", ["json", "fgb", "gpkg"])
def test_geopandas_reads_the_address_of_the_items(centre: Centre, form: str) -> None:
    address = f"{centre.ogc}/collections/units/items?f={form}&limit=1000&bbox={','.join(map(str, BBOX))}&filter=level%3D'commune'"
    wanted = centre.page("units", bbox=",".join(map(str, BBOX)), level="commune")["features"]
    assert sorted(gpd.read_file(address)["name_vi"]) == sorted(each["properties"]["name_vi"] for each in wanted)


def run(*command: str) -> str:
    """Return what a program prints; it must not complain."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "ERROR" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done.stdout
