"""Versions of layers: stored whole or not at all, served, compared, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg
import pyarrow as pa

from ioc.errors import Conflict, NotFound
from ioc.store.pool import Connection

# The versions of one layer are made one after the other; going live is one at a time for all, so that places in the order are not taken twice.
_LOCK_LAYER = "SELECT pg_advisory_xact_lock(7236488, hashtext($1))"
_LOCK_SERVING = "SELECT pg_advisory_xact_lock(7236488)"
_FIND_SAME = """
SELECT v.version, v.version = l.version AS is_served, v.version = (SELECT max(version) FROM layer_version WHERE layer = $1) AS is_newest,
  l.entry = $3::text::jsonb AND l.is_join = $4 AND ($5::int IS NULL OR l.position = $5) AS is_same, v.served_at IS NULL AS is_preview,
  v.checked_at < now() - interval '1 day' AS is_old
FROM layer_version v JOIN layer l ON l.id = v.layer WHERE v.layer = $1 AND v.checksum = $2 ORDER BY (v.version = l.version) DESC, v.version DESC
"""
_KNOW_LAYER = """
INSERT INTO layer (id, position, is_join, entry)
VALUES ($1, coalesce($4, (SELECT coalesce(max(position), -1) + 1 FROM layer)), $2, $3::text::jsonb) ON CONFLICT (id) DO NOTHING
"""
_ADD_VERSION = """
INSERT INTO layer_version (layer, version, checksum, valid_from, valid_to, report, entry, published_by, feature_count, bbox)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7, $8, $9 FROM layer_version WHERE layer = $1
RETURNING version
"""
_ADD_FEATURES = """
INSERT INTO feature (layer, version, fid, valid_from, valid_to, west, south, east, north, geometry, properties)
SELECT $1, $2, t.fid, t.valid_from, t.valid_to, t.west, t.south, t.east, t.north, t.geometry, t.properties::jsonb
FROM unnest($3::text[], $4::date[], $5::date[], $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::bytea[], $11::text[])
  AS t (fid, valid_from, valid_to, west, south, east, north, geometry, properties)
"""
_SAY_CHECKED = "UPDATE layer_version SET checked_at = now(), entry = $3::text::jsonb WHERE layer = $1 AND version = $2"
_SERVE = """
UPDATE layer SET version = $2, entry = $3::text::jsonb, is_join = $4, position = coalesce($5, position), changed_at = now() WHERE id = $1
"""
_SAY_SERVED = "UPDATE layer_version SET served_at = now(), served_by = $3 WHERE layer = $1 AND version = $2"
_LOAD_ENTRIES = """
SELECT v.entry::text AS entry, l.version AS served, coalesce((l.entry -> 'public')::boolean, false) AS is_public
FROM layer_version v JOIN layer l ON l.id = v.layer WHERE v.layer = $1 AND v.version = $2
"""
_SAVE_UNITS = """
INSERT INTO unit (layer, code, valid_from, valid_to, level, name_vi, name_en)
SELECT layer, properties ->> 'code', valid_from, valid_to, properties ->> 'level', properties ->> 'name_vi', properties ->> 'name_en'
FROM feature WHERE layer = $1 AND version = $2
ON CONFLICT (layer, code, valid_from) DO UPDATE
SET valid_to = EXCLUDED.valid_to, level = EXCLUDED.level, name_vi = EXCLUDED.name_vi, name_en = EXCLUDED.name_en
"""
_NAME_UNITS = """
UPDATE feature f SET unit_id = u.id FROM unit u
WHERE f.layer = $1 AND f.version = $2 AND f.unit_id IS NULL AND u.layer = $1 AND u.code = f.properties ->> 'code' AND u.valid_from = f.valid_from
"""
# Above a unit stands the version of its parent that was in force when it began, else the first that was during its life.
_JOIN_PARENTS = """
WITH own AS (
  SELECT unit_id, valid_from, coalesce(valid_to, 'infinity') AS valid_to, properties ->> 'code' AS code, properties ->> 'parent' AS parent
  FROM feature WHERE layer = $1 AND version = $2
), joined AS (
  SELECT DISTINCT ON (o.unit_id) o.unit_id, p.unit_id AS parent_id
  FROM own o LEFT JOIN own p ON p.code = o.parent AND p.valid_to > o.valid_from AND p.valid_from < o.valid_to
  ORDER BY o.unit_id, p.valid_from
)
UPDATE unit u SET parent_id = j.parent_id FROM joined j WHERE u.id = j.unit_id AND u.parent_id IS DISTINCT FROM j.parent_id
"""
# Of what is neither served nor the newest no tiles are drawn that were not drawn while it was.
_TILES = """
  CASE WHEN t.layer IS NOT NULL THEN CASE WHEN t.trouble IS NULL THEN 'drawn' ELSE 'failed' END
    WHEN v.version = l.version OR v.version = (SELECT max(version) FROM layer_version WHERE layer = v.layer) THEN 'pending' ELSE 'none' END AS tiles,
  t.trouble AS tiles_trouble
