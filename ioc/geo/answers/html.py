"""Features as a page for a person: a table of what they say about themselves."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ioc.geo.answers import geojson
from ioc.geo.answers.about import About
from ioc.geo.collection import Collection
from ioc.geo.pages import Pages


def encode(collection: Collection, ordinals: Sequence[int], about: About) -> bytes:
    """Return the features `ordinals` as a page, or the one that was asked for."""
    shown = [msgspec.json.decode(each) for each in geojson.encoded(collection, ordinals, about)]
    pages = Pages(about.base, about.language)
    if about.is_item:
        return pages.item(collection.entry.id, shown[0]).encode()
    title = getattr(collection.entry.title, about.language)
    return pages.items(collection.entry.id, title, shown, about.links, about.matched, about.asked, about.note).encode()
