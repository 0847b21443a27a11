"""The weather, the rivers, the traffic and the mishaps of the simulated province: pure functions of simulated seconds since its start.

Rain cells travel at the pace of real ones; rivers answer within half an hour instead of half a day, so that a visitor sees the whole story.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, pi, radians, sin
from random import Random

from ioc.demo.province_episodes import Episode, Noise, Recurrence
from ioc.demo.province_places import Place, Spot, all_places, distance_km, place_named

DAY_S = 86_400.0
_FLOOD_RISE_S = 1500.0
_FLOOD_FALL_S = 1800.0
_FLOOD_MEMORY_S = 4 * 3600.0
_BASIN_KM = 28.0
_OPENING_CREST_S = 900.0
_OPENING_RISE_M = 1.03
_INDUSTRY = ("Quang Châu", "Vân Trung", "Nội Hoàng", "Đa Mai", "Vôi", "Đồi Ngô")


@dataclass(frozen=True, slots=True)
class RainCell:
    """A thunderstorm that passes over `target` in the middle of its life."""

    target: Spot
    heading: float
    speed_kmh: float
    peak: float
    """Rain in its middle, mm/h."""
    radius_km: float


@dataclass(frozen=True, slots=True)
class Smog:
    """Stagnant air around a place: so many µg/m3 of fine dust more."""

    middle: Spot
    peak: float


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that befalls one station of its kind; `share` (0 up to 1) says which, `radius_km` how far it reaches beyond it."""

    share: float
    radius_km: float

    def index(self, count: int) -> int:
        """Return which of `count` stations it befalls."""
        return int(self.share * count)


@dataclass(frozen=True, slots=True)
class River:
    """A river: its name, and the middle of the land that feeds it."""

    name: str
    basin: Spot


CAU = River("sông Cầu", Spot(105.97, 21.42))
THUONG = River("sông Thương", Spot(106.20, 21.48))
LUC_NAM = River("sông Lục Nam", Spot(106.72, 21.38))


class World:
    """Everything that the stations measure, for one seed; `start_s` is the local time of day at the start, in seconds."""

    def __init__(self, seed: int, start_s: float) -> None:
        self.seed = seed
        self._start_s = start_s
        self.rain_cells = Recurrence(f"{seed}/rain", every_s=4500.0, first_s=-2700.0, lasts_s=(5400.0, 6600.0), draw=_draw_cell)
        self.smogs = Recurrence(f"{seed}/smog", every_s=2400.0, first_s=360.0, lasts_s=(1100.0, 1700.0), draw=_draw_smog)
        self.jams = Recurrence(f"{seed}/jam", every_s=420.0, first_s=15.0, lasts_s=(240.0, 480.0), draw=_draw_mishap)
        self.outages = Recurrence(f"{seed}/outage", every_s=480.0, first_s=35.0, lasts_s=(150.0, 420.0), draw=_draw_wide_mishap)
        self.power_cuts = Recurrence(f"{seed}/power", every_s=1800.0, first_s=700.0, lasts_s=(300.0, 700.0), draw=_draw_mishap)
        self.overcurrents = Recurrence(f"{seed}/overcurrent", every_s=1200.0, first_s=240.0, lasts_s=(200.0, 400.0), draw=_draw_mishap)
        self.blind_cameras = Recurrence(f"{seed}/camera", every_s=1500.0, first_s=500.0, lasts_s=(200.0, 600.0), draw=_draw_mishap)
        self.silences = Recurrence(f"{seed}/silence", every_s=1500.0, first_s=420.0, lasts_s=(400.0, 700.0), draw=_draw_mishap)
        self._drizzle = Noise(f"{seed}/drizzle", 5400.0)

    def hour(self, t: float) -> float:
        """Return the local time of day at `t`, in hours."""
        return ((self._start_s + t) % DAY_S) / 3600.0

    def daily(self, t: float, peak_hour: float) -> float:
        """Return a wave between -1 and 1 that is highest at `peak_hour`."""
        return cos((self.hour(t) - peak_hour) / 24.0 * 2 * pi)

    def rush(self, t: float) -> float:
        """Return how busy the roads are, 0 (night) to 1 (7 and 17 o'clock)."""
        hour = self.hour(t)
        day = 0.55 if 6.0 <= hour < 21.0 else 0.08  # noqa: PLR2004
        peaks = exp(-(((hour - 7.2) / 1.0) ** 2)) + exp(-(((hour - 17.2) / 1.3) ** 2))
        return min(1.0, day + 0.45 * peaks)

    def rain(self, spot: Spot, t: float) -> float:
        """Return the rain at `spot` in mm/h."""
        heavy = sum(_cell_rain(episode, spot, t) for episode in self.rain_cells.active(t))
        return heavy + max(0.0, 1.6 * self._drizzle.at(t) - 0.4)

    def smog(self, spot: Spot, t: float) -> float:
        """Return the fine dust that smog adds at `spot`, µg/m3."""
        return sum(e.what.peak * e.strength(t, 400.0) * exp(-((distance_km(spot, e.what.middle) / 8.0) ** 2)) for e in self.smogs.active(t))

    def flood(self, river: River, lag_s: float, t: float) -> float:
        """Return how far the river stands above its base, m, at a gauge that a wave reaches `lag_s` after the rain."""
        rise = sum(
            e.what.peak / 40.0 * _nearness(e.what.target, river.basin) * _wave(t - (e.begin + e.end) / 2 - lag_s)
            for e in self.rain_cells.begun(t, _FLOOD_MEMORY_S)
        )
        if river is LUC_NAM:
            # The wave of a rain before the start, so that the first flood alarm comes within minutes.
            rise += _OPENING_RISE_M * _wave(t - _OPENING_CREST_S + 1500.0 - lag_s)
        return rise


def _draw_cell(random: Random) -> RainCell:
    target = random.choice(all_places()).spot
    return RainCell(target, random.uniform(60.0, 170.0), random.uniform(28.0, 42.0), random.uniform(45.0, 80.0), random.uniform(5.0, 7.5))


def _draw_smog(random: Random) -> Smog:
    return Smog(place_named(random.choice(_INDUSTRY)).spot, random.uniform(80.0, 150.0))


def _draw_mishap(random: Random) -> Mishap:
    return Mishap(random.random(), 0.0)


def _draw_wide_mishap(random: Random) -> Mishap:
    return Mishap(random.random(), 7.0 if random.random() < 0.2 else 0.0)  # noqa: PLR2004 - one in five takes its neighbours along


def _cell_rain(episode: Episode[RainCell], spot: Spot, t: float) -> float:
    cell = episode.what
    travelled = (t - (episode.begin + episode.end) / 2) / 3600.0 * cell.speed_kmh
    middle = cell.target.moved(travelled * sin(radians(cell.heading)), travelled * cos(radians(cell.heading)))
    return cell.peak * episode.strength(t, 1500.0) * exp(-((distance_km(spot, middle) / cell.radius_km) ** 2) / 2)


def _nearness(spot: Spot, basin: Spot) -> float:
    return exp(-((distance_km(spot, basin) / _BASIN_KM) ** 2))


def _wave(since_crest_s: float) -> float:
    """Return the height of a flood wave of 1 m: it rises faster than it falls."""
    return exp(-((since_crest_s / (_FLOOD_RISE_S if since_crest_s < 0 else _FLOOD_FALL_S)) ** 2))


def nearest_place(spot: Spot) -> Place:
    """Return the commune whose centre is nearest to `spot`."""
    return min(all_places(), key=lambda place: distance_km(place.spot, spot))
