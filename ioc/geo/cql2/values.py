"""What the parts of a filter are worth over a collection: columns and constants with their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ioc.domain.clock import LOCAL_ZONE
from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2.nodes import Call, Literal, Node, Property
from ioc.geo.cql2.strings import Fold, folded
from ioc.geo.table import INSTANT_TYPE, FieldType

Column: TypeAlias = pa.ChunkedArray | pa.Array | pa.Scalar

GEOMETRY_NAMES = frozenset({"geometry", "geom"})
_INSTANTS = {"date", "date-time"}
_NUMBERS = {"integer", "number"}
ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
    "^": np.power,
}


@dataclass(frozen=True, slots=True)
class Value:
    """A column or constant: `group` is what it can be compared with, `label` what a person calls it."""

    type: FieldType
    column: Column
    label: str

    @property
    def group(self) -> str:
        """The types that compare with each other have one group."""
        if self.type in _NUMBERS:
            return "number"
        return "time" if self.type in _INSTANTS else self.type

    def __str__(self) -> str:
        return f"{self.label} is {_with_article(self.type)}"


def is_geometry(name: str, collection: Collection) -> bool:
    """Return whether the property `name` is the place of the features; an attribute of that name goes before."""
    return name in GEOMETRY_NAMES and name not in collection.queryables


def field_of(name: str, collection: Collection) -> FieldType:
    """Return the type of the attribute `name`; BadInput names those that exist where there is none."""
    field = collection.queryables.get(name)
    if field is not None:
        return field.type
    if is_geometry(name, collection):
        raise BadInput(f"{name} is a geometry: it can be compared by spatial functions such as S_INTERSECTS only")
    raise BadInput(f"the filter has the property {name}: {collection.entry.id} has {', '.join(['geometry', *collection.queryables])}")


def value_of(node: Node, collection: Collection) -> Value:
    """Return what `node` is worth; BadInput where it is no scalar or array, or joins what does not go together."""
    match node:
        case Literal(value):
            return Value(_type_of(value), _scalar(value), str(node))
        case Property(name):
            return Value(field_of(name, collection), collection.column(name), name)
        case Call("casei" | "accenti"):
            return _folded(node, collection)
        case Call(op, (left, right)) if op in ARITHMETIC:
            return _computed(op, value_of(left, collection), value_of(right, collection))
    raise BadInput(f"the filter has {node} where a value is wanted")


def comparable(left: Value, right: Value) -> tuple[Column, Column]:
    """Return the columns of two values in one type; BadInput says both types where they have none in common."""
    if left.group != right.group:
        raise BadInput(f"the filter compares what cannot be compared: {left}, but {right}")
    if left.type != right.type and left.group == "time":
        return as_instants(left), as_instants(right)
    if left.type == "boolean":
        return pc.cast(left.column, pa.int8()), pc.cast(right.column, pa.int8())
    return left.column, right.column


def as_instants(value: Value) -> Column:
    """Return days as the instants at which they begin where the centre is, instants as they are."""
    if value.type == "date-time":
        return value.column
    if isinstance(value.column, pa.Scalar):
        return pa.scalar(_begin(value.column.as_py()), INSTANT_TYPE)
    days = pc.unique(value.column).drop_null()
    begins = pa.array([_begin(day) for day in days.to_pylist()], type=INSTANT_TYPE)
    return pc.take(begins, pc.index_in(value.column, value_set=days))


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


def _type_of(value: Any) -> FieldType:
    kinds: tuple[tuple[type, FieldType], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (datetime, "date-time"),
        (date, "date"),
    )
    return next(name for kind, name in kinds if isinstance(value, kind))


def _scalar(value: Any) -> pa.Scalar:
    return pa.scalar(value, INSTANT_TYPE) if isinstance(value, datetime) else pa.scalar(value)


def _folded(call: Call, collection: Collection) -> Value:
    """Return a text folded by all that is said about it, in whichever order."""
    folds: set[Fold] = set()
    node: Node = call
    while isinstance(node, Call) and node.op in {"casei", "accenti"}:
        folds.add("casei" if node.op == "casei" else "accenti")
        node = node.args[0]
    value = value_of(node, collection)
    if value.type != "string":
        raise BadInput(f"{call.op.upper()} takes a string, but {value}")
    if isinstance(node, Property):
        return Value("string", collection.folded(node.name, frozenset(folds)), str(call))
    return Value("string", pa.scalar(folded(value.column.as_py(), frozenset(folds))), str(call))


def _computed(op: str, left: Value, right: Value) -> Value:
    for each in (left, right):
        if each.group != "number":
            raise BadInput(f"{op} takes numbers, but {each}")
    with np.errstate(all="ignore"):
        a, b = _floats(left.column), _floats(right.column)
        # Anything to the power of 0 is 1 for numpy, even what is unknown.
        result = np.where(np.isnan(a) | np.isnan(b), np.nan, ARITHMETIC[op](a, b))
    label = f"{left.label} {op} {right.label}"
    if isinstance(left.column, pa.Scalar) and isinstance(right.column, pa.Scalar):
        return Value("number", pa.scalar(float(result) if np.isfinite(result) else None, pa.float64()), label)
    # What has no result, as a division by zero, is unknown.
    return Value("number", pa.array(result, mask=~np.isfinite(result)), label)


def _floats(column: Column) -> Any:
    """Return numbers, NaN where they are unknown."""
    if isinstance(column, pa.Scalar):
        return np.float64(np.nan if column.as_py() is None else column.as_py())
    return column.cast(pa.float64()).to_numpy(**({} if isinstance(column, pa.ChunkedArray) else {"zero_copy_only": False}))


def _with_article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
