"""What the benchmark of serving asks, in the words of each server, and which features an answer has."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import geopandas as gpd
import mapbox_vector_tile
import msgspec
import numpy as np
import numpy.typing as npt
import shapely

OURS, TIPG, PYGEOAPI = "ours", "tipg", "pygeoapi"
SERVERS = (OURS, TIPG, PYGEOAPI)
VARIANTS = 400
"""Of each question: places and values drawn over the whole province."""

_TILES = (("communes", 8, 11), ("communes", 12, 14), ("buildings", 12, 14))
_LIMIT = 10_000
_EXTENT = 4096
_EARTH = 360.0
_AT_THE_EDGE = 8
_RATHER = {"100": (80, 125), "1000": (850, 1200)}


@dataclass(frozen=True)
class Question:
    """A question: its name, the paths that ask it of each server, and what reads the features of an answer.

    Of tiles an answer may lack a few features: those that touch its edge are in or out by a rounding, and what is smaller than a unit of the tile
    each draws or leaves out as it likes.
    """

    name: str
    paths: Mapping[str, Sequence[str]]
    read: Callable[[bytes], frozenset[str]]
    may_lack: int = 0

    def differing(self, features: frozenset[str], ours: frozenset[str]) -> frozenset[str]:
        """Return the features of one answer alone; none where there are no more than `may_lack` of them."""
        differing = features ^ ours
        return differing if len(differing) > self.may_lack else frozenset()


def questions(buildings: gpd.GeoDataFrame, levels: Mapping[str, range], seed: int = 7) -> list[Question]:
    """Return every question that is asked about the layers; `levels` are those that each is drawn at, others are not asked for."""
    rng = np.random.default_rng(seed)
    tree = shapely.STRtree(buildings.geometry.to_numpy())
    middles = shapely.get_coordinates(shapely.centroid(buildings.geometry.to_numpy()))
    return [
        *(_items(f"bbox_{size}", [f"bbox={','.join(map(str, box))}" for box in _boxes(tree, middles, size, rng)]) for size in _RATHER),
        _one(buildings, rng),
        _items("filter_attribute", _attribute_filters(buildings, rng), is_filter=True),
        _items("filter_spatial", _spatial_filters(tree, middles, rng), is_filter=True),
        *(
            _tiles(f"tiles_{layer}_z{first}_z{last}", layer, middles, zooms, rng)
            for layer, first, last in _TILES
            if (zooms := [zoom for zoom in levels[layer] if first <= zoom <= last])
        ),
    ]


def _items(name: str, queries: Sequence[str], *, is_filter: bool = False) -> Question:
    paths = {}
    for server in SERVERS:
        asked = queries if not is_filter else [_filter(each, server) for each in queries]
        paths[server] = [f"{_collection(server, 'buildings')}/items?{query}&limit={_LIMIT}&f={_geojson(server)}" for query in asked]
    return Question(name, paths, _ids)


def _one(buildings: gpd.GeoDataFrame, rng: np.random.Generator) -> Question:
    fids = buildings["fid"].to_numpy()[rng.integers(0, len(buildings), VARIANTS)].tolist()
    paths = {server: [f"{_collection(server, 'buildings')}/items/{fid}?f={_geojson(server)}" for fid in fids] for server in SERVERS}
    return Question("item", paths, _ids)


def _boxes(tree: shapely.STRtree, middles: npt.NDArray[np.float64], size: str, rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Return rectangles around buildings that have about `size` of them."""
    low, high = _RATHER[size]
    found: list[tuple[float, ...]] = []
    while len(found) < VARIANTS:
        lon, lat = middles[rng.integers(len(middles))]
        half = 0.002
        for _ in range(12):
            west, south, east, north = (round(float(each), 6) for each in (lon - half, lat - half, lon + half, lat + half))
            count = len(tree.query(shapely.box(west, south, east, north)))
            if low <= count <= high:
                found.append((west, south, east, north))
                break
            half *= float(np.clip(np.sqrt((low + high) / 2 / max(count, 1)), 0.5, 2))
    return found


