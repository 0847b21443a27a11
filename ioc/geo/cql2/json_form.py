"""CQL2 JSON into the tree."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ioc.errors import BadInput
from ioc.geo.cql2 import literals
from ioc.geo.cql2.functions import FUNCTIONS, OPERATORS
from ioc.geo.cql2.nodes import Call, Items, Literal, Node, Property
from ioc.geo.cql2.text import DEEPEST


def read_json(text: str) -> Node:
    """Return the tree of the filter `text`; BadInput says what is not understood."""
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        raise BadInput(f"the filter is nested more than {DEEPEST} deep") from None
    except msgspec.DecodeError as error:
        raise BadInput(f"the filter is not JSON: {error}") from None
    return _node(value, 1)


def _node(value: Any, depth: int) -> Node:
    if depth > DEEPEST:
        raise BadInput(f"the filter is nested more than {DEEPEST} deep")
    if isinstance(value, bool | str):
        return Literal(value)
    if isinstance(value, int | float):
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) >= 2**63):
            raise BadInput(f"the filter has the number {value}, which is too large")
        return Literal(value)
    if isinstance(value, list):
        return Items(tuple(_node(each, depth + 1) for each in value))
    if isinstance(value, dict):
        return _object(value, depth)
    raise BadInput(f"the filter has {msgspec.json.encode(value).decode()} where a value or a condition is wanted")


def _object(value: dict[str, Any], depth: int) -> Node:
    if "op" in value:
        return _call(value, depth)
    if isinstance(name := value.get("property"), str):
        return Property(name)
    if "date" in value:
        return literals.day(value["date"])
    if "timestamp" in value:
        return literals.instant(value["timestamp"])
    if isinstance(bounds := value.get("interval"), list):
        return literals.interval([_bound(each) for each in bounds])
    if isinstance(numbers := value.get("bbox"), list):
        return literals.box(numbers)
    if "type" in value:
        return literals.from_geojson(value)
    raise BadInput(
        f"the filter has an object with {', '.join(value) or 'nothing'}: none of op, property, date, timestamp, interval, bbox, type"
    )


def _bound(value: Any) -> Property | Literal | str:
    if isinstance(value, str):
        return value
    node = _object(value, 1) if isinstance(value, dict) and "op" not in value else None
    if not isinstance(node, Property | Literal):
        raise BadInput(f"the filter has an interval with {msgspec.json.encode(value).decode()[:40]}, which is no time")
    return node


def _call(value: dict[str, Any], depth: int) -> Node:
    op, args = value["op"], value.get("args")
    name = op.lower() if isinstance(op, str) else ""
    if name not in OPERATORS and name not in FUNCTIONS:
        raise BadInput(f"the filter has the operator {op!r}: known are {', '.join([*OPERATORS, *sorted(FUNCTIONS)])}")
    if not isinstance(args, list):
        raise BadInput(f"the filter has the operator {op} without a list of args")
    return Call(name, tuple(_node(each, depth + 1) for each in args))
