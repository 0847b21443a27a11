"""From events to published figures: exact under duplicates, late and corrected events, by units of any level, and kept in versions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.indicators.dossiers import SDI, received, resolved
from tests.support.databases import Database
from tests.support.small_province import NOW, Province, add_units, province, read_units

MAY, JUNE = "2023-05-01", "2023-06-01"


async def send_three(here: Province) -> None:
    await here.send(
        "dossier.received",
        received("H1", "C11", "2023-05-03", fee=10, due="2023-05-10"),
        received("H2", "C11", "2023-05-25", "counter", fee=20, due="2023-05-26"),
        received("H3", "C21", "2023-05-31", fee=40, due="2023-06-20"),
    )


async def test_events_become_counts_of_their_unit_and_those_above(here: Province) -> None:
    await send_three(here)
    assert await here.values("received") == {("C11", MAY): 2, ("D1", MAY): 2, ("C21", MAY): 1, ("D2", MAY): 1, ("P", MAY): 3}
    assert (await here.values("received", "year"))["P", "2023-01-01"] == 3
    assert {k: n for k, n in (await here.values("received", "from day 20")).items() if k[0] == "P"} == {
        ("P", "2023-04-20"): 1,
        ("P", "2023-05-20"): 2,
    }
    assert (await here.values("received", dimension="channel"))["P", MAY, "counter"] == 1
    assert (await here.values("received", dimension="level"))["P", MAY, "commune"] == 3


async def test_rates_sums_means_percentiles_and_different_ones_come_out(here: Province) -> None:
    await send_three(here)
    assert (await here.values("online-rate"))["P", MAY] == 66.7
    assert (await here.values("fees"))["P", MAY] == 70
    assert (await here.values("mean-fee"))["P", MAY] == 23.3
    assert (await here.values("fee-p50"))["P", MAY] == 20
    assert (await here.values("applicants"))["P", MAY] == 3
    assert (await here.values("applicants-online"))["P", MAY] == 2


async def test_completeness_age_and_origin_are_told(here: Province) -> None:
    await send_three(here)
    await here.values("received")
    row = await here.pool.fetchrow(
        "SELECT reported, expected, events, newest, version FROM indicator_value v JOIN unit u ON u.id = v.unit_id "
        "WHERE indicator = 'received' AND kind = 'month' AND dimension = '' AND code = 'P'"
    )
    assert row is not None
    assert (row["reported"], row["expected"], row["events"], row["version"]) == (2, 4, 3, 1)
    assert row["newest"].isoformat() == "2023-05-31T02:00:00+00:00"


async def test_what_comes_twice_counts_once(here: Province) -> None:
    event = received("H1", "C11", "2023-05-03") | {"id": "same"}
    await here.send("dossier.received", event)
    assert (await here.values("received"))["P", MAY] == 1
    await here.send("dossier.received", event, event)
    assert (await here.values("received"))["P", MAY] == 1


async def test_a_late_event_changes_its_own_month_only(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2023-06-03"))
    assert await here.values("received") == {(unit, JUNE): 1 for unit in ("C11", "D1", "P")}
    await here.send("dossier.received", received("H0", "C22", "2022-12-30"))
    found = await here.values("received")
    assert {key: n for key, n in found.items() if key[0] == "P"} == {("P", JUNE): 1, ("P", "2022-12-01"): 1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["after", "before"])
async def test_a_corrected_event_counts_as_its_correction_whichever_comes_first(here: Province, order: tuple[int, int]) -> None:
    wrong = received("H1", "C11", "2023-05-03", fee=10) | {"id": "wrong"}
    right = received("H1", "C21", "2023-06-02", "counter", fee=7, corrects="wrong") | {"id": "right"}
    for number in order:
        await here.send("dossier.received", (wrong, right)[number])
        await here.values("received")
    assert await here.values("received") == {("C21", JUNE): 1, ("D2", JUNE): 1, ("P", JUNE): 1}
    assert (await here.values("fees"))["P", JUNE] == 7
    assert (await here.values("open"))["P", JUNE] == 1
    assert ("C11", MAY) not in await here.values("open")


async def test_what_stood_at_the_end_of_each_month_is_told(here: Province) -> None:
    await send_three(here)
    assert {k: n for k, n in (await here.values("open")).items() if k[0] == "P"} == {("P", MAY): 3, ("P", JUNE): 3}
    assert {k: n for k, n in (await here.values("overdue")).items() if k[0] == "P"} == {("P", MAY): 2, ("P", JUNE): 2}
    await here.send("dossier.resolved", resolved("H1", "C11", "2023-05-20"), resolved("H2", "C11", "2023-06-02"))
    assert {k: n for k, n in (await here.values("open")).items() if k[0] == "P"} == {("P", MAY): 2, ("P", JUNE): 1}
    assert {k: n for k, n in (await here.values("overdue")).items() if k[0] == "P"} == {("P", MAY): 1, ("P", JUNE): 0}


async def test_a_dossier_without_a_date_is_never_overdue(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2023-05-03", due="2023-05-10"), received("H2", "C11", "2023-05-03"))
    await here.send("dossier.resolved", resolved("H2", "C11", "2023-05-20"))
    assert (await here.values("overdue"))["P", MAY] == 1
    await here.job.catch_up()
    await here.pool.execute("UPDATE indicator_group SET is_filled = false")
    assert (await here.values("overdue"))["P", MAY] == 1


async def test_time_alone_makes_a_dossier_overdue(here: Province) -> None:
    await here.send("dossier.received", received("H3", "C21", "2023-06-01", due="2023-06-12"))
    assert (await here.values("overdue"))["P", JUNE] == 0
    here.clock.advance(days=3)
    assert (await here.values("overdue"))["P", JUNE] == 1


async def test_durations_are_working_time_and_on_time_is_by_the_due_day(here: Province) -> None:
    # Friday 09:00 to Monday 09:00: the rest of Friday (2.5 h and 3.5 h) and Monday until nine (1.5 h); the days around 1 May are holidays.
    await here.send(
        "dossier.received", received("H1", "C11", "2023-05-05", due="2023-05-08"), received("H2", "C11", "2023-04-28", due="2023-05-03")
    )
    await here.send("dossier.resolved", resolved("H1", "C11", "2023-05-08"), resolved("H2", "C11", "2023-05-04"))
    assert (await here.values("handling"))["P", MAY] == 7.5
    assert (await here.values("handling-median"))["P", MAY] == 72
    assert (await here.values("on-time"))["P", MAY] == 50
    assert (await here.values("due-in-time"))["P", MAY] == 50


async def test_the_latest_word_about_a_subject_counts(here: Province) -> None:
    stages = [("S1", "C11", "2023-05-01", "piloting", 1), ("S1", "C11", "2023-06-01", "done", 5), ("S2", "C21", "2023-05-02", "done", 10)]
    for subject, unit, day, stage, share in stages:
        await here.send(
            "stage.reached", {"subject": subject, "unit": unit, "time": f"{day}T09:00:00+07:00", "data": {"stage": stage, "share": share}}
        )
    assert {k: n for k, n in (await here.values("done")).items() if k[0] == "P"} == {("P", MAY): 1, ("P", JUNE): 2}
    assert {k: n for k, n in (await here.values("share")).items() if k[0] == "P"} == {("P", MAY): 5.5, ("P", JUNE): 7.5}


async def test_an_index_weighs_what_its_parts_are(here: Province) -> None:
    await send_three(here)
    await here.send("dossier.resolved", resolved("H1", "C11", "2023-05-20"), resolved("H2", "C11", "2023-05-26"))
    assert (await here.values("score"))["P", MAY] == 55  # (3 × 66.67 + 20) ÷ 4


async def test_events_of_an_unknown_unit_are_counted_apart_until_the_unit_is_published(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2023-05-03"), received("H2", "C99", "2023-05-04"))
    found = await here.values("received")
    assert (found["?", MAY], found["P", MAY]) == (1, 1)
    await add_units(here.pool, [("C99", "commune", "D2")])
    await read_units(here.pool, here.book)
    found = await here.values("received")
    assert (found["D2", MAY], found["P", MAY]) == (1, 2)
    assert ("?", MAY) not in found
    assert ("C99", MAY) in await here.values("open")


async def test_events_of_a_time_of_which_no_unit_is_known_are_counted_apart(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2015-05-03"))
    assert await here.values("received") == {("?", "2015-05-01"): 1}


async def test_what_was_published_on_a_day_stays_readable(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2023-05-03"))
    await here.values("received")
    here.clock.advance(days=6)
    await here.send("dossier.received", received("H2", "C11", "2023-05-04"))
    assert (await here.values("received"))["P", MAY] == 2
    rows = await here.pool.fetch(
        "SELECT value::int, published::text, superseded::text FROM indicator_value v JOIN unit u ON u.id = v.unit_id "
        "WHERE indicator = 'received' AND kind = 'month' AND dimension = '' AND code = 'P' ORDER BY published"
    )
    assert [tuple(row) for row in rows] == [(1, "2023-06-10", "2023-06-16"), (2, "2023-06-16", None)]


async def test_two_processes_count_nothing_twice(here: Province, shared_database: Database) -> None:
    async with province(shared_database, SDI) as other:
        for day in range(1, 15):
            await here.send("dossier.received", received(f"H{day}", "C11", f"2023-05-{day:02d}"))
            await asyncio.gather(here.job.step(), other.job.step())
        assert (await other.values("received"))["P", MAY] == 14
        assert (await here.values("open"))["P", MAY] == 14


async def test_a_target_missed_is_told_when_the_month_is_over(here: Province) -> None:
    await here.send("dossier.received", received("H1", "C11", "2023-06-03", "counter"), received("H2", "C21", "2023-06-03"))
    await here.job.catch_up()
    assert {(t.unit, t.now) for t in await here.transitions()} == {("P", "at_risk"), ("C11", "at_risk"), ("C21", "met")}
    here.clock.advance(days=25)
    await here.job.catch_up()
    assert {(t.unit, t.was, t.now) for t in await here.transitions()} == {
        ("P", "at_risk", "missed"),
        ("C11", "at_risk", "missed"),
    }
    assert await here.pool.fetchval("SELECT count(*) FROM indicator_transition") == 5


async def test_a_changed_definition_computes_history_anew_under_a_new_version(
    here: Province, shared_database: Database, tmp_path: Path
) -> None:
    await send_three(here)
    await here.values("online-rate")
    text = (SDI / "systems" / "services.yaml").read_text(encoding="utf-8").replace("minimum: 2", "minimum: 2\n    decimals: 3")
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "services.yaml").write_text(text, encoding="utf-8")
    here.clock.advance(days=1)
    async with province(shared_database, tmp_path, now=here.clock.now()) as changed:
        assert (await changed.values("online-rate"))["P", MAY] == 66.667
    rows = await here.pool.fetch(
        "SELECT indicator, version, done, total, ready_at IS NOT NULL AS ready FROM indicator_version WHERE version > 1"
    )
    assert {(row["indicator"], row["version"], row["ready"]) for row in rows} == {("online-rate", 2, True), ("score", 2, True)}
    assert all(row["done"] == row["total"] > 0 for row in rows)


async def test_what_its_system_does_not_know_is_not_accepted(here: Province) -> None:
    assert await here.send("dossier.lost", {"data": {}}) == {"quarantined": 1}
    assert await here.send("dossier.received", {"data": {"channel": "pigeon"}}) == {"quarantined": 1}
    assert await here.send("anything", {"data": {}}, source="unnamed") == {"stored": 1}
    reasons = await here.pool.fetch("SELECT reason, detail FROM quarantine ORDER BY id")
    assert [row["reason"] for row in reasons] == ["unknown_type", "schema"]
    assert "dossier.received" in reasons[0]["detail"]
    assert "pigeon" in reasons[1]["detail"]


async def test_a_step_that_fails_leaves_nothing_half_done(here: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    from ioc.store import indicator_values

    await send_three(here)

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(indicator_values, "publish", fail)
        with pytest.raises(RuntimeError):
            await here.job.catch_up()
    assert (await here.values("received"))["P", MAY] == 3
    here.clock.advance(seconds=timedelta(minutes=1).total_seconds())
    assert not await here.job.step()


async def test_readings_are_averaged_by_day_and_corrected_ones_again(shared_database: Database) -> None:
    import json

    from ioc.ingest.batch import Message
    from ioc.ingest.read import read_message

    async with province(shared_database, Path(__file__).parents[3] / "sdi") as here:

        async def send(topic: str, body: dict[str, Any]) -> None:
            await here.writer.write([read_message(Message(f"ioc/v1/p-air/{topic}", json.dumps(body).encode(), NOW))])

        for station in ("a", "b"):
            await send(f"station/{station}", {"name": station, "kind": "air_quality", "properties": {"pm2_5": {}, "pm10": {}}})
        await here.pool.execute("UPDATE station SET unit_id = (SELECT id FROM unit WHERE code = 'C11')")
        for hour, fine in enumerate((40, 60, 200)):
            await send("obs/a", {"time": f"2023-06-0{8 + hour // 2}T{hour:02d}:00:00+07:00", "pm2_5": fine, "pm10": 30})
        day = "2023-06-08"
        assert (await here.values("pm25-mean", "day"))["P", day] == 50
        assert (await here.values("vn-aqi", "day"))["P", day] == 100
        row = await here.pool.fetchrow(
            "SELECT reported, expected FROM indicator_value WHERE indicator = 'pm25-mean' AND kind = 'day' AND begin = '2023-06-08' AND dimension = '' LIMIT 1"
        )
        assert row is not None
        assert tuple(row) == (1, 2)
        await send("obs/a", {"time": f"{day}T01:00:00+07:00", "pm2_5": 80, "pm10": 30})
        assert (await here.values("pm25-mean", "day"))["P", day] == 60


async def test_facts_of_readings_that_were_dropped_stay_when_all_is_counted_anew(shared_database: Database) -> None:
    import json

    from ioc.ingest.batch import Message
    from ioc.ingest.read import read_message

    async with province(shared_database, Path(__file__).parents[3] / "sdi") as here:

        async def send(topic: str, body: dict[str, Any]) -> None:
            await here.writer.write([read_message(Message(f"ioc/v1/p-air/{topic}", json.dumps(body).encode(), NOW))])

        await send("station/a", {"name": "a", "kind": "air_quality", "properties": {"pm2_5": {}}})
        await here.pool.execute("UPDATE station SET unit_id = (SELECT id FROM unit WHERE code = 'C11')")
        for day, fine in (("2023-04-02", 40), ("2023-05-03", 60), ("2023-05-20", 20), ("2023-06-01", 70)):
            await send("obs/a", {"time": f"{day}T09:00:00+07:00", "pm2_5": fine})
        before = await here.values("pm25-mean")
        assert {month: value for (unit, month), value in before.items() if unit == "P"} == {"2023-04-01": 40, MAY: 40, JUNE: 70}
        await here.pool.execute("DELETE FROM observation WHERE time < '2023-05-10'")
        await here.pool.execute("UPDATE indicator_group SET is_filled = false")
        here.job.state = None
        assert await here.values("pm25-mean") == before


async def test_what_happens_in_the_centre_itself_is_an_event(shared_database: Database) -> None:
    async with province(shared_database, Path(__file__).parents[3] / "sdi") as here:
        await here.pool.execute("UPDATE layer_version SET published_at = '2023-06-01'")
        found = await here.values("layers-served")
        assert found["P", "2023-06-01"] == 1
        assert await here.pool.fetchval("SELECT count(*) FROM event WHERE type = 'layer.published'") == 1
        here.job.state = here.job._looked_at = None
        assert (await here.values("layers-published"))["P", "2023-06-01"] == 1
        assert await here.pool.fetchval("SELECT sum(stored)::int FROM ledger WHERE source = 'ioc'") == 1
