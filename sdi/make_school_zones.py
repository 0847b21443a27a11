"""Make the layer of school zones that the demonstration ships: round areas about schools beside the bus lines of the simulated province.

The schools are real; where a zone lies is good to some hundred metres, since it is laid along the simulated line. Run again after a change
of the lines: `python sdi/make_school_zones.py`.
"""

from __future__ import annotations

import json
from math import cos, pi, sin
from pathlib import Path

from ioc.demo.province_places import way_through
from ioc.demo.province_vehicles import BUS_LINES, Track

ZONES = (
    # id, line, commune, km along the line beyond its centre, radius (m), school
    ("luc-ngan-1", "01", "Chũ", -0.10, 160, "Trường THPT Lục Ngạn số 1", "Luc Ngan No. 1 High School"),
    ("luc-nam", "01", "Đồi Ngô", 0.10, 160, "Trường THPT Lục Nam", "Luc Nam High School"),
    ("lang-giang-1", "02", "Vôi", 0.35, 250, "Trường THPT Lạng Giang số 1", "Lang Giang No. 1 High School"),
    ("viet-yen-1", "03", "Bích Động", 0.10, 160, "Trường THPT Việt Yên số 1", "Viet Yen No. 1 High School"),
    ("tan-yen-1", "04", "Cao Thượng", 0.45, 250, "Trường THPT Tân Yên số 1", "Tan Yen No. 1 High School"),
    ("hiep-hoa-1", "03", "Thắng", -0.10, 160, "Trường THPT Hiệp Hòa số 1", "Hiep Hoa No. 1 High School"),
)
LIMIT_KMH = 30
CORNERS = 16


def main() -> None:
    """Write the layer."""
    features = []
    for fid, number, commune, beyond_km, radius_m, name_vi, name_en in ZONES:
        line = next(one for one in BUS_LINES if one.number == number)
        places = way_through(line.through)
        track = Track.through(places)
        stop = next(n for n, place in enumerate(places) if place.short == commune)
        middle, _ = track.at(track.stops[stop] + beyond_km)
        ring = [
            middle.moved(radius_m / 1000 * cos(2 * pi * n / CORNERS), radius_m / 1000 * sin(2 * pi * n / CORNERS))
            for n in (*range(CORNERS), 0)
        ]
        features.append(
            {
                "type": "Feature",
                "id": fid,
                "properties": {"zone": fid, "name_vi": name_vi, "name_en": name_en, "limit_kmh": LIMIT_KMH},
                "geometry": {"type": "Polygon", "coordinates": [[[round(spot.lon, 5), round(spot.lat, 5)] for spot in ring]]},
            }
        )
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    (Path(__file__).parent / "layers" / "school-zones.geojson").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
