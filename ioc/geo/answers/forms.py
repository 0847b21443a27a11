"""The forms that items can be asked for in, by what `f` calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ioc.geo.answers import csv_text, gdal, geojson, geojsonseq, geoparquet, html, jsonfg
from ioc.geo.answers.about import About
from ioc.geo.collection import Collection
from ioc.geo.documents import DOWNLOADS, GEOJSON, HTML, JSON
from ioc.geo.parameters import DEFAULT_LIMIT, LARGEST_FILE, LARGEST_LIMIT

Encode: TypeAlias = Callable[[Collection, Sequence[int], About], bytes | Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an answer.

    Attributes:
        media_type: as HTTP names it.
        encode: what makes it, whole or in portions.
        suffix: how the name of a file of this form ends; None: it is no file.
    """

    media_type: str
    encode: Encode
    suffix: str | None = None

    @property
    def usual(self) -> int:
        """How many features it has where nobody says how many: a file all that there is room for."""
        return DEFAULT_LIMIT if self.suffix is None else LARGEST_FILE

    @property
    def largest(self) -> int:
        """How many features it may have."""
        return LARGEST_LIMIT if self.suffix is None else LARGEST_FILE


FORMS: Mapping[str, Form] = {
    "json": Form(GEOJSON, geojson.encode),
    "html": Form(HTML, html.encode),
    "jsonfg": Form(DOWNLOADS["jsonfg"], jsonfg.encode),
    "geojsonseq": Form(DOWNLOADS["geojsonseq"], geojsonseq.encode, "geojsons"),
    "csv": Form(f"{DOWNLOADS['csv']}; charset=utf-8; header=present", csv_text.encode, "csv"),
    "fgb": Form(DOWNLOADS["fgb"], gdal.flatgeobuf, "fgb"),
    "gpkg": Form(DOWNLOADS["gpkg"], gdal.geopackage, "gpkg"),
    "geoparquet": Form(DOWNLOADS["geoparquet"], geoparquet.encode, "parquet"),
}
_BY_TYPE = {GEOJSON: "json", JSON: "json", "application/*": "json", "*/*": "json", HTML: "html"} | {
    kind: f for f, kind in DOWNLOADS.items()
}


def preferred_form(accept: str) -> str:
    """Return the form that the header Accept names first: `html` for a browser, `json` for whoever names none of ours."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return next((_BY_TYPE[kind] for kind in kinds if kind in _BY_TYPE), "json")
