"""Sizes of the Python sources: lines of each file, lines of code of each function. Run as a program it prints six figures."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ioc"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Size:
    """How long something is, and where it stands."""

    where: str
    lines: int


def sources() -> list[Path]:
    """Return the package's Python files."""
    return sorted(PACKAGE.rglob("*.py"))


def file_sizes() -> list[Size]:
    """Return the number of lines of each file."""
    return [Size(_name(path), len(path.read_text(encoding="utf-8").splitlines())) for path in sources()]


def function_sizes() -> list[Size]:
    """Return the lines of code of each function and method: without docstring, blank lines and comments."""
    return [size for path in sources() for size in sizes_in(path.read_text(encoding="utf-8"), _name(path))]


def sizes_in(text: str, name: str) -> list[Size]:
    """Return the lines of code of each function in the source `text` of the file `name`."""
    lines = text.splitlines()
    return [
        Size(f"{name}:{node.lineno} {node.name}", _code_lines(node, lines))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def public_definitions(path: Path) -> Iterator[Definition]:
    """Yield the public functions, classes and methods of a file; methods of private classes are private."""
    yield from _public(ast.parse(path.read_text(encoding="utf-8")).body)


def _public(body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    has_docstring = ast.get_docstring(function) is not None
    docstring = function.body[0] if has_docstring else None
    left_out = range(docstring.lineno, (docstring.end_lineno or 0) + 1) if docstring else range(0)
    numbers = range(function.lineno, (function.end_lineno or 0) + 1)
    return sum(
        1 for number in numbers if number not in left_out and lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#")
    )


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _figures(what: str, sizes: list[Size]) -> str:
    lines = [size.lines for size in sizes]
    return f"{len(lines)} {what}: median {median(lines):.0f}, 95 % up to {quantiles(lines, n=20)[-1]:.0f}, longest {max(lines)} lines"


if __name__ == "__main__":
    print(_figures("files", file_sizes()))  # noqa: T201 - a program
    print(_figures("functions", function_sizes()))  # noqa: T201
