"""Attributes of a layer: which kinds there are, and which values cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ioc.geo.layer import Problem

LONGEST_NAME = 200
_KINDS = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_string, "string"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "date-time"),
    (pa.types.is_time, "time"),
    (pa.types.is_list, "array"),
    (pa.types.is_large_list, "array"),
    (pa.types.is_fixed_size_list, "array"),
    (pa.types.is_struct, "object"),
    (pa.types.is_null, "null"),
)


def kinds(table: pa.Table) -> Mapping[str, str]:
    """Return the kind of each attribute in the words of JSON Schema, `date`, `date-time` and `time` among them."""
    return {field.name: _kind(field.type) or str(field.type) for field in table.schema}


def problems(names: Sequence[str], table: pa.Table) -> Iterator[Problem]:
    """Yield which attributes are of a kind that cannot be kept, and which values no JSON can hold; `names` are those of the features."""
    for field, column in zip(table.schema, table.columns, strict=True):
        shown = repr(field.name)[:50]
        if not field.name or len(field.name) > LONGEST_NAME or "\0" in field.name:
            yield Problem(None, f"an attribute is called {shown}: a name has 1 to {LONGEST_NAME} characters, none of them U+0000")
        if _kind(field.type) is None or _holds_bytes(field.type):
            yield Problem(
                None, f"its attribute {shown} is of the type {field.type}, which cannot be kept: leave it out or write it as text"
            )
        elif pa.types.is_floating(field.type):
            for index in _where(pc.invert(pc.is_finite(column))):
                yield Problem(names[index], f"its {field.name} {column[index].as_py()} is not a number that JSON knows")
        elif pa.types.is_string(field.type):
            for index in _where(pc.match_substring(column, "\0")):
                yield Problem(names[index], f"its {field.name} has the character U+0000")


def _kind(kind: pa.DataType) -> str | None:
    return next((word for is_kind, word in _KINDS if is_kind(kind)), None)


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_kind(kind.field(number).type) is None or _holds_bytes(kind.field(number).type) for number in range(kind.num_fields))
    return False


def _where(mask: pa.ChunkedArray) -> list[int]:
    found: list[int] = np.flatnonzero(pc.fill_null(mask, False).to_numpy()).tolist()
    return found
