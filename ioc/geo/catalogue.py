"""The published layers that are served now, held in memory and read again when somebody publishes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import asyncpg
import numpy as np
import shapely

from ioc.errors import NotFound
from ioc.geo.collection import Collection, with_validity
from ioc.geo.entry import decode_entry
from ioc.geo.layer import Geometries
from ioc.geo.table import TableBuilder
from ioc.store.layer_features import stream_features
from ioc.store.layers import LayerRow, load_heads, load_layers
from ioc.store.pool import Connection


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
                fresh = {row.id: await _load(conn, row) for row in stale}
        self.collections = {row.id: fresh.get(row.id) or self.collections[row.id] for row in rows}
        self._heads = {row.id: (row.version, row.changed_at) for row in rows}
        return True

    def collection(self, name: str) -> Collection:
        """Return the collection `name`; NotFound where there is none."""
        try:
            return self.collections[name]
        except KeyError:
            raise NotFound(f"there is no collection {name}") from None


class _Loading:
    """A layer that is being read: what its features come to so far."""

    def __init__(self) -> None:
        self._fids: list[str] = []
        self._geometries: list[Geometries] = []
        self._rows = TableBuilder()
        self._since: list[date | None] = []
        self._until: list[date | None] = []

    def add(self, records: Sequence[asyncpg.Record]) -> None:
        """Take in the next features."""
        fids, since, until, shapes, properties = zip(*records, strict=True)
        self._fids += fids
        self._since += since
        self._until += until
        self._geometries.append(shapely.from_wkb(np.array(shapes, dtype=np.object_)))
        self._rows.add_json(properties)

    def finish(self, row: LayerRow) -> Collection:
        """Return the collection of all that was read."""
        entry, table = decode_entry(row.entry), self._rows.finish()
        if entry.kind == "units" or any(self._since) or any(self._until):
            table = with_validity(table, self._since, self._until)
        geometries = np.concatenate([np.empty(0, dtype=np.object_), *self._geometries])
        collection = Collection(
            entry,
            fids=self._fids,
            geometries=geometries,
            table=table,
            version=row.version,
            published_at=row.published_at,
            changed_at=row.changed_at,
            checked_at=row.checked_at,
        )
        collection.prepare()
        return collection


async def _load(conn: Connection, row: LayerRow) -> Collection:
    loading = _Loading()
    async with contextlib.aclosing(stream_features(conn, layer=row.id, version=row.version)) as portions:
        taking_in: asyncio.Future[None] | None = None
        # While one portion is taken in, the database works on the next.
        async for records in portions:
            if taking_in is not None:
                await taking_in
            taking_in = asyncio.ensure_future(asyncio.to_thread(loading.add, records))
        if taking_in is not None:
            await taking_in
    return await asyncio.to_thread(loading.finish, row)
