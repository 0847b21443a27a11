import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.domain.station import PropertyDescription, SourceStatus, StationDescription
from ioc.ingest.decode import MAX_BYTES, MAX_ITEMS, Item, decode
from ioc.ingest.outcome import Reason, Rejection
from tests.support.examples import NOW, at

OBS, SERIES, POS = "ioc/v1/hydro/obs/dap-cau", "ioc/v1/hydro/obs/dap-cau/water_level", "ioc/v1/buses/pos/bus-1"
EVENT, STATION, STATUS = "ioc/v1/egov/event/dossier", "ioc/v1/hydro/station/dap-cau", "ioc/v1/hydro/status"
LEVEL = SeriesKey("hydro", "dap-cau", "water_level")
RAIN = SeriesKey("hydro", "dap-cau", "rain")


def told(topic: str, message: Any) -> list[Item | Rejection]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return decode(topic, payload, arrived=NOW)


def reasons(topic: str, message: Any) -> list[Reason | None]:
    """The reason of each item of the message, None where it is accepted; every detail can be shown and stored."""
    found = []
    for item in told(topic, message):
        if isinstance(item, Rejection):
            assert "\0" not in item.detail
            assert 0 < len(item.detail) <= 300
        found.append(item.reason if isinstance(item, Rejection) else None)
    return found


def event(**changed: Any) -> ServiceEvent:
    return replace(ServiceEvent(source="egov", id="1", type="dossier", time=NOW), **changed)


LATER = "2026-11-22T05:00:10Z"
FORMS: list[tuple[str, Any, list[Item]]] = [
    (SERIES, 4.5, [Observation(LEVEL, NOW, 4.5)]),
    (SERIES, b" -4e0\n", [Observation(LEVEL, NOW, -4.0)]),
    (SERIES, {"value": 4}, [Observation(LEVEL, NOW, 4.0)]),
    (SERIES, {"time": LATER, "value": 4.5, "quality": "good"}, [Observation(LEVEL, at(10), 4.5)]),
    (SERIES, {"time": at(10).timestamp() * 1000, "value": 4.5}, [Observation(LEVEL, at(10), 4.5)]),
    (SERIES, [1, {"time": LATER, "value": 2}], [Observation(LEVEL, NOW, 1), Observation(LEVEL, at(10), 2)]),
    (OBS, {"time": LATER, "values": {"water_level": 4.5, "rain": 0}}, [Observation(LEVEL, at(10), 4.5), Observation(RAIN, at(10), 0)]),
    (OBS, {"water_level": 4.5}, [Observation(LEVEL, NOW, 4.5)]),
    (OBS, {"time": None, "rain": 1}, [Observation(RAIN, NOW, 1)]),
    (OBS, {"values": 7}, [Observation(LEVEL._replace(property="values"), NOW, 7)]),
    (OBS, [{"rain": 1}, {"time": LATER, "values": {"rain": 2}}], [Observation(RAIN, NOW, 1), Observation(RAIN, at(10), 2)]),
    (POS, {"lon": 106.2, "lat": 21.3}, [Position(StationKey("buses", "bus-1"), NOW, 106.2, 21.3)]),
    (
        POS,
        [{"lon": -180, "lat": 90, "speed": 40, "heading": 360, "time": LATER, "driver": "x"}],
        [Position(StationKey("buses", "bus-1"), at(10), -180, 90, 40, 360)],
    ),
    (EVENT, {"id": "1"}, [event()]),
    (EVENT, [{"id": "1", "extra": 1}, {"id": "Đ-2", "time": LATER}], [event(), event(id="Đ-2", time=at(10))]),
    (
        EVENT,
        {"id": "1", "subject": "Nguyễn", "unit": "07207", "lon": 106, "lat": 21, "data": {"amount": 9, "of": [None, "đ"]}},
        [event(subject="Nguyễn", unit_code="07207", lon=106, lat=21, data='{"amount":9,"of":[null,"đ"]}')],
    ),
    (STATION, {"name": "Đáp Cầu", "kind": "river_gauge"}, [StationDescription(StationKey("hydro", "dap-cau"), "Đáp Cầu", "river_gauge")]),
    (
        STATION,
        {"name": "n", "kind": "k", "lon": 1, "lat": 2, "interval_s": 60, "properties": {"rain": {"unit": "mm/h", "name": "Mưa", "min": 0}}},
        [StationDescription(StationKey("hydro", "dap-cau"), "n", "k", 1, 2, {"rain": PropertyDescription("mm/h", "Mưa", 0, None)}, 60)],
    ),
    (
        OBS,
        [{"bn": "dap-cau/", "bt": 1795323600, "n": "rain", "v": 1}, {"n": "rain", "t": 10, "v": 2}],
        [Observation(RAIN, NOW, 1), Observation(RAIN, at(10), 2)],
    ),
    (
        POS,
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [106.2, 21.3]}, "properties": {"time": LATER}},
        [Position(StationKey("buses", "bus-1"), at(10), 106.2, 21.3)],
    ),
    (EVENT, {"specversion": "1.0", "id": "1", "source": "egov", "type": "dossier", "data": {"a": 1}}, [event(data='{"a":1}')]),
    (STATUS, b"online", [SourceStatus("hydro", online=True)]),
    (STATUS, b' "Offline" \n', [SourceStatus("hydro", online=False)]),
    (STATUS, b"stopped", [SourceStatus("hydro", online=False, is_planned=True)]),
    ("ioc/v1/hydro/feedback", b"\xff what we said ourselves", []),
]


