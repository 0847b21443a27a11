"""Rules on a real database: taken up with what they have open, and the same log wherever the process ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from ioc.alerts.engine import Surroundings
from ioc.alerts.recorder import Recorder
from ioc.alerts.rule_file import parse_rules
from ioc.domain.clock import rfc3339
from ioc.ingest.writer import Writer
from ioc.store.level import Level
from ioc.store.registry import Registry
from tests.integration.ingest.conftest import NOW, Desk, make_desk
from tests.integration.ingest.test_writer import decoded
from tests.support.databases import Database, DatabaseServers
from tests.support.judging import Squares

LIMIT = "{id: high, title: {vi: Cao, en: High}, select: {property: level}, above: [{severity: severe, limit: 10, clear: 8}]"
EACH = """
rules:
  - {id: high, title: {vi: a, en: a}, select: {property: level}, above: [{severity: severe, limit: 10}], for: 1m, keep_firing_for: 2m}
  - {id: mean, title: {vi: b, en: b}, select: {property: level}, window: {function: avg, over: 5m, min_samples: 2}, above: [{severity: minor, limit: 8}]}
  - {id: lost, title: {vi: c, en: c}, absence: {}, above: [{severity: minor, limit: 4m}]}
  - {id: dead, title: {vi: d, en: d}, absence: {of: source}, above: [{severity: minor, limit: 6m}]}
  - {id: park, title: {vi: e, en: e}, geofence: {layer: zones, on: enter}, severity: minor, for: 1m}
  - {id: many, title: {vi: f, en: f}, cluster: {event: report, radius_m: 500, within: 5m}, above: [{severity: minor, limit: 1}]}
  - {id: late, title: {vi: g, en: g}, deadline: {event: got, until: [done], within: 3m}, above: [{severity: severe, limit: 0s}]}
  - {id: both, title: {vi: h, en: h}, composite: {all: [high, mean]}, severity: extreme}
"""
LOG = """
SELECT a.rule_id, a.subject, t.alert_id, t.seq, t.time, t.kind, t.severity, t.value, t.note, t.detail, a.condition, a.context, a.version
FROM alert_transition t JOIN alert a ON a.id = t.alert_id ORDER BY a.rule_id, a.subject, a.fired_at, t.seq
"""
AREAS = Squares({"zones": {"park": (106.0, 21.0, 0.1)}})


class Office:
    """A desk whose rules can be put in other words, and whose process can end."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def start(self, text: str, minutes: float = 0) -> None:
        """Begin as a new process with these rules."""
        pool, units = self.desk.pool, self.desk.units
        self.recorder = Recorder(lambda: parse_rules(text, file="r.yaml"), units.ref, around=lambda: Surroundings(areas=AREAS))
        async with pool.acquire() as conn:
            await self.recorder.start(conn, NOW + timedelta(minutes=minutes))
        self.writer = Writer(
            pool, known=Registry(units.ref), units=lambda: units, judge=self.recorder, passed=lambda arrived: arrived - timedelta(seconds=2)
        )

    async def take_up(self, *rules: str, minutes: float) -> None:
        """Put other rules in force while it runs."""
        text = "rules:\n" + "".join(f"- {rule}\n" for rule in rules) if rules else "rules: []"
        async with self.desk.pool.acquire() as conn:
            await self.recorder.take_up(conn, parse_rules(text, file="r.yaml"), NOW + timedelta(minutes=minutes))

    async def write(self, minutes: float, *told: tuple[str, str]) -> None:
        """Write what arrives at a minute; its time is then."""
        moment = NOW + timedelta(minutes=minutes)
        batch = [decoded(topic, payload.replace("@", rfc3339(moment)).encode(), moment) for topic, payload in told]
        await self.writer.write(batch)

    async def level(self, minutes: float, value: float) -> None:
        await self.write(minutes, ("s/obs/g1/level", f'{{"time": "@", "value": {value}}}'))

    async def elapse(self, minutes: float) -> None:
        moment = NOW + timedelta(minutes=minutes)
        await self.writer.elapse(moment, moment)

    async def log(self) -> list[tuple[Any, ...]]:
        return await self.desk.fetch(LOG)

    async def steps(self) -> list[tuple[str, str | None]]:
        return [(row[5], row[8]) for row in await self.log()]


@pytest.fixture
async def office(any_database: Database) -> AsyncIterator[Office]:
    desk = await make_desk(any_database)
    yield Office(desk)
    await desk.pool.close()


async def test_rule_that_reads_the_same_or_has_other_words_leaves_its_alert_alone(office: Office) -> None:
    await office.start(f"rules: [{LIMIT}}}]")
    await office.level(0, 12)
    before = await office.log()
    await office.take_up(f"{LIMIT}}}", minutes=1)
    await office.take_up(LIMIT.replace("Cao", "Rất cao") + "}", minutes=2)
    assert await office.log() == before
    versions = await office.desk.fetch("SELECT version, edit FROM rule_version WHERE rule_id = 'high' AND version > 1 ORDER BY version")
    assert [edit for _, edit in versions][-1] == "cosmetic"


async def test_longer_for_withdraws_the_alert_once_and_it_fires_when_that_is_over(office: Office) -> None:
    """AL-12."""
    await office.start(f"rules: [{LIMIT}, for: 15s}}]")
    await office.level(0, 12)
    await office.level(1, 12)
    await office.take_up(LIMIT + ", for: 1h}", minutes=2)
    assert await office.steps() == [("fired", None), ("cleared", "the rule now waits longer")]
    await office.level(30, 12)
    await office.start(f"rules: [{LIMIT}, for: 1h}}]", 31)
    await office.elapse(59)
    assert len(await office.log()) == 2
    await office.elapse(61)
    assert [(row[5], row[4] - NOW) for row in (await office.log())[2:]] == [("relapsed", timedelta(hours=1))]
    assert await office.desk.fetch("SELECT condition, version, cleared_at FROM alert") == [("firing", 3, None)]


