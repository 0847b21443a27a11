"""A filter over a collection: for each feature whether it holds, with SQL's three-valued logic for what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2 import arrays, spatial, temporal
from ioc.geo.cql2.nodes import Call, Interval, Items, Literal, Node, Property, Shape
from ioc.geo.cql2.values import Column, Value, comparable, field_of, is_geometry, value_of

ToWgs84: TypeAlias = Callable[[BaseGeometry], BaseGeometry]

_COMPARISONS: Mapping[str, Callable[[Column, Column], Column]] = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    ">": pc.greater,
    "<=": pc.less_equal,
    ">=": pc.greater_equal,
}


def evaluate(root: Node, collection: Collection, *, to_wgs84: ToWgs84 = lambda shape: shape) -> npt.NDArray[np.bool_]:
    """Return for each feature whether the filter `root` is true of it; what is unknown is not.

    `to_wgs84` brings the geometries of the filter into longitude and latitude.

    Raises:
        BadInput: the filter names a property that is not there, or compares what cannot be compared.
    """
    truth = _Evaluator(collection, to_wgs84).truth(root)
    if isinstance(truth, pa.Scalar):
        return np.full(len(collection), truth.as_py() is True)
    return np.asarray(pc.fill_null(truth, False), dtype=np.bool_)


class _Evaluator:
    """Truth as Arrow has it: a column or constant of true, false and null."""

    def __init__(self, collection: Collection, to_wgs84: ToWgs84) -> None:
        self._collection = collection
        self._to_wgs84 = to_wgs84

    def truth(self, node: Node) -> Column:
        match node:
            case Literal(bool() as value):
                return pa.scalar(value)
            case Property(name):
                if (kind := field_of(name, self._collection)) == "boolean":
                    return self._collection.column(name)
                raise BadInput(f"the filter has {name} as a condition, but {Value(kind, pa.scalar(None), name)}, not a boolean")
            case Call("and" | "or" as op, args):
                return reduce(pc.and_kleene if op == "and" else pc.or_kleene, map(self.truth, args))
            case Call("not", (arg,)):
                return pc.invert(self.truth(arg))
            case Call(op, args):
                return self._predicate(op, args, node)
        raise BadInput(f"the filter has {node} where a condition is wanted")

    def _predicate(self, op: str, args: tuple[Node, ...], node: Node) -> Column:
        if op in _COMPARISONS:
            return self._compare(op, *args)
        if op == "between":
            value, low, high = args
            return pc.and_kleene(self._compare(">=", value, low), self._compare("<=", value, high))
        simple: Mapping[str, Callable[..., Column]] = {"isnull": self._is_null, "in": self._is_in, "like": self._is_like}
        if op in simple:
            return simple[op](*args)
        if op in {"s_dwithin", "s_beyond"}:
            return self._near(op, *args)
        families = {"s": self._spatial, "t": self._temporal, "a": self._array}
        if op[1:2] == "_":
            return families[op[0]](op, *args)
        raise BadInput(f"the filter has {node} where a condition is wanted")

    def _compare(self, op: str, left: Node, right: Node) -> Column:
        return _COMPARISONS[op](*comparable(self._operand(left), self._operand(right)))

    def _operand(self, node: Node) -> Value:
        """Return a value; a condition in brackets is one too."""
        if isinstance(node, Call) and node.op not in {"casei", "accenti", "+", "-", "*", "/", "%", "div", "^"}:
            return Value("boolean", self.truth(node), str(node))
        return value_of(node, self._collection)

    def _is_null(self, node: Node) -> Column:
        if isinstance(node, Property) and is_geometry(node.name, self._collection):
            return pa.array(shapely.is_missing(self._collection.geometries))
        if isinstance(node, Shape):
            return pa.scalar(False)
        if isinstance(node, Interval):
            lacking = [self._is_null(each) for each in (node.start, node.end) if each is not None]
            # As for temporal functions: an open side is known, and of two sides one that is known is enough.
            return reduce(pc.and_ if len(lacking) > 1 else pc.or_, lacking, pa.scalar(len(lacking) > 1))
        return pc.is_null(self._operand(node).column)

    def _is_in(self, node: Node, items: Node) -> Column:
        if not isinstance(items, Items):
            raise BadInput(f"the filter has {items} behind IN, which wants a list")
        value = self._operand(node)
        pairs = [comparable(value, self._operand(each)) for each in items.items]
        same = {left.type for left, _ in pairs} | {right.type for _, right in pairs}
        if len(same) == 1 and all(isinstance(right, pa.Scalar) for _, right in pairs) and not isinstance(value.column, pa.Scalar):
            column = pairs[0][0]
            found = pc.is_in(column, value_set=pa.array([right.as_py() for _, right in pairs], type=column.type))
            return pc.if_else(pc.is_valid(column), found, pa.scalar(None, pa.bool_()))
        return reduce(pc.or_kleene, [pc.equal(left, right) for left, right in pairs], pa.scalar(False))

    def _is_like(self, node: Node, pattern: Node) -> Column:
        text, wanted = self._operand(node), self._operand(pattern)
        for each in (text, wanted):
            if each.type != "string":
                raise BadInput(f"LIKE takes strings, but {each}")
        if not isinstance(wanted.column, pa.Scalar):
            raise BadInput(f"LIKE takes a pattern that is written out, not {wanted.label}")
        return pc.match_like(text.column, wanted.column.as_py())

    def _spatial(self, op: str, left: Node, right: Node) -> Column:
        match self._place(left), self._place(right):
            case None, None:
                return spatial.with_itself(op, self._collection)
            case None, BaseGeometry() as shape:
                return spatial.related(op, self._collection, shape)
            case BaseGeometry() as shape, None:
                return spatial.related(op, self._collection, shape, is_first=True)
            case BaseGeometry() as first, BaseGeometry() as second:
                return pa.scalar(spatial.constant(op, first, second))
        raise AssertionError("a place is a geometry or that of the features")

    def _near(self, op: str, left: Node, right: Node, distance: Node) -> Column:
        if not isinstance(distance, Literal) or isinstance(distance.value, bool) or not isinstance(distance.value, int | float):
            raise BadInput(f"{op.upper()} takes a distance in metres, not {distance}")
        shapes = [shape for shape in (self._place(left), self._place(right)) if shape is not None]
        if len(shapes) != 1:
            raise BadInput(f"{op.upper()} takes the geometry of the features and one that is written out")
        near = spatial.is_near(self._collection, shapes[0], float(distance.value))
        return near if op == "s_dwithin" else pc.invert(near)

    def _place(self, node: Node) -> BaseGeometry | None:
        """Return the geometry that is written out, None for that of the features."""
        if isinstance(node, Shape):
            return self._to_wgs84(node.geometry)
        if isinstance(node, Property):
            if is_geometry(node.name, self._collection):
                return None
            raise BadInput(f"the filter has {node.name} where a geometry is wanted: {self._operand(node)}")
        raise BadInput(f"the filter has {node} where a geometry is wanted")

    def _temporal(self, op: str, left: Node, right: Node) -> Column:
        return temporal.related(op, left, right, self._collection)

    def _array(self, op: str, left: Node, right: Node) -> Column:
        return arrays.related(op, left, right, self._collection)