"""
_VERSION_COLUMNS = f"""
  v.version, v.published_at, v.published_by, v.checked_at, v.served_at, v.served_by, v.version = l.version AS is_served, v.feature_count,
  v.bbox, v.valid_from, v.valid_to, v.report::text AS report, v.entry::text AS entry, {_TILES}
"""
_LOAD_VERSIONS = f"""
SELECT {_VERSION_COLUMNS} FROM layer l JOIN layer_version v ON v.layer = l.id
LEFT JOIN layer_tiles t ON t.layer = v.layer AND t.version = v.version
WHERE l.id = $1 AND ($2::int IS NULL OR v.version = $2) ORDER BY v.version DESC
"""
_LOAD_KNOWN_LAYERS = f"""
SELECT l.id, l.version, l.entry::text AS entry, v.published_at, v.published_by, v.checked_at, v.served_at, v.feature_count, v.bbox,
  (SELECT max(version) FROM layer_version WHERE layer = l.id) AS newest, (SELECT count(*) FROM layer_version WHERE layer = l.id) AS versions,
  {_TILES}
FROM layer l LEFT JOIN layer_version v ON v.layer = l.id AND v.version = l.version
LEFT JOIN layer_tiles t ON t.layer = v.layer AND t.version = v.version
WHERE $1::text IS NULL OR l.id = $1 ORDER BY l.position, l.id
"""
_DESCRIBE_LAYER = """
INSERT INTO layer (id, position, is_join, entry)
VALUES ($1, (SELECT coalesce(max(position), -1) + 1 FROM layer), $2, $3::text::jsonb)
ON CONFLICT (id) DO UPDATE SET is_join = $2, entry = $3::text::jsonb, changed_at = now()
"""
_DESCRIBE_SERVED = """
UPDATE layer_version v SET entry = l.entry FROM layer l WHERE l.id = $1 AND v.layer = l.id AND v.version = l.version
"""
_LOAD_KNOWN = "SELECT version FROM layer WHERE id = $1"
_DELETE_FEATURES = "DELETE FROM feature WHERE layer = $1 AND version = $2"
_DELETE_VERSION = "DELETE FROM layer_version WHERE layer = $1 AND version = $2"
_COMPARE = """
SELECT fid, a.geometry AS old_geometry, b.geometry AS new_geometry, a.properties::text AS old_properties, b.properties::text AS new_properties,
  a.valid_from AS old_from, a.valid_to AS old_to, b.valid_from AS new_from, b.valid_to AS new_to
FROM (SELECT * FROM feature WHERE layer = $1 AND version = $2) a
FULL JOIN (SELECT * FROM feature WHERE layer = $1 AND version = $3) b USING (fid)
WHERE a.fid IS NULL OR b.fid IS NULL OR a.geometry <> b.geometry OR a.properties <> b.properties
  OR a.valid_from IS DISTINCT FROM b.valid_from OR a.valid_to IS DISTINCT FROM b.valid_to
