"""Units that are known now, former ones that have no boundary, and what became of whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from ioc.store.pool import Connection

_LOCK_SERVING = "SELECT pg_advisory_xact_lock(7236488)"
_PUBLISHED = """
SELECT u.id, u.code, u.valid_from, u.valid_to FROM unit u JOIN layer l ON l.id = u.layer
JOIN feature f ON f.layer = l.id AND f.version = l.version AND f.unit_id = u.id WHERE l.id = $1
"""
_KNOWN = """
SELECT f.unit_id FROM layer l JOIN feature f ON f.layer = l.id AND f.version = l.version WHERE f.unit_id IS NOT NULL
UNION SELECT unit_id FROM former_unit
"""
_FORMER = """
SELECT u.code, u.valid_from, u.valid_to, u.level, u.name_vi, u.name_en, p.code AS parent
FROM former_unit x JOIN unit u ON u.id = x.unit_id LEFT JOIN unit p ON p.id = u.parent_id WHERE u.layer = $1
"""
_FORGET_FORMER = "DELETE FROM former_unit WHERE unit_id IN (SELECT id FROM unit WHERE layer = $1)"
_SAVE_FORMER = """
INSERT INTO unit AS u (layer, code, valid_from, valid_to, level, name_vi, name_en)
SELECT $1, * FROM unnest($2::text[], $3::date[], $4::date[], $5::text[], $6::text[], $7::text[])
ON CONFLICT (layer, code, valid_from) DO UPDATE
SET valid_to = EXCLUDED.valid_to, level = EXCLUDED.level, name_vi = EXCLUDED.name_vi, name_en = EXCLUDED.name_en
"""
_NAME_FORMER = """
INSERT INTO former_unit SELECT u.id FROM unit u JOIN unnest($2::text[], $3::date[]) AS t (code, since) ON u.code = t.code AND u.valid_from = t.since
WHERE u.layer = $1
"""
_JOIN_FORMER = """
UPDATE unit u SET parent_id = (
  SELECT p.id FROM unit p WHERE p.layer = $1 AND p.code = t.parent AND p.valid_from < u.valid_to AND coalesce(p.valid_to, 'infinity') > u.valid_from
  ORDER BY p.valid_from LIMIT 1)
FROM unnest($2::text[], $3::date[], $4::text[]) AS t (code, since, parent) WHERE u.layer = $1 AND u.code = t.code AND u.valid_from = t.since
"""
_LOAD_LINKS = "SELECT old_unit AS old, new_unit AS new, share, share_of_new, kind, source FROM unit_succession"
_LINKS_OF = f"{_LOAD_LINKS} WHERE old_unit IN (SELECT id FROM unit WHERE layer = $1)"
_STEPS = """
SELECT o.code AS old, o.valid_from AS old_from, n.code AS new, n.valid_from AS new_from, s.share, s.share_of_new, s.kind, s.source
FROM unit_succession s JOIN unit o ON o.id = s.old_unit JOIN unit n ON n.id = s.new_unit
WHERE o.layer = $1 ORDER BY o.code, o.valid_from, n.code, n.valid_from
"""
_FORGET_LINKS = "DELETE FROM unit_succession WHERE old_unit IN (SELECT id FROM unit WHERE layer = $1)"
_SAVE_LINKS = """
INSERT INTO unit_succession (old_unit, new_unit, share, share_of_new, kind, source)
SELECT o.id, n.id, t.share, t.of_new, t.kind, t.source
FROM unnest($2::text[], $3::date[], $4::text[], $5::date[], $6::float8[], $7::float8[], $8::text[], $9::text[])
  AS t (old, old_from, new, new_from, share, of_new, kind, source)
JOIN unit o ON o.layer = $1 AND o.code = t.old AND o.valid_from = t.old_from
JOIN unit n ON n.layer = $1 AND n.code = t.new AND n.valid_from = t.new_from
"""
_SAY_CHANGED = "UPDATE layer SET changed_at = now() WHERE id = $1"


class FormerRow(NamedTuple):
    """A unit that has ended, known by code and name only."""

    code: str
    valid_from: date
    valid_to: date
    level: str
    name_vi: str
    name_en: str
    parent: str | None


class LinkRow(NamedTuple):
    """What became of a unit, both units by code and first day."""

    old: str
    old_from: date
    new: str
    new_from: date
    share: float
    share_of_new: float
    kind: str
    source: str


async def published_units(conn: Connection, layer: str) -> list[asyncpg.Record]:
    """Return `id`, `code`, `valid_from` and `valid_to` of the units in the version of the layer that is served."""
    return await conn.fetch(_PUBLISHED, layer)


async def known_units(conn: Connection) -> set[int]:
    """Return the numbers of all units that are published now or known as former ones."""
    return {row["unit_id"] for row in await conn.fetch(_KNOWN)}


async def load_links(conn: Connection) -> list[asyncpg.Record]:
    """Return what became of all units, by their numbers."""
    return await conn.fetch(_LOAD_LINKS)


async def load_former(conn: Connection, layer: str) -> list[FormerRow]:
    """Return the former units of a layer, by code and first day."""
    found = [FormerRow(row["code"], *tuple(row)[1:]) for row in await conn.fetch(_FORMER, layer)]
    return sorted(found, key=lambda row: (row.code, row.valid_from))


async def load_steps(conn: Connection, layer: str) -> list[LinkRow]:
    """Return what became of the units of a layer, by code and first day."""
    return [LinkRow(row["old"], *tuple(row)[1:]) for row in await conn.fetch(_STEPS, layer)]


async def save_lineage(conn: Connection, layer: str, *, former: Sequence[FormerRow], links: Sequence[LinkRow]) -> bool:
    """Replace the layer's former units and what became of its units, in one transaction; return whether anything changed."""
    async with conn.transaction():
        await conn.execute(_LOCK_SERVING)
        before = await _state(conn, layer)
        await conn.execute(_FORGET_LINKS, layer)
        await conn.execute(_FORGET_FORMER, layer)
        if former:
            codes, since, until, levels, names_vi, names_en, parents = (list(column) for column in zip(*former, strict=True))
            await conn.execute(_SAVE_FORMER, layer, codes, since, until, levels, names_vi, names_en)
            await conn.execute(_NAME_FORMER, layer, codes, since)
            await conn.execute(_JOIN_FORMER, layer, codes, since, parents)
        if links:
            await conn.execute(_SAVE_LINKS, layer, *(list(column) for column in zip(*links, strict=True)))
        changed = before != await _state(conn, layer)
        if changed:
            await conn.execute(_SAY_CHANGED, layer)
    return changed


async def _state(conn: Connection, layer: str) -> tuple[object, ...]:
    former = await conn.fetch(_FORMER, layer)
    links = await conn.fetch(_LINKS_OF, layer)
    return {tuple(row) for row in former}, {tuple(row) for row in links}
