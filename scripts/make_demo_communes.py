"""Make `ioc/demo/bacninh_communes.csv`: the communes of Bắc Ninh since July 2025 with a point inside each, for the offices of the simulated province.

Run by whoever renews `sdi/layers/units.geojson`, never by the service: `python scripts/make_demo_communes.py`.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from shapely.geometry import shape

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "ioc" / "demo" / "bacninh_communes.csv"
HEADER = """\
# Communes of the province Bắc Ninh since 1 July 2025: codes of the General Statistics Office, names, a point inside each in WGS 84 degrees.
# Made by scripts/make_demo_communes.py from sdi/layers/units.geojson; see there for sources and licences.
"""


def main() -> None:
    """Write the file again."""
    document = json.loads((ROOT / "sdi" / "layers" / "units.geojson").read_text(encoding="utf-8"))
    rows = []
    for feature in document["features"]:
        told = feature["properties"]
        if told["level"] == "commune" and told["valid_to"] is None:
            inside = shape(feature["geometry"]).representative_point()
            rows.append((told["code"], told["name_vi"], round(inside.y, 5), round(inside.x, 5)))
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        target.write(HEADER)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["code", "name_vi", "lat", "lon"])
        writer.writerows(sorted(rows))
    print(f"{len(rows)} communes in {TARGET.name}")


if __name__ == "__main__":
    main()
