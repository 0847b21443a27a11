"""What each kind of station measures at a moment of simulated time. Knows nothing of topics or of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from random import Random
from typing import Protocol

from ioc.demo.province_episodes import Episode, Noise, Recurrence
from ioc.demo.province_places import Spot, distance_km
from ioc.demo.province_world import Mishap, River, World

_FALL_BELOW_CREST_M = 0.9
_RAIN_SLOT_S = 900.0
_RAIN_SLOTS = 96
_LAMPS_ON_HOUR = 18.0
_LAMPS_OFF_HOUR = 5.6


class Sensor(Protocol):
    """Something that can be read."""

    def read(self, t: float) -> dict[str, float]:
        """Return the values of its properties at second `t` of simulated time."""
        ...


@dataclass(frozen=True)
class Site:
    """Where a sensor stands in the world, and which of its kind it is."""

    world: World
    key: str
    spot: Spot
    number: int
    """Its place among the stations of its kind, from 0."""

    def noise(self, name: str, period_s: float) -> Noise:
        """Return a noise of this site's own."""
        return Noise(f"{self.world.seed}/{self.key}/{name}", period_s)

    @cached_property
    def trait(self) -> float:
        """A number from 0 up to 1 that makes this site differ from others of its kind."""
        return Random(f"{self.world.seed}/{self.key}").random()  # noqa: S311 - a story, not a secret


class RiverGauge:
    """Water level, and how far it is from the first flood-alarm level (BĐ1); BĐ2 and BĐ3 lie 1 m and 2 m higher."""

    def __init__(self, site: Site, river: River, *, alarm_1: float, lag_s: float) -> None:
        self._site, self._river, self._alarm_1, self._lag_s = site, river, alarm_1, lag_s
        self._base = alarm_1 - _FALL_BELOW_CREST_M + 0.15 + 0.1 * site.trait
        self._ripple = site.noise("ripple", 900.0)

    def read(self, t: float) -> dict[str, float]:
        """Return `water_level` and `above_alarm_1`, m."""
        level = self._base + self._site.world.flood(self._river, self._lag_s, t) + 0.02 * self._ripple.at(t)
        return {"water_level": round(level, 2), "above_alarm_1": round(level - self._alarm_1, 2)}


class RainGauge:
    """Rain: how hard it falls, and what has fallen within a day, or since the start."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._fallen: dict[int, float] = {}  # slot -> mm

    def read(self, t: float) -> dict[str, float]:
        """Return `rain_1h`, mm/h, and `rain_24h`, mm."""
        newest = int(t // _RAIN_SLOT_S)
        slots = range(max(0, newest - _RAIN_SLOTS), newest)
        if newest not in self._fallen:
            self._fallen = {slot: self._fallen.get(slot, -1.0) for slot in (*slots, newest)}
            for slot in [slot for slot in slots if self._fallen[slot] < 0]:
                self._fallen[slot] = self._site.world.rain(self._site.spot, (slot + 0.5) * _RAIN_SLOT_S) * _RAIN_SLOT_S / 3600.0
        rain = self._site.world.rain(self._site.spot, t)
        return {"rain_1h": round(rain, 1), "rain_24h": round(sum(self._fallen[slot] for slot in slots), 1)}


class SluiceGauge:
    """Salinity before an intake sluice near the coast: it comes and goes with the tide, and further with spring tides."""

    def __init__(self, site: Site, *, reach: float) -> None:
        """`reach` is the salinity at the height of an ordinary tide, g/l."""
        self._site, self._reach = site, reach
        self._wind = site.noise("wind", 5400.0)

    def read(self, t: float) -> dict[str, float]:
        """Return `salinity`, g/l."""
        tide = 0.5 + 0.5 * self._site.world.daily(t, 9.0 + self._site.number * 0.4)
        return {"salinity": round(max(0.05, 0.1 + self._reach * tide**3 * (1.0 + 0.35 * self._wind.at(t))), 2)}


class AirMonitor:
    """Air quality."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._dust = site.noise("dust", 2400.0)
        self._gas = site.noise("gas", 1500.0)

    def read(self, t: float) -> dict[str, float]:
        """Return PM2.5, PM10, ozone, nitrogen dioxide, sulphur dioxide (µg/m3) and carbon monoxide (mg/m3); rain washes dust out."""
        world, spot = self._site.world, self._site.spot
        washed = exp(-world.rain(spot, t) / 40.0)
        fine = (16.0 + 8.0 * self._site.trait + 5.0 * world.rush(t) + 5.0 * self._dust.at(t) + world.smog(spot, t)) * washed
        gas = 1.0 + 0.25 * self._gas.at(t)
        return {
            "pm2_5": round(fine, 1),
            "pm10": round(fine * 1.55 + 6.0, 1),
            "o3": round(gas * (48.0 + 32.0 * world.daily(t, 14.0)), 1),
            "no2": round(gas * (8.0 + 26.0 * world.rush(t)), 1),
            "so2": round(gas * (7.0 + fine / 12.0), 1),
            "co": round(gas * (0.3 + 0.6 * world.rush(t) + fine / 300.0), 2),
        }


