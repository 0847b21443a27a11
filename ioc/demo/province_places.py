"""Places of Bắc Giang: communes, distances, and the ways between them. Knows nothing of stations or of time."""

from __future__ import annotations

import csv
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians

KM_PER_DEGREE = 110.9
"""Kilometres in a degree of latitude."""
KM_PER_DEGREE_LON = 111.3 * cos(radians(21.35))
"""Kilometres in a degree of longitude at the latitude of the province."""
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in WGS 84 degrees."""

    lon: float
    lat: float

    def moved(self, east_km: float, north_km: float) -> Spot:
        """Return the spot that lies so many kilometres to the east and north."""
        return Spot(self.lon + east_km / KM_PER_DEGREE_LON, self.lat + north_km / KM_PER_DEGREE)


@dataclass(frozen=True, slots=True)
class Place:
    """A commune: its code, names, district, and centre."""

    code: str
    name: str
    short: str
    district_code: str
    district: str
    spot: Spot

    @property
    def is_urban(self) -> bool:
        """Whether it is a ward or a town."""
        return self.name.startswith(("Phường", "Thị trấn"))


def distance_km(a: Spot, b: Spot) -> float:
    """Return the distance on a plane, good to a few metres within the province."""
    return hypot((b.lon - a.lon) * KM_PER_DEGREE_LON, (b.lat - a.lat) * KM_PER_DEGREE)


def heading_deg(a: Spot, b: Spot) -> float:
    """Return the direction from `a` to `b` in degrees clockwise from north, 0 up to 360."""
    return degrees(atan2((b.lon - a.lon) * KM_PER_DEGREE_LON, (b.lat - a.lat) * KM_PER_DEGREE)) % 360.0


@cache
def all_places() -> tuple[Place, ...]:
    """Return the communes in the order of their codes."""
    text = files("ioc.demo").joinpath("bacgiang_places.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Place(
            row["code"],
            row["name_vi"],
            row["short_vi"],
            row["district_code"],
            row["district_vi"],
            Spot(float(row["lon"]), float(row["lat"])),
        )
        for row in csv.DictReader(lines)
    )


@cache
def place_named(short: str) -> Place:
    """Return the commune of that name (without `Xã`, `Phường`, `Thị trấn`); raises LookupError when there is none."""
    for place in all_places():
        if place.short == short:
            return place
    raise LookupError(f"no commune is called {short!r}")


@cache
def way(start: Place, end: Place) -> tuple[Place, ...]:
    """Return the shortest way from commune to neighbouring commune, both ends included."""
    best: dict[str, float] = {start.code: 0.0}
    queue: list[tuple[float, str, tuple[Place, ...]]] = [(0.0, start.code, (start,))]
    while queue:
        cost, code, path = heapq.heappop(queue)
        if code == end.code:
            return path
        for neighbour, km in _neighbours()[code]:
            # A slight penalty on long hops keeps to the chain of communes that a road would pass through.
            total = cost + km**1.3
            if total < best.get(neighbour.code, float("inf")):
                best[neighbour.code] = total
                heapq.heappush(queue, (total, neighbour.code, (*path, neighbour)))
    raise LookupError(f"no way leads from {start.short} to {end.short}")


def way_through(names: Iterable[str]) -> list[Place]:
    """Return the way through the named communes in their order."""
    stops = [place_named(name) for name in names]
    path = stops[:1]
    for start, end in pairwise(stops):
        path.extend(way(start, end)[1:])
    return path


def rounded(spots: Sequence[Spot], steps: int) -> list[Spot]:
    """Return a curve through `spots` (Catmull-Rom) with `steps` pieces between each two: roads have no sharp corners."""
    curve: list[Spot] = []
    padded = [spots[0], *spots, spots[-1]]
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            u = step / steps
            curve.append(Spot(_spline(p0.lon, p1.lon, p2.lon, p3.lon, u), _spline(p0.lat, p1.lat, p2.lat, p3.lat, u)))
    return [*curve, spots[-1]]


def _spline(a: float, b: float, c: float, d: float, u: float) -> float:
    return 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u * u + (3 * b - a - 3 * c + d) * u * u * u)


@cache
def _neighbours() -> dict[str, list[tuple[Place, float]]]:
    """Return for each commune those that it is joined to: its nearest ones, and those that count it among theirs."""
    joined: dict[str, dict[str, tuple[Place, float]]] = {place.code: {} for place in all_places()}
    for place in all_places():
        others = sorted((distance_km(place.spot, other.spot), other.code, other) for other in all_places() if other is not place)
        for km, code, other in others[:_NEIGHBOURS]:
            joined[place.code][code] = (other, km)
            joined[code][place.code] = (place, km)
    return {code: list(found.values()) for code, found in joined.items()}
