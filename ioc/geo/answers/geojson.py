"""Features as GeoJSON (RFC 7946), or with coordinates in another system as OGC API Features Part 2 allows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from ioc.geo.answers.about import About
from ioc.geo.collection import Collection
from ioc.geo.encode import encode_features
from ioc.geo.served_crs import DEFAULT_CRS


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> bytes:
    """Return the features `ordinals` as a collection with its links and counts, or the one that was asked for as a feature."""
    features = encoded(collection, ordinals, about)
    if about.is_item:
        return b'%b,"links":%b}' % (features[0][:-1], msgspec.json.encode(about.links))
    counts = {"links": about.links, **about.counts(len(features))}
    return b'{"type":"FeatureCollection",%b,"features":[%b]}' % (msgspec.json.encode(counts)[1:-1], b",".join(features))


def encoded(collection: Collection, ordinals: Sequence[int], about: About) -> list[bytes]:
    """Return each feature as it was asked for; those that were asked for as they are come from what was encoded before."""
    if about.crs == DEFAULT_CRS and about.properties is None:
        return collection.encoded(ordinals)
    return encoded_anew(collection, ordinals, about)


def encoded_anew(collection: Collection, ordinals: Sequence[int], about: About) -> list[bytes]:
    """Return each feature as it was asked for, and keep none: for so many that they would only push each other out."""
    wanted = list(ordinals)
    table = collection.table if about.properties is None else collection.table.select(about.properties)
    rows = table.take(pa.array(wanted, type=pa.int64()))
    return encode_features([collection.fids[each] for each in wanted], about.crs.from_wgs84(collection.geometries[wanted]), rows)
