from typing import Any

import pytest

from ioc.domain.observation import Position, StationKey
from ioc.ingest.formats import geojson
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW, at
from tests.support.formats import judged

POS = "ioc/v1/buses/pos/bus-1"
BUS = StationKey("buses", "bus-1")
LATER = "2026-11-22T05:00:10Z"


def feature(*coordinates: Any, kind: str = "Point", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": list(coordinates)}, "properties": properties}


def test_feature_is_a_position() -> None:
    assert judged(POS, feature(106.2, 21.3)) == [Position(BUS, NOW, 106.2, 21.3)]
    moving = feature(106.2, 21.3, 12.5, time=LATER, speed=40, heading=90, driver="x") | {"id": 7, "bbox": [1, 2, 3, 4]}
    assert judged(POS, moving) == [Position(BUS, at(10), 106.2, 21.3, 40, 90)]


@pytest.mark.parametrize("more", [{"properties": None}, {}])
def test_feature_needs_no_properties(more: dict[str, Any]) -> None:
    bare = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [106, 21]}}
    assert judged(POS, bare | more) == [Position(BUS, NOW, 106, 21)]


def test_collection_and_array_are_judged_feature_by_feature() -> None:
    features = [feature(106, 21), feature(181, 21), feature(106, 22, time=LATER), 7]
    expected = [Position(BUS, NOW, 106, 21), Reason.RANGE, Position(BUS, at(10), 106, 22), Reason.SCHEMA]
    assert judged(POS, {"type": "FeatureCollection", "features": features}) == expected
    assert judged(POS, features) == expected


@pytest.mark.parametrize("features", [None, [], {}, "x"])
def test_collection_without_features_is_rejected(features: Any) -> None:
    assert judged(POS, {"type": "FeatureCollection", "features": features}) is Reason.SCHEMA


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (feature(106), Reason.SCHEMA),
        (feature(), Reason.SCHEMA),
        (feature(106, 21, 5, 6), Reason.SCHEMA),
        (feature("106", 21), Reason.SCHEMA),
        (feature(True, 21), Reason.SCHEMA),
        (feature([106, 21], [107, 21], kind="LineString"), Reason.SCHEMA),
        (feature(106, 21, kind="MultiPoint"), Reason.SCHEMA),
        ({"type": "Feature", "geometry": None, "properties": {}}, Reason.SCHEMA),
        ({"type": "Feature"}, Reason.SCHEMA),
        (feature(106, 91), Reason.RANGE),
        (feature(float("inf"), 21), Reason.RANGE),
        (feature(float("nan"), 21), Reason.RANGE),
        (feature(10**400, 21), Reason.SCHEMA),
        (feature(106, 21, speed=-1), Reason.RANGE),
        (feature(106, 21, heading=361), Reason.RANGE),
        (feature(106, 21, speed="fast"), Reason.SCHEMA),
        (feature(106, 21, time="noon"), Reason.TIME),
    ],
)
def test_feature_that_is_no_position_has_its_reason(told: Any, reason: Reason) -> None:
    assert judged(POS, told) == [reason]


@pytest.mark.parametrize("body", [4, None, [], {}, {"lon": 106, "lat": 21}, [{"lon": 106, "lat": 21, "type": "bus"}], {"type": "Point"}])
def test_our_own_payloads_are_not_geojson(body: Any) -> None:
    assert not geojson.recognises(body)
