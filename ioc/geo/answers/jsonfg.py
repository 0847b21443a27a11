"""Features as JSON-FG 0.2 (OGC 21-045): GeoJSON with the kind of feature, its time, and its place in any coordinate system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ioc.domain.clock import rfc3339
from ioc.geo.answers import geojson
from ioc.geo.answers.about import About
from ioc.geo.collection import VALIDITY, Collection
from ioc.geo.served_crs import DEFAULT_CRS

CORE = "http://www.opengis.net/spec/json-fg-1/0.2/conf/core"
TYPES = "http://www.opengis.net/spec/json-fg-1/0.2/conf/types-schemas"
_TIME = "time"
_Raw = msgspec.Raw


class _Encoded(msgspec.Struct):
    """A feature of GeoJSON of which nobody needs the content."""

    id: str
    geometry: _Raw
    properties: _Raw


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> bytes:
    """Return the features `ordinals` as a collection, or the one that was asked for as a feature.

    In longitude and latitude a feature is where its `geometry` says; in any other system where its `place` says, and `geometry` is null.
    """
    decoder = msgspec.json.Decoder(_Encoded)
    told = [decoder.decode(each) for each in geojson.encoded(collection, ordinals, about)]
    times = _times(collection, ordinals)
    features = [_feature(each, time, in_plain_geometry=about.crs == DEFAULT_CRS) for each, time in zip(told, times, strict=True)]
    name = collection.entry.id
    common = {
        "conformsTo": [CORE, TYPES],
        "featureType": name,
        "featureSchema": f"{about.base}/collections/{name}/schema",
        "coordRefSys": about.crs.uri,
        "links": about.links,
    }
    if about.is_item:
        return msgspec.json.encode(features[0] | common)
    return msgspec.json.encode({"type": "FeatureCollection", **common, **about.counts(len(features)), "features": features})


def _feature(told: _Encoded, time: dict[str, Any] | None, *, in_plain_geometry: bool) -> dict[str, Any]:
    place, geometry = (None, told.geometry) if in_plain_geometry else (told.geometry, None)
    return {"type": "Feature", "id": told.id, "time": time, "place": place, "geometry": geometry, "properties": told.properties}


def _times(collection: Collection, ordinals: Sequence[int]) -> list[dict[str, Any] | None]:
    """Return for each feature the days of its validity, else its `time` where that is an instant, else None."""
    wanted = pa.array(np.asarray(ordinals, dtype=np.int64))

    def column(name: str, is_it: Any) -> list[Any]:
        kind = collection.table.schema.field(name).type if name in collection.table.column_names else None
        return collection.table[name].take(wanted).to_pylist() if kind is not None and is_it(kind) else [None] * len(wanted)

    if collection.has_validity:
        since, until = (column(name, pa.types.is_date) for name in VALIDITY)
        return [_interval(*days) for days in zip(since, until, strict=True)]
    return [None if instant is None else _timestamp(instant) for instant in column(_TIME, pa.types.is_timestamp)]


def _interval(since: date | None, until: date | None) -> dict[str, Any] | None:
    """Return the days from `since` to before `until`: an interval of JSON-FG holds its last day."""
    if since is None and until is None:
        return None
    last = None if until is None else until - timedelta(days=1)
    return {"interval": [".." if day is None else day.isoformat() for day in (since, last)]}


def _timestamp(instant: datetime) -> dict[str, Any]:
    return {"timestamp": rfc3339(instant)}
