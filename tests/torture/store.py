"""What is in the store, read with plain SQL under the names that field systems use; times are ms since 1970 where field systems told them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from tests.torture.model import OUTCOMES, Happening, Kept, Series, Station

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SERIES = """
SELECT se.id, s.name, st.code, se.property FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
"""
_STATIONS = "SELECT st.id, s.name AS source, st.code, st.name FROM station st JOIN source s ON s.id = st.source_id"
_EVENTS = """
SELECT s.name AS source, e.id, e.time, e.type, e.subject, e.unit_code, e.lon, e.lat, e.data FROM event e JOIN source s ON s.id = e.source_id
WHERE s.name <> 'ioc'  -- what happens in the centre itself was sent by nobody
"""
_BOOKS = f"SELECT source, {', '.join(f'sum({outcome})::int8 AS {outcome}' for outcome in OUTCOMES)} FROM ledger WHERE source <> 'ioc' GROUP BY source"
_UNBALANCED = """
SELECT source, minute, received, stored, duplicate, late, quarantined, refused FROM ledger
WHERE received <> stored + duplicate + late + quarantined + refused
"""
_BEHIND = """
SELECT 'series' AS what, o.series_id AS id, o.time, o.value::text AS value, l.time AS kept_time, l.value::text AS kept_value
FROM (SELECT DISTINCT ON (series_id) * FROM observation ORDER BY series_id, time DESC) o FULL JOIN latest_observation l USING (series_id)
WHERE (o.time, o.value) IS DISTINCT FROM (l.time, l.value)
UNION ALL
SELECT 'station', p.station_id, p.time, p.lon || ' ' || p.lat, l.time, l.lon || ' ' || l.lat
FROM (SELECT DISTINCT ON (station_id) * FROM position ORDER BY station_id, time DESC) p FULL JOIN latest_position l USING (station_id)
WHERE (p.time, p.lon, p.lat, p.speed, p.heading) IS DISTINCT FROM (l.time, l.lon, l.lat, l.speed, l.heading)
"""
_FORMER = "SELECT series_id, time, value FROM corrected_observation ORDER BY corrected_at"
_UNSUMMED = f"""
SELECT coalesce(t.source, l.source) AS source, t AS total, l AS summed FROM source_total t
FULL JOIN (SELECT source, sum(received) AS received, {", ".join(f"sum({outcome}) AS {outcome}" for outcome in OUTCOMES)} FROM ledger GROUP BY 1) l
  USING (source)
