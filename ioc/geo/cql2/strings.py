"""Texts without regard to case and accents."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Fold: TypeAlias = Literal["casei", "accenti"]

# A stroke is no mark of its own in Unicode: đ, ø, ł and their like do not come apart.
_STROKE = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH (?:DIAGONAL )?STROKE")
_LATIN = range(0x00C0, 0x0250)
_STROKES = {
    number: found[2].lower() if found[1] == "SMALL" else found[2]
    for number in _LATIN
    if (found := _STROKE.fullmatch(unicodedata.name(chr(number), "")))
}


def folded(text: str, folds: frozenset[Fold]) -> str:
    """Return `text` without what `folds` leaves out of account: `accenti` takes Đường for Duong, `casei` for đường."""
    if "accenti" in folds:
        letters = unicodedata.normalize("NFD", text.translate(_STROKES))
        text = unicodedata.normalize("NFC", "".join(each for each in letters if unicodedata.category(each) != "Mn"))
    return text.casefold() if "casei" in folds else text


def folded_column(column: pa.ChunkedArray, folds: frozenset[Fold]) -> pa.ChunkedArray:
    """Return `column` with each text folded; equal texts are folded once."""
    chunks = [_folded_chunk(chunk.dictionary_encode(), folds) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=pa.string())


def _folded_chunk(chunk: pa.DictionaryArray, folds: frozenset[Fold]) -> pa.Array:
    return pc.take(pa.array([folded(text, folds) for text in chunk.dictionary.to_pylist()], type=pa.string()), chunk.indices)
