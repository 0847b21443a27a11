"""The published layers that are served now, held in memory and read again when somebody publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec
import shapely

from ioc.errors import NotFound
from ioc.geo.collection import Collection
from ioc.geo.entry import decode_entry
from ioc.geo.layer import Feature
from ioc.store.layers import LayerRow, load_features, load_heads, load_layers


class LayerCatalogue:
    """The collections by name, in order of precedence; `refresh` replaces what has changed, all at once."""

    def __init__(self) -> None:
        self.collections: Mapping[str, Collection] = {}
        self._heads: Mapping[str, tuple[int, datetime]] = {}

    async def refresh(self, pool: asyncpg.Pool) -> bool:
        """Read what has changed since the last time; return whether anything has. Costs one small query when nothing has."""
        async with pool.acquire() as conn:
            if await load_heads(conn) == self._heads:
                return False
            # One snapshot, so that a publication in between is seen whole or not at all.
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                rows = await load_layers(conn)
                stale = [row for row in rows if self._heads.get(row.id) != (row.version, row.changed_at)]
                loaded = {row.id: await load_features(conn, layer=row.id, version=row.version) for row in stale}
        fresh = {row.id: await asyncio.to_thread(_collection, row, loaded[row.id]) for row in stale}
        self.collections = {row.id: fresh.get(row.id) or self.collections[row.id] for row in rows}
        self._heads = {row.id: (row.version, row.changed_at) for row in rows}
        return True

    def collection(self, name: str) -> Collection:
        """Return the collection `name`; NotFound where there is none."""
        try:
            return self.collections[name]
        except KeyError:
            raise NotFound(f"there is no collection {name}") from None


def _collection(row: LayerRow, records: Sequence[asyncpg.Record]) -> Collection:
    geometries = shapely.from_wkb([record["geometry"] for record in records])
    features = [
        Feature(record["fid"], geometry, msgspec.json.decode(record["properties"]), record["valid_from"], record["valid_to"])
        for record, geometry in zip(records, geometries, strict=True)
    ]
    return Collection(decode_entry(row.entry), features, version=row.version, published_at=row.published_at, changed_at=row.changed_at)
