"""A day that was recorded, replayed: the same transitions as live, byte for byte, with rules of every kind that hears of what arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import httpx
import msgspec
import pytest

from ioc.alerts.composite_watch import Whereabouts
from ioc.alerts.engine import GRACE, Surroundings
from ioc.alerts.geofence_watch import Area
from ioc.alerts.recorder import Recorder
from ioc.alerts.replay import Period, RuleSet, replay, with_members
from ioc.alerts.replay_tally import Log, Tally, difference
from ioc.alerts.rule import Rule
from ioc.alerts.rule_file import parse_rules
from ioc.app import create_app
from ioc.demo.province import Province
from ioc.domain.clock import rfc3339
from ioc.errors import BadInput
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from ioc.ingest.writer import Writer
from ioc.settings import Settings
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from tests.integration.ingest.conftest import WestAndEast, add_units
from tests.support.databases import Database
from tests.support.doubles import ManualClock

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTES = 6
SILENT = range(120, 240)
"""Seconds in which the air monitors are not heard."""
RULES = """
rules:
  - {id: jam, title: {vi: a, en: a}, select: {property: speed, kind: traffic_counter}, below: [{severity: minor, limit: 40, clear: 42}, {severity: severe, limit: 10}], for: 5s, keep_firing_for: 10s}
  - {id: blackout, title: {vi: a, en: a}, select: {property: up}, below: [{severity: moderate, limit: 1}]}
  - {id: rising, title: {vi: a, en: a}, select: {property: water_level}, rate: {over: 2m, per: 1m}, above: [{severity: minor, limit: 0.02}]}
  - {id: dusty, title: {vi: a, en: a}, select: {property: pm2_5}, window: {function: avg, over: 2m, min_samples: 2}, above: [{severity: minor, limit: 30, clear: 29}]}
  - {id: silent, title: {vi: a, en: a}, absence: {of: station, unit: intervals}, above: [{severity: minor, limit: 2}]}
  - {id: source-silent, title: {vi: a, en: a}, absence: {of: source}, above: [{severity: moderate, limit: 90s}]}
  - {id: in-the-west, title: {vi: a, en: a}, select: {kind: bus}, geofence: {layer: halves, on: enter, features: [west]}, severity: minor}
  - {id: too-fast, title: {vi: a, en: a}, geofence: {layer: halves, on: speeding, limit_from: kmh}, above: [{severity: minor, limit: 0}]}
  - {id: many-reports, title: {vi: a, en: a}, cluster: {event: report.received, radius_m: 8000, within: 60s}, above: [{severity: minor, limit: 2}]}
  - {id: overdue, title: {vi: a, en: a}, deadline: {event: dossier.received, until: [dossier.resolved], due: due}, above: [{severity: minor, limit: 0s}, {severity: severe, limit: 10s}]}
  - {id: both, title: {vi: a, en: a}, composite: {all: [jam, blackout], scope: everywhere}, severity: severe}
  - {id: in-a-unit, title: {vi: a, en: a}, composite: {any: [dusty, jam], none: [blackout], scope: unit}, severity: minor, for: 10s}
