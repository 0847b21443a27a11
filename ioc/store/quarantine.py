"""What was not accepted: kept raw within a size, listed, settled by a replay or dropped; and the books of every item by source and minute of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog

from ioc.store.pool import Connection

_log = structlog.get_logger()

_ADD_QUARANTINE = """
WITH added AS (
  INSERT INTO quarantine (arrived, source, topic, items, reason, detail, payload, told_time)
  SELECT a, s, t, i::int[], r, d, p, o
  FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[]) AS u (a, s, t, i, r, d, p, o)
  RETURNING size
)
UPDATE quarantine_size SET messages = messages + (SELECT count(*) FROM added), bytes = bytes + (SELECT coalesce(sum(size), 0) FROM added)
RETURNING bytes - max_bytes
"""
_LOSE_OLDEST = """
WITH oldest AS (SELECT id, size FROM quarantine ORDER BY id LIMIT 1000),
summed AS (SELECT id, sum(size) OVER (ORDER BY id) - size AS before FROM oldest),
gone AS (DELETE FROM quarantine WHERE id IN (SELECT id FROM summed WHERE before < $1) RETURNING size, coalesce(cardinality(items), 1) AS n),
sums AS (SELECT count(*) AS messages, coalesce(sum(size), 0) AS bytes, coalesce(sum(n), 0) AS items FROM gone)
UPDATE quarantine_size q SET messages = q.messages - sums.messages, bytes = q.bytes - sums.bytes,
  lost_messages = q.lost_messages + sums.messages, lost_items = q.lost_items + sums.items
FROM sums RETURNING sums.messages AS messages, sums.items AS items, q.bytes - q.max_bytes AS excess
"""
_ADD_LEDGER = """
WITH told AS (
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
    AS u (source, minute, received, stored, duplicate, late, quarantined, refused)
), totals AS (
  INSERT INTO source_total AS t (source, received, stored, duplicate, late, quarantined, refused)
  SELECT source, sum(received), sum(stored), sum(duplicate), sum(late), sum(quarantined), sum(refused) FROM told GROUP BY source ORDER BY source
  ON CONFLICT (source) DO UPDATE SET received = t.received + excluded.received, stored = t.stored + excluded.stored,
    duplicate = t.duplicate + excluded.duplicate, late = t.late + excluded.late, quarantined = t.quarantined + excluded.quarantined,
    refused = t.refused + excluded.refused
)
INSERT INTO ledger AS l (source, minute, received, stored, duplicate, late, quarantined, refused) SELECT * FROM told
ON CONFLICT (source, minute) DO UPDATE SET received = l.received + excluded.received, stored = l.stored + excluded.stored,
  duplicate = l.duplicate + excluded.duplicate, late = l.late + excluded.late, quarantined = l.quarantined + excluded.quarantined,
  refused = l.refused + excluded.refused
