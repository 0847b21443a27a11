"""What OGC API Tiles (Part 1) and TileJSON say about the tiles of a layer; `base` is the address of the landing page of `/ogc`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ioc.geo.collection import Collection
from ioc.geo.documents import JSON, Json, link
from ioc.geo.tile_archive import Archive
from ioc.geo.tile_bands import HALF_WORLD_M

MVT = "application/vnd.mapbox-vector-tile"
STYLE_TYPE = "application/vnd.mapbox.style+json"
MATRIX_SET = "WebMercatorQuad"
WHOLE = "public_layers"
"""The id of the style of all public layers, which no layer can have."""
HIGHEST_ZOOM = 24
"""The last level of the tile matrix set, which goes further than any archive."""

_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_EDGE = 256
_PIXEL_M = 0.00028
_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}
_TYPES = {"String": "string", "Number": "number", "Boolean": "boolean"}


def address_of(base: str, layer: str) -> str:
    """Return the address of the tilesets of a layer."""
    return f"{base}/collections/{layer}/tiles"


def tilesets(base: str, served: Collection, language: str) -> Json:
    """Return the list of tilesets of a layer, which is one."""
    address = address_of(base, served.entry.id)
    known = _about(served, language) | {"links": [link(f"{address}/{MATRIX_SET}", "self", JSON), *_links(base, served)]}
    return {"links": [link(address, "self", JSON)], "tilesets": [known]}


def tileset(base: str, served: Collection, archive: Archive, language: str, stamp: str) -> Json:
    """Return what is known of the tileset of a layer; addresses with `stamp` never change their content."""
    address = f"{address_of(base, served.entry.id)}/{MATRIX_SET}"
    west, south, east, north = archive.bounds
    return _about(served, language) | {
        "tileMatrixSetLimits": [
            {"tileMatrix": str(z), "minTileRow": a, "maxTileRow": b, "minTileCol": c, "maxTileCol": d}
            for z, (a, b, c, d) in archive.limits.items()
        ],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": _CRS84},
        "layers": [_layer(served, archive, language)],
        "attribution": served.entry.owner,
        "license": served.entry.licence,
        "version": str(served.version),
        "links": [
            link(address, "self", JSON),
            link(f"{address}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?v={stamp}", "item", MVT) | {"templated": True},
            *_links(base, served),
        ],
    }


def tilejson(base: str, served: Collection, archive: Archive, language: str, stamp: str) -> Json:
    """Return the tileset as TileJSON 3.0 has it."""
    west, south, east, north = archive.bounds
    entry = served.entry
    return {
        "tilejson": "3.0.0",
        "name": getattr(entry.title, language),
        "description": getattr(entry.summary, language),
        "attribution": entry.owner,
        "version": f"{served.version}.0.0",
        "scheme": "xyz",
        "tiles": [f"{address_of(base, entry.id)}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}?v={stamp}"],
        "minzoom": archive.min_zoom,
        "maxzoom": archive.max_zoom,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, archive.min_zoom],
        "vector_layers": [{"id": entry.id, "description": getattr(entry.summary, language), "fields": archive.fields}],
    }


def styles(address: str, base: str, titles: Mapping[str, str]) -> Json:
    """Return the list of styles at `address` as OGC API Styles has it; `titles` names each by its id."""
    return {
        "styles": [{"id": name, "title": title, "links": [_stylesheet(base, name)]} for name, title in titles.items()],
        "links": [link(address, "self", JSON)],
    }


def _stylesheet(base: str, name: str) -> Json:
    return link(f"{base}/styles/{name}", "stylesheet", STYLE_TYPE, "MapLibre")


def matrix_sets(base: str) -> Json:
    """Return the list of tile matrix sets."""
    address = f"{base}/tileMatrixSets/{MATRIX_SET}"
    known = {"id": MATRIX_SET, "title": _TITLE, "uri": _URI, "crs": _CRS, "links": [link(address, "self", JSON)]}
    return {"tileMatrixSets": [known], "links": [link(f"{base}/tileMatrixSets", "self", JSON)]}


def matrix_set() -> Json:
    """Return WebMercatorQuad as OGC 17-083r4 has it in annex D.1."""
    cell = 2 * HALF_WORLD_M / _EDGE
    return {
        "id": MATRIX_SET,
        "title": _TITLE,
        "uri": _URI,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": cell / 2**zoom / _PIXEL_M,
                "cellSize": cell / 2**zoom,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
                "tileWidth": _EDGE,
                "tileHeight": _EDGE,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
            for zoom in range(HIGHEST_ZOOM + 1)
        ],
    }


_TITLE = "Google Maps Compatible for the World"


def _about(served: Collection, language: str) -> dict[str, Any]:
    return {
        "title": getattr(served.entry.title, language),
        "description": getattr(served.entry.summary, language),
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetId": MATRIX_SET,
        "tileMatrixSetURI": _URI,
    }


def _links(base: str, served: Collection) -> list[Json]:
    name = served.entry.id
    address = f"{address_of(base, name)}/{MATRIX_SET}"
    return [
        link(f"{base}/tileMatrixSets/{MATRIX_SET}", _SCHEME, JSON),
        link(f"{address}/tilejson.json", "describedby", JSON, "TileJSON"),
        link(f"{base}/collections/{name}/styles", "http://www.opengis.net/def/rel/ogc/1.0/styles", JSON),
        link(f"{base}/collections/{name}/style.json", "stylesheet", STYLE_TYPE, "MapLibre"),
        link(f"{base}/collections/{name}", "http://www.opengis.net/def/rel/ogc/1.0/geodata", JSON),
    ]


def _layer(served: Collection, archive: Archive, language: str) -> Json:
    dimension = _DIMENSIONS[archive.kinds[0]] if len(archive.kinds) == 1 else None
    properties = {name: {"type": _TYPES[kind]} for name, kind in archive.fields.items()}
    return {
        "id": served.entry.id,
        "title": getattr(served.entry.title, language),
        "dataType": "vector",
        **({"geometryDimension": dimension} if dimension is not None else {}),
        "minTileMatrix": str(archive.min_zoom),
        "maxTileMatrix": str(archive.max_zoom),
        "propertiesSchema": {"type": "object", "properties": properties},
    }
