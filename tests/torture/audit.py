"""What must hold after all messages: found in the store, compared with the model, and one run with another.

A message may be delivered more than once after something broke, so a count may be higher than the model's; each excess must then be one
that a second delivery explains, and nothing else may differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.torture.model import Model
from tests.torture.store import Store

_SHOWN = 10
_KEPT = "what was not accepted is in quarantine, byte for byte, with its reason, and nothing else"


@dataclass(frozen=True)
class Check:
    """Something that must hold, over how many things it was looked at, and the first of those where it does not."""

    what: str
    n: int
    differences: list[str]

    def __str__(self) -> str:
        """Return it as lines for people."""
        word = "does not hold" if self.differences else "holds"
        return "\n    ".join([f"{word}: {self.what} ({self.n:,})", *self.differences])


def audit(model: Model, store: Store, *, once: bool) -> list[Check]:
    """Return all that must hold for one run; `once` says that every message was delivered once, so that every count is exact."""
    timed = {series: rows for series, rows in store.observations.items() if series not in model.untimed}
    return [
        _same("every reading is stored with its value, and no other", _flat(model.observations), _flat(timed)),
        _same("every corrected reading has the values that it had before, in their order, and no other", model.former, store.former),
        _same("every position is stored as it was told, and no other", _flat(model.positions), _flat(store.positions)),
        _same("every event is stored as it was first told, and no other", _events(model.events), _events(store.events, like=model.events)),
        _same("every station has the name that it told last", model.names, {key: store.names.get(key) for key in model.names}),
        _same("every source is online or offline as it said last", model.online, {key: store.online.get(key) for key in model.online}),
        _untimed(model, store, once=once),
        _counted(_KEPT, model.quarantined, store.quarantined, once=once),
        *(Check(what, 1, rows[:_SHOWN]) for what, rows in store.faults.items()),
        *_Books(model, store, once=once).checks(),
    ]


def compare_alerts(calm: Store, rough: Store) -> list[Check]:
    """Return what must hold between an undisturbed run and another with the same messages."""
    return [
        _same("alerts and their transitions are those of the undisturbed run", _spread(calm), _spread(rough)),
        _same("rules stand for each subject as after the undisturbed run", _standing(calm), _standing(rough)),
    ]


def _spread(store: Store) -> dict[Any, Any]:
    """Return alerts member by member, so that a difference is a short one."""
    found: dict[Any, Any] = {}
    for (rule, subject, started), alert in store.alerts.items():
        key = rule, subject, started.isoformat()
        found |= {(*key, name): str(value) for name, value in alert.items() if name != "steps"}
        found |= {(*key, "step", step[0]): " ".join(map(str, step[1:])) for step in alert["steps"]}
    return found


def _standing(store: Store) -> dict[Any, Any]:
    """Return how rules stand for subjects; one that is normal may be written or not, as batches fall."""
    return {key: state for key, state in store.states.items() if state[0] != "normal"}


def excess(model: Model, store: Store) -> int:
    """Return how many items were delivered more than once."""
    return sum(books.total() for books in store.books.values()) - sum(books.total() for books in model.books.values())


class _Books:
    """The ledger beside the model and beside the rows that it speaks of; each check goes over every source."""

    def __init__(self, model: Model, store: Store, *, once: bool) -> None:
        self._model, self._store, self._once = model, store, once
        self._names = sorted(model.books.keys() | store.books.keys())
        self._rows: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._untimed_again: Counter[str] = Counter()
        for key, rows in (*store.observations.items(), *store.positions.items()):
            self._rows[key[0]] += len(rows)
        for source, _ in store.events:
            self._rows[source] += 1
        for kept, n in store.quarantined.items():
            self._kept[kept.source] += n * (1 if kept.items is None else len(kept.items))
        # A correction is counted as late, as what it replaced was counted when it came.
        for (series, _), values in model.former.items():
            self._rows[series[0]] += len(values)
        for series, sent in model.untimed.items():
            self._untimed_again[series[0]] += len(store.observations[series]) - sent.total()

    def checks(self) -> Iterable[Check]:
        """Return what must hold, for every source."""
        model, found = self._model, self._store.books
        sign = "=" if self._once else "≥"
        yield self._each(f"received {sign} sent", lambda s: (model.items(s), found[s].total()))
        for outcome in ("stored", "duplicate", "quarantined", "refused"):
            yield self._each(f"{outcome} {sign} the model's", lambda s, o=outcome: (model.books[s][o], found[s][o]))  # type: ignore[misc]
        yield self._each("late = the model's", lambda s: (model.books[s]["late"], found[s]["late"]), exact=True)
        yield self._each("quarantined = items in quarantine", lambda s: (self._kept[s], found[s]["quarantined"]), exact=True)
        yield self._each(f"stored + late - rows = descriptions and statuses {sign} sent", lambda s: (model.told[s], self._told(s)))
        yield self._each(
            "stored = the model's + untimed, descriptions and statuses delivered again",
            lambda s: (model.books[s]["stored"] + self._untimed_again[s] + self._told(s) - model.told[s], found[s]["stored"]),
            exact=True,
        )

    def _told(self, source: str) -> int:
        """Return how many descriptions and statuses were delivered: what was stored beside the rows."""
        books = self._store.books[source]
        return books["stored"] + books["late"] - self._rows[source]

    def _each(self, what: str, counts: Callable[[str], tuple[int, int]], *, exact: bool = False) -> Check:
        """Compare the expected with the found count of each source; unless it has to be exact, redelivery may have added to it."""
        faults = []
        for name in self._names:
            expected, found = counts(name)
            if found < expected or (found > expected and (exact or self._once)):
                faults.append(f"{name}: expected {expected}, found {found}")
        return Check(f"{what}, by source", len(self._names), faults[:_SHOWN])


def _untimed(model: Model, store: Store, *, once: bool) -> Check:
    """Each delivery of a message without a time is an observation of its own."""
    what = "every message without a time is stored at each delivery"
    expected = Counter({(series, value): n for series, sent in model.untimed.items() for value, n in sent.items()})
    found = Counter((series, value) for series in model.untimed for value in store.observations.get(series, {}).values())
    return _counted(what, expected, found, once=once)


def _counted(what: str, expected: Counter[Any], found: Counter[Any], *, once: bool) -> Check:
    """Compare how often each thing is there; redelivery may have added to it, but nothing that was not expected at all."""
    wrong = [
        key
        for key in expected.keys() | found.keys()
        if found[key] < expected[key] or not expected[key] or (once and found[key] > expected[key])
    ]
    faults = sorted(f"{str(key)[:600]}: expected {expected[key]}, found {found[key]}" for key in wrong)
    return Check(what, len(expected), faults[:_SHOWN])


def _same(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Check:
    faults = []
    for key in expected.keys() | found.keys():
        one, other = expected.get(key, "nothing"), found.get(key, "nothing")
        if one != other:
            faults.append((str(key), f"{key}: expected {one}, found {other}"))
    return Check(what, len(expected), [text for _, text in sorted(faults)[:_SHOWN]])


def _flat(nested: Mapping[Any, Mapping[int, Any]]) -> dict[Any, Any]:
    return {(*key, time): value for key, rows in nested.items() for time, value in rows.items()}


def _events(events: Mapping[Any, Any], *, like: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """Return events to compare; one that stated no time has that of its arrival, which nobody can foresee."""
    model = events if like is None else like
    return {key: event if key not in model or model[key].time is not None else event._replace(time=None) for key, event in events.items()}
