"""Published layers: saved whole or not at all, read by version; the units that stored rows refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from ioc.domain.unit import UnitRef
from ioc.store.pool import Connection

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7236488)"
_LOAD_HEAD = """
SELECT l.version, v.checksum, l.entry = $2::text::jsonb AND l.is_join = $3 AND ($4::int IS NULL OR l.position = $4) AS is_same
FROM layer l JOIN layer_version v ON v.layer = l.id AND v.version = l.version WHERE l.id = $1
"""
_NEXT_VERSION = "SELECT coalesce(max(version), 0) + 1 FROM layer_version WHERE layer = $1"
_ADD_VERSION = """
INSERT INTO layer_version (layer, version, checksum, valid_from, valid_to, report) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)
"""
_SERVE_LAYER = """
INSERT INTO layer (id, position, is_join, entry, version)
VALUES ($1, coalesce($5, (SELECT coalesce(max(position), -1) + 1 FROM layer)), $2, $3::text::jsonb, $4)
ON CONFLICT (id) DO UPDATE SET position = coalesce($5, layer.position), is_join = EXCLUDED.is_join, entry = EXCLUDED.entry,
  version = EXCLUDED.version, changed_at = now()
"""
_SAVE_UNITS = """
INSERT INTO unit (layer, code, valid_from, valid_to, level, name_vi, name_en)
SELECT $1, * FROM unnest($2::text[], $3::date[], $4::date[], $5::text[], $6::text[], $7::text[])
ON CONFLICT (layer, code, valid_from) DO UPDATE
SET valid_to = EXCLUDED.valid_to, level = EXCLUDED.level, name_vi = EXCLUDED.name_vi, name_en = EXCLUDED.name_en
"""
_JOIN_PARENTS = """
UPDATE unit u SET parent_id = p.id
FROM unnest($2::text[], $3::date[], $4::text[], $5::date[]) AS t (code, valid_from, parent, parent_from)
LEFT JOIN unit p ON p.layer = $1 AND p.code = t.parent AND p.valid_from = t.parent_from
WHERE u.layer = $1 AND u.code = t.code AND u.valid_from = t.valid_from AND u.parent_id IS DISTINCT FROM p.id
"""
_ADD_FEATURES = """
INSERT INTO feature (layer, version, fid, unit_id, valid_from, valid_to, west, south, east, north, geometry, properties)
SELECT $1, $2, t.fid, u.id, t.valid_from, t.valid_to, t.west, t.south, t.east, t.north, t.geometry, t.properties::jsonb
FROM unnest($3::text[], $4::text[], $5::date[], $6::date[], $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::bytea[], $12::text[])
  AS t (fid, code, valid_from, valid_to, west, south, east, north, geometry, properties)
