"""The part under `/ogc` in OpenAPI 3.0, which is the version that geographic clients read; collections and their queryables by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ioc.geo.answers.forms import FORMS
from ioc.geo.collection import Collection
from ioc.geo.cql2.parse import LONGEST
from ioc.geo.documents import GEOJSON, HTML, JSON, SCHEMA, TITLE
from ioc.geo.entry import LIVE
from ioc.geo.features import FILTER_FORMS, parameters_of
from ioc.geo.parameters import DEFAULT_LIMIT, LARGEST_LIMIT, LARGEST_OFFSET
from ioc.geo.served_crs import CRS84, SERVED
from ioc.geo.sorting import MOST_KEYS, sortables
from ioc.geo.tile_openapi import TILE_PARAMETERS, common_tile_paths, tile_paths

Json = dict[str, Any]


def _crs(name: str, description: str) -> Json:
    schema = {"type": "string", "format": "uri", "enum": list(SERVED), "default": CRS84}
    return {"name": name, "in": "query", "description": description, "schema": schema}


_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
_PARAMETERS: Json = {
    "f": {"name": "f", "in": "query", "description": "The form of the answer.", "schema": {"type": "string", "enum": ["json", "html"]}},
    "f-items": {"name": "f", "in": "query", "description": "The form of the answer.", "schema": {"type": "string", "enum": list(FORMS)}},
    "lang": {"name": "lang", "in": "query", "description": "The language.", "schema": {"type": "string", "enum": ["vi", "en"]}},
    "limit": {
        "name": "limit",
        "in": "query",
        "description": f"How many features at most; more than {LARGEST_LIMIT} counts as {LARGEST_LIMIT}.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT},
        "style": "form",
        "explode": False,
    },
    "bbox": {
        "name": "bbox",
        "in": "query",
        "description": "Features that meet the rectangle west,south,east,north (or with heights), in degrees (WGS 84).",
        "schema": {
            "type": "array",
            "minItems": 4,
            "maxItems": 6,
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        "style": "form",
        "explode": False,
    },
    "datetime": {
        "name": "datetime",
        "in": "query",
        "description": "Features in force at an instant, on a day, or during an interval such as 2025-01-01T00:00:00Z/...",
        "schema": {"type": "string"},
        "style": "form",
        "explode": False,
    },
    "filter": {
        "name": "filter",
        "in": "query",
        "description": "A condition in CQL2 over the queryables, such as CASEI(ACCENTI(name)) LIKE 'bac%'.",
        "schema": {"type": "string", "maxLength": LONGEST},
    },
    "filter-lang": {
        "name": "filter-lang",
        "in": "query",
        "schema": {"type": "string", "enum": list(FILTER_FORMS), "default": FILTER_FORMS[0]},
    },
    "offset": {
        "name": "offset",
        "in": "query",
        "description": "How many features to pass over; not together with a cursor.",
        "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_OFFSET, "default": 0},
    },
    "crs": _crs("crs", "The coordinate system of the answer, with its axes in the order of the EPSG register."),
    "bbox-crs": _crs("bbox-crs", "The coordinate system of bbox."),
    "filter-crs": _crs("filter-crs", "The coordinate system of geometries in the filter."),
    "cursor": {"name": "cursor", "in": "query", "description": "Taken from a next link.", "schema": {"type": "string"}},
    "fid": {"name": "fid", "in": "path", "required": True, "schema": {"type": "string"}},
}
_ITEMS = (
    "limit",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "offset",
    "cursor",
)
_OBJECT: Json = {"type": "object"}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_SCHEMAS: Json = {
    "link": {"type": "object", "required": ["href", "rel"], "properties": {"href": {"type": "string"}, "rel": {"type": "string"}}},
    "problem": {
        "type": "object",
        "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
    },
    "described": {"type": "object", "required": ["links"], "properties": {"links": _LINKS}},
    "feature": {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"type": "object", "nullable": True},
            "properties": _OBJECT,
        },
    },
    "features": {
        "type": "object",
        "required": ["type", "features", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
            "links": _LINKS,
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
}


def openapi(base: str, served: Iterable[Collection]) -> Json:
    """Return the document; `base` is the address of the landing page."""
    paths = {
        "/": _get("landing", "The landing page", JSON, "described"),
        "/conformance": _get("conformance", "Conformance classes", JSON, "described"),
        "/collections": _get("collections", "The collections", JSON, "described"),
    }
    paths |= common_tile_paths()
    for each in served:
        paths |= _collection_paths(each)
        if each.entry.id not in LIVE:
            paths |= tile_paths(each)
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE.en, "version": "1.0"},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"parameters": _PARAMETERS | TILE_PARAMETERS, "schemas": _SCHEMAS},
    }


def _collection_paths(served: Collection) -> Json:
    name = served.entry.id
    keys = [f"{sign}{each}" for each in sortables(served) for sign in ("", "+", "-")]
    lists = [
        _list("sortby", "What to sort by, descending with - before it; features that lack a value come last.", keys, MOST_KEYS),
        _list("properties", "The attributes that are wanted.", served.table.column_names, len(served.table.column_names)),
    ]
    filters = [{"name": each, "in": "query", "schema": field.schema} for each, field in parameters_of(served).items()]
    items = [{"$ref": f"#/components/parameters/{each}"} for each in _ITEMS]
    return {
        f"/collections/{name}": _get(f"{name}.collection", served.entry.title.en, JSON, "described"),
        f"/collections/{name}/queryables": _get(f"{name}.queryables", "What items can be asked for by", SCHEMA, None),
        f"/collections/{name}/sortables": _get(f"{name}.sortables", "What items can be sorted by", SCHEMA, None),
        f"/collections/{name}/schema": _get(f"{name}.schema", "What its features say about themselves", SCHEMA, None),
        f"/collections/{name}/items": _get(f"{name}.items", "Its features", GEOJSON, "features", [*items, *lists, *filters]),
        f"/collections/{name}/items/{{fid}}": _get(
            f"{name}.item",
            "One of its features",
            GEOJSON,
            "feature",
            [{"$ref": f"#/components/parameters/{each}"} for each in ("fid", "crs")],
        ),
    }


def _list(name: str, description: str, values: Sequence[str], most: int) -> Json:
    """Return a parameter that is a list of some of `values`."""
    schema = {"type": "array", "minItems": 1, "maxItems": max(most, 1), "items": {"type": "string", "enum": list(values)}}
    return {"name": name, "in": "query", "description": description, "schema": schema, "style": "form", "explode": False}


def _get(operation: str, summary: str, kind: str, schema: str | None, parameters: Iterable[Json] = ()) -> Json:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else _OBJECT}
    of_items = schema in {"feature", "features"}
    others = [form.media_type for form in FORMS.values() if form.media_type != kind] if of_items else [HTML] if schema else []
    forms = {kind: content} | {other: {"schema": {"type": "string"}} for other in others}
    names = ("f-items" if of_items else "f", "lang") if schema else ("lang",)
    common = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    responses = {
        "200": {"description": "As asked.", "content": forms},
        "400": {"description": "A parameter is not known or has a value that cannot be.", "content": _PROBLEM},
        "404": {"description": "There is no such thing.", "content": _PROBLEM},
    }
    return {"get": {"operationId": operation, "summary": summary, "parameters": [*parameters, *common], "responses": responses}}
