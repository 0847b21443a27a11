"""Positions as GeoJSON (RFC 7946): a Feature with a Point, an array of these, or a FeatureCollection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from ioc.domain.observation import Position, StationKey
from ioc.ingest import fields
from ioc.ingest.outcome import Reason
from ioc.ingest.shapes import PointFeature, PointProperties
from ioc.ingest.topics import Topic

_FEATURE, _COLLECTION = "Feature", "FeatureCollection"


def recognises(body: Any) -> bool:
    """Return whether `body` is a Feature, a FeatureCollection, or an array with a Feature in it."""
    if isinstance(body, list):
        return any(_type_of(one) == _FEATURE for one in body)
    return _type_of(body) in (_FEATURE, _COLLECTION)


def parts(topic: Topic, body: Any, arrived: datetime) -> Iterator[Callable[[], Position]]:
    """Yield the positions, one for each feature.

    Raises:
        fields.Refusal: a FeatureCollection has no features.
    """
    features = body
    if _type_of(body) == _COLLECTION:
        features = body.get("features")
        if not isinstance(features, list) or not features:
            fields.refuse(Reason.SCHEMA, "FeatureCollection has no array of features, or an empty one")
    for feature in features if isinstance(features, list) else [features]:
        yield partial(_position, topic, feature, arrived)


def _position(topic: Topic, feature: Any, arrived: datetime) -> Position:
    told = fields.read_shape(feature, PointFeature)
    lon, lat, *_height = told.geometry.coordinates
    more = told.properties or PointProperties()
    fields.check_place(lon, lat)
    fields.check_motion(more.speed, more.heading)
    return Position(StationKey(topic.source, topic.name), fields.read_time(more.time, arrived), lon, lat, more.speed, more.heading)


def _type_of(told: Any) -> Any:
    return told.get("type") if isinstance(told, dict) else None
