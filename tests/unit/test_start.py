"""What a start loads: each process pays for it, and people wait for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SELDOM = {"alembic", "sqlalchemy", "pandas", "geopandas", "pyogrio"}
"""Packages that take longer to load than all of ours, for migrations, files of layers and history."""


@pytest.mark.parametrize(
    ("module", "seldom"),
    [("ioc.serve", _SELDOM), ("ioc.cli", _SELDOM | {"fastapi", "numpy", "pyarrow", "pydantic", "jsonschema_rs"})],
)
def test_starting_loads_nothing_that_is_seldom_needed(module: str, seldom: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert module in loaded
    assert not seldom & set(loaded)
