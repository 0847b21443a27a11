"""What the tree promises: small files and functions, telling names, docstrings, a test file for each pure module."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.architecture.figures import PACKAGE, ROOT, file_sizes, function_sizes, public_definitions, sizes_in, sources

LONGEST_FILE = 450
LONGEST_FUNCTION = 60
ACCESSOR = 4  # a function up to here is a signature and a line or three: nothing to test by itself
NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "manager", "common", "base", "data", "misc"}


def pure_modules() -> list[Path]:
    """The files that the contract "pure cores do no I/O" names and that have behaviour, not only types."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in settings["tool"]["importlinter"]["contracts"] if one["name"] == "pure cores do no I/O")
    paths = [ROOT / name.replace(".", "/") for name in contract["source_modules"]]
    files = [file for path in paths for file in (sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")])]
    return [file for file in files if any(size.lines > ACCESSOR for size in sizes_in(file.read_text(encoding="utf-8"), file.name))]


def test_no_file_is_longer_than_the_limit() -> None:
    assert [size for size in file_sizes() if size.lines > LONGEST_FILE] == []


def test_no_function_is_longer_than_the_limit() -> None:
    assert [size for size in function_sizes() if size.lines > LONGEST_FUNCTION] == []


def test_lines_of_code_leave_out_docstring_comments_and_blank_lines() -> None:
    source = 'def f():\n    """Say\n\n    nothing.\n    """\n    # why\n\n    x = 1\n    return x\n'
    assert [size.lines for size in sizes_in(source, "f.py")] == [3]


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for path in PACKAGE.rglob("*.py") for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert parts & NAMES_THAT_SAY_NOTHING == set()


def test_every_public_definition_has_a_docstring() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources()
        for node in public_definitions(path)
        if not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("file", pure_modules(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_pure_module_has_a_test_file_of_its_own(file: Path) -> None:
    mirrors = [ROOT / "tests" / kind / file.relative_to(PACKAGE).with_name(f"test_{file.name}") for kind in ("unit", "property")]
    assert any(mirror.exists() for mirror in mirrors), f"{mirrors[0].relative_to(ROOT)} is missing"


def test_every_test_folder_is_a_package() -> None:
    """Two test files of one name would stand in each other's way otherwise."""
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
