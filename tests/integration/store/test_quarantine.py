"""The quarantine keeps to its size, and says how full it is without counting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ioc.store import quarantine
from ioc.store.pool import Connection, open_pool
from ioc.store.quarantine import QuarantineRow, QuarantineSize, Selection
from tests.support.databases import Database

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def message(
    number: int, payload: bytes = b"x" * 800, *, source: str = "s", reason: str = "value", items: list[int] | None = None
) -> QuarantineRow:
    return NOW + timedelta(minutes=number), source, f"ioc/v1/{source}/obs/{number:04d}/level", items, reason, "detail", payload


async def _counted(conn: Connection) -> tuple[int, int]:
    row = await conn.fetchrow("SELECT count(*), coalesce(sum(size), 0)::bigint FROM quarantine")
    assert row is not None
    return tuple(row)


async def test_the_oldest_go_when_it_is_full_and_the_loss_is_counted(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.limit_quarantine(conn, 10_300)
        for number in range(12):
            await quarantine.add_quarantine(conn, [message(number, items=[0, 1] if number == 0 else None)])
        size = await quarantine.quarantine_size(conn)
        assert (size.messages, size.bytes) == await _counted(conn)
        assert size.bytes <= size.max_bytes
        assert (size.lost_messages, size.lost_items) == (2, 3)
        newest = await quarantine.quarantined(conn, Selection(), limit=100)
        assert [row["topic"][-10:-6] for row in newest] == [f"{number:04d}" for number in range(11, 1, -1)]


async def test_a_smaller_limit_holds_from_the_next_message(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_quarantine(conn, [message(number, b"") for number in range(3000)])
        await quarantine.limit_quarantine(conn, 1000)
        await quarantine.add_quarantine(conn, [message(3000, b"")])
        size = await quarantine.quarantine_size(conn)
        assert (size.messages, size.bytes) == await _counted(conn) == (4, size.bytes)
        assert size.lost_messages == 2997


async def test_what_is_undone_is_not_counted(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        undone = conn.transaction()
        await undone.start()
        await quarantine.add_quarantine(conn, [message(1)])
        await undone.rollback()
        assert await quarantine.quarantine_size(conn) == QuarantineSize(0, 0, 1 << 30, 0, 0)


async def test_dropping_takes_what_the_filters_name(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_quarantine(conn, [message(n, source="st"[n % 2], reason=("value", "range", "time")[n % 3]) for n in range(12)])
        assert await quarantine.drop_quarantined(conn, Selection(source="s", reason="range")) == 2
        assert await quarantine.drop_quarantined(conn, Selection(begin=NOW + timedelta(minutes=11))) == 1
        assert await quarantine.drop_quarantined(conn, Selection(ids=[1, 2, 999])) == 2
        size = await quarantine.quarantine_size(conn)
        assert (size.messages, size.bytes) == await _counted(conn)
        assert size.messages == 7
        assert await quarantine.drop_quarantined(conn, Selection()) == 7
        assert (await quarantine.quarantine_size(conn)).bytes == 0


async def test_pages_show_everything_once_with_the_beginning_of_each_payload(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_quarantine(conn, [message(n, b"y" * 5000, items=[n]) for n in range(25)])
        seen: list[int] = []
        before = None
        while page := await quarantine.quarantined(conn, Selection(), limit=10, before=before):
            assert all((len(row["payload"]), row["length"]) == (4096, 5000) for row in page)
            seen += [row["items"][0] for row in page]
            before = page[-1]["id"]
        assert seen == list(range(24, -1, -1))


async def test_a_batch_for_replay_keeps_to_its_bytes_but_is_never_empty(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_quarantine(conn, [message(n, b"z" * 10_000) for n in range(5)])
        rows = await quarantine.next_chosen(conn, Selection(), after=0, up_to=5, limit=100, max_bytes=15_000)
        assert [row["id"] for row in rows] == [1, 2]
        rows = await quarantine.next_chosen(conn, Selection(), after=2, up_to=4, limit=100, max_bytes=1)
        assert [row["id"] for row in rows] == [3]
        assert await quarantine.next_chosen(conn, Selection(), after=4, up_to=4, limit=100, max_bytes=1) == []


@pytest.mark.parametrize(
    ("taken", "lost", "said"),
    [(49, 0, "49% of 100 MB"), (50, 0, "warning: over 50%"), (85, 0, "warning: over 80%"), (10, 3, "3 messages with 4 items were lost")],
)
def test_it_says_in_words_how_full_it_is(taken: int, lost: int, said: str) -> None:
    words = QuarantineSize(1, taken << 20, 100 << 20, lost, lost and lost + 1).in_words()
    assert said in words
    assert ("warning" in words) == (taken >= 50)
