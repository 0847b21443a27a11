"""Which kinds of cases have places on the map."""

from __future__ import annotations

from collections.abc import Sequence

from ioc.store.pool import Connection

_WITH_PLACES = """
SELECT k.id FROM unnest($1::int[]) AS k (id)
WHERE EXISTS (SELECT FROM indicator_case c WHERE c.kind_id = k.id AND c.closed IS NULL AND c.lon IS NOT NULL)
"""


async def kinds_with_places(conn: Connection, kinds: Sequence[int]) -> set[int]:
    """Return those of the kinds of which a case that is open has a place."""
    return {row["id"] for row in await conn.fetch(_WITH_PLACES, list(kinds))}
