"""The attributes of features as typed columns: found from plain values, whatever the features are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

FieldType: TypeAlias = Literal["string", "number", "integer", "boolean", "date", "date-time", "array"]

JSON_TYPE = pa.json_(pa.utf8())
INSTANT_TYPE = pa.timestamp("us", tz="UTC")
_DAY = r"^\d{4}-\d\d-\d\d$"
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"
_SCALARS: Mapping[frozenset[type], pa.DataType] = {
    frozenset(): pa.null(),
    frozenset({str}): pa.string(),
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({date}): pa.date32(),
    frozenset({datetime}): INSTANT_TYPE,
}
_PLAIN = frozenset({pa.string(), pa.bool_(), pa.int64(), pa.float64()})
_FIELD_TYPES: Sequence[tuple[Callable[[pa.DataType], bool], FieldType]] = (
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "date-time"),
    (pa.types.is_list, "array"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A queryable attribute: the type of its values and what people call it."""

    type: FieldType
    title: str

    @property
    def schema(self) -> dict[str, str]:
        """The type in the words of JSON Schema and OpenAPI."""
        return {"type": "string", "format": self.type} if self.type in {"date", "date-time"} else {"type": self.type}


class TableBuilder:
    """Columns from rows that come in portions; a column has one type that holds the values of all portions.

    Values of one kind make a typed column: texts, numbers, truth values, days, instants, and arrays of one of these. What has no
    such type (objects, values of several kinds) is kept as JSON. A column of nothing but texts that are days or instants with an
    offset is one of days or instants.
    """

    def __init__(self) -> None:
        self._portions: list[tuple[int, dict[str, pa.Array]]] = []
        self._decoder = msgspec.json.Decoder(list[dict[str, Any]])

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take in the next rows; an attribute that a row lacks is null."""
        names = dict.fromkeys(name for keys in dict.fromkeys(map(tuple, rows)) for name in keys)
        self._portions.append((len(rows), {name: _array([row.get(name) for row in rows]) for name in names}))

    def add_json(self, texts: Sequence[str]) -> None:
        """Take in the next rows as JSON objects, several times as fast where they are like those before."""
        columns = self._read_alike(texts)
        if columns is None:
            self.add(self._decoder.decode(f"[{','.join(texts)}]"))
        else:
            self._portions.append((len(texts), columns))

    def _read_alike(self, texts: Sequence[str]) -> dict[str, pa.Array] | None:
        """Return the columns of `texts` if they have the attributes of the portion before, of the same types; None if not."""
        before = self._portions[-1][1] if self._portions else {}
        if not before or any(column.type not in _PLAIN for column in before.values()):
            return None
        schema = pa.schema([(name, column.type) for name, column in before.items()])
        lines = "\n".join(texts).encode()
        try:
            table = pa.json.read_json(
                pa.BufferReader(lines),
                pa.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
                pa.json.ParseOptions(schema, unexpected_field_behavior="error"),
            )
        except pa.ArrowInvalid:
            return None
        return {name: table[name].combine_chunks() for name in before}

    def finish(self) -> pa.Table:
        """Return the table of all rows, in the order in which they came."""
        names = dict.fromkeys(name for _, columns in self._portions for name in columns)
        columns = {name: self._column(name) for name in names}
        return pa.table(columns) if columns else empty_table(sum(count for count, _ in self._portions))

    def _column(self, name: str) -> pa.ChunkedArray:
        chunks = [columns[name] if name in columns else pa.nulls(count) for count, columns in self._portions]
        kind = _common_type({chunk.type for chunk in chunks})
        # A column that nobody has filled in yet can be asked about all the same.
        kind = pa.string() if kind == pa.null() else kind
        return _with_times(pa.chunked_array([_as_type(chunk, kind) for chunk in chunks], type=kind))


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return the table of `rows`."""
    builder = TableBuilder()
    builder.add(rows)
    return builder.finish()


def empty_table(length: int) -> pa.Table:
    """Return a table of `length` rows and no columns."""
    return pa.table({"": pa.nulls(length)}).select([])


def field_type(kind: pa.DataType) -> FieldType | None:
    """Return what items can be asked about a column of the Arrow type `kind`; None: nothing."""
    return next((name for is_kind, name in _FIELD_TYPES if is_kind(kind)), None)


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows as values that msgspec encodes; columns of JSON go in as they are."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for name in [field.name for field in table.schema if field.type == JSON_TYPE]:
        for row in rows:
            if row[name] is not None:
                row[name] = msgspec.Raw(row[name].encode())
    return rows


def _array(values: list[Any]) -> pa.Array:
    kinds = frozenset(map(type, values)) - {NoneType}
    kind = _list_type(values) if kinds == {list} else _SCALARS.get(kinds)
    if kind is not None:
        try:
            return _without_nan(pa.array(values, type=kind))
        except (OverflowError, pa.ArrowInvalid):
            pass  # a whole number of more than 64 bits
    return _json(values)


def _without_nan(column: pa.Array) -> pa.Array:
    """Return `column` with null for what is not a number: that is how some write what is missing, and JSON has no other word."""
    return pc.if_else(pc.is_nan(column), None, column) if column.type == pa.float64() else column


def _list_type(values: Iterable[list[Any] | None]) -> pa.DataType | None:
    kinds = frozenset(type(item) for value in values if value for item in value)
    kind = _SCALARS.get(kinds)
    return None if kind is None else pa.list_(kind)


def _json(values: Iterable[Any]) -> pa.Array:
    texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
    return pa.ExtensionArray.from_storage(JSON_TYPE, pa.array(texts, type=pa.utf8()))


def _common_type(kinds: set[pa.DataType]) -> pa.DataType:
    kinds = kinds - {pa.null()}
    if len(kinds) <= 1:
        return next(iter(kinds), pa.null())
    if kinds == {pa.int64(), pa.float64()}:
        return pa.float64()
    items = {kind.value_type for kind in kinds if pa.types.is_list(kind)}
    common = _common_type(items) if len(items) == len(kinds) else JSON_TYPE
    return JSON_TYPE if common == JSON_TYPE else pa.list_(common)


def _as_type(chunk: pa.Array, kind: pa.DataType) -> pa.Array:
    if chunk.type == kind:
        return chunk
    if chunk.type == pa.null():
        return pa.nulls(len(chunk), kind)
    return _json(chunk.to_pylist()) if kind == JSON_TYPE else chunk.cast(kind)


def _with_times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `column` as days or instants if every text in it is one."""
    if column.type != pa.string() or column.null_count == len(column):
        return column
    for pattern, kind in ((_DAY, pa.date32()), (_INSTANT, INSTANT_TYPE)):
        if pc.all(pc.match_substring_regex(column, pattern)).as_py():
            try:
                return column.cast(kind)
            except pa.ArrowInvalid:
                return column  # such as the 31st of April
    return column