"""
STEPS = """
SELECT t.alert_id::text, a.rule_id AS rule, a.subject, t.seq, t.time, t.kind, t.severity, t.value, t.note, t.detail
FROM alert_transition t JOIN alert a ON a.id = t.alert_id ORDER BY t.alert_id, t.seq
"""


class _Halves:
    """The province in two halves."""

    def containing(self, layer: str, lon: float, lat: float, /) -> Sequence[Area]:
        half = Area("west", "West", {"kmh": 40}) if lon < 106.2 else Area("east", "East", {"kmh": 70})
        return [half] if layer == "halves" else []


def around() -> Surroundings:
    return Surroundings(areas=_Halves(), unit_of=lambda s: Whereabouts("W" if (s.station or "") < "gt-07" else "E"))


def recorded() -> list[list[Decoded]]:
    """What the simulated province sends in some minutes, second by second, each message with an arrival of its own."""
    province = Province(3, START, rate=8.0, speed=60.0)
    seconds = []
    intros = [message for source in province.sources for message in province.introductions(source)]
    for second in range(MINUTES * 60):
        now = START + timedelta(seconds=second)
        sent = [m for m in province.messages(now) if not (second in SILENT and m.source == "bg-air")]
        told = [*(intros if second == 0 else ()), *sent]
        seconds.append([read_message(Message(m.topic, m.payload, now + timedelta(microseconds=100 * n))) for n, m in enumerate(told)])
    return seconds


class Recording:
    """A database in which some minutes of the province were ingested live."""

    def __init__(self, pool: asyncpg.Pool, units: WestAndEast, rules: list[Rule]) -> None:
        self.pool, self.units, self.rules = pool, units, rules
        self.end = START + timedelta(minutes=MINUTES)

    async def ingest(self) -> None:
        """Ingest everything, cut into batches as chance will have it, with time passing between."""
        recorder = Recorder(lambda: self.rules, self.units.ref, around=around)
        async with self.pool.acquire() as conn:
            await recorder.start(conn, START)
        writer = Writer(
            self.pool, known=Registry(self.units.ref), units=lambda: self.units, judge=recorder, passed=lambda arrived: arrived - GRACE
        )
        chance = Random(1)
        for second, messages in enumerate(recorded()):
            size = chance.randint(1, 60)
            for begin in range(0, len(messages), size):
                await writer.write(messages[begin : begin + size])
            now = START + timedelta(seconds=second + 1)
            await writer.elapse(now - GRACE, now)
        await writer.elapse(self.end, self.end + GRACE)

    async def live_log(self) -> dict[str, bytes]:
        """Return what happened to each alert, as lines of JSON, by alert."""
        found: dict[str, bytes] = {}
        for row in await self.pool.fetch(STEPS):
            line = msgspec.json.encode({**row, "time": rfc3339(row["time"])}) + b"\n"
            found[row["alert_id"]] = found.get(row["alert_id"], b"") + line
        return found

    async def replay(self, *sets: RuleSet, begin: datetime = START, back: timedelta = timedelta(minutes=1)) -> dict[str, int]:
        async with self.pool.acquire() as conn:
            period = Period(begin, self.end, begin - back)
            return await replay(conn, period, sets, unit_of=self.units.ref, units_of=lambda _: frozenset())


@pytest.fixture
async def recording(any_database: Database) -> AsyncIterator[Recording]:
    pool = await open_pool(any_database.dsn, size=3)
    recording = Recording(pool, await add_units(pool), parse_rules(RULES, file="rules.yaml"))
    await recording.ingest()
    yield recording
    await pool.close()


async def test_a_replay_of_a_recorded_day_is_the_live_log_byte_for_byte(recording: Recording, tmp_path: Path) -> None:
    replayed: dict[str, bytes] = {}

    def write(line: bytes) -> None:
        key = msgspec.json.decode(line)["alert_id"]
        replayed[key] = replayed.get(key, b"") + line

    read = await recording.replay(RuleSet(recording.rules, around(), Log(write).add))
    live = await recording.live_log()
    assert {msgspec.json.decode(lines.splitlines()[0])["rule"] for lines in live.values()} == {rule.id for rule in recording.rules}
    assert read["readings"] > 2000
    assert replayed == live

    # Two sets of rules over the same: what one has and the other has not.
    stricter = parse_rules(RULES.replace("limit: 40, clear: 42", "limit: 30, clear: 32"), file="stricter.yaml")
    before, after = (Tally(START, recording.end, ["jam"]) for _ in range(2))
    chosen = with_members(["jam"], recording.rules)
    await recording.replay(
        RuleSet(chosen, around(), before.add), RuleSet([rule for rule in stricter if rule.id == "jam"], around(), after.add)
    )
    told = difference(before.episodes(), after.episodes())
    jams = sum(msgspec.json.decode(lines.splitlines()[0])["rule"] == "jam" for lines in live.values())
    assert jams == len(before.episodes()) == len(told["removed"]) + len(told["moved"]) + told["same"]
    assert len(told["removed"]) > 0

    # A replay that begins later knows what was open then, since it begins to run before.
    late = Tally(START + timedelta(minutes=3), recording.end, ["blackout"])
    begin = START + timedelta(minutes=3)
    await recording.replay(
        RuleSet(chosen + [r for r in recording.rules if r.id == "blackout"], around(), late.add), begin=begin, back=timedelta(minutes=3)
    )
    rows = "SELECT count(*) FILTER (WHERE fired_at < $1), count(*) FILTER (WHERE fired_at >= $1) FROM alert WHERE rule_id = 'blackout' AND (cleared_at IS NULL OR cleared_at >= $1)"
    row = await recording.pool.fetchrow(rows, begin)
    report = late.report(recording.rules)
    assert row is not None
    assert (report["open_at_begin"], report["alerts"]) == tuple(row)
    with pytest.raises(BadInput, match="is not before to"):
        await recording.replay(begin=recording.end)
    await _ask_over_http(recording, tmp_path)


async def _ask_over_http(recording: Recording, folder: Path) -> None:
    """A screen asks for a replay with another limit, and for the report of how rules do."""
    (folder / "rules").mkdir()
    (folder / "rules" / "r.yaml").write_text(RULES, encoding="utf-8")
    app = create_app(Settings(database_url="postgresql://", sdi_dir=folder), clock=ManualClock(recording.end))
    app.state.service.connections._pool = recording.pool
    period = {"from": rfc3339(START), "to": rfc3339(recording.end)}
    blackout = {
        "id": "blackout",
        "title": {"vi": "a", "en": "a"},
        "select": {"property": "up", "kind": "camera"},
        "below": [{"severity": "minor", "limit": 1}],
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        told = (await client.post("/v1/rules/replay", json={**period, "rules": [blackout]})).json()
        live = await recording.pool.fetchval("SELECT count(*) FROM alert WHERE rule_id = 'blackout'")
        changed = told["difference"]
        assert [rule["rule"] for rule in told["rules"]] == ["blackout"]
        assert told["alerts"] < live == len(changed["removed"]) + len(changed["moved"]) + changed["same"]
        assert {one["after"]["worst"] for one in changed["moved"]} <= {"minor"}

        wrong = await client.post("/v1/rules/replay", json={**period, "rules": [{**blackout, "for": "soon"}]})
        assert (wrong.status_code, wrong.json()["detail"]) == (
            400,
            "rules[0]: $.for: 'soon' is not 1 to 6 digits and s, m, h or d, such as 30s",
        )
        long = await client.post("/v1/rules/replay", json={**period, "from": rfc3339(START - timedelta(days=40))})
        assert long.status_code == 400
        assert "is longer than 31 days" in long.json()["detail"]

        report = {rule["rule"]: rule for rule in (await client.get("/v1/rules/report")).json()["rules"]}
        assert (report["blackout"]["fired"], report["blackout"]["matches"]) == (live, 130)
        assert report["too-fast"]["findings"][0]["code"] == "lacks_layer"
        assert report["both"]["matches"] is None
        assert (await client.get("/v1/rules/schema")).json()["title"] == "Rules of ioc"
