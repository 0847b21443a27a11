"""`ioc sdi`: what an administrator sees who previews, compares, serves and takes back a layer; exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from tests.support.databases import Database
from tests.support.shapes import square, unit_feature, write_geojson

CATALOGUE = """
layers:
  - id: units
    title: {vi: Đơn vị, en: Units}
    summary: {vi: Đơn vị, en: Units}
    file: units.geojson
    kind: units
    join: true
    owner: town
    licence: CC0-1.0
    lineage: {vi: Đo, en: Surveyed}
    update_rhythm: annual
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ioc(any_database: Database, tmp_path: Path) -> Run:
    """Run `ioc sdi …` with a catalogue of one layer."""
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    write_geojson(tmp_path / "units.geojson", [unit_feature("1", square(106, 21)), unit_feature("2", square(107, 21))])
    environment = {"IOC_DATABASE_URL": any_database.dsn, "IOC_SDI_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [Path(sys.executable).with_name("ioc"), "sdi", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=100)

    return run


def test_layer_is_previewed_compared_served_and_taken_back(ioc: Run, tmp_path: Path) -> None:
    assert ioc("publish").stdout == "units: version 1, 2 features, 0 repaired\n"
    bow_tie = shapely.Polygon([(107, 21), (108, 22), (108, 21), (107, 22), (107, 21)])
    write_geojson(tmp_path / "new.geojson", [unit_feature("1", square(106, 21, 1.1), name_vi="Xã Mới"), unit_feature("2", bow_tie)])
    seen = ioc("publish", "new.geojson", "--layer", "units", "--preview").stdout
    assert seen.splitlines()[:3] == [
        "units: version 2, 2 features, 1 repaired, not served: ioc sdi serve units 2",
        "  against what is served: 2 features, 0 added, 0 removed, 2 moved, 1 changed",
        "  coordinate system EPSG:4326 (stated by the file), encoding UTF-8 (stated by the file)",
    ]
    assert "  repaired 2.2025-01-01: Self-intersection at 107.500000 21.500000" in seen
    assert "  overlap: 1.2025-01-01 and 2.2025-01-01 overlap by" in seen
    table = ioc("diff", "units", "1", "2", "--form", "csv").stdout.splitlines()
    assert "1.2025-01-01,changed,,,name_vi,Xã 1,Xã Mới" in table
    assert ioc("serve", "units", "2").stdout == "units: version 2 is served\n"
    assert json.loads(ioc("show", "units", "2").stdout)["state"] == "served"
    ioc("serve", "units", "1")
    versions = ioc("versions", "units").stdout
    assert "earlier" in versions
    assert "ioc sdi (" in versions
    assert "fresh" in ioc("list").stdout
    refused = ioc("delete", "units", "1")
    assert (refused.returncode, refused.stderr) == (2, "ioc: version 1 of layer units is served: serve another one first\n")
    assert ioc("delete", "units", "2").stdout == "units: version 2 is deleted\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish", "absent.gpkg", "--layer", "units"), "absent.gpkg cannot be read: No such file or directory"),
        (("publish", "units.geojson", "--layer", "units", "--crs", "EPSG:1"), "the coordinate system EPSG:1 is not known"),
        (("publish", "units.geojson"), "FILE and --layer come together"),
        (("publish", "--crs", "EPSG:9214"), "--crs holds for one FILE"),
        (("versions", "roads"), "there is no layer roads"),
        (("serve", "roads", "1"), "layer roads has no version 1"),
    ],
)
def test_what_is_refused_ends_with_two_and_says_why(ioc: Run, arguments: tuple[str, ...], words: str) -> None:
    ended = ioc(*arguments)
    assert ended.returncode == 2
    assert words in " ".join(ended.stderr.replace("│", " ").split())