@pytest.mark.parametrize(("topic", "message", "items"), FORMS)
def test_every_form_of_the_contract(topic: str, message: Any, items: list[Item]) -> None:
    assert told(topic, message) == items


NOT_READABLE = {
    "empty": b"",
    "not JSON": b"{water_level: 4}",
    "cut off": b'{"water_level": 4',
    "two values": b"1 2",
    "not UTF-8": b'{"water_level\xff": 4}',
    "byte order mark": b"\xef\xbb\xbf4",
    "NaN": b'{"water_level": NaN}',
    "NaN among numbers": b"[1, NaN, 2]",
    "lone surrogate": b'{"\\ud800": 1}',
    "nested 1,000 deep": b"[" * 1000 + b"]" * 1000,
    "nested 500,000 deep": b"[" * 500_000 + b"]" * 500_000,
    "objects 1,000 deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "a number of 5,000 digits": b"1" * 5000,
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("topic", [OBS, SERIES, POS, EVENT, STATION])
@pytest.mark.parametrize("payload", NOT_READABLE.values(), ids=NOT_READABLE.keys())
def test_message_that_cannot_be_read_is_rejected_as_a_whole(topic: str, payload: bytes) -> None:
    (rejection,) = told(topic, payload)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.item) == (Reason.PAYLOAD, None)


@pytest.mark.parametrize("depth", [*range(60, 70), 330, 470, 490, *range(960, 1000)])
def test_no_depth_of_nesting_raises(depth: int) -> None:
    """A little below the interpreter's own limit reading succeeds and whatever walks the value after it may not."""
    deep = b"[" * depth + b'"\\u0000"' + b"]" * depth
    for topic, payload in [
        (OBS, deep),
        (SERIES, b'{"value":1,"time":%b}' % deep),
        (POS, b'{"lon":1,"lat":1,"time":%b}' % deep),
        (EVENT, b'{"id":"1","data":%b}' % deep),
        (EVENT, b'{"id":"1","time":%b}' % deep),
        (STATION, b'{"name":"n","kind":"k","x":%b}' % deep),
    ]:
        assert len(told(topic, payload)) == 1


