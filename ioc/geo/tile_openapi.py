"""Tiles and styles in the OpenAPI document of `/ogc`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ioc.geo.collection import Collection
from ioc.geo.documents import JSON
from ioc.geo.tile_documents import HIGHEST_ZOOM, MATRIX_SET, MVT, STYLE_TYPE

Json = dict[str, Any]


def _path(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


_PROBLEM: Json = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
_NUMBER: Json = {"type": "integer", "minimum": 0, "maximum": 2**HIGHEST_ZOOM - 1}
TILE_PARAMETERS: Json = {
    "tileMatrixSetId": _path("tileMatrixSetId", "The grid of the tiles.", {"type": "string", "enum": [MATRIX_SET]}),
    "tileMatrix": _path("tileMatrix", "The level.", {"type": "integer", "minimum": 0, "maximum": HIGHEST_ZOOM}),
    "tileRow": _path("tileRow", "The row, from the north.", _NUMBER),
    "tileCol": _path("tileCol", "The column, from the west.", _NUMBER),
    "styleId": _path("styleId", "The id of a style, as the list of styles has it.", {"type": "string"}),
    "datetime-style": {
        "name": "datetime",
        "in": "query",
        "description": "The day whose features are drawn where they have validity; today unless told.",
        "schema": {"type": "string", "format": "date"},
    },
    "v": {
        "name": "v",
        "in": "query",
        "description": "The version of the tiles, as the tileset puts it into the address: such an answer may be kept for a year.",
        "schema": {"type": "string"},
    },
    "f-json": {"name": "f", "in": "query", "description": "The form of the answer.", "schema": {"type": "string", "enum": ["json"]}},
    "f-tile": {"name": "f", "in": "query", "description": "The form of the answer.", "schema": {"type": "string", "enum": ["mvt"]}},
}
_STYLE = ("f-json", "lang", "datetime-style")
_DESCRIBED = ("f-json", "lang")


def common_tile_paths() -> Json:
    """Return the paths of the grid and of the styles of all layers."""
    return {
        "/tileMatrixSets": _get("tileMatrixSets", "The grids of tiles", JSON, _DESCRIBED),
        "/tileMatrixSets/{tileMatrixSetId}": _get("tileMatrixSet", "A grid of tiles", JSON, ("tileMatrixSetId", *_DESCRIBED)),
        "/styles": _get("styles", "The styles", JSON, _DESCRIBED),
        "/styles/{styleId}": _get("style", "A MapLibre style", STYLE_TYPE, ("styleId", *_STYLE)),
        "/style.json": _get("style.public_layers", "One MapLibre style of all public layers", STYLE_TYPE, _STYLE),
    }


def tile_paths(served: Collection) -> Json:
    """Return the paths of the tiles and styles of a layer."""
    name = served.entry.id
    layer = f"/collections/{name}"
    matrix_set = f"{layer}/tiles/{{tileMatrixSetId}}"
    place = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
    tile = _get(f"{name}.tile", "One of its tiles", MVT, (*place, "v", "f-tile"))
    tile["get"]["responses"]["204"] = {"description": "Nothing is there."}
    return {
        f"{layer}/tiles": _get(f"{name}.tilesets", "Its tilesets", JSON, _DESCRIBED),
        matrix_set: _get(f"{name}.tileset", "What is known of its tiles", JSON, ("tileMatrixSetId", *_DESCRIBED)),
        f"{matrix_set}/tilejson.json": _get(f"{name}.tilejson", "The same as TileJSON", JSON, ("tileMatrixSetId", *_DESCRIBED)),
        f"{matrix_set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
        f"{layer}/styles": _get(f"{name}.styles", "Its styles", JSON, _DESCRIBED),
        f"{layer}/style.json": _get(f"{name}.style", "Its MapLibre style", STYLE_TYPE, _STYLE),
    }


def _get(operation: str, summary: str, kind: str, parameters: Iterable[str]) -> Json:
    schema: Json = {"type": "string", "format": "binary"} if kind == MVT else {"type": "object"}
    responses: Json = {
        "200": {"description": "As asked.", "content": {kind: {"schema": schema}}},
        "304": {"description": "Who asks has it already."},
        "400": {"description": "A parameter is not known or has a value that cannot be.", "content": _PROBLEM},
        "404": {"description": "There is no such thing.", "content": _PROBLEM},
    }
    named = [{"$ref": f"#/components/parameters/{each}"} for each in parameters]
    return {"get": {"operationId": operation, "summary": summary, "parameters": named, "responses": responses}}
