"""Published layers as they are served, read by version; the units that stored rows refer to. Saving is in `layer_versions`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from ioc.domain.unit import UnitRef
from ioc.store.pool import Connection

_LOAD_HEADS = "SELECT id, version, changed_at FROM layer WHERE version IS NOT NULL"
_LOAD_ENTRIES = "SELECT id, entry::text AS entry FROM layer"
_LOAD_LAYERS = """
SELECT l.id, l.version, l.changed_at, l.is_join, l.entry::text AS entry, v.published_at, v.checked_at,
  v.valid_from, v.valid_to, v.report::text AS report
FROM layer l JOIN layer_version v ON v.layer = l.id AND v.version = l.version ORDER BY l.position, l.id
"""
_LOAD_FEATURES = """
SELECT fid, valid_from, valid_to, geometry, properties::text AS properties FROM feature WHERE layer = $1 AND version = $2 ORDER BY fid
"""
_LOAD_UNITS = """
SELECT u.id, u.layer, u.code, u.valid_from, u.valid_to, u.level, u.name_vi, u.name_en, u.parent_id,
  coalesce(f.geometry, CASE WHEN x.unit_id IS NOT NULL AND l.is_join THEN '\\x010300000000000000'::bytea END) AS geometry  -- an empty polygon
FROM unit u JOIN layer l ON l.id = u.layer LEFT JOIN former_unit x ON x.unit_id = u.id
LEFT JOIN feature f ON f.layer = l.id AND f.version = l.version AND f.unit_id = u.id AND l.is_join
ORDER BY l.position, l.id, u.code, u.valid_from
"""
_ROWS_AT_ONCE = 10_000


class LayerRow(NamedTuple):
    """A layer as it is served now; `entry` and `report` are JSON objects, `checked_at` is when its content was last published or confirmed."""

    id: str
    version: int
    changed_at: datetime
    is_join: bool
    entry: str
    published_at: datetime
    checked_at: datetime
    valid_from: date | None
    valid_to: date | None
    report: str


async def load_heads(conn: Connection) -> Mapping[str, tuple[int, datetime]]:
    """Return for each layer what changes whenever it is published or its entry changes: cheap, to be asked often."""
    return {row["id"]: (row["version"], row["changed_at"]) for row in await conn.fetch(_LOAD_HEADS)}


async def load_layers(conn: Connection) -> list[LayerRow]:
    """Return the layers as they are served now, in order of precedence."""
    return [LayerRow(**row) for row in await conn.fetch(_LOAD_LAYERS)]


async def load_entries(conn: Connection) -> Mapping[str, str]:
    """Return the catalogue entry of each layer as a JSON object, also of those of which nothing is served yet."""
    return {row["id"]: row["entry"] for row in await conn.fetch(_LOAD_ENTRIES)}


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


def _unit_ref(row: asyncpg.Record, by_id: Mapping[int, asyncpg.Record]) -> UnitRef:
    chain = [row]
    while chain[-1]["parent_id"] is not None and len(chain) < len(by_id):
        chain.append(by_id[chain[-1]["parent_id"]])
    path_vi, path_en = (", ".join(each[f"name_{language}"] for each in chain) for language in ("vi", "en"))
    own = {name: value for name, value in row.items() if name != "geometry"}
    return UnitRef(**own, path_vi=path_vi, path_en=path_en)