ORDER BY fid
"""
_ROWS_AT_ONCE = 10_000


class Publication(NamedTuple):
    """A checked layer, ready to be saved; `entry` and `report` are JSON objects, `checksum` is that of the content.

    `features` has the columns `fid`, `valid_from`, `valid_to`, `west`, `south`, `east`, `north`, `geometry` (WKB) and `properties` (a JSON
    object), in order of `fid`; of a layer of units the properties name `code`, `level`, `name_vi`, `name_en` and perhaps `parent`.
    """

    layer: str
    is_join: bool
    is_units: bool
    entry: str
    checksum: str
    valid_from: date | None
    valid_to: date | None
    bbox: Sequence[float]
    report: str
    features: pa.Table


class Saved(NamedTuple):
    """What saving came to: the version that has the content, whether it is a new one, and whether it is served."""

    version: int
    is_new: bool
    is_served: bool


class VersionRow(NamedTuple):
    """A version of a layer; `entry` and `report` are JSON objects, `served_at` is None for a preview that was never served.

    Its `tiles` are `drawn`, `pending`, `failed` (`tiles_trouble` says why), or there are `none`.
    """

    version: int
    published_at: datetime
    published_by: str
    checked_at: datetime
    served_at: datetime | None
    served_by: str | None
    is_served: bool
    feature_count: int
    bbox: Sequence[float] | None
    valid_from: date | None
    valid_to: date | None
    report: str
    entry: str
    tiles: str
    tiles_trouble: str | None


class KnownLayer(NamedTuple):
    """A layer with the version that is served, None where none is yet; `entry` is a JSON object, `tiles` as those of a version."""

    id: str
    version: int | None
    entry: str
    published_at: datetime | None
    published_by: str | None
    checked_at: datetime | None
    served_at: datetime | None
    feature_count: int | None
    bbox: Sequence[float] | None
    newest: int | None
    versions: int
    tiles: str
    tiles_trouble: str | None


async def load_known_layers(conn: Connection, layer: str | None = None) -> list[KnownLayer]:
    """Return all layers, or `layer` alone, in order of precedence, also those of which nothing is served."""
    return [KnownLayer(**row) for row in await conn.fetch(_LOAD_KNOWN_LAYERS, layer)]


async def describe_layer(conn: Connection, layer: str, entry: str, *, is_join: bool) -> None:
    """Make `entry` the catalogue entry of `layer`, which is new or keeps what is served."""
    async with conn.transaction():
        await conn.execute(_LOCK_LAYER, layer)
        await conn.execute(_LOCK_SERVING)
        await conn.execute(_DESCRIBE_LAYER, layer, is_join, entry)
        await conn.execute(_DESCRIBE_SERVED, layer)


async def save_version(
    conn: Connection,
    publication: Publication,
    *,
    by: str,
    position: int | None = None,
    serve: bool = True,
    on_stored: Callable[[float], None] = lambda _: None,
) -> Saved:
    """Save `publication` in one transaction, and serve it unless `serve` is False; content that is served already makes no new version.

    `position` is the layer's place in the order of precedence; None keeps its place, or puts a new layer last. `on_stored` is told how much
    is stored, 0 to 1.
    """
    p = publication
    async with conn.transaction():
        await conn.execute(_LOCK_LAYER, p.layer)
        same = await conn.fetchrow(_FIND_SAME, p.layer, p.checksum, p.entry, p.is_join, position)
        if same is not None and same["is_served"]:
            if serve:
                await conn.execute(_SAY_CHECKED, p.layer, same["version"], p.entry)
                # A confirmation is told to running services as a change would be, but not each time that somebody repeats it.
                if same["is_old"] or not same["is_same"]:
                    await conn.execute(_SERVE, p.layer, same["version"], p.entry, p.is_join, position)
            return Saved(same["version"], is_new=False, is_served=True)
        is_new = same is None or not (same["is_newest"] and same["is_preview"])
        if same is not None and not is_new:
            version: int = same["version"]
            await conn.execute(_SAY_CHECKED, p.layer, version, p.entry)
        else:
            version = await _store(conn, p, by=by, position=position, on_stored=on_stored)
        if serve:
            await _go_live(conn, p, version, by=by, position=position)
    return Saved(version, is_new, serve)


async def serve_version(
    conn: Connection, layer: str, version: int, *, by: str, describe: Callable[[str, bool], tuple[str, bool, bool]]
) -> None:
    """Let `version` of `layer` go live in one transaction, also an earlier one.

    `describe` is given the entry of that version and whether the layer may be public, and returns the entry to serve it with, whether it
    joins, and whether it is one of units. A layer that is not public now does not become so by this.

    Raises:
        NotFound: there is no such version.
    """
    async with conn.transaction():
        await conn.execute(_LOCK_LAYER, layer)
        found = await conn.fetchrow(_LOAD_ENTRIES, layer, version)
        if found is None:
            raise NotFound(f"layer {layer} has no version {version}")
        if found["served"] == version:
            return
        entry, is_join, is_units = describe(found["entry"], found["served"] is None or found["is_public"])
        await _serve(conn, layer, version, entry=entry, is_join=is_join, is_units=is_units, by=by, position=None)


async def load_versions(conn: Connection, layer: str, *, version: int | None = None) -> list[VersionRow]:
    """Return the versions of `layer`, or `version` alone, newest first; NotFound where there is no such layer or version."""
    rows = await conn.fetch(_LOAD_VERSIONS, layer, version)
    if not rows and (version is not None or await conn.fetchrow(_LOAD_KNOWN, layer) is None):
        raise NotFound(f"there is no layer {layer}" if version is None else f"layer {layer} has no version {version}")
    return [VersionRow(**row) for row in rows]


async def delete_version(conn: Connection, layer: str, version: int) -> None:
    """Delete `version` of `layer`; its units stay, since rows may name them.

    Raises:
        NotFound: there is no such version.
        Conflict: it is the one that is served.
    """
    async with conn.transaction():
        await conn.execute(_LOCK_LAYER, layer)
        if await conn.fetchval(_LOAD_KNOWN, layer) == version:
            raise Conflict(f"version {version} of layer {layer} is served: serve another one first")
        await conn.execute(_DELETE_FEATURES, layer, version)
        if await conn.execute(_DELETE_VERSION, layer, version) == "DELETE 0":
            raise NotFound(f"layer {layer} has no version {version}")


async def stream_differences(conn: Connection, layer: str, old: int, new: int) -> AsyncIterator[list[asyncpg.Record]]:
    """Yield in portions what differs between two versions, by `fid`: geometry (WKB), properties (JSON) and validity of both, None where absent.

    The connection is in a transaction meanwhile.
    """
    cursor = await conn.cursor(_COMPARE, layer, old, new)
    while records := await cursor.fetch(_ROWS_AT_ONCE):
        yield records


async def _store(conn: Connection, p: Publication, *, by: str, position: int | None, on_stored: Callable[[float], None]) -> int:
    await conn.execute(_KNOW_LAYER, p.layer, p.is_join, p.entry, position)
    count = p.features.num_rows
    told = (p.checksum, p.valid_from, p.valid_to, p.report, p.entry, by, count, list(p.bbox))
    version: int = await conn.fetchval(_ADD_VERSION, p.layer, *told)
    for start in range(0, count, _ROWS_AT_ONCE):
        portion = p.features.slice(start, _ROWS_AT_ONCE)
        await conn.execute(_ADD_FEATURES, p.layer, version, *(column.to_pylist() for column in portion.columns))
        on_stored(min(1.0, (start + _ROWS_AT_ONCE) / count))
    return version


async def _go_live(conn: Connection, p: Publication, version: int, *, by: str, position: int | None) -> None:
    await _serve(conn, p.layer, version, entry=p.entry, is_join=p.is_join, is_units=p.is_units, by=by, position=position)


async def _serve(
    conn: Connection, layer: str, version: int, *, entry: str, is_join: bool, is_units: bool, by: str, position: int | None
) -> None:
    await conn.execute(_LOCK_SERVING)
    if is_units:
        await conn.execute(_SAVE_UNITS, layer, version)
        await conn.execute(_NAME_UNITS, layer, version)
        await conn.execute(_JOIN_PARENTS, layer, version)
    await conn.execute(_SERVE, layer, version, entry, is_join, position)
    await conn.execute(_SAY_SERVED, layer, version, by)
