"""QGIS without a screen adds our collections and vector tiles as its dialogs do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import QUESTIONS, Centre
from tests.support.requirements import find_qgis_python

pytestmark = pytest.mark.qgis
SCRIPT = Path(__file__).with_name("read_with_qgis.py")
COLLECTIONS = ["units", "units-namdinh", "school-zones", "stations", "alerts", "units-now", "events"]


@pytest.fixture(scope="module")
def told(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What QGIS says of every question, every collection as a whole, and of our tiles and those of a layer that is not there."""
    questions = [(question.collection, question.qgis) for question in QUESTIONS] + [(collection, "") for collection in COLLECTIONS]
    tiles = [f"{centre.ogc}/collections/{layer}/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D" for layer in ("units", "nothing")]
    home = tmp_path_factory.mktemp("qgis")
    done = subprocess.run(
        [str(find_qgis_python()), "-I", str(SCRIPT), centre.ogc],
        input=json.dumps({"questions": questions, "tiles": tiles}),
        env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("number", range(len(QUESTIONS)), ids=[question.qgis for question in QUESTIONS])
def test_filter_finds_the_same(centre: Centre, told: Any, number: int) -> None:
    answer = told["found"][number]
    assert answer == {"valid": True, "filtered": True, "ids": centre.expected(QUESTIONS[number])}


@pytest.mark.parametrize("number", range(len(COLLECTIONS)), ids=COLLECTIONS)
def test_collection_is_added(centre: Centre, told: Any, number: int) -> None:
    answer = told["found"][len(QUESTIONS) + number]
    wanted = sorted(feature["id"] for feature in centre.page(COLLECTIONS[number])["features"])
    assert (answer["valid"], answer["ids"]) == (True, wanted)


def test_tiles_are_drawn(told: Any) -> None:
    ours, nothing = told["colours"]
    assert nothing == 1
    assert ours > 20
