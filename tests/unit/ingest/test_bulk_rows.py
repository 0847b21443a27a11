"""Rows of each format become the same items, for the same reasons as messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.errors import BadInput
from ioc.ingest.bulk_portion import Portion
from ioc.ingest.bulk_rows import RowReader, Told, Unreadable, check_columns
from ioc.ingest.decode import decode
from ioc.ingest.outcome import Reason, Rejection
from tests.support.examples import NOW
from tests.support.history import FORMATS, items, read

LONG_AGO = datetime(2011, 3, 1, 23, 59, 59, 123456, tzinfo=UTC)
READING = {"source": "hydro", "station": "luc-nam", "property": "level", "time": LONG_AGO, "value": 4.25}
EVENT = {
    "source": "egov",
    "type": "dossier.received",
    "id": "1",
    "time": LONG_AGO,
    "subject": "H01",
    "unit": "07759",
    "lon": 106.5,
    "lat": 21.5,
    "data": {"field": "land"},
}
POSITION = {"source": "bus", "station": "98B", "time": LONG_AGO, "lon": 106.5, "lat": 21.25, "speed": 31.5, "heading": 90.0}
LEVEL = SeriesKey("hydro", "luc-nam", "level")


def one(row: Any, told: Told | None = None, *, is_text: bool = False) -> Any:
    """What one row becomes."""
    portion = Portion(NOW)
    RowReader(told or Told(), is_text=is_text).take(7, row, portion)
    (decoded,) = portion
    assert decoded.message.mid == 7
    return decoded.items[0]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("row", "item"),
    [
        (READING, Observation(LEVEL, LONG_AGO, 4.25)),
        (EVENT, ServiceEvent("egov", "1", "dossier.received", LONG_AGO, "H01", "07759", 106.5, 21.5, '{"field":"land"}')),
        (POSITION, Position(StationKey("bus", "98B"), LONG_AGO, 106.5, 21.25, 31.5, 90.0)),
    ],
    ids=["reading", "event", "position"],
)
def test_row_of_each_format_is_the_same_item(name: str, row: dict[str, Any], item: object, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[name]([row, row]))
    assert items(read(path)) == [item, item]


@pytest.mark.parametrize("name", FORMATS)
def test_bad_row_between_good_ones_has_its_number_and_reason(name: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [READING, READING | {"station": "a/b"}, READING | {"value": None}, READING | {"time": None}, READING]
    path = tmp_path / name
    path.write_bytes(FORMATS[name](rows))
    found = items(read(path))
    assert [item.reason if isinstance(item, Rejection) else None for item in found] == [
        None,
        Reason.TOPIC,
        Reason.SCHEMA,
        Reason.TIME,
        None,
    ]
    assert [number for portion in read(path) for number, _ in portion.rejections()] == [2, 3, 4]


@pytest.mark.parametrize("name", FORMATS)
def test_wide_table_has_a_reading_for_each_filled_cell(name: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"time": LONG_AGO, "pm25": 12.5, "pm10": 30.0},
        {"time": LONG_AGO + timedelta(hours=1), "pm25": None, "pm10": 31.0},
    ]
    path = tmp_path / name
    path.write_bytes(FORMATS[name](rows))
    found = items(read(path, Told(source="air", station="s1", is_wide=True)))
    assert {(item.series.property, item.value) for item in found} == {("pm25", 12.5), ("pm10", 30.0), ("pm10", 31.0)}
    assert len(found) == 3


@pytest.mark.parametrize("name", FORMATS)
def test_time_without_an_offset_is_of_the_told_zone(name: str, tmp_path: Path) -> None:
    naive = READING | {"time": datetime(2011, 3, 1, 7, 0)}  # noqa: DTZ001
    path = tmp_path / name
    path.write_bytes(FORMATS[name]([naive]))
    (item,) = items(read(path, Told.of(None, None, None, "Asia/Ho_Chi_Minh", is_wide=False)))
    assert item == Observation(LEVEL, datetime(2011, 3, 1, tzinfo=UTC), 4.25)


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.csv"])
def test_time_without_an_offset_is_refused_where_no_zone_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[name]([READING | {"time": "2011-03-01T07:00:00"}]))
    (item,) = items(read(path))
    assert item == Rejection(Reason.TIME, "time '2011-03-01T07:00:00' has no offset: add Z or +07:00", 0)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrows", "rows.feather"])
def test_column_of_times_without_a_zone_is_refused_where_none_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[name]([READING | {"time": datetime(2011, 3, 1, 7, 0)}]))  # noqa: DTZ001
    with pytest.raises(BadInput, match="without a time zone: tell the zone, such as Asia/Ho_Chi_Minh"):
        read(path)


@pytest.mark.parametrize("told", [1298937600, 1298937600.0, 1298937600000, "1298937600", "2011-03-01T07:00:00+07:00", "2011-03-01 00:00Z"])
def test_time_is_told_as_on_topics_and_in_text_as_digits_too(told: Any) -> None:
    assert one(READING | {"time": told}, is_text=True).time == datetime(2011, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("told", ["20110301", "yesterday", True, [1], {"at": 1}, 1e300, "9" * 400])
def test_what_is_no_time_is_told(told: Any) -> None:
    assert one(READING | {"time": told}, is_text=True).reason is Reason.TIME


@pytest.mark.parametrize("value", ["4,25", "1_000", "inf", "1e999", "four"])
def test_text_that_is_no_finite_number_is_told(value: str) -> None:
    assert one(READING | {"value": value}, is_text=True).reason is Reason.VALUE


@pytest.mark.parametrize("value", ["", " ", "NaN", "nan", float("nan")])
def test_cell_that_states_nothing_is_told_as_missing(value: Any) -> None:
    assert one(READING | {"value": value}, is_text=True) == Rejection(Reason.SCHEMA, "value is missing: the object has 'time'", 0)


def test_wide_table_names_the_column_of_a_bad_cell_and_takes_what_states_nothing_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("time,pm25,pm10\n2011-03-01T00:00:00Z,NaN,x\n")
    assert items(read(path, Told("air", "s1", is_wide=True))) == [Rejection(Reason.VALUE, "pm10: value 'x' is not a number", 0)]


def test_comma_in_a_number_is_the_decimal_mark_where_semicolons_separate(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("source;station;property;time;value\nhydro;luc-nam;level;2011-03-01T00:00:00Z;4,25\n")
    assert items(read(path)) == [Observation(LEVEL, datetime(2011, 3, 1, tzinfo=UTC), 4.25)]
    path.write_text("time;level;rain\n2011-03-01T00:00:00Z;-4,25;1.5\n")
    found = items(read(path, Told("hydro", "luc-nam", is_wide=True)))
    assert [(item.series.property, item.value) for item in found] == [("level", -4.25), ("rain", 1.5)]


@pytest.mark.parametrize("value", [True, "4.25", [4], {"v": 1}, 10**400])
def test_value_of_a_json_row_is_a_number(value: Any) -> None:
    assert one(READING | {"value": value}).reason is Reason.VALUE


def test_names_that_a_row_lacks_are_those_that_are_told() -> None:
    told = Told("hydro", "luc-nam", "level")
    assert one({"time": LONG_AGO.isoformat(), "value": 4.25}, told) == Observation(LEVEL, LONG_AGO, 4.25)
    assert one(READING | {"time": LONG_AGO.isoformat()}, Told("other", "other", "other")) == Observation(LEVEL, LONG_AGO, 4.25)


@pytest.mark.parametrize(
    "row",
    [
        READING | {"value": "x"},
        READING | {"time": "never"},
        {**READING, "time": ""},
        READING | {"station": "é" * 70},
        EVENT | {"lon": 500},
        EVENT | {"data": {"n": float("inf")}},
        EVENT | {"lon": float("inf"), "lat": float("inf")},
        POSITION | {"speed": -1},
        {key: value for key, value in POSITION.items() if key != "time"},
    ],
)
def test_message_of_a_bad_row_is_bad_when_it_is_replayed(row: dict[str, Any]) -> None:
    portion = Portion(NOW)
    RowReader(Told()).take(1, row, portion)
    (decoded,) = portion
    (again,) = decode(decoded.message.topic, decoded.message.payload, arrived=NOW)
    assert isinstance(again, Rejection)
    assert isinstance(decoded.items[0], Rejection)
    assert again.reason is decoded.items[0].reason


def test_names_of_a_row_do_not_depend_on_the_rows_before_it() -> None:
    reader, portion = RowReader(Told(station="luc-nam")), Portion(NOW)
    stations = ["", 0, 1, True, 1.0, None, 0]
    for number, station in enumerate(stations):
        reader.take(number, READING | {"station": station}, portion)
    for number, station in enumerate(stations):
        (found,) = [d.items[0] for d in portion if d.message.mid == number]
        alone = one(READING | {"station": station}, Told(station="luc-nam"))
        assert found == alone, f"row {number}: {station!r}"


def test_row_of_no_kind_says_what_it_lacks() -> None:
    rejection = one({"source": "s", "colour": "red"})
    assert rejection.reason is Reason.SCHEMA
    assert "this one has 'source, colour'" in rejection.detail


def test_row_that_could_not_be_read_keeps_its_bytes() -> None:
    portion = Portion(NOW)
    RowReader(Told(source="hydro")).take(3, Unreadable((b"{", Rejection(Reason.PAYLOAD, "not JSON"))), portion)
    (decoded,) = portion
    assert (decoded.message.topic, decoded.message.payload, decoded.message.mid) == ("ioc/v1/hydro/obs", b"{", 3)


def test_reading_taken_out_of_a_portion_is_its_message() -> None:
    portion = Portion(NOW)
    for number in range(5):
        RowReader(Told()).take(number, READING | {"value": float(number), "station": "ab"[number % 2]}, portion)
    assert len(portion) == 5
    assert [d.message.mid for half in (portion[:2], portion[2:]) for d in half] == [d.message.mid for d in portion]
    assert msgspec.json.decode(portion[4].message.payload) == {"time": "2011-03-01T23:59:59.123456Z", "value": 3.0}
    assert portion[-1].items == portion[4].items


def test_portion_is_taken_apart_by_time_the_oldest_first() -> None:
    portion = Portion(NOW)
    reader = RowReader(Told())
    for number, row in enumerate([READING, EVENT, READING | {"value": "x"}, POSITION]):
        for days in (400, 0, 1):
            reader.take(3 * number + days % 3, row | {"time": LONG_AGO + timedelta(days=days)}, portion)
    spans = portion.by_span()
    assert [len(span) for span in spans] == [6, 6]
    assert sorted(d.message.mid for span in spans for d in span) == sorted(d.message.mid for d in portion)
    times = [[item.time for item in items([span]) if not isinstance(item, Rejection)] for span in spans]
    assert max(times[0]) - min(times[0]) == timedelta(days=1)
    assert min(times[1]) > max(times[0])
    assert [len(span.rejections()) for span in spans] == [0, 3]


@pytest.mark.parametrize(
    ("columns", "told", "words"),
    [
        (["time", "value"], Told(), "for readings it lacks source, station, property"),
        (["time", "value"], Told(source="s", station="x"), "for readings it lacks property"),
        ([], Told(), "for events it lacks source, type, id, time"),
        (["time"], Told(source="s", station="x", is_wide=True), "a wide file needs source, station, time and one for each property"),
        (["pm10"], Told(source="s", station="x", is_wide=True), "a wide file needs"),
    ],
)
def test_file_without_the_columns_it_needs_says_which(columns: list[str], told: Told, words: str) -> None:
    with pytest.raises(BadInput, match="has the columns") as caught:
        check_columns("rows.csv", columns, told)
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a/b", None, None, None, False), "name 'a/b' is not"),
        ((None, None, None, "Hanoi", False), "'Hanoi' is not a time zone such as Asia/Ho_Chi_Minh"),
        ((None, None, None, "../etc/passwd", False), "is not a time zone"),
        ((None, None, "level", None, True), "do not tell property level as well"),
    ],
)
def test_what_is_told_wrong_is_refused(words: tuple[Any, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Told.of(*words[:4], is_wide=words[4])
