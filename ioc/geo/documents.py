"""What OGC API Features says about itself and its collections, as JSON objects; `base` is the address of the landing page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlencode

from ioc.domain.clock import LOCAL_ZONE, rfc3339
from ioc.geo.collection import Collection
from ioc.geo.entry import LIVE, Text
from ioc.geo.freshness import freshness_of
from ioc.geo.served_crs import CRS84, SERVED

Json: TypeAlias = dict[str, Any]
Language: TypeAlias = Literal["vi", "en"]

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI, SCHEMA = "application/vnd.oai.openapi+json;version=3.0", "application/schema+json"
DOWNLOADS = {
    "jsonfg": "application/vnd.ogc.fg+json",
    "geojsonseq": "application/geo+json-seq",
    "csv": "text/csv",
    "fgb": "application/flatgeobuf",
    "gpkg": "application/geopackage+sqlite3",
    "geoparquet": "application/vnd.apache.parquet",
}
"""What items can be had as besides GeoJSON and a page: the media type of each form that `f` names."""
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_KEPT = {
    "ogcapi-features-1": ("core", "oas30", "html", "geojson"),
    "ogcapi-features-2": ("crs",),
    "ogcapi-features-3": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
    "ogcapi-features-5": ("schemas", "returnables-and-receivables", "sortables"),
    "ogcapi-tiles-1": ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt"),
    "cql2": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "array-functions",
        "property-property",
        "arithmetic",
    ),
}
CONFORMS_TO = [
    *(f"http://www.opengis.net/spec/{standard}/1.0/conf/{part}" for standard, parts in _KEPT.items() for part in parts),
    "http://www.opengis.net/spec/json-fg-1/0.2/conf/core",
]
_RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/"
_LONGEST_IN_HEADER = 500
TITLE = Text(vi="Hạ tầng dữ liệu không gian", en="Spatial data infrastructure")
_DESCRIPTION = Text(
    vi="Các lớp dữ liệu không gian của trung tâm giám sát, điều hành.",
    en="The spatial layers of the operations centre.",
)


def link(href: str, rel: str, kind: str, title: str | None = None) -> Json:
    """Return a link object."""
    return {"href": href, "rel": rel, "type": kind} | ({"title": title} if title else {})


def with_format(address: str, parameters: Iterable[tuple[str, str]], form: str) -> str:
    """Return `address` with `parameters`, and with `f` as the format that is wanted."""
    query = [(name, value) for name, value in parameters if name != "f"] + [("f", form)]
    return f"{address}?{urlencode(query, quote_via=quote)}"


def representations(
    address: str, parameters: Sequence[tuple[str, str]], kind: str, shown: str, others: Mapping[str, str] | None = None
) -> list[Json]:
    """Return links to a resource as `shown`, itself, and in its other forms; `kind` is the type of the one that machines read."""
    forms = {"json": kind, "html": HTML, **(others or {})}
    return [link(with_format(address, parameters, form), "self" if form == shown else "alternate", each) for form, each in forms.items()]


def link_header(links: Iterable[Json]) -> str:
    """Return `links` as the value of the header Link (RFC 8288): the next page always, others unless they would swell it."""
    short = (each for each in links if each["rel"] == "next" or len(each["href"]) <= _LONGEST_IN_HEADER)
    return ", ".join(f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in short)


def landing(base: str, language: Language) -> Json:
    """Return the landing page."""
    return {
        "title": getattr(TITLE, language),
        "description": getattr(_DESCRIPTION, language),
        "links": [
            *representations(base, [], JSON, "json"),
            link(f"{base}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
            link(f"{base}/conformance", "conformance", JSON),
            link(f"{base}/collections", "data", JSON),
            link(f"{base}/tileMatrixSets", f"{_RELATIONS}tiling-schemes", JSON),
            link(f"{base}/styles", f"{_RELATIONS}styles", JSON),
            link(f"{base.removesuffix('/ogc')}/catalog.jsonld", "describedby", "application/ld+json", "DCAT-AP 3.0"),
        ],
    }


def conformance(base: str) -> Json:
    """Return the conformance classes that are kept."""
    return {"conformsTo": CONFORMS_TO, "links": representations(f"{base}/conformance", [], JSON, "json")}


def collections(base: str, served: Iterable[Collection], language: Language) -> Json:
    """Return the list of collections."""
    return {
        "links": representations(f"{base}/collections", [], JSON, "json"),
        "crs": list(SERVED),
        "collections": [collection(base, each, language) | {"links": _collection_links(base, each)} for each in served],
    }


def collection(base: str, served: Collection, language: Language) -> Json:
    """Return what is known about a collection: where, when, whose, how made, and which version of it is served."""
    entry = served.entry
    since, until = served.interval
    address = f"{base}/collections/{entry.id}"
    note = [getattr(entry.note, language)] if entry.note else []
    return {
        "id": entry.id,
        "title": getattr(entry.title, language),
        "description": "\n\n".join([getattr(entry.summary, language), *note]),
        "itemType": "feature",
        "extent": {
            "spatial": {"bbox": [list(served.bbox or (-180, -90, 180, 90))], "crs": CRS84},
            "temporal": {"interval": [[_midnight(since), _midnight(until)]], "trs": _GREGORIAN},
        },
        "crs": list(SERVED),
        "storageCrs": CRS84,
        "links": [*representations(address, [], JSON, "json"), *_collection_links(base, served)],
        "owner": entry.owner,
        "licence": entry.licence,
        "lineage": getattr(entry.lineage, language),
        "updateRhythm": entry.update_rhythm,
        "version": served.version,
        "published": rfc3339(served.published_at),
        "checked": rfc3339(served.checked_at),
        **freshness_of(entry, served.checked_at, datetime.now(UTC)),
        "itemCount": len(served),
        **({"live": True} if entry.id in LIVE else {}),
    }


def item_links(base: str, served: Collection, fid: str, shown: str) -> list[Json]:
    """Return the links of one feature."""
    address = f"{base}/collections/{served.entry.id}"
    return [*representations(f"{address}/items/{quote(fid, safe='')}", [], GEOJSON, shown), link(address, "collection", JSON)]


def items_links(base: str, served: Collection, parameters: Mapping[str, str], cursor: str | None, shown: str) -> list[Json]:
    """Return the links of a page of features: itself, its other form, the next page, the collection."""
    address = f"{base}/collections/{served.entry.id}"
    links = representations(f"{address}/items", list(parameters.items()), GEOJSON, shown, DOWNLOADS)
    if cursor is not None:
        onward = list((dict(parameters) | {"cursor": cursor}).items())
        kind = {"json": GEOJSON, "html": HTML, **DOWNLOADS}[shown]
        links.append(link(with_format(f"{address}/items", onward, shown), "next", kind))
    return [*links, link(address, "collection", JSON), link(f"{address}/queryables", f"{_RELATIONS}queryables", SCHEMA)]


def _collection_links(base: str, served: Collection) -> list[Json]:
    address = f"{base}/collections/{served.entry.id}"
    return [
        link(f"{address}/items", "items", GEOJSON),
        link(f"{address}/items?f=html", "items", HTML),
        *(link(f"{address}/items?f={form}", "items", kind) for form, kind in DOWNLOADS.items()),
        *(link(f"{address}/{name}", f"{_RELATIONS}{name}", SCHEMA) for name in ("queryables", "sortables", "schema")),
        *([] if served.entry.id in LIVE else _layer_links(address)),
    ]


def _layer_links(address: str) -> list[Json]:
    """Return what there is of a published layer besides its features."""
    return [
        link(f"{address}/tiles", f"{_RELATIONS}tilesets-vector", JSON),
        link(f"{address}/styles", f"{_RELATIONS}styles", JSON),
        link(f"{address}/style.json", "stylesheet", "application/vnd.mapbox.style+json", "MapLibre"),
        link(f"{address}/dcat", "describedby", "application/ld+json", "DCAT-AP 3.0"),
    ]


def _midnight(day: date | None) -> str | None:
    return None if day is None else rfc3339(datetime.combine(day, time(), LOCAL_ZONE))
