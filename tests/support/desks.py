"""Desks on a database: alerts that are there without an engine, what operators do with them, and what the processes are told of it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from ioc.alerts.bulk import BulkDesk
from ioc.alerts.commands import COMMANDS, Actor, read_told
from ioc.alerts.desk import Desk
from ioc.alerts.question import AlertQuestion
from ioc.alerts.reach import Reach
from ioc.alerts.silence_desk import SilenceDesk
from ioc.alerts.silencing import Silencing
from ioc.alerts.upkeep import Upkeep
from ioc.domain.live import AlertView, Changes, Unit
from ioc.domain.unit import UnitRef
from ioc.geo.units import UnitDirectory
from ioc.store import alert_log
from ioc.store.alert_log import AlertRow, Step
from ioc.store.pool import open_pool
from tests.support.doubles import ManualClock

_SINCE = date(2025, 7, 1)
_STEP: dict[str, Any] = {"severity": "moderate", "value": 4.5, "note": None, "detail": None}


def unit(number: int, code: str, parent: int | None = None) -> UnitRef:
    return UnitRef(number, "units", code, _SINCE, None, "commune", code, code, parent, code, code)


UNITS = [unit(1, "24"), unit(2, "24001", 1), unit(3, "24002", 1), unit(4, "36")]
"""A province with two communes, and another one."""


def number(of: int) -> uuid.UUID:
    """Return the id of an alert."""
    return uuid.UUID(int=of)


@dataclass
class City:
    """A database with a desk; the engine's part is played by `fire` and `move`."""

    pool: asyncpg.Pool
    clock: ManualClock
    told: list[AlertView] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = UnitDirectory(UNITS, today=lambda: date(2026, 11, 22))
        reach = Reach(lambda: self.pool, self.directory.ref, lambda: self.directory, self.publish, self.clock)
        self.silencing = Silencing(self.directory.ref, self.is_within)
        self.upkeep = Upkeep(
            reach.pool, reach.unit_of, silencing=self.silencing, is_ours=lambda: True, publish=self.publish, clock=self.clock
        )
        self.silences = SilenceDesk(reach, is_within=self.is_within, apply=lambda: self.upkeep.look(silences=True))
        self.desk = Desk(reach, silences=self.silences, longest_shelf=timedelta(days=7))
        self.bulk = BulkDesk(reach)

    def publish(self, changes: Changes) -> None:
        self.told += changes.alerts

    def is_within(self, unit: Unit, code: str) -> bool:
        return self.directory.is_within(unit["code"], unit["valid_from"], code)

    async def fire(self, *numbers: int, rule: str = "flood", unit_id: int | None = 2, **changed: Any) -> None:
        """Let alerts fire now."""
        now = self.clock.now()
        usual: dict[str, Any] = {
            "rule_version": 1,
            "kind": "threshold",
            "source": "hydro",
            "station": "dap-cau",
            "property": "water_level",
            "severity": "moderate",
            "condition": "firing",
            "value": 4.5,
            "limit": 4.3,
            "direction": "above",
            "reason": "limit",
            "quality": "ok",
            "flapping": False,
            "context": {},
            "lon": 106.09,
            "lat": 21.2,
            "started_at": now,
            "fired_at": now,
            "cleared_at": None,
            "updated_at": now,
            "late": 0,
            "alarms": False,
            "reopens": False,
        }
        step = Step(kind="fired", time=now, **{**_STEP, "severity": changed.get("severity", "moderate")})
        rows = [
            AlertRow(id=number(n), rule_id=rule, subject=f"hydro/dap-cau/{n}", unit_id=unit_id, steps=[step], **(usual | changed))
            for n in numbers
        ]
        async with self.pool.acquire() as conn, conn.transaction():
            await alert_log.record(conn, rows)

    async def move(self, of: int, kind: str, condition: str, severity: str = "moderate", *, alarms: bool = False) -> None:
        """Let the engine take an alert a step further."""
        async with self.pool.acquire() as conn, conn.transaction():
            await self.move_on(conn, of, kind, condition, severity, alarms=alarms)

    async def move_on(self, conn: Any, of: int, kind: str, condition: str, severity: str = "moderate", *, alarms: bool = False) -> None:
        """Let the engine take an alert a step further in a transaction that is under way."""
        now = self.clock.now()
        row = await conn.fetchrow("SELECT * FROM alert WHERE id = $1", number(of))
        same = {name: row[name] for name in AlertRow._fields if name in dict(row)}
        told = AlertRow(
            **{
                **same,
                "source": None,
                "station": None,
                "limit": row["limit"],
                "severity": severity,
                "condition": condition,
                "fired_at": None,
                "cleared_at": now if condition == "normal" else None,
                "updated_at": now,
                "late": 0,
                "alarms": alarms,
                "reopens": False,
                "steps": [Step(kind=kind, time=now, **{**_STEP, "severity": severity})],
            }
        )
        await alert_log.record(conn, [told])

    async def do(self, op: str, of: int, *, by: str = "lan", idem: str | None = None, **told: Any) -> AlertView:
        """Command something to an alert."""
        return await self.desk.command(op, str(number(of)), read_told(COMMANDS[op], told), Actor(by, "10.0.0.7", idem))

    async def alert(self, of: int) -> AlertView:
        """Return an alert as it stands."""
        shown = await self.desk.show(str(number(of)))
        shown.pop("transitions")
        import msgspec

        return msgspec.convert(shown, AlertView)

    async def history(self, of: int) -> list[tuple[str, str]]:
        """Return (kind, actor) of each transition, and make sure that their numbers have no gap."""
        shown = await self.desk.show(str(number(of)))
        steps = shown["transitions"]
        assert [step["seq"] for step in steps] == list(range(1, shown["version"] + 1))
        return [(step["kind"], step["actor"]) for step in steps]

    async def listed(self, **asked: Any) -> list[int]:
        """Return the numbers of the alerts that a question finds."""
        found = await self.desk.find(AlertQuestion(**asked))
        return [uuid.UUID(alert["id"]).int for alert in found["alerts"]]


@asynccontextmanager
async def city_on(dsn: str, *, start: datetime = datetime(2026, 11, 22, 5, 0, tzinfo=UTC), size: int = 4) -> AsyncIterator[City]:
    """Give a city on the database, with a river gauge and rules of two names."""
    async with await open_pool(dsn, size=size) as pool:
        async with pool.acquire() as conn:
            await conn.execute("INSERT INTO source (name) VALUES ('hydro') ON CONFLICT DO NOTHING")
            await conn.execute(
                "INSERT INTO station (source_id, code, name, kind) SELECT id, 'dap-cau', 'Đáp Cầu', 'river_gauge' FROM source ON CONFLICT DO NOTHING"
            )
            for rule, title in (("flood", "Lũ"), ("heat", "Nắng nóng")):
                words = {"title": {"vi": title, "en": rule.title()}, "description": {"vi": "", "en": ""}}
                await conn.execute(
                    "INSERT INTO rule_version (rule_id, version, definition) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING", rule, words
                )
        yield City(pool, ManualClock(start))
