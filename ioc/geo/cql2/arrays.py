"""Relations between arrays as sets of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2.nodes import Items, Literal, Node, Property
from ioc.geo.cql2.values import value_of
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
    if isinstance(left, Property) and isinstance(right, Property):
        columns = [_column(each, collection).to_pylist() for each in (left, right)]
        rows = zip(*columns, strict=True)
        return pa.array([None if a is None or b is None else _RELATIONS[op](frozenset(a), frozenset(b)) for a, b in rows], type=pa.bool_())
    if isinstance(left, Property):
        return _beside_constant(op, left, _items(right), collection)
    if isinstance(right, Property):
        return _beside_constant(_SWAPPED.get(op, op), right, _items(left), collection)
    both = [frozenset(each.value for each in _items(side)) for side in (left, right)]
    return pa.array(np.full(len(collection), _RELATIONS[op](*both)))


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
    # One value in brackets is read as that value.
    items = node.items if isinstance(node, Items) else (node,)
    for each in items:
        if not isinstance(each, Literal):
            raise BadInput(f"the filter has an array with {each}, which is no text, number, truth value or time")
    return [each for each in items if isinstance(each, Literal)]


def _check_types(name: Property, kind: pa.DataType, items: list[Literal], collection: Collection) -> None:
    own = "number" if field_type(kind) == "integer" else field_type(kind)
    for item in items:
        value = value_of(item, collection)
        if kind != pa.null() and value.group != own:
            raise BadInput(f"the filter compares what cannot be compared: {name} is an array of {own}, but {value}")
