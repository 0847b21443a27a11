"""Relations between arrays as sets of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2.nodes import Items, Literal, Node, Property
from ioc.geo.cql2.values import Value, value_of
from ioc.geo.table import field_type

_RELATIONS: Mapping[str, Callable[[frozenset[object], frozenset[object]], bool]] = {
    "a_contains": frozenset.issuperset,
    "a_containedby": frozenset.issubset,
    "a_equals": frozenset.__eq__,
    "a_overlaps": lambda a, b: not a.isdisjoint(b),
}
_SWAPPED = {"a_contains": "a_containedby", "a_containedby": "a_contains"}


def related(op: str, left: Node, right: Node, collection: Collection) -> pa.Array:
    """Return for each feature whether its arrays stand in the relation `op`; null where one of them is not known."""
    if isinstance(left, Property) and _is_written(right):
        return _beside_constant(op, left, _items(right), collection)
    if isinstance(right, Property) and _is_written(left):
        return _beside_constant(_SWAPPED.get(op, op), right, _items(left), collection)
    _check_alike(left, right, collection)
    rows = zip(_sets(left, collection), _sets(right, collection), strict=True)
    return pa.array([None if a is None or b is None else _RELATIONS[op](a, b) for a, b in rows], type=pa.bool_())


def _is_written(node: Node) -> bool:
    return not isinstance(node, Property) and all(isinstance(each, Literal) for each in _elements(node))


def _elements(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Items):
        raise BadInput(f"the filter has {node} where an array is wanted")
    return node.items


def _sets(node: Node, collection: Collection) -> Iterable[frozenset[object] | None]:
    """Return the array of each feature; one with an element that is not known is not known."""
    if isinstance(node, Property):
        return [None if row is None else frozenset(row) for row in _column(node, collection).to_pylist()]
    columns = [_values(each, collection) for each in _elements(node)]
    if not columns:
        return [frozenset()] * len(collection)
    return [None if None in row else frozenset(row) for row in zip(*columns, strict=True)]


def _values(node: Node, collection: Collection) -> list[object]:
    value = _scalar(node, collection)
    if isinstance(value.column, pa.Scalar):
        return [value.column.as_py()] * len(collection)
    found: list[object] = value.column.to_pylist()
    return found


def _scalar(node: Node, collection: Collection) -> Value:
    value = value_of(node, collection)
    if value.type == "array":
        raise BadInput(f"the filter has an array with {value.label}, which is an array itself")
    return value


def _check_alike(left: Node, right: Node, collection: Collection) -> None:
    """Refuse to compare arrays whose elements have nothing in common, as no two of them would ever be the same."""
    groups: dict[str, str] = {}
    for node in (left, right):
        if isinstance(node, Property):
            groups.setdefault(_group(_column(node, collection).type.value_type), f"{node} is an array")
        else:
            for value in (_scalar(each, collection) for each in _elements(node)):
                groups.setdefault(value.group, str(value))
    if len(groups) > 1:
        first, second = list(groups.items())[:2]
        raise BadInput(f"the filter compares what cannot be compared: {first[1]} of {first[0]}, but {second[1]} of {second[0]}")


def _group(kind: pa.DataType) -> str:
    name = field_type(kind)
    return "number" if name == "integer" else str(name)


def _beside_constant(op: str, name: Property, items: list[Literal], collection: Collection) -> pa.Array:
    column = _column(name, collection).combine_chunks()
    _check_types(name, column.type.value_type, items, collection)
    missing = np.asarray(pc.is_null(column))
    owners, values = pc.list_parent_indices(column), pc.list_flatten(column)
    wanted = pa.array(list(dict.fromkeys(item.value for item in items)), type=None if items else values.type)

    def having(condition: pa.Array) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(column), dtype=np.bool_)
        found[np.asarray(owners.filter(condition))] = True
        return found

    has_other = having(pc.invert(pc.is_in(values, value_set=wanted.cast(values.type)))) if len(values) else np.zeros(len(column), np.bool_)
    has = [having(pc.equal(values, item)) for item in wanted]
    everything = np.logical_and.reduce([np.ones(len(column), dtype=np.bool_), *has])
    result = {
        "a_contains": everything,
        "a_containedby": ~has_other,
        "a_equals": everything & ~has_other,
        "a_overlaps": np.logical_or.reduce([np.zeros(len(column), dtype=np.bool_), *has]),
    }[op]
    return pa.array(result, mask=missing)


def _column(node: Property, collection: Collection) -> pa.ChunkedArray:
    value = value_of(node, collection)
    if value.type != "array":
        raise BadInput(f"the filter has {value.label} where an array is wanted: {value}")
    return value.column


def _items(node: Node) -> list[Literal]:
    return [each for each in _elements(node) if isinstance(each, Literal)]


def _check_types(name: Property, kind: pa.DataType, items: list[Literal], collection: Collection) -> None:
    own = _group(kind)
    for item in items:
        value = value_of(item, collection)
        if kind != pa.null() and value.group != own:
            raise BadInput(f"the filter compares what cannot be compared: {name} is an array of {own}, but {value}")
