"""One batch, one transaction, on every store level."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from ioc.domain.clock import rfc3339
from ioc.ingest.batch import Message
from ioc.ingest.read import read_message
from ioc.ingest.work import Decoded
from tests.integration.ingest.conftest import NOW, Desk, make_desk
from tests.support.databases import Database

STATION = b'{"name": "Cau Ghep", "kind": "river_gauge", "lon": 105.5, "lat": 21.0, "properties": {"level": {"unit": "m", "max": 50}}, "interval_s": 60}'


def reading(value: float, minutes: float = 0.0) -> bytes:
    """A reading so many minutes after NOW."""
    return f'{{"time": "{rfc3339(NOW + timedelta(minutes=minutes))}", "value": {value}}}'.encode()


def decoded(topic: str, payload: bytes, arrived: datetime) -> Decoded:
    """A message as the pipeline hands it to the writer."""
    return read_message(Message(f"ioc/v1/{topic}", payload, arrived))


async def test_a_batch_stores_readings_positions_and_events_with_their_units(desk: Desk) -> None:
    changes = await desk.write(
        ("s/station/g1", STATION),
        ("s/obs/g1/level", reading(3)),
        ("s/pos/bus-1", b'{"lon": 106.5, "lat": 21.2, "speed": 30, "heading": 90}'),
        ("s/event/report.received", b'{"id": "r1", "lon": 105.9, "lat": 21, "unit": "E", "data": {"category": "light"}}'),
        ("s/event/dossier.received", b'{"id": "d1", "unit": "E", "subject": "H01"}'),
        ("s/event/dossier.received", b'{"id": "d2", "unit": "unheard of"}'),
    )
    west, east = desk.units.west, desk.units.east
    assert await desk.fetch("SELECT code, kind, unit_id FROM station ORDER BY code") == [
        ("bus-1", "unknown", None),
        ("g1", "river_gauge", west),
    ]
    assert await desk.fetch("SELECT value FROM observation") == [(3.0,)]
    assert await desk.fetch("SELECT lon, unit_id FROM position") == [(106.5, east)]
    events = await desk.fetch("SELECT id, unit_code, unit_id FROM event ORDER BY id")
    assert events == [("d1", "E", east), ("d2", "unheard of", None), ("r1", "E", west)]  # the place decides over the code
    assert [o.value for o in changes.observations] == [3.0]
    assert changes.positions[0].unit == {**changes.positions[0].unit, "code": "E"}  # type: ignore[dict-item]
    assert changes.stations[0].unit == {**changes.stations[0].unit, "code": "W"}  # type: ignore[dict-item]


async def test_the_same_batch_again_changes_nothing_but_the_books(desk: Desk) -> None:
    batch = [
        ("s/obs/g1/level", reading(3)),
        ("s/obs/g1", f'{{"time": "{rfc3339(NOW)}", "flow": 7, "rain": 1}}'.encode()),
        ("s/pos/bus", f'{{"time": "{rfc3339(NOW)}", "lon": 106, "lat": 21}}'.encode()),
        ("s/event/e", b'{"id": "1"}'),
    ]
    await desk.write(*batch)
    tables = "SELECT (SELECT count(*) FROM observation), (SELECT count(*) FROM position), (SELECT count(*) FROM event)"
    assert await desk.fetch(tables) == [(3, 1, 1)]
    again = await desk.write(*batch, arrived=NOW + timedelta(minutes=1))
    assert await desk.fetch(tables) == [(3, 1, 1)]
    assert again.is_empty
    assert await desk.books() == {"received": 10, "stored": 5, "duplicate": 5, "late": 0, "quarantined": 0, "refused": 0}


async def test_two_equal_readings_in_one_batch_are_one_and_a_duplicate(desk: Desk) -> None:
    await desk.write(("s/obs/g1/level", reading(3)), ("s/obs/g1/level", reading(3)), ("s/event/e", b'[{"id": "1"}, {"id": "1"}]'))
    assert await desk.fetch("SELECT count(*) FROM observation") == [(1,)]
    assert await desk.books() == {"received": 4, "stored": 2, "duplicate": 2, "late": 0, "quarantined": 0, "refused": 0}


async def test_an_event_is_known_by_its_id_whatever_its_time(desk: Desk) -> None:
    await desk.write(("s/event/e", b'{"id": "1", "time": "2026-11-20T00:00:00Z"}'))
    await desk.write(("s/event/e", b'{"id": "1", "time": "2026-11-21T00:00:00Z"}'))
    await desk.write(("other/event/e", b'{"id": "1", "time": "2026-11-20T00:00:00Z"}'))
    assert await desk.fetch("SELECT count(*), count(DISTINCT source_id) FROM event") == [(2, 2)]


async def test_a_late_reading_is_stored_and_not_judged_also_after_a_restart(desk: Desk, database: Database) -> None:
    await desk.write(("s/obs/g1/level", reading(3)))
    fresh = await make_desk(database)
    try:
        changes = await fresh.write(("s/obs/g1/level", reading(99, -5)), ("s/obs/g1/level", reading(4, 1)))
        assert changes.alerts == []
        assert [o.value for o in changes.observations] == [4.0]
        assert await fresh.fetch("SELECT value FROM observation ORDER BY time") == [(99.0,), (3.0,), (4.0,)]
        assert await fresh.fetch("SELECT value FROM latest_observation") == [(4.0,)]
        assert (await fresh.books())["late"] == 1
    finally:
        await fresh.pool.close()


async def test_another_value_for_the_same_time_is_a_correction_and_both_values_are_kept(desk: Desk, database: Database) -> None:
    later = NOW + timedelta(minutes=1)
    await desk.write(("s/obs/g1/level", reading(3)))
    changes = await desk.write(("s/obs/g1/level", reading(99)), arrived=later)
    assert [o.value for o in changes.observations] == [99.0]
    assert changes.alerts == []  # what a rule has judged is not judged again
    assert await desk.fetch("SELECT value, arrived FROM observation") == [(99.0, later)]
    assert await desk.fetch("SELECT value FROM latest_observation") == [(99.0,)]
    assert await desk.fetch("SELECT value, arrived, corrected_at FROM corrected_observation") == [(3.0, NOW, later)]
    # Delivered once more, also after a restart, neither the first nor the second changes anything.
    fresh = await make_desk(database)
    again = await fresh.write(("s/obs/g1/level", reading(3)), ("s/obs/g1/level", reading(99)), arrived=later)
    await fresh.pool.close()
    assert again.is_empty
    assert await desk.fetch("SELECT value FROM observation") == [(99.0,)]
    assert await desk.books() == {"received": 4, "stored": 1, "duplicate": 2, "late": 1, "quarantined": 0, "refused": 0}


async def test_corrections_of_an_older_reading_within_one_batch_leave_the_last_value(desk: Desk) -> None:
    await desk.write(("s/obs/g1/level", reading(1, 0)), ("s/obs/g1/level", reading(2, 1)))
    batch = [("s/obs/g1/level", reading(value)) for value in (5, 6, 6, 1, 7)]
    changes = await desk.write(*batch)
    assert changes.observations == []  # the newest observation is another one
    assert await desk.fetch("SELECT value FROM observation ORDER BY time") == [(7.0,), (2.0,)]
    assert await desk.fetch("SELECT value FROM corrected_observation ORDER BY value") == [(1.0,), (5.0,), (6.0,)]
    assert await desk.books() == {"received": 7, "stored": 2, "duplicate": 2, "late": 3, "quarantined": 0, "refused": 0}


async def test_what_somebody_else_stored_ahead_of_us_is_a_duplicate_and_the_rest_of_the_batch_is_stored(
    desk: Desk, database: Database
) -> None:
    await desk.write(("s/obs/g1/level", reading(1)))
    other = await make_desk(database)
    await other.write(("s/obs/g1/level", reading(2, 1)), ("s/obs/g1/level", reading(3, 2)))
    await other.pool.close()
    changes = await desk.write(("s/obs/g1/level", reading(2, 1)), ("s/obs/g1/level", reading(4, 2)), ("s/obs/g1/level", reading(12, 3)))
    assert [a.condition for a in changes.alerts] == ["firing"]
    assert await desk.fetch("SELECT value FROM observation ORDER BY time") == [(1.0,), (2.0,), (4.0,), (12.0,)]
    assert await desk.books() == {"received": 6, "stored": 4, "duplicate": 1, "late": 1, "quarantined": 0, "refused": 0}


async def test_where_a_batch_is_cut_does_not_change_what_is_late(desk: Desk, database: Database) -> None:
    told = [("s/obs/g1/level", reading(value, minute)) for minute, value in ((5, 1), (3, 12), (6, 11), (4, 13), (7, 5))]
    for number, (topic, payload) in enumerate(told):
        await desk.write((topic, payload), arrived=NOW + timedelta(minutes=10, seconds=number))
        await desk.write((f"one-{topic}", payload), arrived=NOW + timedelta(minutes=10, seconds=number))
    await desk.writer.write(
        [decoded(f"all-{topic}", payload, NOW + timedelta(minutes=10, seconds=n)) for n, (topic, payload) in enumerate(told)]
    )
    books = await desk.fetch("SELECT source, sum(stored)::int, sum(late)::int FROM ledger GROUP BY 1 ORDER BY 1")
    assert books == [("all-s", 3, 2), ("one-s", 3, 2), ("s", 3, 2)]
    kinds = await desk.fetch(
        "SELECT source.name, t.kind, t.value FROM alert_transition t JOIN alert a ON a.id = t.alert_id JOIN station st ON st.id = a.station_id JOIN source ON source.id = st.source_id WHERE t.kind <> 'late_correction' ORDER BY 1, t.time"
    )
    assert kinds == [(source, kind, value) for source in ("all-s", "one-s", "s") for kind, value in (("fired", 11.0), ("cleared", 5.0))]


async def test_what_is_a_day_old_at_its_arrival_is_history_and_raises_no_alert(desk: Desk) -> None:
    described = STATION.replace(b'"max": 50', b'"max": 50, "late_after_s": 3600')
    await desk.write(("s/station/g1", described))
    await desk.write(("s/obs/g2/level", reading(12, -25 * 60)), ("s/obs/g1/level", reading(12, -61)))
    assert await desk.fetch("SELECT count(*) FROM alert") == [(0,)]
    assert (await desk.books())["late"] == 2
    assert await desk.fetch("SELECT count(*) FROM latest_observation") == [(2,)]
    changes = await desk.write(("s/obs/g2/level", reading(12, -23 * 60)), ("s/obs/g1/level", reading(12, -59)))
    assert [a.condition for a in changes.alerts] == ["firing", "firing"]


async def test_an_array_of_a_series_is_stored_as_one_and_as_many(desk: Desk) -> None:
    told = b"[" + b",".join(reading(value, minute) for minute, value in ((2, 3), (0, 1), (1, 12), (1, 12))) + b"]"
    changes = await desk.write(("s/obs/g1/level", told))
    assert [o.value for o in changes.observations] == [3.0]
    assert await desk.fetch("SELECT kind FROM alert_transition ORDER BY seq") == [("fired",), ("cleared",)]
    assert await desk.books() == {"received": 4, "stored": 3, "duplicate": 1, "late": 0, "quarantined": 0, "refused": 0}


async def test_history_may_be_years_old_and_is_not_judged(desk: Desk) -> None:
    batch = [decoded("s/obs/g1/level", reading(12, -60 * 24 * 2000), NOW), decoded("s/obs/g1/level", reading(13), NOW)]
    changes = await desk.writer.write(batch, history=True)
    assert [o.value for o in changes.observations] == [13.0]
    assert changes.alerts == []
    assert await desk.books() == {"received": 2, "stored": 2, "duplicate": 0, "late": 0, "quarantined": 0, "refused": 0}


async def test_readings_of_one_batch_are_judged_in_order_of_their_time(desk: Desk) -> None:
    changes = await desk.write(("s/obs/g1/level", reading(5, 2)), ("s/obs/g1/level", reading(12, 1)), ("s/obs/g1/level", reading(3, 0)))
    (alert,) = changes.alerts
    assert (alert.condition, alert.version) == ("normal", 2)
    assert await desk.fetch("SELECT kind FROM alert_transition ORDER BY seq") == [("fired",), ("cleared",)]


async def test_a_restart_between_any_two_readings_changes_no_transition(desk: Desk, database: Database) -> None:
    for minute, value in enumerate((5, 12, 9, 7, 11, 13, 2)):
        fresh = await make_desk(database)
        await fresh.write(("s/obs/g1/level", reading(value, minute)))
        await fresh.pool.close()
    rows = await desk.fetch("SELECT alert_id, kind, seq FROM alert_transition ORDER BY time, seq")
    assert [row[1] for row in rows] == ["fired", "cleared", "fired", "cleared"]
    assert len({row[0] for row in rows}) == 2


async def test_an_alert_of_a_rule_that_is_gone_is_cleared_at_the_next_start(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.write(("s/obs/g1/level", reading(12)))
    monkeypatch.setattr("tests.integration.ingest.conftest.RULES", "rules: []")
    fresh = await make_desk(database)
    await fresh.pool.close()
    assert await desk.fetch("SELECT condition FROM alert") == [("normal",)]
    assert await desk.fetch("SELECT note FROM alert_transition ORDER BY seq DESC LIMIT 1") == [("the rule was removed",)]
    assert await desk.fetch("SELECT count(*) FROM alert_state") == [(0,)]


async def test_a_rule_that_reads_otherwise_gets_a_new_version(desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (10, 20):
        rules = (
            f"rules: [{{id: high, title: {{vi: a, en: b}}, select: {{property: level}}, above: [{{severity: severe, limit: {limit}}}]}}]"
        )
        monkeypatch.setattr("tests.integration.ingest.conftest.RULES", rules)
        for _ in range(2):
            fresh = await make_desk(database)
            await fresh.pool.close()
    assert await desk.fetch("SELECT version FROM rule_version WHERE rule_id = 'high' ORDER BY version") == [(1,), (2,), (3,)]


async def test_what_the_database_refuses_leaves_nothing_behind(desk: Desk) -> None:
    await desk.pool.execute("ALTER TABLE ledger ADD CONSTRAINT never CHECK (received < 3)")
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.write(("s/obs/g1/level", reading(12)), ("s/event/e", b'[{"id": "1"}, {"id": "2"}]'))
    for table in ("observation", "latest_observation", "event", "event_key", "alert", "alert_state", "ledger", "quarantine"):
        assert await desk.fetch(f"SELECT count(*) FROM {table}") == [(0,)], table
    await desk.pool.execute("ALTER TABLE ledger DROP CONSTRAINT never")
    changes = await desk.write(("s/obs/g1/level", reading(12)))
    assert [a.condition for a in changes.alerts] == ["firing"]  # the refused batch had not moved the state


async def test_a_message_of_bad_items_is_kept_once_for_each_reason(desk: Desk) -> None:
    await desk.write(("s/obs/g1/level", b'["a", "b", {"time": "never", "value": 1}, {"time": "2026-11-22T04:00:00Z", "value": 5}]'))
    rows = await desk.fetch("SELECT reason, items FROM quarantine ORDER BY reason")
    assert rows == [("time", [2]), ("value", [0, 1])]
    assert await desk.books() == {"received": 4, "stored": 1, "duplicate": 0, "late": 0, "quarantined": 3, "refused": 0}
