"""Whatever arrives is accepted or rejected with a reason of the closed list, and what is accepted can be stored."""

import json
import unicodedata
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import msgspec
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.domain.station import PropertyDescription, StationDescription
from ioc.ingest.decode import Item, decode
from ioc.ingest.formats import foreign_parts
from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.topics import Topic, parse_topic
from tests.support.examples import NOW

names = st.from_regex(r"[A-Za-z0-9Đđầ][\w.:-]{0,20}", fullmatch=True).filter(lambda name: unicodedata.is_normalized("NFC", name))
kinds = st.sampled_from(["obs", "pos", "event", "station", "status", "feedback", "other"])
good_topics = st.builds(lambda kind, source, rest: "/".join(["ioc", "v1", source, kind, *rest]), kinds, names, st.lists(names, max_size=2))
topics = good_topics | st.text() | st.lists(st.text() | names, max_size=6).map("/".join)
item_topics = st.sampled_from(["ioc/v1/s/obs/t", "ioc/v1/s/obs/t/p", "ioc/v1/s/pos/t", "ioc/v1/s/event/t"])

MEMBERS = "time value values lon lat speed heading id subject unit data name kind properties min max".split()  # noqa: SIM905 - reads better
numbers = st.floats(allow_nan=False, allow_infinity=False)
encodable = st.text(st.characters(codec="utf-8"))
telling = st.sampled_from([NOW.isoformat(), 1e308, 10**25, 1795323600])
scalars = st.none() | st.booleans() | st.integers() | numbers | encodable | telling
keys = st.sampled_from(MEMBERS) | encodable
documents = st.recursive(scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=6), max_leaves=20)
spoilt = st.sampled_from([b"1e999", b"NaN", b"-1e999", b'"\\ud800"', b'"\xff"', b'"\\u0000"'])
almost_json = st.builds(lambda told, bad: json.dumps(told).encode().replace(b"null", bad), documents, spoilt)
payloads = st.binary() | almost_json | st.text().map(lambda text: text.encode(errors="surrogatepass"))

texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=60)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def strings(value: Any) -> list[str]:
    """Every text inside a value, by whatever way."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for pair in value.items() for one in pair for text in strings(one)]
        case list() | tuple():
            return [text for one in value for text in strings(one)]
        case _:
            return []


def check_storable(item: Item) -> None:
    told = msgspec.to_builtins(item)
    data = told.pop("data", "null") if isinstance(told, dict) else "null"
    members = list(told.values()) if isinstance(told, dict) else told
    assert all(isfinite(number) for number in members if isinstance(number, float))
    assert all(unicodedata.is_normalized("NFC", text) for text in strings(members))
    for text in [*strings(members), *strings(json.loads(data))]:
        assert "\0" not in text
        assert text.encode()


@given(topic=topics, payload=payloads)
@example(topic="ioc/v1/s/event/t", payload=b'{"id":"1","data":"\\u0000"}')
@example(topic="ioc/v1/s/event/t", payload=b'{"id":"1","data":%b"\\u0000"%b}' % (b"[" * 500, b"]" * 500))
@example(topic="ioc/v1/s/obs/t/p", payload=b"[1e999, NaN]")
@example(topic="ioc/v1/s/event/t", payload='{"id":"\u0958"}'.encode())
def test_anything_ends_as_items_and_reasons(topic: str, payload: bytes) -> None:
    for number, item in enumerate(decode(topic, payload, arrived=NOW)):
        if isinstance(item, Rejection):
            assert item.reason in Reason
            assert item.item in (None, number)
            assert 0 < len(item.detail) <= 1000  # 80 characters of the message, each escaped, and our own words
            assert "\0" not in item.detail.encode().decode()
        else:
            check_storable(item)


@given(topic=item_topics, told=st.lists(documents, min_size=1, max_size=5))
def test_what_becomes_of_an_item_does_not_depend_on_its_neighbours(topic: str, told: list[Any]) -> None:
    """But for a neighbour of the same series without a time of its own, and for base fields of SenML."""
    parsed = parse_topic(topic)
    assume(isinstance(parsed, Topic) and foreign_parts(parsed, told, NOW) is None)

    def verdicts(told: list[Any]) -> list[Any]:
        found = decode(topic, json.dumps(told, allow_nan=False).encode(), arrived=NOW)
        return [(item.reason, item.detail) if isinstance(item, Rejection) else item for item in found]

    alone = [verdict for one in told for verdict in verdicts([one])]
    for found, expected in zip(verdicts(told), alone, strict=True):
        assert found == expected or (found[0] is Reason.TIME and "without a time" in found[1] and expected.time == NOW)


spelled_times = st.builds(
    lambda moment, mark, fraction, offset: f"{moment.year:04}-{moment:%m-%d}{mark}{moment:%H:%M:%S}{fraction}{offset}",
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.sampled_from([datetime.min, datetime.max]),  # noqa: DTZ001, DTZ901 - the zone follows
    st.sampled_from("Tt "),
    st.sampled_from(["", ".5", ".1234565", ".9999999", ".000000499", ",25"]),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+07:00", "+14:00", "-14:00", "+0700", "", "+07:00:30"]),
)
unix_times = st.sampled_from([1e11, -1e11, 1e300, 0, -0.0, 10**400]) | st.floats(0, 2e12) | st.integers(-(10**13), 10**13)


@given(rows=st.lists(st.tuples(spelled_times | unix_times | scalars, numbers | scalars), min_size=1, max_size=4))
def test_reading_is_the_same_on_the_topic_of_its_series_and_on_that_of_its_station(rows: list[tuple[Any, Any]]) -> None:
    def verdicts(topic: str, told: list[Any]) -> list[Any]:
        found = decode(topic, json.dumps(told).encode(), arrived=NOW)
        return [item.reason if isinstance(item, Rejection) else item for item in found]

    of_series = verdicts("ioc/v1/s/obs/t/p", [{"time": time, "value": value} for time, value in rows])
    assert of_series == verdicts("ioc/v1/s/obs/t", [{"time": time, "values": {"p": value}} for time, value in rows])


@given(series=st.builds(SeriesKey, names, names, names), rows=st.lists(st.tuples(times, numbers), min_size=1, max_size=5))
def test_observations_come_back_as_they_were_sent(series: SeriesKey, rows: list[tuple[datetime, float]]) -> None:
    source, station, prop = (unicodedata.normalize("NFC", name) for name in series)
    expected = [Observation(SeriesKey(source, station, prop), time, value) for time, value in rows]
    one_series = [{"time": time.isoformat(), "value": value} for time, value in rows]
    assert decode(f"ioc/v1/{source}/obs/{station}/{prop}", json.dumps(one_series).encode(), arrived=NOW) == expected
    whole_station = [{"time": time.isoformat(), "values": {prop: value}} for time, value in rows]
    assert decode(f"ioc/v1/{source}/obs/{station}", json.dumps(whole_station).encode(), arrived=NOW) == expected


@given(
    time=times,
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    speed=st.none() | st.floats(0, 2000),
    heading=st.none() | st.floats(0, 360),
)
def test_positions_come_back_as_they_were_sent(time: datetime, lon: float, lat: float, speed: float | None, heading: float | None) -> None:
    told = {"time": time.isoformat(), "lon": lon, "lat": lat, "speed": speed, "heading": heading}
    expected = Position(StationKey("buses", "b"), time, lon, lat, speed, heading)
    assert decode("ioc/v1/buses/pos/b", json.dumps(told).encode(), arrived=NOW) == [expected]


@given(event_id=texts, subject=st.none() | texts, time=times, told=st.dictionaries(texts, plain, max_size=4))
def test_events_come_back_as_they_were_sent(event_id: str, subject: str | None, time: datetime, told: dict[str, Any]) -> None:
    message = {"id": event_id, "subject": subject, "time": time.isoformat(), "data": told}
    (event,) = decode("ioc/v1/egov/event/dossier", json.dumps(message).encode(), arrived=NOW)
    assert isinstance(event, ServiceEvent)
    assert event.id == unicodedata.normalize("NFC", event_id)
    assert event.time == time
    assert event.subject == (None if subject is None else unicodedata.normalize("NFC", subject))
    assert json.loads(event.data) == told


@given(name=texts, kind=texts, described=st.dictionaries(names, st.tuples(numbers, numbers).map(sorted), max_size=3))
def test_descriptions_come_back_as_they_were_sent(name: str, kind: str, described: dict[str, list[float]]) -> None:
    told = {"name": name, "kind": kind, "properties": {prop: {"min": low, "max": high} for prop, (low, high) in described.items()}}
    (station,) = decode("ioc/v1/hydro/station/s", json.dumps(told).encode(), arrived=NOW)
    assert station == StationDescription(
        StationKey("hydro", "s"),
        unicodedata.normalize("NFC", name),
        unicodedata.normalize("NFC", kind),
        properties={unicodedata.normalize("NFC", p): PropertyDescription(min=low, max=high) for p, (low, high) in described.items()},
    )
