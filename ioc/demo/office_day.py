"""A working day of the simulated offices: when they work, how well each commune does, and the event that comes of it. Knows no system."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ioc.demo.province_places import Spot

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
PROVINCE = "24"
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Event:
    """One service event; `id` is unique within its source."""

    source: str
    type: str
    id: str
    time: datetime
    subject: str
    unit: str
    data: dict[str, Any] = field(default_factory=dict)
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: its code, name, a point inside, how busy it is (1 on average), and how well it does its work, from 0 to 1."""

    code: str
    name: str
    spot: Spot
    weight: float
    skill: float


@cache
def communes(seed: int) -> tuple[Commune, ...]:
    """Return the communes in the order of their codes; the same seed makes them do as well."""
    text = files("ioc.demo").joinpath("bacninh_communes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found = []
    for row in rows:
        random = Random(f"{seed}/commune/{row['code']}")  # noqa: S311 - a story, not a secret
        weight = 2.0 if row["name_vi"].startswith("Phường") else 0.8
        spot = Spot(float(row["lon"]), float(row["lat"]))
        found.append(Commune(row["code"], row["name_vi"], spot, weight * random.uniform(0.6, 1.4), random.random() ** 0.5))
    return tuple(found)


@cache
def _weights(seed: int) -> tuple[float, ...]:
    return tuple(commune.weight for commune in communes(seed))


class Day:
    """One day of one desk: everything that is drawn from it is drawn in the same order for the same seed, desk and day."""

    def __init__(self, seed: int, desk: str, day: date) -> None:
        self.seed, self.day = seed, day
        self.random = Random(f"{seed}/{desk}/{day}")  # noqa: S311 - a story, not a secret
        self.is_working = day.weekday() < _SATURDAY

    def number(self, mean: float) -> int:
        """Return how many of something come on this day: about `mean` on a working day, a tenth of it on others."""
        expected = (mean if self.is_working else mean / 10) * self.random.uniform(0.7, 1.3)
        return int(expected) + (self.random.random() < expected % 1)

    def commune(self) -> Commune:
        """Return a commune, a busy one more often."""
        return self.random.choices(communes(self.seed), _weights(self.seed))[0]

    def chance(self, share: float) -> bool:
        """Return true in so many of all cases."""
        return self.random.random() < share

    def at(self, first_hour: float = 7.5, last_hour: float = 17.0) -> datetime:
        """Return an instant of this day between two hours of local time."""
        return instant(self.day, self.random.uniform(first_hour, last_hour))

    def later(self, since: datetime, least_days: float, most_days: float) -> datetime:
        """Return an instant in office hours so many days after another."""
        day = (since + timedelta(days=self.random.uniform(least_days, most_days))).astimezone(LOCAL).date()
        moment = instant(day, self.random.uniform(7.5, 17.0))
        return max(moment, since + timedelta(minutes=self.random.uniform(5, 50)))


def instant(day: date, hour: float) -> datetime:
    """Return an hour of local time, as 7.5 for half past seven, in UTC to the second."""
    return (datetime.combine(day, time(), LOCAL) + timedelta(seconds=int(hour * 3600))).astimezone(UTC)


def months_since_2025(day: date) -> float:
    """Return how far the offices have come on their way to digital work: months since the beginning of 2025."""
    return (day - date(2025, 1, 1)).days / 30.4
