"""The forms that items can be asked for in, by what `f` calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ioc.geo.answers import geojson, html
from ioc.geo.answers.about import About
from ioc.geo.collection import Collection
from ioc.geo.documents import GEOJSON, HTML

Encode: TypeAlias = Callable[[Collection, Sequence[int], About], bytes | Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an answer: its media type, and what makes it, whole or in portions."""

    media_type: str
    encode: Encode


FORMS: Mapping[str, Form] = {
    "json": Form(GEOJSON, geojson.encode),
    "html": Form(HTML, html.encode),
}