def _attribute_filters(buildings: gpd.GeoDataFrame, rng: np.random.Generator) -> list[str]:
    """Return filters by two texts and a number that between 20 and 500 buildings meet."""
    counts = buildings[buildings["levels"] >= 2].groupby(["commune", "kind"]).size()
    wanted = counts[(counts >= 20) & (counts <= 500)].index.to_list()
    chosen = [wanted[number] for number in rng.integers(0, len(wanted), VARIANTS)]
    return [f"commune = '{commune}' AND kind = '{kind}' AND levels >= 2" for commune, kind in chosen]


def _spatial_filters(tree: shapely.STRtree, middles: npt.NDArray[np.float64], rng: np.random.Generator) -> list[str]:
    """Return filters by areas with 24 corners, such as somebody draws on a map, with 100 to 1,000 buildings."""
    found: list[str] = []
    while len(found) < VARIANTS:
        lon, lat = middles[rng.integers(len(middles))]
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        reach = rng.uniform(0.6, 1.0, 24) * rng.uniform(0.004, 0.012)
        ring = np.round(np.column_stack([lon + reach * np.cos(turns), lat + reach * np.sin(turns)]), 6)
        area = shapely.Polygon(ring)
        if 100 <= len(tree.query(area, predicate="intersects")) <= 1000:
            corners = ", ".join(f"{x:.6f} {y:.6f}" for x, y in [*ring.tolist(), ring[0].tolist()])
            found.append(f"S_INTERSECTS(geom, POLYGON(({corners})))")
    return found


def _tiles(name: str, layer: str, middles: npt.NDArray[np.float64], zooms: Sequence[int], rng: np.random.Generator) -> Question:
    """Return tiles around buildings, as many of each level."""
    each: dict[str, list[str]] = {server: [] for server in SERVERS}
    for number in range(VARIANTS):
        zoom = zooms[number % len(zooms)]
        lon, lat = middles[rng.integers(len(middles))]
        col = int((lon + _EARTH / 2) / _EARTH * 2**zoom)
        row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**zoom)
        for server in SERVERS:
            address = f"{_collection(server, layer)}/tiles/WebMercatorQuad/{zoom}"
            place = f"{col}/{row}" if server == TIPG else f"{row}/{col}"
            each[server].append(f"{address}/{place}{'?f=mvt' if server == PYGEOAPI else ''}")
    return Question(name, each, tile_features, may_lack=_AT_THE_EDGE)


def _collection(server: str, layer: str) -> str:
    named = {OURS: f"/ogc/collections/{layer}", TIPG: f"/collections/public.{layer}", PYGEOAPI: f"/collections/{layer}"}
    return named[server]


def _geojson(server: str) -> str:
    return "geojson" if server == TIPG else "json"


def _filter(text: str, server: str) -> str:
    told = text.replace("(geom,", "(geometry,") if server == OURS else text
    # Of the two drafts pygeoapi reads the older, which says the same without the S_.
    told = told.replace("S_INTERSECTS", "INTERSECTS") if server == PYGEOAPI else told
    return f"filter={quote(told)}&filter-lang={'cql-text' if server == PYGEOAPI else 'cql2-text'}"


def _ids(body: bytes) -> frozenset[str]:
    answer = msgspec.json.decode(body)
    return frozenset(str(feature["id"]) for feature in answer.get("features", [answer]))


def tile_features(body: bytes) -> frozenset[str]:
    """Return the features of a tile that reach into it, rather than only into the rim around it."""
    plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    found = set()
    inside = shapely.box(0, 0, _EXTENT, _EXTENT)
    for layer in mapbox_vector_tile.decode(plain).values() if plain else ():
        for feature in layer["features"]:
            if shapely.intersects(shapely.make_valid(shapely.geometry.shape(feature["geometry"])), inside):
                found.add(str(feature["properties"].get("fid", feature["properties"].get("id"))))
    return frozenset(found)
