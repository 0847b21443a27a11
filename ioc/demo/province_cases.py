"""Service events of the simulated province: citizens' reports and dossiers, each a case that passes through steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, floor
from random import Random
from typing import Any

from ioc.demo.office_day import communes
from ioc.demo.province_places import Place, Spot, all_places
from ioc.demo.province_world import World

_FLOODING_MM_H = 15.0
_CATEGORIES = (
    ("waste", "Rác thải tồn đọng, chưa được thu gom"),
    ("road", "Mặt đường hư hỏng, ổ gà"),
    ("lighting", "Đèn đường không sáng"),
    ("noise", "Tiếng ồn quá mức vào ban đêm"),
    ("parking", "Đỗ xe lấn chiếm lòng đường"),
    ("water", "Mất nước sinh hoạt"),
    ("pollution", "Khói bụi, mùi khó chịu từ cơ sở sản xuất"),
)
_CHANNELS = ("app", "1022", "zalo", "web")
_PROCEDURES = ("land", "household", "business", "construction", "justice", "social")


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its number, second of simulated time when it began, the commune and the exact place that it is about, and its own facts."""

    number: int
    begin: float
    place: Place
    spot: Spot | None
    facts: dict[str, Any]
    steps_s: tuple[float, ...]
    """How long after its beginning each step comes."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that every case of a kind takes: the event type, and the members of the facts that it repeats."""

    type: str
    earliest_s: float
    latest_s: float
    repeats: tuple[str, ...]


class Cases:
    """Cases of one kind, one in each slot of `every_s` seconds."""

    def __init__(
        self,
        source: str,
        prefix: str,
        *,
        every_s: float,
        steps: tuple[Step, ...],
        draw: Callable[[Random, float], tuple[Place, Spot | None, dict[str, Any]]],
        seed: str,
    ) -> None:
        self.source, self.prefix, self.steps = source, prefix, steps
        self._every_s, self._draw, self._seed = every_s, draw, seed

    def due(self, step: Step, after: float, until: float) -> Iterator[tuple[float, Case]]:
        """Yield, by case number, the cases that take `step` at a second in (`after`, `until`], with that second."""
        nth = self.steps.index(step)
        first = max(0, floor((after - step.latest_s) / self._every_s) - 1)
        for number in range(first, ceil((until - step.earliest_s) / self._every_s) + 1):
            case = self._case(number)
            t = case.begin + case.steps_s[nth]
            if after < t <= until:
                yield t, case

    def _case(self, number: int) -> Case:
        random = Random(f"{self._seed}/{number}")  # noqa: S311 - a story, not a secret
        begin = (number + random.random()) * self._every_s
        delays = tuple(random.uniform(step.earliest_s, step.latest_s) for step in self.steps)
        place, spot, facts = self._draw(random, begin)
        return Case(number, begin, place, spot, facts, delays)


def citizens_reports(world: World) -> Cases:
    """Return the reports of citizens; where it pours they are about flooded streets."""

    def draw(random: Random, t: float) -> tuple[Place, Spot | None, dict[str, Any]]:
        place = random.choice(all_places())
        category, text = random.choice(_CATEGORIES)
        if world.rain(place.spot, t) > _FLOODING_MM_H:
            category, text = "flooding", "Ngập úng sau mưa lớn"
        facts = {"category": category, "channel": random.choice(_CHANNELS), "text": f"{text} tại {place.name}", "agency": place.district}
        return place, place.spot.moved(random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)), facts

    steps = (
        Step("report.received", 0.0, 0.0, ("category", "channel", "text")),
        Step("report.forwarded", 60.0, 400.0, ("category", "agency")),
        Step("report.answered", 700.0, 3600.0, ("category", "agency")),
    )
    return Cases("bg-1022", "PA", every_s=60.0, steps=steps, draw=draw, seed=f"{world.seed}/report")


def dossiers(world: World) -> Cases:
    """Return the dossiers that citizens hand in, most of them online; some are resolved after their due date."""
    # Offices are those of the present units; sensors and reports have their places.
    offices = [Place(one.code, one.name, one.name, "", "", one.spot) for one in communes(world.seed)]

    def draw(random: Random, _: float) -> tuple[Place, Spot | None, dict[str, Any]]:
        channel = "online" if random.random() < 0.82 else "counter"  # noqa: PLR2004
        return random.choice(offices), None, {"channel": channel, "procedure": random.choice(_PROCEDURES), "due_s": 4800.0}

    steps = (
        Step("dossier.received", 0.0, 0.0, ("channel", "procedure")),
        Step("dossier.resolved", 900.0, 5000.0, ("channel", "procedure")),
    )
    return Cases("bg-dvc", "HS", every_s=240.0, steps=steps, draw=draw, seed=f"{world.seed}/dossier")