LEFT JOIN unit u ON u.layer = $1 AND u.code = t.code AND u.valid_from = t.valid_from
"""
_LOAD_HEADS = "SELECT id, version, changed_at FROM layer"
_LOAD_LAYERS = """
SELECT l.id, l.version, l.changed_at, l.is_join, l.entry::text AS entry, v.published_at, v.valid_from, v.valid_to, v.report::text AS report
FROM layer l JOIN layer_version v ON v.layer = l.id AND v.version = l.version ORDER BY l.position, l.id
"""
_LOAD_FEATURES = """
SELECT fid, valid_from, valid_to, geometry, properties::text AS properties FROM feature WHERE layer = $1 AND version = $2 ORDER BY fid
"""
_LOAD_UNITS = """
SELECT u.id, u.layer, u.code, u.valid_from, u.valid_to, u.level, u.name_vi, u.name_en, u.parent_id, f.geometry
FROM unit u JOIN layer l ON l.id = u.layer
LEFT JOIN feature f ON f.layer = l.id AND f.version = l.version AND f.unit_id = u.id AND l.is_join
ORDER BY l.position, l.id, u.code, u.valid_from
"""
_ROWS_AT_ONCE = 10_000


class UnitRow(NamedTuple):
    """One unit of a publication; its parent is the version that stood above it when it came into force."""

    code: str
    valid_from: date
    valid_to: date | None
    level: str
    name_vi: str
    name_en: str
    parent: str | None
    parent_from: date | None


class FeatureRow(NamedTuple):
    """One feature: `code` is that of its unit, None in layers that are not units; `geometry` is WKB, `properties` a JSON object."""

    fid: str
    code: str | None
    valid_from: date | None
    valid_to: date | None
    west: float
    south: float
    east: float
    north: float
    geometry: bytes
    properties: str


class Publication(NamedTuple):
    """A checked layer, ready to be saved; `entry` and `report` are JSON objects, `checksum` is that of the content."""

    layer: str
    is_join: bool
    entry: str
    checksum: str
    valid_from: date | None
    valid_to: date | None
    report: str
    units: Sequence[UnitRow]
    features: Sequence[FeatureRow]


class Saved(NamedTuple):
    """What saving came to: the version that is served now, and whether it is a new one."""

    version: int
    is_new: bool


class LayerRow(NamedTuple):
    """A layer as it is served now; `entry` and `report` are JSON objects."""

    id: str
    version: int
    changed_at: datetime
    is_join: bool
    entry: str
    published_at: datetime
    valid_from: date | None
    valid_to: date | None
    report: str


async def save_publication(conn: Connection, publication: Publication, *, position: int | None = None) -> Saved:
    """Save and serve `publication` in one transaction; content that is served already makes no new version.

    `position` is the layer's place in the order of precedence; None keeps its place, or puts a new layer last.
    """
    p = publication
    async with conn.transaction():
        await conn.execute(_ONE_AT_A_TIME)
        head = await conn.fetchrow(_LOAD_HEAD, p.layer, p.entry, p.is_join, position)
        is_new = head is None or head["checksum"] != p.checksum
        if head is not None and not is_new:
            if not head["is_same"]:
                await conn.execute(_SERVE_LAYER, p.layer, p.is_join, p.entry, head["version"], position)
            return Saved(head["version"], is_new)
        version: int = await conn.fetchval(_NEXT_VERSION, p.layer)
        await conn.execute(_ADD_VERSION, p.layer, version, p.checksum, p.valid_from, p.valid_to, p.report)
        await conn.execute(_SERVE_LAYER, p.layer, p.is_join, p.entry, version, position)
        await _save_units(conn, layer=p.layer, units=p.units)
        for start in range(0, len(p.features), _ROWS_AT_ONCE):
            await conn.execute(_ADD_FEATURES, p.layer, version, *_columns(p.features[start : start + _ROWS_AT_ONCE]))
    return Saved(version, is_new)


async def load_heads(conn: Connection) -> Mapping[str, tuple[int, datetime]]:
    """Return for each layer what changes whenever it is published or its entry changes: cheap, to be asked often."""
    return {row["id"]: (row["version"], row["changed_at"]) for row in await conn.fetch(_LOAD_HEADS)}


async def load_layers(conn: Connection) -> list[LayerRow]:
    """Return the layers as they are served now, in order of precedence."""
    return [LayerRow(**row) for row in await conn.fetch(_LOAD_LAYERS)]


async def load_features(conn: Connection, *, layer: str, version: int) -> list[asyncpg.Record]:
    """Return `fid`, `valid_from`, `valid_to`, `geometry` and `properties` of one version, served or earlier, in order of `fid`."""
    return await conn.fetch(_LOAD_FEATURES, layer, version)


async def load_units(conn: Connection) -> list[tuple[UnitRef, bytes | None]]:
    """Return every unit that was ever published, in order of precedence, each with its area as WKB.

    The area is None where the unit is not in the version that is served now, or its layer is no join layer.
    """
    rows = await conn.fetch(_LOAD_UNITS)
    by_id = {row["id"]: row for row in rows}
    return [(_unit_ref(row, by_id), row["geometry"]) for row in rows]


async def _save_units(conn: Connection, *, layer: str, units: Sequence[UnitRow]) -> None:
    if units:
        codes, since, until, levels, names_vi, names_en, parents, parents_since = _columns(units)
        await conn.execute(_SAVE_UNITS, layer, codes, since, until, levels, names_vi, names_en)
        await conn.execute(_JOIN_PARENTS, layer, codes, since, parents, parents_since)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _unit_ref(row: asyncpg.Record, by_id: Mapping[int, asyncpg.Record]) -> UnitRef:
    chain = [row]
    while chain[-1]["parent_id"] is not None and len(chain) < len(by_id):
        chain.append(by_id[chain[-1]["parent_id"]])
    path_vi, path_en = (", ".join(each[f"name_{language}"] for each in chain) for language in ("vi", "en"))
    own = {name: value for name, value in row.items() if name != "geometry"}
    return UnitRef(**own, path_vi=path_vi, path_en=path_en)
