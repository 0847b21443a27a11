from datetime import UTC, datetime
from typing import Any

import pytest

from ioc.domain.observation import Observation, SeriesKey
from ioc.ingest.formats import senml
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW, at
from tests.support.formats import details, judged

OBS = "ioc/v1/hydro/obs/dap-cau"
T = 1795323600  # 2026-11-22T05:00:00Z
BAD = pytest.mark.parametrize("bad", ["1", True, [1], {"a": 1}, float("inf"), float("nan")])


def of(prop: str, value: float, time: datetime = NOW) -> Observation:
    return Observation(SeriesKey("hydro", "dap-cau", prop), time, value)


def told(*records: Any) -> Any:
    return judged(OBS, list(records))


def test_pack_with_base_fields_is_resolved() -> None:
    records = [
        {"bn": "dap-cau/", "bt": T, "bu": "m", "bver": 10, "n": "water_level", "u": "m", "v": 4.5, "ut": 60},
        {"n": "water_level", "t": 10, "v": 4.6},
        {"n": "rain", "u": "mm/h", "t": 20.5, "v": 0},
    ]
    assert told(*records) == [of("water_level", 4.5), of("water_level", 4.6, at(10)), of("rain", 0, at(20.5))]


def test_example_of_the_standard_counts_back_from_its_base_time() -> None:
    base = {"bn": "urn:dev:ow:10e2073a0108006:", "bt": 1.276020076001e9, "bu": "A", "bver": 5}
    assert told(base | {"n": "voltage", "u": "V", "v": 120.1}) is Reason.SCHEMA
    (first, second) = judged(
        "ioc/v1/s/obs/urn:dev:ow:10e2073a0108006", [base | {"bver": 10, "n": "voltage", "v": 120.1}, {"n": "current", "t": -5, "v": 1.2}]
    )
    assert first == Observation(SeriesKey("s", "urn:dev:ow:10e2073a0108006", "voltage"), datetime(2010, 6, 8, 18, 1, 16, 1000, UTC), 120.1)
    assert (second.series.property, second.time) == ("current", datetime(2010, 6, 8, 18, 1, 11, 1000, UTC))


def test_base_fields_hold_until_they_are_told_anew() -> None:
    records = [{"bn": "a", "bt": T, "bv": 100, "v": 1}, {"v": 2}, {"bn": "b", "bv": 0, "v": 3}, {"bt": T + 10, "v": 4}]
    assert told(*records) == [of("a", 101), of("a", 102), of("b", 3), of("b", 4, at(10))]


@pytest.mark.parametrize(
    ("base", "name", "prop"),
    [
        ("dap-cau/", "rain", "rain"),
        ("dap-cau:", "rain", "rain"),
        ("", "dap-cau/rain", "rain"),
        ("dap-cau:gauge:", "rain", "gauge:rain"),
        ("dap-cau/dap-cau:", "rain", "dap-cau:rain"),
        ("dap-cau-2:", "rain", "dap-cau-2:rain"),
        ("urn:dev:ow:1:", "rain", "urn:dev:ow:1:rain"),
        ("ra", "in", "rain"),
        ("dap-cau", "", "dap-cau"),
    ],
)
def test_property_is_the_resolved_name_without_the_station(base: str, name: str, prop: str) -> None:
    assert told({"bn": base, "n": name, "v": 1}) == [of(prop, 1)]


@pytest.mark.parametrize("name", ["", "dap-cau/", "dap-cau/a/b", "/3303/0/5700", "a b", "x" * 65])
def test_name_that_cannot_be_a_property_is_rejected(name: str) -> None:
    assert told({"n": name, "v": 1}, {"n": "rain", "v": 2}) == [Reason.SCHEMA, of("rain", 2)]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0, NOW),
        (-5, at(-5)),
        (2**28 - 1, at(2**28 - 1)),
        (2**28, datetime(1978, 7, 4, 21, 24, 16, tzinfo=UTC)),
        (T, NOW),
        (1e300, Reason.TIME),
        (-1e300, Reason.TIME),
        (10**400, Reason.TIME),
    ],
)
def test_time_below_2_to_the_28_is_relative_to_now(time: float, expected: Any) -> None:
    (found,) = told({"n": "rain", "v": 1, "t": time})
    assert (found.time if isinstance(found, Observation) else found) == expected


def test_time_is_kept_in_utc() -> None:
    (found,) = told({"n": "rain", "v": 1, "t": T})
    assert found.time.tzinfo is UTC


