"""Buses on their lines and ambulances on their missions: where each is at a moment of simulated time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from random import Random
from typing import Protocol

from ioc.demo.province_places import Place, Spot, all_places, distance_km, heading_deg, place_named, rounded, way, way_through

_CURVE_STEPS = 8
_BUS_KMH = 36.0
_STOP_S = 25.0
_TERMINUS_S = 150.0
_OUT_KMH = 62.0
_BACK_KMH = 45.0
_AT_SCENE_S = 240.0
_MISSION_EVERY_S = 2700.0
_REACH_KM = 11.0


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a vehicle is: km/h, degrees clockwise from north."""

    spot: Spot
    speed: float
    heading: float


class Motion(Protocol):
    """Something that moves."""

    def at(self, t: float) -> Fix:
        """Return where it is at second `t` of simulated time."""
        ...


@dataclass(frozen=True)
class Vehicle:
    """One moving station."""

    source: str
    id: str
    kind: str
    name: str
    interval_s: float
    motion: Motion


@dataclass(frozen=True)
class BusLine:
    """A line: its number, the communes that it passes, and how many buses it has."""

    number: str
    through: tuple[str, ...]
    buses: int


BUS_LINES = (
    BusLine("01", ("Trần Phú", "Dĩnh Kế", "Đồi Ngô", "Chũ"), 6),
    BusLine("02", ("Trần Phú", "Vôi", "Kép", "Hương Sơn"), 5),
    BusLine("03", ("Ngô Quyền", "Bích Động", "Thắng"), 5),
    BusLine("04", ("Ngô Quyền", "Cao Thượng", "Nhã Nam", "Phồn Xương"), 5),
    BusLine("05", ("Mỹ Độ", "Nội Hoàng", "Nếnh", "Quang Châu"), 4),
    BusLine("06", ("Dĩnh Trì", "Tân An", "Nham Biền"), 2),
    BusLine("07", ("Chũ", "Biển Động", "An Châu"), 2),
    BusLine("08", ("Bố Hạ", "Kép"), 1),
)
_AMBULANCE_BASES = ("Ngô Quyền", "Ngô Quyền", "Dĩnh Kế", "Bích Động", "Thắng", "Cao Thượng", "Vôi", "Đồi Ngô", "Chũ", "An Châu")


def vehicles(seed: int) -> Iterator[Vehicle]:
    """Yield the 30 buses and 10 ambulances, in a lasting order."""
    for line in BUS_LINES:
        route = Track.through(way_through(line.through))
        for nth in range(line.buses):
            name = f"Xe buýt {line.number} số {nth + 1} ({line.through[0]} - {line.through[-1]})"
            yield Vehicle("bg-transit", f"bus-{line.number}-{nth + 1}", "bus", name, 2.5, Shuttle(route, (nth + 0.37) / line.buses))
    for nth, base in enumerate(_AMBULANCE_BASES):
        motion = Missions(f"{seed}/ambulance/{nth}", place_named(base), first_s=5.0 + 270.0 * nth)
        yield Vehicle("bg-115", f"cc-{nth + 1:02d}", "ambulance", f"Xe cứu thương {nth + 1:02d} ({base})", 2.5, motion)


class Track:
    """A curve on the map, and how far along it its stops lie."""

    def __init__(self, curve: Sequence[Spot]) -> None:
        self._curve = curve
        self._km = list(accumulate((distance_km(a, b) for a, b in pairwise(curve)), initial=0.0))
        self.stops = self._km[::_CURVE_STEPS]

    @classmethod
    def through(cls, places: Sequence[Place]) -> Track:
        """Return the track through the centres of `places`, at least two."""
        return cls(rounded([place.spot for place in places], _CURVE_STEPS))

    def at(self, km: float) -> tuple[Spot, float]:
        """Return the spot so far from the start, and the heading there."""
        index = min(max(bisect_right(self._km, km) - 1, 0), len(self._curve) - 2)
        a, b = self._curve[index], self._curve[index + 1]
        share = min(1.0, max(0.0, (km - self._km[index]) / max(1e-9, self._km[index + 1] - self._km[index])))
        return Spot(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share), heading_deg(a, b)


