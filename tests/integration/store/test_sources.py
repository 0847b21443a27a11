"""Sources as they are listed, and stations that come by import or approval."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ioc.domain.observation import StationKey
from ioc.ingest.source_routes import ReportCounts
from ioc.ingest.stations import Fate, StationRow, import_stations
from ioc.store import quarantine, sources
from ioc.store.pool import Connection, open_pool
from tests.support.databases import Database

BOOKS = ("received", "stored", "duplicate", "late", "quarantined", "refused")
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


class East:
    """One unit that holds everything east of 106° E."""

    def __init__(self, number: int | None) -> None:
        self.number = number

    def locate_many(self, lons: Sequence[float], lats: Sequence[float], /) -> list[int | None]:
        return [self.number if lon >= 106 else None for lon in lons]


def rows(*codes: str, **told: object) -> list[StationRow]:
    return [StationRow(number, code, {"kind": "gauge", **told}) for number, code in enumerate(codes, start=1)]


async def _stations(conn: Connection) -> list[tuple[object, ...]]:
    found = await conn.fetch(
        "SELECT s.name, st.code, st.lon, st.unit_id FROM station st JOIN source s ON s.id = st.source_id ORDER BY 1, 2"
    )
    return [tuple(row) for row in found]


async def test_an_import_adds_changes_and_leaves_alone(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        version = await sources.registry_version(conn)
        first = await import_stations(conn, "s", rows("a", "b", lon=106.5, lat=21.0), places=East(7))
        assert (first.imported, first.counts()["added"]) == (True, 2)
        assert await _stations(conn) == [("s", "a", 106.5, 7), ("s", "b", 106.5, 7)]
        assert await sources.registry_version(conn) == version + 1
        again = await import_stations(
            conn, "s", [*rows("a"), StationRow(2, "b", {"lon": 105.0}), StationRow(3, "c", {"kind": "x"})], places=East(7)
        )
        assert [row.fate for row in again.rows] == [Fate.UNCHANGED, Fate.CHANGED, Fate.ADDED]
        assert await _stations(conn) == [("s", "a", 106.5, 7), ("s", "b", 105.0, None), ("s", "c", None, None)]
        same = await import_stations(conn, "s", rows("a"), places=East(7))
        assert same.imported
        assert await sources.registry_version(conn) == version + 2


async def test_a_refused_row_keeps_all_others_out_unless_bad_ones_are_skipped(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        told = rows("a", "b b", "c")
        report = await import_stations(conn, "s", told, places=East(None))
        assert (report.imported, report.counts()["refused"]) == (False, 1)
        assert await _stations(conn) == []
        assert await conn.fetchval("SELECT count(*) FROM source") == 0
        rehearsal = await import_stations(conn, "s", told, places=East(None), skip_bad=True, dry_run=True)
        assert not rehearsal.imported
        assert await _stations(conn) == []
        assert (await import_stations(conn, "s", told, places=East(None), skip_bad=True)).imported
        assert [row[1] for row in await _stations(conn)] == ["a", "c"]


async def test_two_imports_at_once_are_one_after_the_other(database: Database) -> None:
    async with await open_pool(database.dsn, size=2) as pool:

        async def one() -> None:
            async with pool.acquire() as conn:
                await import_stations(conn, "s", rows(*(f"g{n}" for n in range(500))), places=East(None))

        await asyncio.gather(one(), one())
        assert await pool.fetchval("SELECT count(*) FROM station") == 500


async def test_approval_makes_a_station_known_once(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        assert await sources.known_stations(conn, [StationKey("s", "a")]) == set()
        assert await sources.approve_station(conn, StationKey("s", "a"))
        assert not await sources.approve_station(conn, StationKey("s", "a"))
        assert await sources.known_stations(conn, [StationKey("s", "a"), StationKey("s", "b"), StationKey("t", "a")]) == {
            StationKey("s", "a")
        }


async def test_a_policy_makes_a_source_known_that_was_never_heard_of(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await sources.set_policy(conn, "s", "pending")
        (row,) = await sources.sources(conn)
        assert (row["id"], row["policy"], row["last_seen"], row["received"]) == ("s", "pending", None, 0)
        await sources.set_policy(conn, "s", None)
        assert await sources.load_policies(conn) == {"s": None}


async def test_a_source_of_which_nothing_was_accepted_is_listed_too(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_ledger(conn, [("bad", NOW, 3, 0, 0, 0, 3, 0)])
        await import_stations(conn, "s", rows("a", interval_s=30.0), places=East(None))
        found = {row["id"]: (row["stations"], row["shortest_s"], row["quarantined"]) for row in await sources.sources(conn)}
        assert found == {"bad": (0, None, 3), "s": (1, 30.0, 0)}
        assert [row["id"] for row in await sources.sources(conn, "bad")] == ["bad"]


async def test_totals_of_a_source_are_the_sums_of_its_ledger(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        later = NOW + timedelta(minutes=1)
        await quarantine.add_ledger(conn, [("a", NOW, 5, 2, 1, 1, 1, 0), ("a", later, 3, 0, 0, 0, 3, 0), ("b", NOW, 1, 1, 0, 0, 0, 0)])
        await quarantine.add_ledger(conn, [("a", later, 0, 2, 0, 0, -2, 0)])  # a replay settles two of them
        summed = await conn.fetch(
            f"SELECT source, {', '.join(f'sum({name})::bigint AS {name}' for name in BOOKS)} FROM ledger GROUP BY 1 ORDER BY 1"
        )
        found = [(row["id"], *(row[name] for name in BOOKS)) for row in await sources.sources(conn)]
        assert found == [("a", 8, 4, 1, 1, 2, 0), ("b", 1, 1, 0, 0, 0, 0)] == [tuple(row) for row in summed]


async def test_sources_are_listed_without_a_look_at_the_ledger(any_database: Database) -> None:
    async with await open_pool(any_database.dsn, size=1) as pool, pool.acquire() as conn:
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {sources._SOURCES}", None))
        assert "source_total" in plan
        assert "ledger" not in plan


async def test_reports_are_counted_again_after_ten_seconds_only(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[datetime] = []

    async def count(_conn: Connection, *, begin: datetime, end: datetime, source: str | None = None) -> list[dict[str, object]]:
        assert (end - begin, source) == (timedelta(hours=1), None)
        counted.append(end)
        return [{"source": "s", "interval_s": 60.0, "reports": len(counted)}]

    monkeypatch.setattr(sources, "station_reports", count)
    async with await open_pool(any_database.dsn, size=1) as pool, pool.acquire() as conn:
        counts = ReportCounts()
        found = [await counts.of_all(conn, NOW + timedelta(seconds=seconds)) for seconds in (0, 9, 10, 19, 25)]
    assert found == [{"s": [(60.0, number)]} for number in (1, 1, 2, 2, 3)]


async def test_reports_are_the_distinct_times_of_a_station(database: Database) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        await import_stations(
            conn, "s", [*rows("a", "b", interval_s=600.0), StationRow(3, "daily", {"kind": "x", "interval_s": 86400.0})], places=East(None)
        )
        station = await conn.fetchval("SELECT id FROM station WHERE code = 'a'")
        series = [
            await conn.fetchval("INSERT INTO series (station_id, property) VALUES ($1, $2) RETURNING id", station, name) for name in "xy"
        ]
        times = [NOW - timedelta(minutes=minutes) for minutes in (0, 10, 59, 60, 61)]
        await conn.executemany("INSERT INTO observation VALUES ($1, $2, 1, $2)", [(number, time) for number in series for time in times])
        await conn.execute(
            "INSERT INTO position (station_id, time, lon, lat, arrived) VALUES ($1, $2, 106, 21, $2)", station, NOW - timedelta(minutes=20)
        )
        found = await sources.station_reports(conn, begin=NOW - timedelta(hours=1), end=NOW)
        assert sorted(tuple(row) for row in found) == [("s", 600.0, 0), ("s", 600.0, 4)]
        assert await sources.station_reports(conn, begin=NOW - timedelta(hours=1), end=NOW, source="t") == []


@pytest.mark.parametrize("name", ["station", "obs", "pos"])
async def test_stations_that_wait_are_named_by_their_topics(database: Database, name: str) -> None:
    async with await open_pool(database.dsn, size=1) as pool, pool.acquire() as conn:
        topics = [f"ioc/v1/s/{name}/new", f"ioc/v1/s/{name}/new", "ioc/v1/s/event/new", "ioc/v1/t/obs/other"]
        kept = [(NOW, topic.split("/")[2], topic, None, "unknown_station", "d", b"") for topic in topics]
        await quarantine.add_quarantine(conn, [*kept, (NOW, "s", "ioc/v1/s/obs/bad", None, "value", "d", b"")])
        assert [(row["station"], row["messages"]) for row in await sources.waiting_stations(conn, "s")] == [("new", 2)]
