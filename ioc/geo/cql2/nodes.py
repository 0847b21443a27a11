"""The tree that a filter is, whichever way it was written; `op` has the names of CQL2 JSON in small letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from shapely.geometry.base import BaseGeometry

Scalar: TypeAlias = str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Property:
    """What a feature says about itself under a name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out; a `datetime` is an instant with its offset, a `date` a day where the centre is."""

    value: Scalar

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return str(self.value).upper()
        return repr(self.value) if isinstance(self.value, str) else str(self.value)


@dataclass(frozen=True, slots=True)
class Interval:
    """Time from `start` to `end`, both included; None is open."""

    start: Property | Literal | None
    end: Property | Literal | None

    def __str__(self) -> str:
        return f"INTERVAL({self.start or '..'}, {self.end or '..'})"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A geometry that is written out, as yet in the coordinates in which it was written."""

    geometry: BaseGeometry

    def __str__(self) -> str:
        return f"a {self.geometry.geom_type}"


@dataclass(frozen=True, slots=True)
class Items:
    """An array, or the list behind IN."""

    items: tuple[Node, ...]

    def __str__(self) -> str:
        return f"an array of {len(self.items)}"


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function with what it is applied to."""

    op: str
    args: tuple[Node, ...]

    def __str__(self) -> str:
        return f"{self.op.upper()}(…)"


Node: TypeAlias = Property | Literal | Interval | Shape | Items | Call


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Yield every node with its depth, from 1; a deep tree is no danger."""
    todo = [(root, 1)]
    while todo:
        node, depth = todo.pop()
        yield node, depth
        below: tuple[Node | None, ...] = ()
        if isinstance(node, Call):
            below = node.args
        elif isinstance(node, Items):
            below = node.items
        elif isinstance(node, Interval):
            below = (node.start, node.end)
        todo += [(each, depth + 1) for each in below if each is not None]
