"""The features of one version of a layer, read a portion at a time: a layer of a million buildings is never held twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import asyncpg

from ioc.store.pool import Connection

_STREAM_FEATURES = """
SELECT fid, valid_from, valid_to, geometry, properties::text AS properties FROM feature WHERE layer = $1 AND version = $2 ORDER BY fid
"""
_STREAM_DRAWN = """
SELECT fid, valid_from, valid_to, west, south, east, north, geometry, properties::text AS properties FROM feature
WHERE layer = $1 AND version = $2 ORDER BY fid
"""
_ROWS_AT_ONCE = 10_000


async def stream_features(conn: Connection, *, layer: str, version: int) -> AsyncGenerator[list[asyncpg.Record]]:
    """Yield `fid`, `valid_from`, `valid_to`, `geometry` (WKB) and `properties` (JSON) in order of `fid`, some thousands at a time.

    The connection must be in a transaction.
    """
    cursor = await conn.cursor(_STREAM_FEATURES, layer, version)
    while records := await cursor.fetch(_ROWS_AT_ONCE):
        yield records


async def stream_drawn(conn: Connection, *, layer: str, version: int) -> AsyncGenerator[list[asyncpg.Record]]:
    """Yield the same with the extent of each feature (`west`, `south`, `east`, `north`) before its geometry; the connection as before."""
    cursor = await conn.cursor(_STREAM_DRAWN, layer, version)
    while records := await cursor.fetch(_ROWS_AT_ONCE):
        yield records