"""
_LEDGER = """
SELECT minute, received, stored, duplicate, late, quarantined, refused FROM ledger
WHERE source = $1 AND minute >= $2 AND minute < $3 ORDER BY minute
"""
_CHOSEN = """
($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR source = $2) AND ($3::text IS NULL OR reason = $3)
AND ($4::timestamptz IS NULL OR arrived >= $4) AND ($5::timestamptz IS NULL OR arrived < $5)
"""
_COLUMNS = "id, arrived, source, topic, items, reason, detail, tries, tried_at, octet_length(payload) AS length"
_LIST = f"""
SELECT {_COLUMNS}, substring(payload FROM 1 FOR $8) AS payload FROM quarantine
WHERE {_CHOSEN} AND ($6::bigint IS NULL OR id < $6) ORDER BY id DESC LIMIT $7
"""
_ONE = f"SELECT {_COLUMNS}, payload FROM quarantine WHERE id = $1"
_LAST = f"SELECT max(id) FROM quarantine WHERE {_CHOSEN}"
_NEXT = f"""
SELECT id, arrived, source, topic, items, payload, told_time FROM (
  SELECT *, sum(size) OVER (ORDER BY id) - size AS before FROM (
    SELECT * FROM quarantine WHERE {_CHOSEN} AND id > $6 AND id <= $7 ORDER BY id LIMIT $8
  ) AS chosen
) AS summed WHERE before < $9 ORDER BY id
"""
_LOCK_SIZE = "SELECT FROM quarantine_size FOR UPDATE"  # before any row of quarantine, as when it is full, so that nobody waits in a circle
_LOCK = "SELECT id FROM quarantine WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE"
_KEEP = """
UPDATE quarantine q SET items = u.items::int[], reason = u.reason, detail = u.detail, tries = q.tries + 1, tried_at = $5
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS u (id, items, reason, detail) WHERE q.id = u.id
"""
_REMOVE = """
WITH gone AS (DELETE FROM quarantine WHERE {which} RETURNING size)
UPDATE quarantine_size SET messages = messages - (SELECT count(*) FROM gone), bytes = bytes - (SELECT coalesce(sum(size), 0) FROM gone)
RETURNING (SELECT count(*) FROM gone)
"""
_LEAVE = _REMOVE.format(which="id = ANY($1::bigint[])")
_DROP = _REMOVE.format(which=_CHOSEN)
_SIZE = "SELECT messages, bytes, max_bytes, lost_messages, lost_items FROM quarantine_size"
_SET_LIMIT = "UPDATE quarantine_size SET max_bytes = $1 WHERE max_bytes <> $1"
_SHARES_TO_WARN_AT = (0.8, 0.5)

_Row = tuple[datetime, str, str, list[int] | None, str, str, bytes]
QuarantineRow = _Row | tuple[datetime, str, str, list[int] | None, str, str, bytes, str | None]
LedgerRow = tuple[str, datetime, int, int, int, int, int, int]
StillBad = tuple[int, list[int] | None, str, str]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages in quarantine: those that fit every filter that is not None; `end` is exclusive. Without any filter all of them."""

    ids: Sequence[int] | None = None
    source: str | None = None
    reason: str | None = None
    begin: datetime | None = None
    end: datetime | None = None

    def parameters(self) -> tuple[Any, ...]:
        """Return the values of `$1` to `$5`."""
        return None if self.ids is None else list(self.ids), self.source, self.reason, self.begin, self.end


@dataclass(frozen=True, slots=True)
class QuarantineSize:
    """How full the quarantine is, and what it had to let go because it was full."""

    messages: int
    bytes: int
    max_bytes: int
    lost_messages: int
    lost_items: int

    @property
    def share(self) -> float:
        """How much of the allowed size is taken, 1 when it is full."""
        return self.bytes / self.max_bytes

    def in_words(self) -> str:
        """Return a line for people, with a warning where half or more is taken or something was lost."""
        told = f"{self.messages} messages, {self.share:.0%} of {self.max_bytes / 2**20:.0f} MB"
        if passed := next((share for share in _SHARES_TO_WARN_AT if self.share >= share), None):
            told += f"; warning: over {passed:.0%}, at 100% the oldest go: replay or drop some, or raise IOC_QUARANTINE_MAX_MB"
        if self.lost_messages:
            told += f"; {self.lost_messages} messages with {self.lost_items} items were lost since it was full"
        return told


async def add_quarantine(conn: Connection, rows: Sequence[QuarantineRow]) -> None:
    """Keep rows of (arrived, source, topic, items, reason, detail, payload) with the message's told time as the eighth where it has one.

    Where that is more than fits, the oldest go, counted and logged.
    """
    if not rows:
        return
    columns: list[list[Any]] = [list(column) for column in zip(*((*row, None)[:8] for row in rows), strict=True)]
    columns[3] = [_array(items) for items in columns[3]]
    excess = await conn.fetchval(_ADD_QUARANTINE, *columns)
    while excess > 0:
        lost = await conn.fetchrow(_LOSE_OLDEST, excess)
        if lost is None or not lost["messages"]:
            return
        _log.warning("quarantine.full", lost_messages=lost["messages"], lost_items=lost["items"])
        excess = lost["excess"]