@pytest.mark.parametrize(
    ("topic", "message", "expected"),
    [
        (SERIES, b"1e999", [Reason.VALUE]),
        (SERIES, b"[1, 1e999, -1e999]", [None, Reason.VALUE, Reason.VALUE]),
        (SERIES, b"[1, %b]" % (b"9" * 400), [None, Reason.VALUE]),
        (SERIES, ["4", None, True, [4], 4], [Reason.VALUE] * 4 + [None]),
        (SERIES, {"time": LATER}, [Reason.SCHEMA]),
        (SERIES, [], [Reason.SCHEMA]),
        (SERIES, [{"value": 1, "time": "noon"}, {"value": 1, "time": "2026-11-22T05:00:00"}], [Reason.TIME] * 2),
        (SERIES, b'{"value": 1, "time": 1e999}', [Reason.TIME]),
        (SERIES, {"value": 1, "time": "0001-01-01T00:00:00+14:00"}, [Reason.TIME]),
        (SERIES, {"value": 1, "time": "9999-12-31T23:59:59-14:00"}, [Reason.TIME]),
        (OBS, 4, [Reason.SCHEMA]),
        (OBS, "text", [Reason.SCHEMA]),
        (OBS, {}, [Reason.SCHEMA]),
        (OBS, {"time": LATER}, [Reason.SCHEMA]),
        (OBS, {"values": {}}, [Reason.SCHEMA]),
        (OBS, [{"rain": 1}, 4, {"water_level": 2}], [None, Reason.SCHEMA, None]),
        (OBS, [{"rain": 1, "water_level": 3}, {"rain": 2}], [Reason.TIME, None, Reason.TIME]),
        (OBS, [{"bver": 11, "n": "rain", "v": 1}], [Reason.SCHEMA]),
        (OBS, [{"n": "rain", "vs": "much"}, {"n": "rain", "v": 2}], [Reason.VALUE, None]),
        (SERIES, [1, 2], [Reason.TIME] * 2),
        (SERIES, [1, "x", 2, {"time": LATER, "value": 3}], [Reason.TIME, Reason.VALUE, Reason.TIME, None]),
        (OBS, {"rain": 1, "../../x": 2, "a\u0000": 3, "-a": 4, "": 5, "x" * 65: 6}, [None, *[Reason.SCHEMA] * 5]),
        (OBS, {"rain": 1, "status": "ok"}, [None, Reason.VALUE]),
        (OBS, {"time": "?", "values": {"rain": 1, "water_level": 2}}, [Reason.TIME] * 2),
        (POS, {"lon": 106}, [Reason.SCHEMA]),
        (POS, {"lon": "106", "lat": 21}, [Reason.SCHEMA]),
        (POS, {"lon": 181, "lat": 21}, [Reason.RANGE]),
        (POS, b'{"lon": 1e999, "lat": 21}', [Reason.RANGE]),
        (POS, {"lon": 10**400, "lat": 21}, [Reason.SCHEMA]),
        (POS, {"lon": 106, "lat": 21, "speed": -1}, [Reason.RANGE]),
        (POS, {"lon": 106, "lat": 21, "heading": 361}, [Reason.RANGE]),
        (POS, [{"lon": 106, "lat": 21}, [106, 21], {"lon": 0, "lat": 91}], [None, Reason.SCHEMA, Reason.RANGE]),
        (EVENT, {}, [Reason.SCHEMA]),
        (EVENT, {"id": 1}, [Reason.SCHEMA]),
        (EVENT, {"id": ""}, [Reason.SCHEMA]),
        (EVENT, {"id": "a\u0000b"}, [Reason.SCHEMA]),
        (EVENT, {"id": "1", "subject": "x" * 257}, [Reason.SCHEMA]),
        (EVENT, {"id": "1", "lon": 106}, [Reason.SCHEMA]),
        (EVENT, {"id": "1", "lon": 106, "lat": -91}, [Reason.RANGE]),
        (EVENT, {"id": "1", "data": {"a": ["\u0000"]}}, [Reason.PAYLOAD]),
        (EVENT, {"id": "1", "data": {"\u0000": 1}}, [Reason.PAYLOAD]),
        (EVENT, b'{"id": "1", "data": {"a": 1e999}}', [Reason.VALUE]),
        (EVENT, [{"id": "1"}, 2, {"id": "3"}], [None, Reason.SCHEMA, None]),
        (STATION, {"name": "n"}, [Reason.SCHEMA]),
        (STATION, [{"name": "n", "kind": "k"}], [Reason.SCHEMA]),
        (STATION, {"name": "a\nb", "kind": "k"}, [Reason.SCHEMA]),
        (STATION, {"name": "n", "kind": "k", "lon": 200, "lat": 0}, [Reason.RANGE]),
        (STATION, {"name": "n", "kind": "k", "interval_s": 0}, [Reason.RANGE]),
        (STATION, {"name": "n", "kind": "k", "interval_s": 1e300}, [Reason.RANGE]),
        (STATION, b'{"name": "n", "kind": "k", "interval_s": 1e999}', [Reason.RANGE]),
        (STATION, {"name": "n", "kind": "k", "properties": {"../x": {}}}, [Reason.SCHEMA]),
        (STATION, {"name": "n", "kind": "k", "properties": {"rain": 4}}, [Reason.SCHEMA]),
        (STATION, {"name": "n", "kind": "k", "properties": {"rain": {"min": 2, "max": 1}}}, [Reason.SCHEMA]),
        (STATION, b'{"name": "n", "kind": "k", "properties": {"rain": {"max": 1e999}}}', [Reason.VALUE]),
        (STATUS, b"on", [Reason.PAYLOAD]),
        (STATUS, b"", [Reason.PAYLOAD]),
        (STATUS, b"\xff\xfe", [Reason.PAYLOAD]),
        (STATUS, b"online" + b" " * 40 + b"or not", [Reason.PAYLOAD]),
    ],
)
def test_bad_items_have_their_reason_and_good_ones_of_the_same_message_stay(
    topic: str, message: Any, expected: list[Reason | None]
) -> None:
    assert reasons(topic, message) == expected


