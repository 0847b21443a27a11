"""Features in an order that somebody asks for, and cursors that find their place in it again when features came or went."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ioc.errors import BadInput
from ioc.geo.collection import Collection, Ordinals
from ioc.geo.table import FieldType

MOST_KEYS = 8
_LAST_DOWN = 2
"""Where features without the attribute stand in a descending order: behind a value under all that there are, whose place is 1."""
_WRITTEN: dict[FieldType, Any] = {
    "string": str,
    "number": float,
    "integer": int,
    "boolean": bool,
    "date": date,
    "date-time": datetime,
}


@dataclass(frozen=True, slots=True)
class SortKey:
    """An attribute that decides the order; features that lack it come last either way."""

    name: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """The feature after which a page begins: its id, and what it has for each key of the order."""

    fid: str
    values: tuple[Any, ...]

    def encode(self) -> str:
        """Return the cursor as a text that says nothing to others."""
        return base64.urlsafe_b64encode(msgspec.json.encode([self.fid, *self.values])).decode().rstrip("=")


def sortables(collection: Collection) -> list[str]:
    """Return what features can be sorted by."""
    return [name for name, field in collection.queryables.items() if field.type != "array"]


def read_sort(text: str, collection: Collection) -> tuple[SortKey, ...]:
    """Return the order that `text`, such as `+name,-people`, asks for; BadInput where an attribute is none to sort by."""
    keys = [SortKey(part[1:] if part[:1] in {"+", "-", " "} else part, part.startswith("-")) for part in text.split(",")]
    known = sortables(collection)
    for key in keys:
        if key.name not in known:
            raise BadInput(f"sortby {key.name or 'nothing'} is none of {', '.join(known)}")
    names = [key.name for key in keys]
    if len(set(names)) < len(names) or len(names) > MOST_KEYS:
        raise BadInput(f"sortby {text} names an attribute twice, or more than {MOST_KEYS}")
    return tuple(keys)


def read_cursor(text: str, keys: Sequence[SortKey], collection: Collection) -> Cursor:
    """Return the cursor that `text` is; BadInput where we did not make it for this order."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        fid, *values = msgspec.json.decode(decoded, type=list[Any])
        kinds = [_WRITTEN[collection.queryables[key.name].type] for key in keys]
        if len(values) == len(kinds):
            found = [msgspec.convert(value, kind | None) for value, kind in zip(values, kinds, strict=True)]
            return Cursor(msgspec.convert(fid, str), tuple(found))
    except (ValueError, binascii.Error):
        pass
    raise BadInput(f"cursor {text:.100} is none of ours for this order: take it from a next link")


def cursor_at(collection: Collection, keys: Sequence[SortKey], ordinal: int) -> Cursor:
    """Return the cursor behind the feature `ordinal`."""
    return Cursor(collection.fids[ordinal], tuple(collection.column(key.name)[ordinal].as_py() for key in keys))


def in_order(collection: Collection, keys: Sequence[SortKey], ordinals: Ordinals, after: Cursor | None) -> Ordinals:
    """Return `ordinals` in the order of `keys`, and of ids where these are equal: those behind the cursor `after`."""
    ranks = [_ranks(collection, key)[ordinals] for key in keys]
    if after is not None:
        behind, is_tie = np.zeros(len(ordinals), dtype=np.bool_), np.ones(len(ordinals), dtype=np.bool_)
        for key, rank, value in zip(keys, ranks, after.values, strict=True):
            place = _place(collection, key, value)
            behind |= is_tie & (rank > place)
            is_tie &= rank == place
        behind |= is_tie & (ordinals > collection.place_of(after.fid))
        ordinals, ranks = ordinals[behind], [rank[behind] for rank in ranks]
    return ordinals[np.lexsort((ordinals, *reversed(ranks)))]


def _ranks(collection: Collection, key: SortKey) -> Ordinals:
    """Return twice the place of each feature's value among the distinct ones, so that what is between two has a place too."""
    ranks, distinct = collection.ranked(key.name)
    return np.where(ranks < len(distinct), -2 * ranks, _LAST_DOWN) if key.is_descending else 2 * ranks


def _place(collection: Collection, key: SortKey, value: Any) -> int:
    _, distinct = collection.ranked(key.name)
    if value is None:
        return _LAST_DOWN if key.is_descending else 2 * len(distinct)
    # A truth value has its place among numbers.
    wanted = pa.scalar(int(value) if isinstance(value, bool) else value, distinct.type)
    below = pc.sum(pc.less(distinct, wanted)).as_py() or 0
    place = 2 * below if below < len(distinct) and distinct[below] == wanted else 2 * below - 1
    return -place if key.is_descending else place
