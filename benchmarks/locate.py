"""How many places a second get their unit, against a plain bulk query of a tree of the same polygons, in one run.

`make bench NAME=locate`; the shipped communes, and those of IOC_TEST_DATA where it is set. Lines: name, value, goal, met or short.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ioc.domain.unit import UnitRef
from ioc.geo.locate import UnitIndex

SHIPPED = Path(__file__).parents[1] / "sdi" / "layers" / "units.geojson"
PLACES = 100_000
PLACES_FOR_TREE = 20_000  # it is slow on detailed boundaries
BATCH = 200
GOAL = 1.0


def main() -> None:
    """Measure every layer that is there."""
    shipped = gpd.read_file(SHIPPED)
    compare("shipped", shipped[shipped["level"] == "commune"])
    if folder := os.environ.get("IOC_TEST_DATA"):
        real = gpd.read_file(Path(folder) / "communes_2025_4prov.gpkg", layer="commune")
        compare("real", real.cx[105.8:107.1, 20.9:21.7])


def compare(name: str, communes: gpd.GeoDataFrame) -> None:
    """Print the speed of both ways over one layer and their ratio, and stop if they disagree."""
    areas, codes = communes.geometry.to_numpy(), communes["code"].to_numpy()
    day = date(2026, 1, 1)
    begun = time.perf_counter()
    index = UnitIndex([unit(number, code, area) for number, (code, area) in enumerate(zip(codes, areas, strict=True))], today=lambda: day)
    print(f"{name}_build_s {time.perf_counter() - begun:.2f}")
    west, south, east, north = communes.total_bounds
    rng = np.random.default_rng(1)
    lons, lats = rng.uniform(west, east, PLACES), rng.uniform(south, north, PLACES)
    ours = best(lambda: index.locate_many(lons, lats), PLACES)
    tree = shapely.STRtree(areas)
    some = slice(0, PLACES_FOR_TREE)
    theirs = best(lambda: tree.query(shapely.points(lons[some], lats[some]), predicate="intersects"), PLACES_FOR_TREE)
    check(index, tree, codes, lons[some], lats[some])
    batches = [slice(start, start + BATCH) for start in range(0, PLACES_FOR_TREE, BATCH)]
    small = best(lambda: [index.locate_many(lons[part], lats[part]) for part in batches], PLACES_FOR_TREE)
    print(f"{name}_places_per_s {ours:.0f}")
    print(f"{name}_places_per_s_in_batches_of_{BATCH} {small:.0f}")
    print(f"{name}_tree_places_per_s {theirs:.0f}")
    print(f"{name}_ratio {ours / theirs:.1f} {GOAL} {'met' if ours / theirs >= GOAL else 'short'}")


def unit(number: int, code: str, area: shapely.Geometry) -> tuple[UnitRef, bytes]:
    """Return a commune as the index takes it."""
    return UnitRef(number, "units", code, date(2025, 1, 1), None, "commune", code, code, None, code, code), shapely.to_wkb(area)


def best(work: Callable[[], object], places: int, rounds: int = 3) -> float:
    """Return the places a second of the best of some rounds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return places / min(times)


def check(index: UnitIndex, tree: shapely.STRtree, codes: np.ndarray, lons: np.ndarray, lats: np.ndarray) -> None:
    """Stop unless both ways find the same communes."""
    expected: dict[int, str] = {}
    for place, area in zip(*tree.query(shapely.points(lons, lats), predicate="intersects").tolist(), strict=True):
        expected[place] = min(codes[area], expected.get(place, codes[area]))
    found = [None if number is None else codes[number] for number in index.locate_many(lons, lats)]
    assert found == [expected.get(place) for place in range(len(lons))]


if __name__ == "__main__":
    main()
