"""The doors to alerts, silences, hand-over and record, as a program or a browser on this machine uses them; the engine's part is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from ioc.access.keys import hash_key
from ioc.app import create_app
from ioc.domain.clock import rfc3339
from ioc.settings import Settings
from ioc.store.keys import add_key
from tests.support.databases import Database
from tests.support.desks import City, city_on, number


@asynccontextmanager
async def at_the_door(database: Database, tmp_path: Path) -> AsyncIterator[tuple[City, httpx.AsyncClient]]:
    """Give a city and a client on this machine, who is let in as the operator `demo`."""
    async with city_on(database.dsn) as city:
        app = create_app(Settings(database_url=database.dsn, sdi_dir=tmp_path / "none"), clock=city.clock)
        service = app.state.service
        service.connections._pool = service.connections._house = city.pool
        service.territory.book.directory, service.territory.units.ref = city.directory, city.directory.ref
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            yield city, client


async def test_an_operator_works_through_an_alert(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1, severity="severe")
        until = rfc3339(city.clock.now() + timedelta(hours=1))
        url = f"/v1/alerts/{number(1)}"
        for version, (path, body) in enumerate(
            [
                ("acknowledge", {"comment": "đã gọi"}),
                ("unacknowledge", {}),
                ("assign", {"assignee": "minh"}),
                ("shelve", {"until": until}),
                ("unshelve", {}),
                ("close", {"reason": "resolved"}),
                ("reopen", {"comment": "nước còn cao"}),
            ],
            start=1,
        ):
            headers = {"Idempotency-Key": f"k{version}"}
            for _ in range(2):
                answer = await client.post(f"{url}/{path}", json={"if_version": version, **body}, headers=headers)
                assert (answer.status_code, answer.json()["version"]) == (200, version + 1), (path, answer.text)
        assert (await client.post(f"{url}/comment", json={"comment": "xong"})).json()["comments"] == 1
        shown = (await client.get(url)).json()
        assert [step["actor"] for step in shown["transitions"]] == ["engine", *["demo"] * 8]
        refused = await client.post(f"{url}/acknowledge", json={"if_version": 3})
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["present"]["version"] == 9
        assert (await client.post(f"{url}/acknowledge", json={})).status_code == 400
        assert (await client.post(f"/v1/alerts/{number(9)}/acknowledge", json={"if_version": 1})).status_code == 404


async def test_alerts_are_listed_in_pages_and_acknowledged_at_once(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1, 2, 3)
        first = (await client.get("/v1/alerts?limit=2&unit=24&severity=moderate&condition=firing&condition=recovering")).json()
        assert (len(first["alerts"]), first["total"], first["counts"]["moderate"]) == (2, 3, 3)
        rest = (await client.get("/v1/alerts", params={"limit": 2, "unit": "24", "cursor": first["next"]})).json()
        assert (len(rest["alerts"]), rest["next"]) == (1, None)
        body = {"filter": {"rule": "flood", "from": "2026-01-01T00:00:00Z"}, "as_of": first["as_of"]}
        assert (await client.post("/v1/alerts/acknowledge", json=body)).json() == {
            "done": 3,
            "unchanged": 0,
            "conflicts": [],
            "more": False,
        }
        for wrong in (
            "severity=red",
            "bbox=1,2,3",
            "bbox=0,9,1,8",
            "bbox=a,b,c,d",
            "cursor=%21",
            "colour=red",
            "from=yesterday",
            "unit=99",
        ):
            answer = await client.get(f"/v1/alerts?{wrong}")
            assert answer.status_code in {400, 404}, wrong
            assert wrong.split("=")[0] in answer.json()["detail"], answer.text


async def test_a_silence_is_foreseen_made_edited_and_ended(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1)
        scope = {"matchers": [{"name": "severity", "op": "<=", "value": "moderate"}], "area": {"unit": "24"}}
        assert (await client.post("/v1/silences/preview", json=scope)).json()["now"]["count"] == 1
        body = {**scope, "ends_at": rfc3339(city.clock.now() + timedelta(hours=1)), "comment": "bảo trì"}
        made = await client.post("/v1/silences", json=body, headers={"Idempotency-Key": "s1"})
        assert (made.status_code, made.json()["alerts"], made.json()["created_by"]) == (201, 1, "demo")
        url = f"/v1/silences/{made.json()['id']}"
        listed = (await client.get("/v1/alerts?silenced=true")).json()["alerts"]
        assert listed[0]["silenced_by"] == [made.json()["id"]]
        longer = {**body, "ends_at": rfc3339(city.clock.now() + timedelta(hours=2)), "if_version": 1}
        assert (await client.put(url, json=longer)).json()["version"] == 2
        assert (await client.put(url, json=longer)).status_code == 409
        assert (await client.post(f"{url}/expire", json={"if_version": 2})).json()["phase"] == "expired"
        assert (await client.post(f"{url}/expire", json={"if_version": 2})).json()["version"] == 3
        assert (await client.get(url)).json()["phase"] == "expired"
        assert (await client.get("/v1/silences")).json() == {"silences": []}
        assert len((await client.get("/v1/silences?phase=expired")).json()["silences"]) == 1
        assert (await client.get("/v1/alerts?silenced=true")).json()["alerts"] == []
        answer = await client.post("/v1/silences", json={**body, "matchers": [], "area": None})
        assert "it would hide everything" in answer.json()["detail"]


async def test_the_record_is_for_administrators(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1)
        await client.post(f"/v1/alerts/{number(1)}/acknowledge", json={"if_version": 1})
        await client.post(f"/v1/alerts/{number(1)}/comment", json={"comment": "một"})
        assert (await client.get("/v1/audit")).status_code == 403
        async with city.pool.acquire() as conn:
            await add_key(conn, name="quản trị", role="administrator", digest=hash_key("ioc_secret"))
            await add_key(conn, name="xem", role="viewer", digest=hash_key("ioc_viewer"))
        chief = {"Authorization": "Bearer ioc_secret"}
        page = (await client.get("/v1/audit?limit=1", headers=chief)).json()
        rest = (await client.get(f"/v1/audit?cursor={page['next']}", headers=chief)).json()
        assert [each["op"] for each in (*page["commands"], *rest["commands"])] == ["alert.comment", "alert.ack"]
        (first,) = rest["commands"]
        assert (first["actor"], first["came_from"], first["target"]) == ("demo", "127.0.0.1", str(number(1)))
        assert (first["before"]["acknowledged_by"], first["after"]["acknowledged_by"]) == (None, "demo")
        assert (await client.get("/v1/audit?actor=lan", headers=chief)).json()["commands"] == []
        viewer = {"Authorization": "Bearer ioc_viewer"}
        assert (await client.post("/v1/alerts/acknowledge", json={}, headers=viewer)).status_code == 403
        assert (await client.get("/v1/silences", headers=viewer)).status_code == 200


async def test_a_shift_is_handed_over_as_it_was(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1)
        await city.fire(2, severity="extreme")
        await client.post(f"/v1/alerts/{number(1)}/acknowledge", json={"if_version": 1, "comment": "đã cử người"})
        await client.post(f"/v1/alerts/{number(2)}/comment", json={"comment": "mưa <b>to</b>"})
        await city.move(2, "cleared", "normal", "extreme")
        middle = await city.pool.fetchval("SELECT clock_timestamp()")
        city.clock.advance(minutes=1)
        await client.post(f"/v1/alerts/{number(2)}/close", json={"if_version": 3, "reason": "resolved"})
        # What the centre knew at which time is told by the clock of the database.
        city.clock._now = await city.pool.fetchval("SELECT clock_timestamp()")
        told = (await client.get("/v1/handover", params={"to": rfc3339(middle)})).json()
        assert told["counts"] == {
            "opened": 2,
            "worsened": 0,
            "acknowledged": 1,
            "assigned": 0,
            "cleared": 1,
            "cleared_unseen": 1,
            "closed": 0,
            "reopened": 0,
            "comments": 1,
            "shelved": 0,
            "open": 2,
        }
        assert [entry["acknowledged_by"] for entry in told["open"]] == [None, "demo"]
        later = (await client.get("/v1/handover")).json()
        assert (later["counts"]["closed"], later["counts"]["open"], later["counts"]["cleared_unseen"]) == (1, 1, 0)
        page = await client.get("/v1/handover", params={"to": rfc3339(middle), "f": "html", "lang": "vi"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Đã hết nhưng chưa ai xác nhận (1)" in page.text
        assert "mưa &lt;b&gt;to&lt;/b&gt;" in page.text
        assert "@media print" in (await client.get("/v1/handover.css")).text
        begin = rfc3339(middle - timedelta(days=32))
        assert (await client.get("/v1/handover", params={"from": begin, "to": rfc3339(middle)})).status_code == 400


async def test_operators_at_the_same_door_at_the_same_time(any_database: Database, tmp_path: Path) -> None:
    async with at_the_door(any_database, tmp_path) as (city, client):
        await city.fire(1)
        url = f"/v1/alerts/{number(1)}/assign"
        answers = await asyncio.gather(*(client.post(url, json={"if_version": 1, "assignee": name}) for name in ("lan", "minh", "hoa")))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
