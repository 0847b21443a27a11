"""The reporting month 20 April to 19 May 2023 of the province Nam Định as service events that add up to its published figures.

The totals are those that the province published; how they spread over units, days and dossiers is drawn from a seed. The ids of the events are the
same for every seed, so sending the month again never adds to the counts.
"""

from __future__ import annotations

import csv
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from random import Random
from typing import Any

import msgspec

from ioc.demo.apportion import apportion
from ioc.demo.namdinh_days import after, counter_time, online_time
from ioc.demo.province import Message

SOURCE = "namdinh-dvc"
DOSSIERS = 64_103
ONLINE = 54_786
DIGITISED = 39_347
PAYMENTS = 30_031
PAID_VND = 603_212_000
LAND_PAYMENTS = 323
LAND_PAID_VND = 1_700_000_000

_PER_MESSAGE = 200
_SHARE_OF_LEVEL = {"province": 0.07, "district": 0.23, "commune": 0.70}
_PROCEDURES = {
    "province": ("investment", "transport", "health", "education", "justice"),
    "district": ("land", "business", "construction", "social"),
    "commune": ("certification", "household", "civil-status", "social"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit as it was in the month."""

    code: str
    level: str
    name: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier, its events' times, and what was paid for it (None: not digitised, not paid)."""

    number: str
    unit: Unit
    procedure: str
    channel: str
    received: datetime
    digitised: datetime | None
    paid: datetime | None


def units() -> list[Unit]:
    """Return the province, its 10 districts and 226 communes."""
    text = files("ioc.demo").joinpath("namdinh_units_2023.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [Unit(row["code"], row["level"], row["name_vi"]) for row in rows]


def messages(seed: int) -> Iterator[Message]:
    """Yield the month as MQTT messages of up to 200 events each, by the time of their first event; the same for the same seed."""
    random = Random(f"namdinh/{seed}")  # noqa: S311 - a story, not a secret
    dossiers = _dossiers(random)
    flows = [
        _messages("dossier.received", _received(dossiers)),
        _messages("dossier.digitised", _digitised(dossiers)),
        _messages("payment.received", _payments(random, dossiers)),
        _messages("payment.land_tax", _land_payments(random, dossiers)),
    ]
    return (message for _, message in heapq.merge(*flows, key=lambda timed: timed[0]))


def _dossiers(random: Random) -> list[Dossier]:
    """Draw the dossiers: exact in number, online, digitised and paid; numbered by the time they were received."""
    all_units = units()
    received = apportion(DOSSIERS, _unit_weights(random, all_units), least=40)
    online = apportion(ONLINE, [n * random.uniform(0.62, 1.0) for n in received], most=received)
    digitised = apportion(DIGITISED, [n * random.uniform(0.35, 0.9) for n in received], most=received)
    paid = apportion(PAYMENTS, [n * random.uniform(0.4, 0.75) for n in online], most=online)
    drafts: list[tuple[datetime, Unit, str, bool, bool]] = []
    for unit, n, n_online, n_digitised, n_paid in zip(all_units, received, online, digitised, paid, strict=True):
        is_digitised = set(random.sample(range(n), n_digitised))
        for nth in range(n):
            # The first are the online ones, and the first of these those that were paid: their times are drawn apart, so nobody can tell.
            time = online_time(random) if nth < n_online else counter_time(random)
            drafts.append((time, unit, "online" if nth < n_online else "counter", nth in is_digitised, nth < n_paid))
    drafts.sort(key=lambda draft: (draft[0], draft[1].code))
    return [_dossier(random, number, draft) for number, draft in enumerate(drafts, start=1)]


def _unit_weights(random: Random, all_units: Sequence[Unit]) -> list[float]:
    """Return how many dossiers a unit receives in proportion to others: towns more than villages, every level its share."""
    drawn = [
        random.lognormvariate(0.0, 0.45) * (1.7 if unit.name.startswith(("Thành", "Phường", "Thị trấn")) else 1.0) for unit in all_units
    ]
    of_level = {level: sum(w for w, unit in zip(drawn, all_units, strict=True) if unit.level == level) for level in _SHARE_OF_LEVEL}
    return [w / of_level[unit.level] * _SHARE_OF_LEVEL[unit.level] for w, unit in zip(drawn, all_units, strict=True)]


def _dossier(random: Random, number: int, draft: tuple[datetime, Unit, str, bool, bool]) -> Dossier:
    received, unit, channel, is_digitised, is_paid = draft
    return Dossier(
        number=f"ND-2023-05-{number:06d}",
        unit=unit,
        procedure=random.choice(_PROCEDURES[unit.level]),
        channel=channel,
        received=received,
        digitised=after(random, received, hours=8) if is_digitised else None,
        paid=after(random, received, hours=2) if is_paid else None,
    )


_Timed = tuple[datetime, dict[str, Any]]


def _received(dossiers: Sequence[Dossier]) -> Iterator[_Timed]:
    for nth, dossier in enumerate(dossiers, start=1):
        yield _event(
            "R", nth, dossier, dossier.received, {"channel": dossier.channel, "procedure": dossier.procedure, "level": dossier.unit.level}
        )


def _digitised(dossiers: Sequence[Dossier]) -> Iterator[_Timed]:
    done = sorted((d.digitised, d.number, d) for d in dossiers if d.digitised is not None)
    for nth, (time, _, dossier) in enumerate(done, start=1):
        yield _event("D", nth, dossier, time, {"level": dossier.unit.level})


def _payments(random: Random, dossiers: Sequence[Dossier]) -> Iterator[_Timed]:
    """Yield the fees and charges, paid online in whole thousands of VND."""
    paid = sorted((d.paid, d.number, d) for d in dossiers if d.paid is not None)
    amounts = apportion(PAID_VND // 1000, [random.choice((3, 5, 8, 8, 15, 30, 75)) for _ in paid], least=2)
    for nth, ((time, _, dossier), thousands) in enumerate(zip(paid, amounts, strict=True), start=1):
        kind = random.choice(("fee", "charge"))
        yield _event("P", nth, dossier, time, {"channel": "online", "kind": kind, "amount": thousands * 1000})


def _land_payments(random: Random, dossiers: Sequence[Dossier]) -> Iterator[_Timed]:
    """Yield the taxes on land: a figure of its own in the province's report, so an event type of its own."""
    land = [d for d in dossiers if d.procedure == "land"]
    chosen = sorted((after(random, d.received, hours=72), d.number, d) for d in random.sample(land, LAND_PAYMENTS))
    amounts = apportion(LAND_PAID_VND // 1000, [random.lognormvariate(0.0, 0.8) for _ in chosen], least=100)
    for nth, ((time, _, dossier), thousands) in enumerate(zip(chosen, amounts, strict=True), start=1):
        yield _event("L", nth, dossier, time, {"channel": "online", "kind": "land_tax", "amount": thousands * 1000})


def _event(letter: str, nth: int, dossier: Dossier, time: datetime, data: dict[str, Any]) -> _Timed:
    body = {
        "id": f"ND-2023-05-{letter}-{nth:06d}",
        "time": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "subject": dossier.number,
        "unit": dossier.unit.code,
        "data": data,
    }
    return time, body


def _messages(type_: str, events: Iterator[_Timed]) -> Iterator[tuple[datetime, Message]]:
    batch: list[_Timed] = []
    for event in events:
        batch.append(event)
        if len(batch) == _PER_MESSAGE:
            yield _message(type_, batch)
            batch = []
    if batch:
        yield _message(type_, batch)


def _message(type_: str, batch: Sequence[_Timed]) -> tuple[datetime, Message]:
    return batch[0][0], Message(SOURCE, f"ioc/v1/{SOURCE}/event/{type_}", msgspec.json.encode([body for _, body in batch]))