def test_boolean_is_one_or_zero_and_base_value_is_not_added_to_it() -> None:
    assert told({"bn": "door", "bv": 7, "vb": True}, {"vb": False}) == [of("door", 1), of("door", 0)]
    assert told({"n": "door", "vb": 1}) == [Reason.VALUE]


@pytest.mark.parametrize(("field", "word"), [("vs", "text"), ("vd", "binary")])
def test_text_and_binary_values_are_rejected_and_say_so(field: str, word: str) -> None:
    records = [{"n": "state", field: "b3Blbg"}, {"n": "rain", "v": 1}]
    assert told(*records) == [Reason.VALUE, of("rain", 1)]
    assert details(OBS, records) == [f"{field} is a {word} value; only numbers (v) and booleans (vb) are kept"]


def test_sum_is_a_series_of_its_own() -> None:
    assert told({"n": "energy", "s": 12.5}) == [of("energy.sum", 12.5)]
    assert told({"n": "power", "v": 3, "s": 12.5}) == [of("power", 3), of("power.sum", 12.5)]
    assert told({"bn": "power", "bs": 100, "v": 3, "s": 1}, {"v": 4}) == [
        of("power", 3),
        of("power.sum", 101),
        of("power", 4),
        of("power.sum", 100),
    ]


def test_base_value_alone_is_the_value() -> None:
    assert told({"bn": "rain", "bv": 20, "t": -5}, {"t": -1}) == [of("rain", 20, at(-5)), of("rain", 20, at(-1))]


def test_record_of_base_fields_only_states_nothing() -> None:
    assert told({"bn": "dap-cau/", "bt": T}, {"n": "rain", "v": 1}) == [of("rain", 1)]
    assert told({"bn": "dap-cau/", "bt": T}) is Reason.SCHEMA


@pytest.mark.parametrize(
    "record",
    [{"n": "rain"}, {"n": "rain", "t": 5}, {"n": "rain", "v": 1, "vb": True}, {"n": "a", "v": 1, "must_": 2}, 7, {"n": 7}, {"u": 1}],
)
def test_record_that_is_not_one_is_rejected_alone(record: Any) -> None:
    assert told({"n": "rain", "v": 1}, record, {"n": "rain", "v": 2}) == [of("rain", 1), Reason.SCHEMA, of("rain", 2)]


def test_field_that_nobody_knows_is_left_aside() -> None:
    assert told({"n": "rain", "v": 1, "colour": "blue"}) == [of("rain", 1)]


@BAD
def test_number_that_is_none_is_rejected_alone(bad: Any) -> None:
    ok = {"n": "rain", "v": 1}
    assert told(ok, ok | {"v": bad}, {"n": "rain", "s": bad}, ok | {"t": bad}) == [of("rain", 1), Reason.VALUE, Reason.VALUE, Reason.TIME]


@BAD
def test_base_field_that_cannot_be_read_spoils_the_pack(bad: Any) -> None:
    ok = {"n": "rain", "v": 1}
    assert told(ok, ok | {"bv": bad}) is Reason.VALUE
    assert told(ok, ok | {"bs": bad}) is Reason.VALUE
    assert told(ok, ok | {"bt": bad}) is Reason.TIME
    assert told(ok, ok | {"bver": bad}) is Reason.SCHEMA


@pytest.mark.parametrize(
    "record", [{"bn": 1, "n": "x", "v": 1}, {"bu": 1, "n": "x", "v": 1}, {"bver": 9, "n": "x", "v": 1}, {"bver": 11, "n": "x", "v": 1}]
)
def test_base_field_of_another_type_or_version_spoils_the_pack(record: Any) -> None:
    assert told({"n": "rain", "v": 1}, record) is Reason.SCHEMA


def test_value_that_its_base_carries_out_of_range_is_rejected() -> None:
    assert told({"bn": "a", "bv": 1.5e308, "v": 1.5e308}) == [Reason.VALUE]


def test_lone_record_is_a_pack_of_one() -> None:
    assert judged(OBS, {"n": "rain", "v": 1}) == [of("rain", 1)]


@pytest.mark.parametrize("body", [4, "n", None, [], {}, [4], {"n": 4}, {"rain": 1}, [{"v": 230, "t": 21}], {"time": 1, "values": {"n": 1}}])
def test_our_own_payloads_are_not_senml(body: Any) -> None:
    assert not senml.recognises(body)


def test_senml_belongs_on_topics_of_stations() -> None:
    assert judged(f"{OBS}/rain", [{"n": "rain", "v": 1}]) is None