WHERE {" OR ".join(f"t.{name} IS DISTINCT FROM l.{name}" for name in ("received", *OUTCOMES))}
"""
_STRAY_KEYS = """
SELECT coalesce(k.source_id, e.source_id) AS source, coalesce(k.id, e.id) AS id, k.time AS key_time, e.time
FROM event_key k FULL JOIN event e USING (source_id, id, time) WHERE k.id IS NULL OR e.id IS NULL
"""
_SIZE = """
SELECT messages, bytes, counted, summed FROM quarantine_size, (SELECT count(*) AS counted, coalesce(sum(size), 0) AS summed FROM quarantine) AS q
WHERE (messages, bytes) <> (counted, summed)
"""
_ALERTS = """
SELECT a.*, array_agg(ROW(t.seq, t.kind, t.time, t.value, t.severity, t.actor, t.note) ORDER BY t.seq) AS steps
FROM alert a LEFT JOIN alert_transition t ON t.alert_id = a.id GROUP BY a.id
"""
_STATES = "SELECT rule_id, subject, condition, severity, since, quiet_since, moved_at, stale, alert_id FROM alert_state"
_ALERT_COLUMNS = (
    "id",
    "rule_version",
    "kind",
    "severity",
    "condition",
    "value",
    "limit",
    "direction",
    "reason",
    "quality",
    "flapping",
    "fired_at",
    "cleared_at",
    "updated_at",
    "version",
)


@dataclass
class Store:
    """Everything that came of the messages. `faults` are rows that contradict one another within the store, by what they contradict."""

    observations: dict[Series, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    former: dict[tuple[Series, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[Station, dict[int, Any]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[tuple[str, str], Happening] = field(default_factory=dict)
    names: dict[Station, str] = field(default_factory=dict)
    online: dict[str, bool] = field(default_factory=dict)
    quarantined: Counter[Kept] = field(default_factory=Counter)
    books: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    alerts: dict[tuple[str, str, datetime], Any] = field(default_factory=dict)
    states: dict[tuple[str, str], Any] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)


async def read_store(dsn: str) -> Store:
    """Return what a database holds."""
    conn = await asyncpg.connect(dsn)
    try:
        await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        store = Store()
        series = {row["id"]: (row["name"], row["code"], row["property"]) for row in await conn.fetch(_SERIES)}
        await _read_readings(conn, store, series)
        await _read_words(conn, store)
        await _read_books(conn, store)
        await _read_alerts(conn, store)
        return store
    finally:
        await conn.close()


async def _read_readings(conn: asyncpg.Connection, store: Store, series: dict[int, Series]) -> None:
    for row in await conn.fetch("SELECT series_id, time, value FROM observation"):
        store.observations[series[row["series_id"]]][_ms(row["time"])] = row["value"]
    for row in await conn.fetch(_FORMER):
        store.former[series[row["series_id"]], _ms(row["time"])].append(row["value"])
    stations: dict[int, Station] = {}
    for row in await conn.fetch(_STATIONS):
        stations[row["id"]] = key = row["source"], row["code"]
        store.names[key] = row["name"]
    for row in await conn.fetch("SELECT station_id, time, lon, lat, speed, heading FROM position"):
        store.positions[stations[row["station_id"]]][_ms(row["time"])] = tuple(row)[2:]


async def _read_words(conn: asyncpg.Connection, store: Store) -> None:
    """Read events and what sources said about themselves."""
    for row in await conn.fetch(_EVENTS):
        data = json.dumps(row["data"], sort_keys=True)
        content = row["type"], row["subject"], row["unit_code"], row["lon"], row["lat"], data
        store.events[row["source"], row["id"]] = Happening(row["source"], row["id"], _ms(row["time"]), content)
    store.online = {row["name"]: row["online"] for row in await conn.fetch("SELECT name, online FROM source")}


async def _read_books(conn: asyncpg.Connection, store: Store) -> None:
    for row in await conn.fetch("SELECT source, topic, told_time, items, reason, payload FROM quarantine"):
        items = None if row["items"] is None else tuple(row["items"])
        store.quarantined[Kept(row["source"], row["topic"], row["told_time"], items, row["reason"], row["payload"])] += 1
    for row in await conn.fetch(_BOOKS):
        store.books[row["source"]] = Counter({outcome: row[outcome] for outcome in OUTCOMES})
    for what, query in (
        ("every row of the ledger balances", _UNBALANCED),
        ("the totals of each source are the sums of its ledger", _UNSUMMED),
        ("the newest of each series and station is kept as such", _BEHIND),
        ("each event has its key and each key its event", _STRAY_KEYS),
        ("the size of the quarantine is counted", _SIZE),
    ):
        store.faults[what] = [str(dict(row)) for row in await conn.fetch(query)]


async def _read_alerts(conn: asyncpg.Connection, store: Store) -> None:
    for row in await conn.fetch(_ALERTS):
        key = row["rule_id"], row["subject"], row["started_at"]
        store.alerts[key] = {**{name: row[name] for name in _ALERT_COLUMNS}, "steps": [tuple(step) for step in row["steps"]]}
    for row in await conn.fetch(_STATES):
        store.states[row["rule_id"], row["subject"]] = tuple(row)[2:]


def _ms(time: datetime) -> int:
    """Return ms since 1970; what is between two ms is not cut off but made to differ from every whole one."""
    micros = (time - _EPOCH) // timedelta(microseconds=1)
    return micros // 1000 if micros % 1000 == 0 else -micros
