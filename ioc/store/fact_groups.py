"""Groups of facts: which there are, which are counted, which units belong to which, and of which units and months figures are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ioc.store.pool import Connection

_ADD_GROUPS = "INSERT INTO indicator_group (digest) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
_LOAD_GROUPS = "SELECT id, digest, is_filled FROM indicator_group"
_SET_FILLED = "UPDATE indicator_group SET is_filled = $2 WHERE id = ANY($1::int[])"
_CLEAR = "DELETE FROM indicator_fact WHERE group_id = ANY($1::int[])"
_DROP_GROUPS = "DELETE FROM indicator_group WHERE id = ANY($1::int[])"
_DROP_DUE = "DELETE FROM indicator_due WHERE group_id = ANY($1::int[])"
_DUE_OF_GROUP = """
INSERT INTO indicator_due (group_id, unit_id, month)
SELECT DISTINCT group_id, unit_id, month FROM indicator_fact WHERE group_id = $1 ON CONFLICT DO NOTHING
"""
_HIERARCHY = """
WITH RECURSIVE above (unit_id, above_id, level) AS (
  SELECT id, id, level FROM unit UNION SELECT a.unit_id, u.parent_id, a.level FROM above a JOIN unit u ON u.id = a.above_id WHERE u.parent_id IS NOT NULL)
SELECT unit_id, above_id, level FROM above UNION ALL SELECT 0, 0, ''
"""


class GroupState(NamedTuple):
    """A group of facts in the store: its number, and whether all history is counted."""

    id: int
    is_filled: bool


async def ensure_groups(conn: Connection, digests: Sequence[str]) -> dict[str, GroupState]:
    """Return the state of each group by its digest; those that are new are added, empty."""
    await conn.execute(_ADD_GROUPS, list(digests))
    return await load_groups(conn)


async def load_groups(conn: Connection) -> dict[str, GroupState]:
    """Return the state of each group by its digest."""
    return {row["digest"]: GroupState(row["id"], row["is_filled"]) for row in await conn.fetch(_LOAD_GROUPS)}


async def drop_groups(conn: Connection, ids: Sequence[int]) -> None:
    """Forget groups that nothing needs any more."""
    if ids:
        for statement in (_CLEAR, _DROP_DUE, _DROP_GROUPS):
            await conn.execute(statement, list(ids))


async def set_unfilled(conn: Connection, ids: Sequence[int]) -> None:
    """Have groups counted from the beginning."""
    await conn.execute(_SET_FILLED, list(ids), False)


async def renew_hierarchy(conn: Connection) -> bool:
    """Take up which units belong to which; return whether that has changed, so that what was rolled up is wrong."""
    before = {tuple(row) for row in await conn.fetch("SELECT unit_id, above_id, level FROM indicator_above")}
    now = {tuple(row) for row in await conn.fetch(_HIERARCHY)}
    if before == now:
        return False
    await conn.execute("DELETE FROM indicator_above")
    await conn.copy_records_to_table("indicator_above", records=sorted(now), columns=("unit_id", "above_id", "level"))
    # A unit that was added changes nothing, unless something was counted of it before it was known whose it is.
    new = sorted({unit for unit, *_ in now - before})
    return bool(before - now) or await conn.fetchval("SELECT EXISTS (SELECT FROM indicator_fact WHERE unit_id = ANY($1::int[]))", new)


async def take_stock(conn: Connection) -> None:
    """Let the database know what is in the tables that were filled: what it believes of empty ones makes every later question slow."""
    await conn.execute("ANALYZE indicator_fact")
    await conn.execute("ANALYZE indicator_case")
    await conn.execute("ANALYZE indicator_above")


async def mark_all(conn: Connection, numbers: Sequence[int]) -> None:
    """Have all figures of groups computed anew from the facts that there are."""
    for number in numbers:
        await conn.execute(_DUE_OF_GROUP, number)


async def mark_since(conn: Connection, numbers: Sequence[int], month: date) -> None:
    """Have the figures of groups in a month computed anew for every unit: time has passed."""
    await conn.execute(
        "INSERT INTO indicator_due SELECT DISTINCT group_id, unit_id, $2::date FROM indicator_fact "
        "WHERE group_id = ANY($1::int[]) ON CONFLICT DO NOTHING",
        list(numbers),
        month,
    )


async def last_turn(conn: Connection) -> date | None:
    """Return the day on which what stands was computed last, None before the first."""
    day: date | None = await conn.fetchval("SELECT max(day) FROM indicator_turn")
    return day


async def note_turn(conn: Connection, day: date) -> None:
    """Note that what stands on the day is due."""
    await conn.execute("DELETE FROM indicator_turn")
    await conn.execute("INSERT INTO indicator_turn VALUES ($1)", day)


async def due(conn: Connection) -> dict[int, dict[date, set[int]]]:
    """Return, for each group, the months and units of which figures are due."""
    found: dict[int, dict[date, set[int]]] = {}
    for row in await conn.fetch("SELECT group_id, unit_id, month FROM indicator_due"):
        found.setdefault(row["group_id"], {}).setdefault(row["month"], set()).add(row["unit_id"])
    return found


async def settle_due(conn: Connection) -> None:
    """Forget what was computed."""
    await conn.execute("DELETE FROM indicator_due")
