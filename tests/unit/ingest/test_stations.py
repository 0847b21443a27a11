"""What becomes of each row of an import, before anything is stored."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.domain.station import PropertyDescription
from ioc.ingest.stations import Fate, RowReport, StationRow, plan_import

PRESENT: dict[str, dict[str, Any]] = {
    "g1": {
        "code": "g1",
        "name": "Đáp Cầu",
        "kind": "gauge",
        "lon": 106.09,
        "lat": 21.2,
        "interval_s": 600.0,
        "properties": {"level": {"unit": "m", "name": None, "min": 0.0, "max": 9.0}},
    }
}


def row(number: int, code: str, **told: Any) -> StationRow:
    return StationRow(number, code, told)


def test_a_new_station_is_added_with_all_that_its_row_states() -> None:
    told = {"name": "A", "kind": "gauge", "lon": 106.1, "lat": 21.3, "interval_s": 60.0, "properties": {"level": {"unit": "m", "max": 5}}}
    reports, (description,) = plan_import("s", [row(1, "a", **told)], {})
    assert reports == [RowReport(1, "a", Fate.ADDED)]
    assert (description.name, description.lon, description.interval_s) == ("A", 106.1, 60.0)
    assert description.properties == {"level": PropertyDescription("m", None, None, 5)}


def test_without_a_name_a_station_is_called_by_its_code() -> None:
    _, (description,) = plan_import("s", [row(1, "a", kind="gauge")], {})
    assert description.name == "a"


def test_what_a_row_does_not_state_stays() -> None:
    reports, (description,) = plan_import("s", [row(1, "g1", interval_s=300.0, properties={"flow": {"unit": "m3/s"}})], PRESENT)
    assert reports[0].fate is Fate.CHANGED
    assert (description.name, description.lat, description.interval_s) == ("Đáp Cầu", 21.2, 300.0)
    assert description.properties == {"level": PropertyDescription("m", None, 0.0, 9.0), "flow": PropertyDescription("m3/s")}


@pytest.mark.parametrize("told", [{}, {"name": "Đáp Cầu"}, {"properties": {"level": {"unit": "m", "min": 0, "max": 9}}}])
def test_a_row_that_says_nothing_new_changes_nothing(told: dict[str, Any]) -> None:
    reports, descriptions = plan_import("s", [row(1, "g1", **told)], PRESENT)
    assert (reports[0].fate, descriptions) == (Fate.UNCHANGED, [])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(2, "", kind="gauge"), "no code"),
        (row(2, "a b", kind="gauge"), "topic"),
        (row(2, "a/b", kind="gauge"), "topic"),
        (row(2, "a"), "schema"),
        (row(2, "a", kind="gauge", lon=106.0), "schema"),
        (row(2, "a", kind="gauge", lon=21.0, lat=106.0), "range"),
        (row(2, "a", kind="gauge", interval_s=0.0), "range"),
        (row(2, "a", kind="gauge", properties={"level": {"min": 5, "max": 1}}), "schema"),
        (row(2, "a", kind="gauge\n"), "schema"),
        (StationRow(2, "a", {}, "the geometry is a Polygon, not a Point"), "Polygon"),
    ],
)
def test_a_row_that_no_station_could_send_is_refused_with_the_reason(bad: StationRow, said: str) -> None:
    (_, report), descriptions = plan_import("s", [row(1, "ok", kind="gauge"), bad], {})
    assert report.fate is Fate.REFUSED
    assert said in (report.detail or "")
    assert [d.station.station for d in descriptions] == ["ok"]


def test_of_rows_with_the_same_code_none_is_taken() -> None:
    reports, descriptions = plan_import("s", [row(1, "a", kind="x"), row(2, "a", kind="y"), row(3, "b", kind="z")], {})
    assert [report.fate for report in reports] == [Fate.REFUSED, Fate.REFUSED, Fate.ADDED]
    assert "2 rows" in (reports[0].detail or "")
    assert len(descriptions) == 1
