"""What the boards of systems, sources and cases are answered."""

from __future__ import annotations

from datetime import timedelta

from ioc.indicators.boards import cluster, reminder
from tests.integration.indicators.asker import Asker


async def test_systems_are_told_with_freshness_and_figures(ask: Asker) -> None:
    (system,) = (await ask.get("/v1/systems?unit=P&at=2023-05"))["systems"]
    assert system["freshness"]["reminder"] == 3  # a month of silence where something should come daily
    assert system["targets"] == {"met": 1, "at_risk": 0, "missed": 0}
    told = await ask.get("/v1/systems/services?unit=P&at=2023-05")
    assert {one["type"] for one in told["events"]} == {"dossier.received", "dossier.resolved", "stage.reached"}
    now = {one["id"]: one["now"] for one in told["indicators"]}
    assert now["received"]["value"] == 4
    assert now["received"]["year_before"]["value"] is None


async def test_a_silent_source_does_not_hide_behind_another(ask: Asker) -> None:
    now = ask.here.clock.now()
    event = {"subject": "H9", "unit": "C11", "time": now.isoformat(), "data": {"channel": "online"}}
    await ask.here.send("dossier.received", event)
    pool = ask.here.pool
    await pool.execute("UPDATE source SET last_seen = $1", now)
    add = "INSERT INTO source (name, policy, last_seen) VALUES ($1, $2, $3)"
    await pool.execute(add, "z-dvc", "open", now - timedelta(days=2))
    await pool.execute(add, "y-dvc", "closed", now - timedelta(days=99))
    await pool.execute(add, "x-dvc", "open", None)
    (fresh,) = (await ask.get("/v1/systems/freshness"))["systems"]
    told = {source["id"]: source["reminder"] for source in fresh["sources"]}
    assert (fresh["age_s"], fresh["reminder"]) == (0, 1)
    assert {name: told.pop(name) for name in ("x-dvc", "z-dvc")} == {"x-dvc": 0, "z-dvc": 1}
    assert set(told.values()) == {0}
    assert "y-dvc" not in told


async def test_cases_are_told_on_their_way(ask: Asker) -> None:
    funnel = await ask.get("/v1/cases/dossier/funnel?unit=P&at=2023-05")
    assert (funnel["opened"], funnel["closed"], [step["cases"] for step in funnel["steps"]]) == (4, 1, [4, 1])
    overdue = await ask.get("/v1/cases/dossier?state=overdue&unit=D2")
    assert {case["subject"] for case in overdue["cases"]} == {"H5", "H6"}
    assert {case["subject"] for case in (await ask.get("/v1/cases/dossier?has=received&lacks=resolved"))["cases"]} == {
        "H0",
        "H4",
        "H5",
        "H6",
        "H7",
    }
    (found,) = (await ask.get("/v1/cases/dossier/clusters?within_m=100"))["clusters"]
    assert (found["cases"], sorted(found["subjects"])) == (4, ["H4", "H5", "H6", "H7"])
    assert found["unit"]["code"] in {"C11", "C21", "C22"}  # one each


async def test_cases_are_told_by_when_they_were_opened(ask: Asker) -> None:
    for period, subjects in (("at=2023-04", {"H0"}), ("period=quarter&at=2023-Q2", {"H0", "H4", "H5", "H6", "H7"}), ("at=2023-03", set())):
        told = await ask.get(f"/v1/cases/dossier?state=open&{period}")
        assert {case["subject"] for case in told["cases"]} == subjects


async def test_kinds_of_cases_are_told_with_whether_they_have_places(ask: Asker) -> None:
    (dossier,) = (await ask.get("/v1/cases"))["cases"]
    assert (dossier["id"], dossier["system"], dossier["places"]) == ("dossier", "services", True)
    assert [step["id"] for step in dossier["steps"]] == ["received", "resolved"]


async def test_open_cases_are_told_with_their_places_and_nothing_private(ask: Asker) -> None:
    told = await ask.get("/v1/cases/dossier/places")
    assert (told["type"], told["truncated"]) == ("FeatureCollection", False)
    places = {one["properties"]["subject"]: one for one in told["features"]}
    assert set(places) == {"H4", "H5", "H6", "H7"}  # H3 is resolved, H0 has no place
    assert places["H5"]["geometry"]["coordinates"] == [106.1005, 20.4]
    assert places["H5"]["properties"] == {
        "subject": "H5",
        "opened": "2023-05-05T02:00:00Z",
        "due": "2023-05-20T16:59:59.999999Z",
        "overdue": True,
        "owner": "",
    }
    assert (await ask.get("/v1/cases/dossier/places?days=1"))["features"] == []


def test_a_provider_is_reminded_the_first_second_and_third_time() -> None:
    assert [reminder(age, 10, (1.5, 3, 7)) for age in (10, 16, 31, 71, None)] == [0, 1, 2, 3, 3]


def test_places_cluster_when_each_lies_near_another() -> None:
    metre = 1 / 111_320
    assert cluster([(106, 20), (106, 20 + 90 * metre), (106, 20 + 180 * metre), (106, 20 + 400 * metre)], 100) == [[0, 1, 2], [3]]
