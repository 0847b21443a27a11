"""What the command prints of quarantine and sources can be read on a terminal of 80 columns."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from ioc.store import quarantine
from ioc.store.pool import open_pool
from tests.support.databases import Database

TOPIC = "ioc/v1/province-hydrometeorological-centre/obs/gauge-upstream-of-the-lake-17/water_level"
SOURCE = "province-hydrometeorological-centre"
DETAIL = "value 4000.5 is over 12.5, the highest that the station said is plausible for water_level; nothing of this message was stored"


async def _fill(dsn: str) -> None:
    async with await open_pool(dsn, size=1) as pool, pool.acquire() as conn:
        arrived = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
        await quarantine.add_quarantine(conn, [(arrived, "s", TOPIC, None, "range", DETAIL, b"4000.5")])
        await conn.execute("UPDATE quarantine SET tries = 3")


async def _report(dsn: str) -> None:
    minute = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    async with await open_pool(dsn, size=1) as pool, pool.acquire() as conn:
        await quarantine.add_ledger(conn, [(SOURCE, minute, 1234567, 1234560, 1, 2, 3, 1)])


def _printed(words: str, database: Database, directory: Path) -> list[str]:
    command: list[str | Path] = [Path(sys.executable).with_name("ioc"), *words.split()]
    environment = {"IOC_DATABASE_URL": database.dsn, "PATH": "/usr/bin:/bin", "COLUMNS": "80"}
    done = subprocess.run(command, env=environment, cwd=directory, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.splitlines()


def test_list_is_whole_at_eighty_columns(any_database: Database, tmp_path: Path) -> None:
    asyncio.run(_fill(any_database.dsn))
    *told, size = _printed("quarantine list", any_database, tmp_path)
    assert told[0] == "1  2026-11-22T05:00:00Z  range  6 bytes  3 tries"
    assert max(map(len, told)) <= 80
    assert all(line.startswith("    ") for line in told[1:])
    assert "".join(line.strip() for line in told[1:3]) == TOPIC
    assert " ".join(line.strip() for line in told[3:]) == DETAIL
    assert size.startswith("1 messages")


def test_sources_are_not_cut_however_narrow_the_terminal(any_database: Database, tmp_path: Path) -> None:
    asyncio.run(_report(any_database.dsn))
    header, _rule, row = (line.split() for line in _printed("sources list", any_database, tmp_path))
    assert " ".join(header) == "source status policy stations last seen received stored duplicate late quarantined refused"
    assert " ".join(row) == f"{SOURCE} unknown open (usual) 0 - 1234567 1234560 1 2 3 1"