def test_rejection_says_which_item_it_was() -> None:
    rejections = [item for item in told(SERIES, [1, "x", {"time": LATER, "value": 2}, None]) if isinstance(item, Rejection)]
    assert [(r.item, r.detail) for r in rejections] == [(1, "value 'x' is not a number"), (3, "value null is not a number")]


def test_topic_is_judged_before_the_payload_is_read() -> None:
    assert reasons("ioc/v1/hydro/obs/../x", b"\xff") == [Reason.TOPIC]
    assert reasons("ioc/v1/hydro/obs/a\0", b"1") == [Reason.TOPIC]


def test_message_of_a_mebibyte_is_read_and_one_byte_more_is_not() -> None:
    assert reasons(SERIES, b"4" + b" " * (MAX_BYTES - 1)) == [None]
    assert reasons(SERIES, b"4" + b" " * MAX_BYTES) == [Reason.SIZE]
    assert reasons("\0", b"x" * 2 * MAX_BYTES) == [Reason.SIZE]
    assert reasons(STATUS, b"online" + b" " * (MAX_BYTES - 6)) == [None]


def test_message_of_ten_thousand_items_is_read_and_one_more_is_not() -> None:
    assert reasons(SERIES, [{"time": LATER, "value": 1}] * MAX_ITEMS) == [None] * 10_000
    assert reasons(SERIES, [1] * (MAX_ITEMS + 1)) == [Reason.SIZE]
    timed = {"time": LATER, "values": {"a": 1, "b": 2}}
    assert reasons(OBS, [timed] * 5000) == [None] * 10_000
    assert reasons(OBS, [timed] * 5001) == [Reason.SIZE]


def test_time_of_1970_is_decoded_and_left_to_the_checks() -> None:
    (item,) = told(SERIES, {"value": 1, "time": "1970-01-01T00:00:00Z"})
    assert item == Observation(LEVEL, datetime(1970, 1, 1, tzinfo=UTC), 1)


@pytest.mark.parametrize("arrived", [NOW, NOW + timedelta(days=400)])
def test_item_without_a_time_has_that_of_its_arrival(arrived: datetime) -> None:
    assert decode(SERIES, b"1", arrived=arrived) == [Observation(LEVEL, arrived, 1)]