@dataclass(frozen=True, slots=True)
class Leg:
    """A run from one point of a track to another; where both are the same, a stop."""

    begin: float
    lasts: float
    start_km: float
    end_km: float

    def at(self, t: float) -> tuple[float, float]:
        """Return how far along the track it is, and the speed in km/h: it speeds up and slows down smoothly."""
        u = min(1.0, max(0.0, (t - self.begin) / self.lasts))
        length = self.end_km - self.start_km
        return self.start_km + length * u * u * (3 - 2 * u), abs(length) * 6 * u * (1 - u) / self.lasts * 3600.0


class Journey:
    """Legs one after the other on one track."""

    def __init__(self, track: Track, runs: Sequence[tuple[float, float, float]]) -> None:
        """Take the runs as (seconds, start km, end km)."""
        begins = [*accumulate((lasts for lasts, _, _ in runs), initial=0.0)]
        self._track, self.lasts = track, begins[-1]
        self._legs = [Leg(begin, *run) for begin, run in zip(begins, runs, strict=False)]
        self._begins = begins[: len(runs)]

    def at(self, t: float) -> Fix:
        """Return where the vehicle is `t` seconds after the journey began; it stays at the end."""
        leg = self._legs[max(0, bisect_right(self._begins, t) - 1)]
        km, speed = leg.at(t)
        spot, heading = self._track.at(km)
        return Fix(spot, speed, heading if leg.end_km >= leg.start_km else (heading + 180.0) % 360.0)


class Shuttle:
    """To and fro on a track, halting at every stop, day and night."""

    def __init__(self, track: Track, phase: float) -> None:
        out = list(track.stops)
        self._journey = Journey(track, [*_runs(out, _BUS_KMH, _STOP_S, _TERMINUS_S), *_runs(out[::-1], _BUS_KMH, _STOP_S, _TERMINUS_S)])
        self._phase_s = phase * self._journey.lasts

    def at(self, t: float) -> Fix:
        """Return where it is."""
        return self._journey.at((t + self._phase_s) % self._journey.lasts)


class Missions:
    """From the base to the scene of an accident and back, once in a while; parked at the base between."""

    def __init__(self, seed: str, base: Place, *, first_s: float) -> None:
        self._seed, self._base, self._first_s = seed, base, first_s
        self._known: dict[int, Journey] = {}

    def at(self, t: float) -> Fix:
        """Return where it is."""
        number, passed = divmod(t - self._first_s, _MISSION_EVERY_S)
        if number < 0:
            return Fix(self._base.spot, 0.0, 0.0)
        return self._journey(int(number)).at(passed)

    def _journey(self, number: int) -> Journey:
        if number not in self._known:
            self._known.clear()
            scene = Random(f"{self._seed}/{number}").choice(_reach(self._base))  # noqa: S311 - a story, not a secret
            track = Track.through(way(self._base, scene))
            end = track.stops[-1]
            out, back = end / _OUT_KMH * 3600.0, end / _BACK_KMH * 3600.0
            self._known[number] = Journey(track, [(out, 0.0, end), (_AT_SCENE_S, end, end), (back, end, 0.0)])
        return self._known[number]


@cache
def _reach(base: Place) -> list[Place]:
    """Return the communes that an ambulance of `base` is sent to."""
    return [place for place in all_places() if 2.0 < distance_km(base.spot, place.spot) < _REACH_KM]  # noqa: PLR2004


def _runs(stops: Sequence[float], speed_kmh: float, stop_s: float, last_s: float) -> Iterator[tuple[float, float, float]]:
    for nth, (start, end) in enumerate(pairwise(stops), start=2):
        yield max(1.0, abs(end - start) / speed_kmh * 3600.0), start, end
        yield (last_s if nth == len(stops) else stop_s), end, end
