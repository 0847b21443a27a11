"""Features as a sequence of GeoJSON texts (RFC 8142): however many there are, who reads them needs to hold one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ioc.geo.answers import geojson
from ioc.geo.answers.about import About
from ioc.geo.answers.columns import AT_ONCE
from ioc.geo.collection import Collection


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> Iterator[bytes]:
    """Yield the features, each after a record separator and on a line of its own."""
    for begin in range(0, len(ordinals), AT_ONCE):
        features = geojson.encoded_anew(collection, ordinals[begin : begin + AT_ONCE], about)
        yield b"".join(b"\x1e%b\n" % feature for feature in features)
