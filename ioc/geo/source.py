"""Layers as files: what a file holds, in the words of the catalogue, before anything is checked."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ioc.errors import BadInput
from ioc.geo.crs import on_wgs84
from ioc.geo.encodings import read_bytes_as, read_unicode_as
from ioc.geo.entry import CatalogueEntry, Constant
from ioc.geo.layer import Geometries, Raw, Source

_PROVING_TEXTS = 5000
"""So many texts with other letters than a to z are enough to prove an encoding."""


def read_source(path: Path, entry: CatalogueEntry, known: Geometries | None = None) -> Source:
    """Read what `entry` names from the file `path`; `known` are published areas that may prove its coordinate system.

    Raises:
        BadInput: the file is absent, not of a kind that is known, broken, without the layer or attribute, or its coordinate system or
            encoding is not known.
    """
    return in_words_of(read_raw(path, entry), entry, known)


def read_raw(path: Path, entry: CatalogueEntry) -> Raw:
    """Return what the file `path` holds as it is; raises as `formats.read_file` does."""
    from ioc.geo.formats import read_file  # noqa: PLC0415 - loads GDAL and pandas, for which a service that publishes nothing need not wait

    return read_file(path, entry)


def in_words_of(raw: Raw, entry: CatalogueEntry, known: Geometries | None = None) -> Source:
    """Return what a file holds in the words of `entry`; raises as `read_source` does."""
    geometries, crs, crs_how = on_wgs84(raw, entry, known)
    texts, encoding, encoding_how = _in_unicode(raw, entry)
    table = _rename(texts, entry, raw.name)
    if entry.key is not None and entry.key not in table.column_names:
        raise BadInput(f"{raw.name} has no attribute {entry.key}, the key: it has {', '.join(table.column_names)}")
    ids = raw.ids if entry.key is None else _texts(table[entry.key])
    notes = {"crs": crs, "crs_known": crs_how, "encoding": encoding, "encoding_known": encoding_how}
    return Source(crs, ids, geometries, table, notes)


def _in_unicode(raw: Raw, entry: CatalogueEntry) -> tuple[pa.Table, str, str]:
    """Return the attributes with their names and texts in Unicode, composed, so that equal names are equal."""
    columns = [_plain(column) for column in raw.table.columns]
    kinds = [column.type for column in columns]
    uniques = {number: _uniques(columns[number]) for number, kind in enumerate(kinds) if pa.types.is_string(kind)}
    sample = list(raw.table.column_names)
    for found in uniques.values():
        sample += [text for text in found if not text.isascii()][: max(0, _PROVING_TEXTS - len(sample))]
    if raw.is_bytes:
        reading = read_bytes_as(sample, declared=entry.encoding, stated=raw.stated, where=raw.name)
    else:
        reading = read_unicode_as(sample, declared=entry.encoding)

    def decode(text: str) -> str:
        try:
            return unicodedata.normalize("NFC", reading.decode(text) if not text.isascii() else text)
        except UnicodeDecodeError:
            raise BadInput(f"{raw.name} has the text {text!r:.80}, which is not {reading.name} ({reading.how})") from None

    for number, found in uniques.items():
        columns[number] = _decoded(columns[number], found, decode)
    return pa.table(columns, names=[decode(name) for name in raw.table.column_names]), reading.name, reading.how


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as one kind of text, and lists and structures as they are."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], type=kind.storage_type)
        kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return column.cast(pa.string()) if is_text else column


def _uniques(column: pa.ChunkedArray) -> list[str]:
    return [text for text in pc.unique(column).to_pylist() if text is not None]


def _decoded(column: pa.ChunkedArray, uniques: list[str], decode: Callable[[str], str]) -> pa.ChunkedArray:
    """Return `column` with each of its `uniques` decoded; a column of plain letters is left as it is."""
    changed = {text: decode(text) for text in uniques if not text.isascii()}
    changed = {old: new for old, new in changed.items() if old != new}
    if not changed:
        return column
    old, new = pa.array(list(changed), pa.string()), pa.array(list(changed.values()), pa.string())
    where = pc.index_in(column, old)
    return pc.coalesce(pc.take(new, where), column)


def _rename(table: pa.Table, entry: CatalogueEntry, name: str) -> pa.Table:
    """Return `table` with the attributes that `entry.fields` names; those that they are taken from are gone, the others stay."""
    taken = {new: word for new, word in entry.fields.items() if isinstance(word, str)}
    given = {new: word.const for new, word in entry.fields.items() if isinstance(word, Constant)}
    if absent := sorted(set(taken.values()) - set(table.column_names)):
        raise BadInput(f"{name} has no attribute {', '.join(absent)}: it has {', '.join(table.column_names)}")
    dropped = set(taken.values()) | set(taken) | set(given)
    columns: dict[str, Any] = {new: table[word] for new, word in taken.items()}
    columns |= {new: _repeated(value, table.num_rows) for new, value in given.items()}
    columns |= {old: table[old] for old in table.column_names if old not in dropped}
    return pa.table(columns) if columns else table


def _repeated(value: Any, times: int) -> pa.Array:
    return pa.nulls(times, pa.string()) if value is None else pa.repeat(pa.scalar(value), times)


def _texts(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return ["" if value is None else str(value) for value in column.to_pylist()]
    return ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]
