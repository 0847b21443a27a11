"""Temporal relations between instants and intervals, after Allen; an instant is an interval that ends where it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.cql2.nodes import Interval, Literal, Node, Property
from ioc.geo.cql2.values import Value, as_instants, value_of

Moments: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_DAY_END = 86_400_000_000 - 1  # microseconds from the beginning of a day to its last one


@dataclass(frozen=True, slots=True)
class _Span:
    """Two moments for each feature, both included; where `unknown`, neither counts."""

    start: Moments
    end: Moments
    unknown: Mask


RELATIONS: Mapping[str, Callable[[_Span, _Span], Mask]] = {
    "t_after": lambda a, b: a.start > b.end,
    "t_before": lambda a, b: a.end < b.start,
    "t_contains": lambda a, b: (a.start < b.start) & (a.end > b.end),
    "t_disjoint": lambda a, b: (a.start > b.end) | (a.end < b.start),
    "t_during": lambda a, b: (a.start > b.start) & (a.end < b.end),
    "t_equals": lambda a, b: (a.start == b.start) & (a.end == b.end),
    "t_finishedby": lambda a, b: (a.start < b.start) & (a.end == b.end),
    "t_finishes": lambda a, b: (a.start > b.start) & (a.end == b.end),
    "t_intersects": lambda a, b: (a.start <= b.end) & (a.end >= b.start),
    "t_meets": lambda a, b: a.end == b.start,
    "t_metby": lambda a, b: a.start == b.end,
    "t_overlappedby": lambda a, b: (a.start > b.start) & (a.start < b.end) & (a.end > b.end),
    "t_overlaps": lambda a, b: (a.start < b.start) & (a.end > b.start) & (a.end < b.end),
    "t_startedby": lambda a, b: (a.start == b.start) & (a.end > b.end),
    "t_starts": lambda a, b: (a.start == b.start) & (a.end < b.end),
}


def related(op: str, left: Node, right: Node, collection: Collection) -> pa.Array:
    """Return for each feature whether the times stand in the relation `op`; null where one of them is not known.

    Days are compared with days as such; beside an instant a day is all of it, where the centre is. An interval of which a feature
    has one bound only is open on the other side.
    """
    bounds = [*_bounds(left, collection), *_bounds(right, collection)]
    by_day = all(each is None or each.type == "date" for each in bounds)
    a, b = (_span(*pair, by_day=by_day, length=len(collection)) for pair in (bounds[:2], bounds[2:]))
    return pa.array(RELATIONS[op](a, b), mask=a.unknown | b.unknown)


def _bounds(node: Node, collection: Collection) -> tuple[Value | None, Value | None]:
    if isinstance(node, Interval):
        return _time(node.start, collection), _time(node.end, collection)
    value = _time(node, collection)
    return value, value


def _time(node: Node | None, collection: Collection) -> Value | None:
    if node is None:
        return None
    if not isinstance(node, Property | Literal):
        raise BadInput(f"the filter has {node} where a time is wanted")
    value = value_of(node, collection)
    if value.group != "time":
        raise BadInput(f"the filter has {value.label} where a time is wanted: {value}")
    return value


def _span(start: Value | None, end: Value | None, *, by_day: bool, length: int) -> _Span:
    begins, has_no_start = _moments(start, _FIRST, 0, by_day=by_day, length=length)
    ends, has_no_end = _moments(end, _LAST, _DAY_END, by_day=by_day, length=length)
    # What nobody wrote down is open; what a feature lacks on both sides is unknown, as is an instant that it lacks.
    unknown = has_no_start & has_no_end if start is not end else has_no_start
    if start is None or end is None:
        unknown = has_no_start | has_no_end
    return _Span(begins, ends, unknown)


def _moments(value: Value | None, missing: int, into_day: int, *, by_day: bool, length: int) -> tuple[Moments, Mask]:
    """Return days or microseconds, `missing` where there are none, and where a feature has none."""
    if value is None:
        return np.full(length, missing), np.zeros(length, dtype=np.bool_)
    column: Any = value.column if by_day else as_instants(value)
    if isinstance(column, pa.Scalar):
        column = pa.array([column.as_py()], type=column.type).take(pa.array(np.zeros(length, dtype=np.int32)))
    numbers = pc.cast(pc.cast(column, pa.int32()), pa.int64()) if by_day else pc.cast(column, pa.int64())
    found = np.asarray(numbers.fill_null(missing), dtype=np.int64)
    absent = np.asarray(pc.is_null(column), dtype=np.bool_)
    if value.type == "date" and not by_day and into_day:
        found = np.where(absent, missing, found + into_day)
    return found, absent