async def quarantine_size(conn: Connection) -> QuarantineSize:
    """Return how full the quarantine is; costs the same however much is in it."""
    row = await conn.fetchrow(_SIZE)
    assert row is not None
    return QuarantineSize(*row)


async def limit_quarantine(conn: Connection, max_bytes: int) -> None:
    """Set how much may be kept; what is too much goes with the next message that is added."""
    await conn.execute(_SET_LIMIT, max_bytes)


async def quarantined(
    conn: Connection, chosen: Selection, *, limit: int, before: int | None = None, shown_bytes: int = 4096
) -> list[asyncpg.Record]:
    """Return the newest chosen messages with an id under `before` (None: any), each with the beginning of its payload."""
    return await conn.fetch(_LIST, *chosen.parameters(), before, limit, shown_bytes)


async def quarantined_one(conn: Connection, number: int) -> asyncpg.Record | None:
    """Return one message with its whole payload, None where there is none of this id."""
    return await conn.fetchrow(_ONE, number)


async def last_chosen(conn: Connection, chosen: Selection) -> int | None:
    """Return the highest id among the chosen messages, None where there is none."""
    number: int | None = await conn.fetchval(_LAST, *chosen.parameters())
    return number


async def next_chosen(conn: Connection, chosen: Selection, *, after: int, up_to: int, limit: int, max_bytes: int) -> list[asyncpg.Record]:
    """Return the oldest chosen messages with an id in (after, up_to]: at most `limit`, and no more once `max_bytes` are reached."""
    return await conn.fetch(_NEXT, *chosen.parameters(), after, up_to, limit, max_bytes)


async def lock_quarantined(conn: Connection, numbers: Sequence[int]) -> set[int]:
    """Return which of these messages are still there; nobody else can change them until the transaction ends."""
    await conn.execute(_LOCK_SIZE)
    return {row["id"] for row in await conn.fetch(_LOCK, list(numbers))}


async def settle_replay(conn: Connection, *, gone: Sequence[int], kept: Sequence[StillBad], now: datetime) -> None:
    """Take the messages `gone` out; write for those that stay (id, items, reason, detail) and that they were tried once more."""
    if gone:
        await conn.fetchval(_LEAVE, list(gone))
    if kept:
        ids, items, reasons, details = (list(column) for column in zip(*kept, strict=True))
        await conn.execute(_KEEP, ids, [_array(numbers) for numbers in items], reasons, details, now)


async def drop_quarantined(conn: Connection, chosen: Selection) -> int:
    """Throw the chosen messages away and return how many there were; the books go on counting them as quarantined."""
    async with conn.transaction():
        await conn.execute(_LOCK_SIZE)
        dropped: int = await conn.fetchval(_DROP, *chosen.parameters())
    return dropped


async def add_ledger(conn: Connection, rows: Sequence[LedgerRow]) -> None:
    """Add rows of (source, minute, received, stored, duplicate, late, quarantined, refused) to the books: the minute and the totals of the source."""
    if rows:
        await conn.execute(_ADD_LEDGER, *(list(column) for column in zip(*rows, strict=True)))


async def ledger(conn: Connection, *, source: str, begin: datetime, end: datetime) -> list[asyncpg.Record]:
    """Return the minutes of one source's ledger in [begin, end), oldest first."""
    return await conn.fetch(_LEDGER, source, begin, end)


def _array(numbers: list[int] | None) -> str | None:
    """Return an array as text: arrays of arrays of different lengths cannot be sent."""
    return None if numbers is None else "{" + ",".join(map(str, numbers)) + "}"
