"""Migrations on every store level: from nothing to the newest, once; all or nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from ioc.errors import ConfigurationError
from ioc.store.level import Level, recorded_level
from ioc.store.migrate import migrate_async
from ioc.store.revisions import pending
from tests.support.databases import Database

_HYPERTABLES = "SELECT hypertable_name FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public' ORDER BY 1"


async def test_a_migrated_database_knows_its_level_and_lacks_nothing(database: Database) -> None:
    conn = await asyncpg.connect(database.dsn)
    try:
        assert await recorded_level(conn) is database.level
        assert await pending(conn) == []
    finally:
        await conn.close()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    assert await migrate_async(database.dsn) is database.level


async def test_the_big_tables_are_hypertables_where_timescaledb_is(database: Database) -> None:
    conn = await asyncpg.connect(database.dsn)
    try:
        if database.level.has_timescale:
            assert [row[0] for row in await conn.fetch(_HYPERTABLES)] == ["event", "observation", "position"]
        else:
            assert not await conn.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')")
    finally:
        await conn.close()


async def test_another_level_than_the_one_built_is_refused(database: Database) -> None:
    other = Level.PLAIN if database.level.has_timescale else Level.APACHE
    with pytest.raises(ConfigurationError, match=f"built for level {database.level}, not {other}"):
        await migrate_async(database.dsn, level=other)


async def test_a_migration_that_fails_leaves_nothing_behind(any_database: Database) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        await conn.execute(
            "DROP TABLE alert_transition, alert_state, alert, rule_version, api_key; UPDATE alembic_version SET version_num = '0002'"
        )
        await conn.execute("CREATE TABLE api_key (in_the_way int)")  # the last statement of 0003 meets it
        with pytest.raises(Exception, match="already exists"):
            await migrate_async(any_database.dsn)
        assert (await pending(conn))[0] == "0003"
        assert await conn.fetchval("SELECT to_regclass('alert') IS NULL")
    finally:
        await conn.close()


async def test_what_is_in_quarantine_already_is_counted_by_the_migration(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        await conn.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")
        await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        monkeypatch.setattr("ioc.store.migrate._NEWEST", "0003")
        await migrate_async(any_database.dsn)
        add = "INSERT INTO quarantine (arrived, source, topic, reason, detail, payload) VALUES (now(), 's', 'abc', 'value', '', $1)"
        await conn.executemany(add, [(b"12",), (b"",)])
        monkeypatch.undo()
        await migrate_async(any_database.dsn)
        assert tuple(await conn.fetchrow("SELECT messages, bytes FROM quarantine_size") or ()) == (2, 2 * 203 + 2)
    finally:
        await conn.close()


async def test_layers_of_before_are_served_as_they_were_and_know_their_entry(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        await conn.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")
        await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        monkeypatch.setattr("ioc.store.migrate._NEWEST", "0007")
        await migrate_async(any_database.dsn)
        await conn.execute("""
            BEGIN;
            INSERT INTO layer (id, position, is_join, entry, version) VALUES ('trees', 0, false, '{"id": "trees"}', 1);
            INSERT INTO layer_version (layer, version, checksum, report) VALUES ('trees', 1, 'abc', '{}');
            INSERT INTO feature (layer, version, fid, west, south, east, north, geometry, properties)
            VALUES ('trees', 1, 'T1', 106, 21, 106, 21, ''::bytea, '{}'), ('trees', 1, 'T2', 107, 20, 107, 20, ''::bytea, '{}');
            COMMIT""")
        monkeypatch.undo()
        await migrate_async(any_database.dsn)
        row = await conn.fetchrow(
            "SELECT entry::text, published_by, served_at = published_at AS served, feature_count, bbox FROM layer_version"
        )
        assert tuple(row or ()) == ('{"id": "trees"}', "unknown", True, 2, [106, 20, 107, 21])
    finally:
        await conn.close()


async def test_facts_of_before_stand_in_pages(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        await conn.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")
        await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        monkeypatch.setattr("ioc.store.migrate._NEWEST", "0016")
        await migrate_async(any_database.dsn)
        await conn.execute("""
            INSERT INTO indicator_fact (group_id, grain, below, unit_id, begin, unit_code, slice, key, amounts, events, newest) VALUES
              (1, 'D', false, 7, '2023-05-01', '', 'commune', '', '{2, 0.5}', 2, '2023-05-01 03:00+00'),
              (1, 'D', false, 7, '2023-05-09', '', 'commune', '', '{3, 1}', 3, '2023-05-09 03:00+00'),
              (1, 'M', false, 7, '2023-05-01', '', 'commune', '', '{5, 1.5}', 5, '2023-05-09 03:00+00'),
              (2, 'D', true, 1, '2023-05-01', '', 'commune', 'a', '{2}', 2, '2023-05-01 03:00+00'),
              (2, 'D', true, 1, '2023-05-02', '', 'commune', 'a', '{1}', 1, '2023-05-02 03:00+00'),
              (2, 'D', true, 1, '2023-05-02', '', 'commune', 'b', '{4}', 4, '2023-05-02 04:00+00')""")
        monkeypatch.undo()
        await migrate_async(any_database.dsn)
        pages = await conn.fetch(
            "SELECT group_id, below, unit_id, month::text, amounts::float[], keys, counts, events, newest::text, cardinality(days) FROM indicator_fact ORDER BY 1"
        )
        assert tuple(pages[0])[:5] == (1, False, 7, "2023-05-01", [5.0, 1.5])
        assert tuple(pages[0])[7:] == (5, "2023-05-09 03:00:00+00", 2)
        assert dict(zip(pages[1]["keys"], pages[1]["counts"], strict=True)) == {"a": 3, "b": 4}
        assert tuple(pages[1])[7:] == (7, "2023-05-02 04:00:00+00", 2)
    finally:
        await conn.close()


async def test_two_processes_may_migrate_at_one_time(any_database: Database) -> None:
    conn = await asyncpg.connect(any_database.dsn)
    try:
        await conn.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")
        await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        command = [str(Path(sys.executable).with_name("ioc")), "migrate"]
        environment = {"IOC_DATABASE_URL": any_database.dsn, "PATH": "/usr/bin:/bin"}
        both = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(2)]
        assert [await process.wait() for process in both] == [0, 0]
        assert await pending(await asyncpg.connect(any_database.dsn)) == []
    finally:
        await conn.close()
