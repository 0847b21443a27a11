"""What each source publishes, in order, and what must come of it: the same for the same seed, start and number of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.torture import faults, payloads
from tests.torture.fieldsystem import CLOCKLESS, MOVERS, OLD_MS, SILENT, STATIONS, Draft, FieldSystem
from tests.torture.model import Fact, Happening, Message, Model

_BAD, _TWICE, _LATE, _CORRECTED = 0.03, 0.05, 0.05, 0.01
_RECENT = 400
_CLOSED_EVERY = 5
END = "end"
"""The type and id of the event with which each source ends."""
DESCRIBED = (*STATIONS, *MOVERS)
ALL_STATIONS = (*DESCRIBED, CLOCKLESS, SILENT)


@dataclass(frozen=True)
class Plan:
    """What is published by each source, and the model of the store after it."""

    sources: dict[str, list[Message]]
    speaks_5: frozenset[str]
    closed: frozenset[str]
    model: Model
    counts: dict[str, int] = field(default_factory=dict)


def plan(*, seed: str, start: int, messages: int, sources: int) -> Plan:
    """Return what `sources` sources publish, `messages` together, with clocks that begin at `start` (ms since 1970)."""
    model = Model(old_before=start - OLD_MS)
    streams: dict[str, list[Message]] = {}
    speaks_5: set[str] = set()
    closed: set[str] = set()
    counts: dict[str, int] = {}
    names = [f"src-{number:02}" for number in range(sources)]
    for number, name in enumerate(names):
        system = FieldSystem(name, seed=seed, start=start, speaks_5=number % 2 == 0, is_closed=number % _CLOSED_EVERY == 1)
        speaks_5 |= {name} if system.speaks_5 else set()
        closed |= {name} if system.is_closed else set()
        n = messages // sources + (number < messages % sources)
        streams[name] = _Stream(system, model, counts).write(n)
    return Plan(streams, frozenset(speaks_5), frozenset(closed), model, counts)


class _Stream:
    """The messages of one source while they are written."""

    def __init__(self, system: FieldSystem, model: Model, counts: dict[str, int]) -> None:
        self._system, self._model, self._counts = system, model, counts
        self._written: list[tuple[Message, Sequence[Fact]]] = []

    def write(self, n: int) -> list[Message]:
        """Return `n` messages: first the stations describe themselves, at last the source says that it has ended."""
        for station in DESCRIBED:
            self._add("description", payloads.first_description(self._system, station))
        while len(self._written) < n - 1:
            self._go_on()
        end = Happening(self._system.name, END, self._system.start, (END, None, None, None, None, "{}"))
        self._add("end", Draft(f"event/{END}", f'{{"id":"{END}","time":{self._system.start}}}'.encode(), [end]))
        return [message for message, _ in self._written]

    def _go_on(self) -> None:
        rng, chance = self._system.rng, self._system.rng.random()
        if chance < _BAD:
            fault = rng.choices(list(faults.BAD), list(faults.BAD.values()))[0]
            self._add("bad", fault(self._system))
        elif chance < _BAD + _TWICE:
            message, facts = rng.choice(self._written[-_RECENT:])
            self._take("twice", message, facts)
        elif chance < _BAD + _TWICE + _CORRECTED:
            self._add("correction", payloads.correction(self._system))
        else:
            self._system.is_late = rng.random() < _LATE
            writer = rng.choices(list(payloads.GOOD), list(payloads.GOOD.values()))[0]
            self._add("late" if self._system.is_late else writer.__name__, writer(self._system))
            self._system.is_late = False

    def _add(self, kind: str, draft: Draft) -> None:
        self._take(kind, self._system.send(draft), draft.facts)

    def _take(self, kind: str, message: Message, facts: Sequence[Fact]) -> None:
        self._written.append((message, facts))
        self._model.take(message, facts)
        self._counts[kind] = self._counts.get(kind, 0) + 1
