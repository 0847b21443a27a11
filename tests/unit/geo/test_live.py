"""Live collections made of a mirror: their columns, and how seldom they are made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ioc.domain.live import Changes, ObservationChange, PositionChange, StationView
from ioc.errors import BadInput, ConfigurationError, Unauthorized
from ioc.geo.answers import geojson
from ioc.geo.answers.about import About
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.entry import LIVE, read_catalogue
from ioc.geo.layer import Feature
from ioc.geo.live import LiveCollections
from ioc.geo.live_events import MOST_EVENTS, events, read_window
from ioc.geo.live_state import look
from ioc.geo.live_stations import MOST_PROPERTIES, stations
from ioc.geo.live_units import units_now
from ioc.geo.routes import router
from ioc.streams.mirror import Mirror
from tests.support.doubles import ManualClock
from tests.support.examples import NOW
from tests.support.shapes import collection, square


def mirror(*readings: tuple[str, str, float], units: dict[str, str] | None = None) -> Mirror:
    """Return a mirror with the stations that reported (station, property, value), each in the unit that `units` names."""
    state, units = Mirror(), units or {}
    names = sorted({station for station, _, _ in readings} | set(units))
    told = [StationView(source="s", station=name, name=name, kind="gauge", lon=106, lat=21, unit=unit(units.get(name))) for name in names]
    values = [ObservationChange("s", station, name, NOW, value) for station, name, value in readings]
    state.apply(Changes(stations=told, observations=values))
    return state


def unit(code: str | None) -> dict[str, Any] | None:
    return {"code": code, "valid_from": "2025-07-01", "level": "commune", "name_vi": code, "name_en": code} if code else None


def stations_of(state: Mirror) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = stations(asyncio.run(look(state)), NOW, public=False).table.to_pylist()
    return rows


def test_columns_are_the_union_of_all_properties() -> None:
    first, second = stations_of(mirror(("a", "rain", 1.5), ("b", "level", 2)))
    assert (first["rain"], first["rain_time"], first["level"], first["level_time"]) == (1.5, NOW, None, None)
    assert (second["rain"], second["level"], second["last_seen"]) == (None, 2, NOW)


def test_property_with_the_name_of_a_column_gets_one_of_its_own() -> None:
    (row,) = stations_of(mirror(("a", "state", 1), ("a", "x", 2), ("a", "x_time", 3), ("a", "state_value", 4)))
    assert (row["state"], row["x"], row["x_time"], row["x_time_"]) == ("normal", 2, 3, NOW)
    assert {row["state_value"], row["state_value_"]} == {1, 4}


def test_properties_without_end_are_cut_and_said_to_be() -> None:
    state = mirror(*(("a", f"p{number}", 1) for number in range(MOST_PROPERTIES + 5)), ("b", "p104", 1))
    served = stations(asyncio.run(look(state)), NOW, public=False)
    assert "p104" in served.table.column_names
    assert sum(name.startswith("p") and not name.endswith("time") for name in served.table.column_names) == MOST_PROPERTIES
    assert served.entry.note
    assert "5 others" in served.entry.note.en


def test_moving_station_is_at_its_position() -> None:
    state = mirror(("a", "rain", 1))
    state.apply(Changes(positions=[PositionChange("s", "a", NOW, 105.5, 20.5, 3.0, None, None)]))
    served = stations(asyncio.run(look(state)), NOW, public=False)
    assert served.geometries[0].coords[0] == (105.5, 20.5)
    assert (served.table["moving"][0].as_py(), served.table["speed"][0].as_py()) == (True, 3.0)


def test_units_count_what_is_below_them() -> None:
    since = date(2025, 7, 1)
    layer = collection(
        [
            Feature("1", square(106, 21), {"code": "1", "parent": None, "name_vi": "Tỉnh"}, since),
            Feature("11", square(106, 21), {"code": "11", "parent": "1", "name_vi": "Xã"}, since),
            Feature("9", square(106, 21), {"code": "9", "parent": "1", "name_vi": "Cũ"}, date(2020, 1, 1), since),
        ],
        kind="units",
    )
    seen = asyncio.run(look(mirror(units={"a": "11", "b": "11", "c": "1", "d": "9"})))
    served = units_now(seen, [layer], NOW, today=date(2026, 1, 1), public=False)
    assert served.fids == ["1", "11"]
    assert served.table["stations"].to_pylist() == [3, 2]
    assert served.table["state"].to_pylist() == ["normal", "normal"]


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-01-05", datetime(2026, 1, 4, 17, tzinfo=UTC), datetime(2026, 1, 5, 17, tzinfo=UTC)),
        ("2026-01-05/..", datetime(2026, 1, 4, 17, tzinfo=UTC), None),
        ("/2026-01-05T00:00:00Z", None, datetime(2026, 1, 5, 0, 0, 0, 1, tzinfo=UTC)),
        ("../..", None, None),
    ],
)
def test_window_of_events(text: str, begin: datetime | None, end: datetime | None) -> None:
    assert read_window(text) == (begin, end)


@pytest.mark.parametrize("text", ["", "..", "2026", "2026-02-30", "2026-01-05/2026-01-04", "now/then"])
def test_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="datetime"):
        read_window(text)


def test_events_over_the_limit_are_cut_and_said_to_be() -> None:
    row = {
        "source": "s",
        "type": "t",
        "time": NOW,
        "subject": None,
        "unit_code": None,
        "unit_id": None,
        "lon": None,
        "lat": 1.0,
        "data": "{}",
    }
    served = events([row | {"id": f"{number}"} for number in range(MOST_EVENTS + 1)], lambda _: None, version=1, now=NOW, public=False)
    assert len(served) == MOST_EVENTS
    assert served.entry.note
    assert f"newest {MOST_EVENTS} events" in served.entry.note.en
    assert served.geometries[0] is None
    about = About(base="", links=[], matched=MOST_EVENTS, now=NOW, note=served.entry.note.en)
    assert json.loads(geojson.encode(served, [0], about))["note"] == served.entry.note.en


async def test_many_askers_cost_one_collection_until_something_changes() -> None:
    state = mirror(("a", "rain", 1))
    live = LiveCollections(
        state, pool=no_pool, unit_of=lambda _: None, layers=LayerCatalogue(), clock=ManualClock(NOW), public=False, at_most_every_s=0
    )
    made = await asyncio.gather(*(live.one("stations") for _ in range(50)))
    assert len({id(each) for each in made}) == 1
    assert await live.one("stations") is made[0]
    state.apply(Changes(observations=[ObservationChange("s", "a", "level", NOW, 2)]))
    after = await live.one("stations")
    assert (after.version, after.table["level"].to_pylist()) == (state.position, [2])


async def test_changes_within_a_second_wait() -> None:
    state = mirror(("a", "rain", 1))
    live = LiveCollections(state, pool=no_pool, unit_of=lambda _: None, layers=LayerCatalogue(), clock=ManualClock(NOW), public=False)
    first = await live.one("stations")
    state.apply(Changes(observations=[ObservationChange("s", "a", "level", NOW, 2)]))
    assert await live.one("stations") is first


def no_pool() -> Any:
    raise AssertionError("stations need no database")


def test_empty_state_has_columns_all_the_same() -> None:
    served = stations(asyncio.run(look(Mirror())), NOW, public=False)
    assert (len(served), served.bbox, served.table.schema.field("last_seen").type) == (0, None, pa.timestamp("us", tz="UTC"))


@pytest.mark.parametrize("name", sorted(LIVE))
def test_no_layer_takes_the_name_of_a_live_collection(name: str, tmp_path: Path) -> None:
    text = f"{{id: {name}, title: {{vi: a, en: a}}, summary: {{vi: a, en: a}}, file: a, owner: a, licence: a, lineage: {{vi: a, en: a}}}}"
    (tmp_path / "catalogue.yaml").write_text(f"layers: [{text}]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"layer {name} has the name of a live collection"):
        read_catalogue(tmp_path / "catalogue.yaml")


@pytest.mark.parametrize("public", [False, True])
def test_live_collections_are_for_viewers_unless_they_are_public(public: bool) -> None:
    live = LiveCollections(
        mirror(("a", "rain", 1)), pool=empty_pool, unit_of=lambda _: None, layers=LayerCatalogue(), clock=ManualClock(NOW), public=public
    )
    app = FastAPI()
    app.include_router(router(LayerCatalogue, is_viewer=lambda request: "key" in request.headers, live=live))
    with TestClient(app) as client:
        for headers, may_read in (({"key": "1"}, True), ({}, public)):
            listed = client.get("/ogc/collections", headers=headers).json()["collections"]
            assert {each["id"] for each in listed} == (LIVE if may_read else set())
            if may_read:
                assert client.get("/ogc/collections/stations/items", headers=headers).json()["numberMatched"] == 1
            else:
                with pytest.raises(Unauthorized, match="collection stations is not public"):
                    client.get("/ogc/collections/stations/items", headers=headers)


class EmptyDatabase:
    """A pool of connections to a database in which nothing is."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[EmptyDatabase]:
        yield self

    async def fetch(self, *_: object) -> list[Any]:
        return []


def empty_pool() -> Any:
    return EmptyDatabase()


async def test_units_show_their_figures_of_the_newest_finished_month() -> None:
    from ioc.geo.live_units import UnitFigures, _figures

    figures = UnitFigures("2026-10", ["online-rate", "open"], {("W", "2025-07-01"): {"online-rate": 85.5}})
    rows = [("W", "commune", None, "", "", date(2025, 7, 1)), ("E", "commune", None, "", "", date(2025, 7, 1))]
    columns = {name: column.to_pylist() for name, column in _figures(rows, figures).items()}
    assert columns == {"figures_of": ["2026-10", "2026-10"], "online_rate": [85.5, None], "open": [None, None]}
