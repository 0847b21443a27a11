"""Which migrations a database lacks, asked at each start: without Alembic, which takes longer to load than all else that a start asks."""

from __future__ import annotations

from importlib.resources import files

from ioc.store.pool import Connection


def revisions() -> list[str]:
    """Return the revisions that there are, oldest first: the numbers that the files of `versions/` begin with."""
    return sorted(
        name.partition("_")[0] for name in (file.name for file in (files("ioc.store") / "versions").iterdir()) if name[:1].isdigit()
    )


async def pending(conn: Connection) -> list[str]:
    """Return the revisions that this database lacks, oldest first."""
    applied = None
    if await conn.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        applied = await conn.fetchval("SELECT version_num FROM alembic_version")
    return [revision for revision in revisions() if applied is None or revision > applied]