async def test_limit_that_moved_is_judged_by_the_last_value(office: Office) -> None:
    await office.start(f"rules: [{LIMIT}}}]")
    await office.level(0, 12)
    await office.take_up(LIMIT.replace("limit: 10", "limit: 20").replace("clear: 8", "clear: 15") + "}", minutes=1)
    assert [kind for kind, _ in await office.steps()] == ["fired", "cleared"]


async def test_rule_that_is_gone_leaves_nothing_behind_and_may_come_back(office: Office) -> None:
    await office.start(f"rules: [{LIMIT}, for: 1m}}, {LIMIT.replace('id: high', 'id: now')}}}]")
    await office.level(0, 12)
    await office.take_up(minutes=1)
    assert await office.steps() == [("fired", None), ("cleared", "the rule was removed")]
    assert await office.desk.fetch("SELECT * FROM alert_state") == []
    await office.take_up(f"{LIMIT}, for: 1m}}", minutes=90)
    await office.level(100, 12)
    assert len(await office.log()) == 2, "the wait of before its removal does not count"


async def test_bad_set_of_rules_is_refused_whole(office: Office) -> None:
    await office.start(f"rules: [{LIMIT}}}]")
    await office.level(0, 12)
    async with office.desk.pool.acquire() as conn:
        await conn.execute("ALTER TABLE rule_version ADD CONSTRAINT never CHECK (rule_id <> 'bad')")
        bad = parse_rules(f"rules: [{LIMIT.replace('id: high', 'id: good')}}}, {LIMIT.replace('id: high', 'id: bad')}}}]", file="r.yaml")
        with pytest.raises(Exception, match="never"):
            await office.recorder.take_up(conn, bad, NOW)
    assert list(office.recorder.engine.rules) == ["high"]
    assert await office.steps() == [("fired", None)]
    await office.level(1, 5)
    assert [kind for kind, _ in await office.steps()] == ["fired", "cleared"]


STATION = ("s/station/g1", '{"name": "G", "kind": "gauge", "lon": 106.02, "lat": 21.02, "interval_s": 60}')
DAY: Sequence[tuple[float, Sequence[tuple[str, str]]]] = [
    (0, [STATION]),
    (1, [("s/obs/g1/level", '{"time": "@", "value": 12}'), ("s/obs/g2/level", '{"time": "@", "value": 1}')]),
    (2, [("s/obs/g1/level", '{"time": "@", "value": 13}'), ("s/pos/bus", '{"time": "@", "lon": 106.05, "lat": 21.05}')]),
    (3, [("s/obs/g1/level", '{"time": "@", "value": 5}'), ("d/event/got", '{"id": "e1", "time": "@", "subject": "D1"}')]),
    (4, [("d/event/report", '{"id": "r1", "time": "@", "lon": 105.5, "lat": 21.0}'), ("s/pos/bus", '{"time": "@", "lon": 106.05, "lat": 21.06}')]),
    (5, [("d/event/report", '{"id": "r2", "time": "@", "lon": 105.501, "lat": 21.0}'), ("s/obs/g1/level", '{"time": "@", "value": 5}')]),
    (6, [("s/obs/g1/level", '{"time": "@", "value": 14}'), ("s/pos/bus", '{"time": "@", "lon": 108, "lat": 21}')]),
    (7, [("s/obs/g1/level", '{"time": "@", "value": 14}'), ("d/event/done", '{"id": "e2", "time": "@", "subject": "D1"}')]),
    (8, [("s/obs/g1/level", '{"time": "@", "value": 4}'), ("s/obs/g2/level", '{"time": "@", "value": 2}')]),
]  # fmt: skip


async def _live(office: Office, *, kills: str = "") -> list[tuple[Any, ...]]:
    """Live through the day; the process ends before or after each commit where `kills` says so."""
    await office.start(EACH)
    for minutes, told in DAY:
        if "before" in kills:  # the transaction is rolled back, and the process is gone before it could try again
            await office.desk.pool.execute("ALTER TABLE ledger ADD CONSTRAINT never CHECK (false) NOT VALID")
            with pytest.raises(Exception, match="never"):
                await office.write(minutes, *told)
            await office.desk.pool.execute("ALTER TABLE ledger DROP CONSTRAINT never")
            if "stays" not in kills:
                await office.start(EACH, minutes)
        await office.write(minutes, *told)
        if "after" in kills:
            await office.start(EACH, minutes)
    await office.elapse(30)
    return await office.log()


async def test_log_is_that_of_an_undisturbed_run_wherever_the_process_ends(database_servers: DatabaseServers) -> None:
    logs: dict[str, list[tuple[Any, ...]]] = {}
    for kills in ("", "before", "after", "before and after", "before, and stays"):
        with database_servers.fresh(Level.PLAIN) as fresh:
            desk = await make_desk(fresh)
            try:
                logs[kills] = await _live(Office(desk), kills=kills)
            finally:
                await desk.pool.close()
    assert {row[0] for row in logs[""]} == {"high", "mean", "lost", "dead", "park", "many", "late", "both"}
    for kills, log in logs.items():
        assert log == logs[""], kills