class TrafficCounter:
    """Vehicles passing and their speed; a jam slows them to walking pace."""

    def __init__(self, site: Site, count: int) -> None:
        self._site, self._count = site, count
        self._noise = site.noise("traffic", 420.0)

    def read(self, t: float) -> dict[str, float]:
        """Return `flow`, vehicles per hour, and `speed`, km/h."""
        rush, noise, trait = self._site.world.rush(t), self._noise.at(t), self._site.trait
        jammed = max(
            (e.strength(t, 25.0) for e in self._site.world.jams.active(t) if e.what.index(self._count) == self._site.number), default=0.0
        )
        free = (40.0 + 22.0 * trait) * (1.0 - 0.22 * rush) + 3.0 * noise
        flow = (180.0 + 1500.0 * trait) * rush * (1.0 + 0.15 * noise)
        return {"flow": round(flow * (1.0 - 0.6 * jammed)), "speed": round(free + (5.5 + noise - free) * jammed, 1)}


class LightingCircuit:
    """A street-lighting cabinet: on in the dark; now and then a cable fault draws too much."""

    def __init__(self, site: Site, count: int) -> None:
        self._site, self._count = site, count
        self._noise = site.noise("current", 600.0)

    def read(self, t: float) -> dict[str, float]:
        """Return `on` (0 or 1), `current` (A), `voltage` (V) and `power` (kW)."""
        world, noise, trait = self._site.world, self._noise.at(t), self._site.trait
        hour = world.hour(t)
        on = hour >= _LAMPS_ON_HOUR + 0.3 * trait or hour < _LAMPS_OFF_HOUR - 0.3 * trait
        current = (14.0 + 14.0 * trait) * (1.0 + 0.03 * noise) if on else 0.0
        for fault in world.overcurrents.active(t):
            if fault.what.index(self._count) == self._site.number:
                current += (46.0 + 8.0 * noise) * fault.strength(t, 20.0)
        voltage = 228.0 + 3.0 * noise - 0.08 * current
        return {
            "on": float(on),
            "current": round(current, 2),
            "voltage": round(voltage, 1),
            "power": round(3 * voltage * current * 0.92 / 1000, 2),
        }


class Availability:
    """Anything that is only up (1) or down (0): telecom and power sites, cameras. A wide mishap takes the neighbours down as well."""

    def __init__(self, site: Site, mishaps: Recurrence[Mishap], spots: Sequence[Spot]) -> None:
        self._site, self._mishaps, self._spots = site, mishaps, spots

    def read(self, t: float) -> dict[str, float]:
        """Return `up`, 1 or 0."""
        return {"up": 0.0 if any(self._befalls(episode) for episode in self._mishaps.active(t)) else 1.0}

    def _befalls(self, episode: Episode[Mishap]) -> bool:
        victim = episode.what.index(len(self._spots))
        return victim == self._site.number or distance_km(self._spots[victim], self._site.spot) < episode.what.radius_km


class WasteBin:
    """How full a bin is: it fills over hours and is emptied, one time in seven too late."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._period_s = 3600.0 * (5.0 + 3.0 * site.trait)

    def read(self, t: float) -> dict[str, float]:
        """Return `fill`, %."""
        cycle, passed = divmod(t + self._site.trait * 7919.0 * self._period_s, self._period_s)
        draw = Random(f"{self._site.world.seed}/{self._site.key}/{cycle}")  # noqa: S311 - a story, not a secret
        top = draw.uniform(93.0, 99.0) if draw.random() < 1 / 7 else draw.uniform(55.0, 80.0)
        return {"fill": round(2.0 + (top - 2.0) * passed / self._period_s, 1)}
