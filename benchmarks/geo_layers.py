"""The layers of the benchmark of serving: the communes of a province and a town of buildings in them, the same for everybody who serves them."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

SHIPPED = Path(__file__).parents[1] / "sdi" / "layers" / "units.geojson"
KINDS = ("house", "shop", "workshop", "office", "school", "clinic", "temple")
_SHARES = (0.80, 0.09, 0.05, 0.03, 0.015, 0.005, 0.01)
_PER_HAMLET = 80
_SPREAD_DEGREES = 0.003
_METRE = 1 / 111_320
_DECIMALS = 7


def communes() -> gpd.GeoDataFrame:
    """Return the communes in force, those of IOC_TEST_DATA where it is set: `fid`, `code`, `name` and their areas."""
    if folder := os.environ.get("IOC_TEST_DATA"):
        real = gpd.read_file(Path(folder) / "communes_2025_4prov.gpkg", layer="commune")
        found = real[["code", "name", "geometry"]]
    else:
        shipped = gpd.read_file(SHIPPED)
        found = shipped[(shipped["level"] == "commune") & shipped["valid_to"].isna()]
        found = found.rename(columns={"name_vi": "name"})[["code", "name", "geometry"]]
    found = found.sort_values("code").reset_index(drop=True)
    found.insert(0, "fid", "c" + found["code"])
    return found


def buildings(count: int, areas: gpd.GeoDataFrame, *, seed: int = 1) -> gpd.GeoDataFrame:
    """Return `count` buildings in hamlets all over `areas`: `fid`, what they are, and an outline with four corners."""
    rng = np.random.default_rng(seed)
    shapes = areas.geometry.to_numpy()
    places, owners = _places(count, shapes, rng)
    kinds = rng.choice(len(KINDS), count, p=_SHARES)
    levels = 1 + rng.geometric(0.45, count).clip(max=12)
    table = {
        "fid": [f"b{number:07d}" for number in range(count)],
        "kind": np.array(KINDS)[kinds],
        "levels": levels,
        "height": np.round(levels * 3.3 + rng.uniform(0, 2, count), 1),
        "built": rng.integers(1960, 2026, count),
        "commune": areas["code"].to_numpy()[owners],
        "address": [f"Số {number}, đường {road}" for number, road in rng.integers(1, 4000, (count, 2)).tolist()],
    }
    return gpd.GeoDataFrame(table, geometry=_outlines(places, rng), crs="EPSG:4326")


def _places(count: int, shapes: npt.NDArray[np.object_], rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return places in `shapes` and which of them each is in."""
    west, south, east, north = shapely.total_bounds(shapes)
    found, owners = np.empty((0, 2)), np.empty(0, dtype=np.int64)
    while len(found) < count:
        hamlets = rng.uniform((west, south), (east, north), (count // _PER_HAMLET + 1, 2))
        tried = np.repeat(hamlets, _PER_HAMLET, axis=0)
        tried = tried + rng.normal(0, _SPREAD_DEGREES, tried.shape)
        # Asked the other way round, each area would be prepared anew for every place.
        owner, which = shapely.STRtree(np.asarray(shapely.points(tried))).query(shapes, predicate="contains")
        which, first = np.unique(which, return_index=True)
        found, owners = np.concatenate([found, tried[which]]), np.concatenate([owners, owner[first]])
    return found[:count], owners[:count]


def _outlines(places: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.object_]:
    count = len(places)
    length, width, turned = rng.uniform(6, 22, count), rng.uniform(4, 12, count), rng.uniform(0, np.pi / 2, count)
    across = np.stack([np.cos(turned), np.sin(turned)], axis=-1) * length[:, None] * _METRE / 2
    along = np.stack([-np.sin(turned), np.cos(turned)], axis=-1) * width[:, None] * _METRE / 2
    corners = [places - across - along, places + across - along, places + across + along, places - across + along]
    rings = np.round(np.stack([*corners, corners[0]], axis=1), _DECIMALS)
    return np.asarray(shapely.polygons(rings), dtype=np.object_)
