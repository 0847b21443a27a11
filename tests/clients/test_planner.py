"""The planner's notebook runs from top to bottom, and its figures are those of the service."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.clients.conftest import GAUGES, Centre

NOTEBOOK = Path(__file__).parents[2] / "docs" / "planner.ipynb"
FIGURES = """
import json
print(json.dumps({
    "communes": len(communes), "stations": int(communes["stations"].sum()), "fixed": len(stations), "former": len(former),
    "off_km2": float(compared.loc[compared["exact"], "difference_km2"].abs().max()), "exact": int(compared["exact"].sum()),
    "ranked": len(on_time), "targets": sorted(set(on_time["target"])), "months": len(trends["periods"]),
    "sum_off_km2": float(abs(converted["converted_km2"].sum() - former["area_km2"].sum())),
}))
"""


def test_nothing_of_a_machine_is_kept_in_it() -> None:
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_every_cell_runs(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_ADDRESS", centre.url)
    monkeypatch.delenv("IOC_KEY", raising=False)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(FIGURES))
    NotebookClient(notebook, timeout=90, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    outputs: list[Any] = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    (picture,) = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert len(base64.b64decode(picture)) > 20_000
    told = json.loads(outputs[-1]["text"])
    units = [feature["properties"] for feature in centre.page("units", level="commune")["features"]]
    assert told["communes"] == sum(unit["valid_to"] is None for unit in units) == 99
    assert told["former"] == sum(unit["valid_to"] == "2025-07-01" for unit in units)
    assert told["stations"] == told["fixed"] == GAUGES
    assert (told["ranked"], told["targets"], told["months"]) == (99, [99], 12)
    assert told["exact"] > 50
    assert told["off_km2"] < 0.001
    assert told["sum_off_km2"] < 0.01
