"""Whatever JSON arrives on whatever topic ends as items or reasons, and packs come back as their resolved records."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position
from ioc.ingest.decode import decode
from ioc.ingest.outcome import Reason, Rejection
from tests.support.examples import NOW
from tests.support.formats import judged

TOPICS = ["ioc/v1/s/obs/t", "ioc/v1/s/obs/t/p", "ioc/v1/s/pos/t", "ioc/v1/s/event/e", "ioc/v1/s/station/t", "ioc/v1/s/status"]
SENML = ["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "x_"]
CLOUD = ["specversion", "id", "source", "type", "time", "subject", "unit", "lon", "lat", "data", "data_base64", "datacontenttype"]
GEO = ["type", "geometry", "coordinates", "properties", "features", "time", "speed", "heading"]

numbers = st.floats() | st.integers() | st.sampled_from([10, 2**28, 1795323600, 10**400])
texts = st.text() | st.sampled_from(
    ["t/", "t:", "p", "1.0", "e", "Feature", "FeatureCollection", "Point", "106.5", "e30=", "application/json"]
)
scalars = st.none() | st.booleans() | numbers | texts
values = scalars | st.lists(scalars, max_size=4) | st.dictionaries(texts, scalars, max_size=3)


def records(members: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(members), values, max_size=8)


points = st.builds(lambda told, place: told | {"geometry": {"type": "Point", "coordinates": place}}, records(GEO), values)
likely = (
    records(SENML)
    | st.builds(lambda told: told | {"specversion": "1.0", "id": "1", "source": "s", "type": "e"}, records(CLOUD))
    | st.builds(lambda told, more: told | {"type": "Feature", "properties": more}, points, records(GEO))
    | st.builds(lambda told, more: told | {"type": "FeatureCollection", "features": more}, records(GEO), values)
)
entries = likely | records(SENML + CLOUD + GEO) | values
bodies = entries | st.lists(entries, max_size=5)


def accept(found: Any) -> None:
    """Fail where an item could not be stored."""
    assert isinstance(found, Observation | Position | ServiceEvent)
    assert found.time.tzinfo is UTC
    if isinstance(found, Observation):
        assert math.isfinite(found.value)
        assert 1 <= len(found.series.property) <= 64
    elif isinstance(found, ServiceEvent):
        json.loads(found.data, parse_constant=lambda word: 1 / 0)  # NaN and infinity are none of JSON


@given(topic=st.sampled_from(TOPICS), body=bodies)
@example(topic=TOPICS[0], body=[{"bn": "t/", "bt": 1e308, "bv": 1e308, "n": "p", "t": 1e308, "v": 1e308, "bs": 1e308, "s": 1e308}])
@example(topic=TOPICS[0], body=[{"n": "p", "t": float("nan"), "v": float("nan")}])
@example(topic=TOPICS[3], body={"specversion": "1.0", "id": "1", "source": "s", "type": "e", "data_base64": "/w=="})
def test_any_json_in_a_foreign_format_ends_as_items_or_reasons(topic: str, body: Any) -> None:
    found = judged(topic, body)
    for one in found if isinstance(found, list) else []:
        if not isinstance(one, Reason):
            accept(one)


@given(topic=st.sampled_from(TOPICS), body=bodies)
def test_any_json_on_any_topic_ends_as_items_or_reasons(topic: str, body: Any) -> None:
    for number, one in enumerate(decode(topic, json.dumps(body, allow_nan=True).encode(), arrived=NOW)):
        if isinstance(one, Rejection):
            assert one.reason in Reason
            assert one.item in (None, number)
            assert one.detail


finite = st.floats(-1e9, 1e9)
times = st.integers(2**28, 4_000_000_000)
rows = st.lists(st.tuples(st.sampled_from(["rain", "level", "wind:speed"]), times, finite), min_size=1, max_size=6)


@given(rows=rows, base_time=st.integers(0, 2_000_000_000), base_value=finite)
def test_pack_with_base_fields_says_the_same_as_its_resolved_records(
    rows: list[tuple[str, int, float]], base_time: int, base_value: float
) -> None:
    resolved = [{"n": name, "t": time, "v": value} for name, time, value in rows]
    packed: list[dict[str, Any]] = [{"n": name, "t": time - base_time, "v": value - base_value} for name, time, value in rows]
    packed[0] |= {"bn": "t/", "bt": base_time, "bv": base_value}
    expected, found = judged(TOPICS[0], resolved), judged(TOPICS[0], packed)
    assert [(one.series, one.time) for one in found] == [(one.series, one.time) for one in expected]
    assert [one.time for one in expected] == [datetime.fromtimestamp(time, UTC) for _, time, _ in rows]
    assert all(math.isclose(one.value, other.value, abs_tol=1e-6) for one, other in zip(found, expected, strict=True))
