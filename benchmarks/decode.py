"""How much quicker msgspec reads a message than pydantic does: the same shapes, the same payloads, in one process. `make bench NAME=decode`."""

from __future__ import annotations

from collections.abc import Callable
from timeit import repeat
from typing import Any

import msgspec
from pydantic import BaseModel, TypeAdapter

EVENT = (
    b'{"id":"ND-2023-05-R-000001","time":"2023-04-20T01:02:03Z","subject":"ND-2023-05-000001","unit":"13699",'
    b'"data":{"channel":"online","procedure":"social","level":"commune"}}'
)
POSITION = b'{"time":"2026-11-22T05:00:00Z","lon":106.2,"lat":21.28,"speed":31.5,"heading":270}'


class _Position(msgspec.Struct):
    lon: float
    lat: float
    time: str | float | None = None
    speed: float | None = None
    heading: float | None = None


class _Event(msgspec.Struct):
    id: str
    time: str | float | None = None
    subject: str | None = None
    unit: str | None = None
    lon: float | None = None
    lat: float | None = None
    data: Any = None


class _PositionModel(BaseModel):
    lon: float
    lat: float
    time: str | float | None = None
    speed: float | None = None
    heading: float | None = None


class _EventModel(BaseModel):
    id: str
    time: str | float | None = None
    subject: str | None = None
    unit: str | None = None
    lon: float | None = None
    lat: float | None = None
    data: Any = None


def per_item_us(read: Callable[[], object], items: int) -> float:
    """Return microseconds an item: the best of seven rounds of about 20,000 items."""
    calls = 20_000 // items
    return min(repeat(read, number=calls, repeat=7)) / calls / items * 1e6


def compare(name: str, one: bytes, struct: type, model: type, items: int) -> None:
    """Print what an item costs each way, in messages of `items` items."""
    payload = b"[" + b",".join([one] * items) + b"]"
    # As ioc/ingest/decode.py does it: JSON first, then each item by itself, so that one bad item costs no other.
    ours = per_item_us(lambda: [msgspec.convert(item, struct) for item in msgspec.json.decode(payload)], items)
    adapter = TypeAdapter(list[model])  # type: ignore[valid-type]
    theirs = per_item_us(lambda: adapter.validate_json(payload), items)
    print(f"{name}, {items} in a message: msgspec {ours:.2f} µs, pydantic {theirs:.2f} µs an item, ratio {theirs / ours:.1f}")


if __name__ == "__main__":
    for count in (1, 200):
        compare("position", POSITION, _Position, _PositionModel, count)
        compare("event", EVENT, _Event, _EventModel, count)
