"""CQL2 as slowly as it can be done: one feature after the other, in plain Python, without Arrow. The evaluator is compared with it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import shapely

from ioc.domain.clock import LOCAL_ZONE
from ioc.geo.cql2.nodes import Call, Interval, Items, Literal, Node, Property, Shape

Row = Mapping[str, Any]

FIRST, LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 28, tzinfo=UTC)


def holds(node: Node, row: Row) -> bool:
    """Return whether the filter is true of `row`, whose geometry is under `geometry`."""
    return truth(node, row) is True


def truth(node: Node, row: Row) -> bool | None:
    match node:
        case Literal(value):
            return bool(value)
        case Property(name):
            value = row[name]
            return None if value is None else bool(value)
        case Call("and", args):
            found = [truth(each, row) for each in args]
            return False if False in found else None if None in found else True
        case Call("or", args):
            found = [truth(each, row) for each in args]
            return True if True in found else None if None in found else False
        case Call("not", (arg,)):
            inner = truth(arg, row)
            return None if inner is None else not inner
    assert isinstance(node, Call)
    return predicate(node, row)


def predicate(node: Call, row: Row) -> bool | None:
    match node:
        case Call("isnull", (arg,)):
            return worth(arg, row) is None
        case Call("between", (arg, low, high)):
            return truth(Call("and", (Call(">=", (arg, low)), Call("<=", (arg, high)))), row)
        case Call("in", (arg, Items(items))):
            return truth(Call("or", tuple(Call("=", (arg, item)) for item in items)), row)
        case Call(op, args) if op in COMPARISONS:
            a, b = (worth(each, row) for each in args)
            return (
                None
                if a is None or b is None
                else COMPARISONS[op](*(map(instant, (a, b)) if type(a) is not type(b) and isinstance(a, date) else (a, b)))
            )
        case Call("like", args):
            a, b = (worth(each, row) for each in args)
            return None if a is None or b is None else like(a, b)
        case Call(op, args) if op.startswith("s_"):
            a, b = (worth(each, row) for each in args[:2])
            return None if a is None or b is None else bool(getattr(shapely, op[2:])(a, b))
        case Call(op, args) if op.startswith("t_"):
            return temporal(op, *(worth(each, row) for each in args))
        case Call(op, args) if op.startswith("a_"):
            a, b = (worth(each, row) for each in args)
            return None if a is None or b is None else ARRAYS[op](set(a), set(b))
    raise AssertionError(node)


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
ARRAYS: Mapping[str, Callable[[set[Any], set[Any]], bool]] = {
    "a_contains": lambda a, b: b <= a,
    "a_containedby": lambda a, b: a <= b,
    "a_equals": lambda a, b: a == b,
    "a_overlaps": lambda a, b: bool(a & b),
}


def worth(node: Node, row: Row) -> Any:
    match node:
        case Literal(found):
            return found
        case Property(name):
            return row[name]
        case Shape(geometry):
            return geometry
        case Items(items):
            return [worth(each, row) for each in items]
        case Interval(start, end):
            bounds = [None if each is None else worth(each, row) for each in (start, end)]
            return Span(bounds, [start is None, end is None])
        case Call("casei", (arg,)):
            text = worth(arg, row)
            return None if text is None else text.casefold()
        case Call("accenti", (arg,)):
            text = worth(arg, row)
            return None if text is None else plain(text)
        case Call(op, (left, right)) if op in ARITHMETIC:
            a, b = worth(left, row), worth(right, row)
            return None if a is None or b is None else arithmetic(op, a, b)
    return truth(node, row)


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(each for each in letters if not unicodedata.combining(each)))


ARITHMETIC: Mapping[str, Callable[[float, float], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "div": lambda a, b: float(math.trunc(a / b)),
    "^": lambda a, b: a**b,
}


def arithmetic(op: str, a: float, b: float) -> float | None:
    try:
        result = ARITHMETIC[op](float(a), float(b))
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return result if isinstance(result, float) and math.isfinite(result) else None


def like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|%|_|[^\\%_]+|\\", pattern, re.DOTALL)
    words = [
        ".*" if each == "%" else "." if each == "_" else re.escape(each[1:] if each.startswith("\\") and len(each) > 1 else each)
        for each in parts
    ]
    return re.fullmatch("".join(words), text, re.DOTALL) is not None


def instant(when: date) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time(), LOCAL_ZONE)


class Span:
    """The bounds of an interval, and which of them nobody wrote."""

    def __init__(self, bounds: list[Any], is_open: list[bool]) -> None:
        self.bounds, self.is_open = bounds, is_open


def temporal(op: str, left: Any, right: Any) -> bool | None:
    spans = [each if isinstance(each, Span) else Span([each, each], [False, False]) for each in (left, right)]
    known = [each for span in spans for each in span.bounds if each is not None]
    by_day = not any(isinstance(each, datetime) for each in known)
    moments: list[datetime] = []
    for span in spans:
        lacking = [bound is None and not is_open for bound, is_open in zip(span.bounds, span.is_open, strict=True)]
        if (any(lacking) and any(span.is_open)) or all(lacking):
            return None
        start, end = span.bounds
        moments.append(FIRST if start is None else midnight(start) if by_day else instant(start))
        whole_day = timedelta(days=1) - timedelta(microseconds=1) if type(end) is date and not by_day else timedelta()
        moments.append(LAST if end is None else (midnight(end) if by_day else instant(end)) + whole_day)
    s1, e1, s2, e2 = moments
    return {
        "t_after": s1 > e2,
        "t_before": e1 < s2,
        "t_contains": s1 < s2 and e1 > e2,
        "t_disjoint": s1 > e2 or e1 < s2,
        "t_during": s1 > s2 and e1 < e2,
        "t_equals": s1 == s2 and e1 == e2,
        "t_finishedby": s1 < s2 and e1 == e2,
        "t_finishes": s1 > s2 and e1 == e2,
        "t_intersects": not (s1 > e2 or e1 < s2),
        "t_meets": e1 == s2,
        "t_metby": s1 == e2,
        "t_overlappedby": s2 < s1 < e2 < e1,
        "t_overlaps": s1 < s2 < e1 < e2,
        "t_startedby": s1 == s2 and e1 > e2,
        "t_starts": s1 == s2 and e1 < e2,
    }[op]


def midnight(when: date) -> datetime:
    return datetime.combine(when, time(), UTC)
