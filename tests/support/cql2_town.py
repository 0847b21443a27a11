"""Twelve features of which every answer can be worked out by hand, and a check of filters against plain Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np
import shapely

from ioc.geo.cql2.evaluate import evaluate
from ioc.geo.cql2.parse import parse
from ioc.geo.layer import Feature
from tests.support.shapes import collection

Row = Mapping[str, Any]
Json = Any


class Example(NamedTuple):
    """A filter in both forms, and what it is of one feature in Python: true, or anything else."""

    text: str
    json: Json
    holds: Callable[[Row], object]


def instant(text: str) -> datetime:
    """Return an instant of UTC."""
    return datetime.fromisoformat(f"{text}+00:00")


def p(name: str) -> Json:
    """Return a property in JSON."""
    return {"property": name}


def op(name: str, *args: Json) -> Json:
    """Return an operation in JSON."""
    return {"op": name, "args": list(args)}


_COLUMNS = ("id", "name", "alias", "n", "m", "x", "flag", "day", "until", "at", "ended", "tags", "nums", "tên", "geometry")
_ROWS: list[tuple[Any, ...]] = [
    ("a", "Đường Lê Lợi", "Duong Le Loi", 1, 1, 0.5, True, (2025, 6, 30), (2025, 7, 1), "2025-07-01T00:00:00", "2025-07-01T06:00:00",
     ["school", "public"], [1, 2], "một", "POINT (1 1)"),
    ("b", "đường lê lợi", None, 2, 1, 1.5, False, (2025, 7, 1), (2025, 7, 1), "2025-07-01T06:00:00", "2025-07-01T12:00:00",
     ["school"], [1], "hai", "POINT (0 0)"),
    ("c", "50% off", "50% off", 3, 5, -2.5, None, (2025, 7, 2), None, "2025-07-01T12:00:00", None,
     [], [], None, "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))"),
    ("d", "a_b", "aXb", -4, 4, None, True, None, (2025, 7, 2), None, "2025-07-02T00:00:00",
     None, None, "", "POLYGON ((2 0, 4 0, 4 2, 2 2, 2 0))"),
    ("e", "a%b\\c", "a%b\\c", 10, 3, 2.0, False, (2024, 2, 29), (2025, 12, 31), "2024-02-29T23:59:59", "2025-12-31T23:59:59",
     ["public", "park", "school"], [3, 4, 5], "năm", "POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))"),
    ("f", "O'Brien", "o'brien", 7, -2, 3.25, True, (2025, 7, 1), (2025, 7, 3), "2025-07-01T00:00:00", "2025-07-03T00:00:00",
     ["park"], [2], "sáu", "LINESTRING (0 0, 4 4)"),
    ("g", "Straße", "STRASSE", 0, 0, 0.0, None, (2025, 7, 3), (2025, 7, 4), "2025-07-03T00:00:00", "2025-07-04T00:00:00",
     ["Park", "Đẹp"], [0], "bảy", "LINESTRING (0 2, 2 2)"),
    ("h", "København", "Kobenhavn", None, 8, 100.0, True, None, None, None, None,
     ["đẹp"], [7, 7], "tám", "MULTIPOINT ((1 1), (5 5))"),
    ("i", "line\nbreak\tTab", "", 8, None, 1e6, False, (1999, 12, 31), (2000, 1, 1), "1999-12-31T23:00:00", "2000-01-01T01:00:00",
     ["a", "b"], [8, -1], "tám", "POLYGON ((5 5, 6 5, 6 6, 5 6, 5 5))"),
    ("j", "", "x", 9, 9, 9.0, True, (2025, 7, 1), (2025, 7, 2), "2025-07-01T06:00:00", "2025-07-02T06:00:00",
     ["school", "school"], [9], "chín", "POINT (179.9 10)"),
    ("k", None, None, 12, 12, -0.5, False, (2025, 8, 1), (2025, 8, 31), "2025-08-01T00:00:00", "2025-08-31T00:00:00",
     ["public"], [12], "mười", "POINT (-179.9 10)"),
    ("l", "bac giang", "Bắc Giang", 5, 6, 5.5, False, (2025, 7, 1), (2025, 6, 30), "2025-07-01T00:00:00", "2025-07-01T00:00:00",
     ["park", "public"], [5, 6], "mười hai", None),
]  # fmt: skip


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(_COLUMNS, values, strict=True))
    for name in ("day", "until"):
        row[name] = row[name] and date(*row[name])
    for name in ("at", "ended"):
        row[name] = row[name] and instant(row[name])
    row["geometry"] = None if row["geometry"] is None else shapely.from_wkt(row["geometry"])
    return row


ROWS = [_row(values) for values in _ROWS]
TOWN = collection(Feature(row["id"], row["geometry"], {k: v for k, v in row.items() if k not in {"id", "geometry"}}) for row in ROWS)


def found(filter_: str, form: Any = "cql2-text") -> str:
    """Return the ids of the features that a filter finds, one after the other."""
    return "".join(ROWS[place]["id"] for place in np.flatnonzero(evaluate(parse(filter_, form), TOWN)))


def check(example: Example) -> None:
    """Fail unless both forms of a filter find the features of which it holds."""
    expected = "".join(row["id"] for row in ROWS if example.holds(row) is True)
    assert found(example.text) == expected
    assert found(json.dumps(example.json), "cql2-json") == expected


def known(*names: str) -> Callable[[Callable[..., object]], Callable[[Row], object]]:
    """Make of a condition of attributes one of a row, which is unknown where it lacks one of them."""

    def made(holds: Callable[..., object]) -> Callable[[Row], object]:
        def of_row(row: Row) -> object:
            values = [row[name] for name in names]
            return None if any(value is None for value in values) else bool(holds(*values))

        return of_row

    return made


def always(value: object) -> Callable[[Row], object]:
    """Make of what does not depend on the feature a condition."""
    return lambda _: value


NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
