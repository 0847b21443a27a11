"""What the database server can do, told apart once, at migration."""

from __future__ import annotations

from enum import StrEnum

from ioc.store.pool import Connection

_OFFERS_TIMESCALE = """
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
   AND position('timescaledb' in current_setting('shared_preload_libraries')) > 0
"""
_RECORDED = "SELECT level FROM store_level"
_IS_RECORDED = "SELECT to_regclass('store_level') IS NOT NULL"


class Level(StrEnum):
    """Store levels; each can do all that the ones before it can."""

    PLAIN = "plain"
    APACHE = "apache"
    COMMUNITY = "community"

    @property
    def has_timescale(self) -> bool:
        """Whether the big tables are hypertables."""
        return self is not Level.PLAIN

    def in_words(self) -> str:
        """The level in words, for people."""
        return {
            Level.PLAIN: "plain PostgreSQL (evaluation only)",
            Level.APACHE: "TimescaleDB, Apache edition",
            Level.COMMUNITY: "TimescaleDB, Community edition",
        }[self]


async def recorded_level(conn: Connection) -> Level | None:
    """Return the level that the migrations recorded, None in a database that was never migrated."""
    if not await conn.fetchval(_IS_RECORDED):
        return None
    return Level(await conn.fetchval(_RECORDED))


async def detect_level(conn: Connection) -> Level:
    """Return the highest level that this server offers."""
    if not await conn.fetchval(_OFFERS_TIMESCALE):
        return Level.PLAIN
    licence = await conn.fetchval("SELECT current_setting('timescaledb.license', true)")
    return Level.COMMUNITY if licence == "timescale" else Level.APACHE
