"""Things that happen now and then, and noise, as pure functions of a seed and of simulated time.

Whatever happens at second `t` can be asked for at once, without playing what came before; so the same seed always tells the same story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, floor, pi, sin
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

_JITTER = 0.4
"""How far into its slot an episode may begin, as a share of the slot."""


@dataclass(frozen=True, slots=True)
class Episode(Generic[T]):
    """One episode: seconds of simulated time from `begin` up to `end`, and what was drawn for it."""

    number: int
    begin: float
    end: float
    what: T

    def strength(self, t: float, ramp_s: float) -> float:
        """Return 0 outside the episode, 1 inside, with a smooth rise and fall of `ramp_s` seconds."""
        u = max(0.0, min(1.0, (t - self.begin) / ramp_s, (self.end - t) / ramp_s))
        return u * u * (3.0 - 2.0 * u)


class Recurrence(Generic[T]):
    """Episodes of one kind: one in each slot of `every_s` seconds, the first of them at `first_s`."""

    def __init__(
        self,
        seed: str,
        *,
        every_s: float,
        first_s: float,
        lasts_s: tuple[float, float],
        draw: Callable[[Random], T],
    ) -> None:
        self._seed = seed
        self._every_s = every_s
        self._first_s = first_s
        self._lasts_s = lasts_s
        self._draw = draw
        self._known: dict[int, Episode[T]] = {}

    def active(self, t: float) -> Iterator[Episode[T]]:
        """Yield the episodes that are going on at `t`."""
        return (episode for episode in self.begun(t, self._lasts_s[1]) if episode.begin <= t < episode.end)

    def begun(self, t: float, horizon_s: float) -> Iterator[Episode[T]]:
        """Yield, oldest first, at least all episodes that began in the `horizon_s` seconds before `t`."""
        newest = floor((t - self._first_s) / self._every_s)
        oldest = newest - ceil(horizon_s / self._every_s) - 1
        return (self.episode(number) for number in range(max(0, oldest), newest + 1))

    def episode(self, number: int) -> Episode[T]:
        """Return the episode of slot `number`, counted from 0."""
        if number not in self._known:
            random = Random(f"{self._seed}/{number}")  # noqa: S311 - a story, not a secret
            jitter = random.uniform(0.0, _JITTER) * self._every_s if number else 0.0
            begin = self._first_s + number * self._every_s + jitter
            if len(self._known) > 64:  # noqa: PLR2004 - enough for every slot that is asked about at one time
                self._known.clear()
            self._known[number] = Episode(number, begin, begin + random.uniform(*self._lasts_s), self._draw(random))
        return self._known[number]


class Noise:
    """A smooth wandering between -1 and 1: three sines whose periods have no common measure."""

    __slots__ = ("_waves",)

    def __init__(self, seed: str, period_s: float) -> None:
        random = Random(seed)  # noqa: S311 - a story, not a secret
        self._waves = [
            (weight, 2 * pi / (period_s * ratio * random.uniform(0.85, 1.15)), random.uniform(0.0, 2 * pi))
            for weight, ratio in ((0.55, 1.0), (0.30, 0.377), (0.15, 0.1319))
        ]

    def at(self, t: float) -> float:
        """Return the value at second `t`."""
        return sum(weight * sin(frequency * t + phase) for weight, frequency, phase in self._waves)
