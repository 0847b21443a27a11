"""What becomes of the dossiers of the simulated offices: systems S6 to S10."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ioc.demo.office_day import PROVINCE, Day, Event, months_since_2025

SOURCE = "bg-dvc"
_A_DAY = 16.0
_AT_PROVINCE = 0.2
_SERVICES = 40
_PARTIAL = 0.975
_TOLD_ON = 2
_PROCEDURES = ("land", "household", "business", "construction", "justice", "social")


def dossiers(day: Day) -> Iterator[Event]:
    """Yield the dossiers that come in on a day, with all that becomes of them."""
    for number in range(day.number(_A_DAY)):
        yield from _dossier(day, f"HS-{day.day:%Y%m%d}-{number:03d}")


def _dossier(day: Day, subject: str) -> Iterator[Event]:
    random, commune = day.random, day.commune()
    skill, months = commune.skill, months_since_2025(day.day)
    unit = PROVINCE if day.chance(_AT_PROVINCE) else commune.code
    online = day.chance(min(0.97, 0.55 + 0.25 * skill + 0.008 * months))
    full = online and day.chance(0.8)
    due = day.day + timedelta(days=random.choice((5, 7, 10, 15)))
    received = day.at(0.5, 23.5) if online else day.at()

    def event(type_: str, letter: str, time: object, **data: object) -> Event:
        return Event(SOURCE, type_, f"{subject}-{letter}", time, subject, unit, data)  # type: ignore[arg-type]

    yield event(
        "dossier.received", "r", received, channel="online" if online else "counter", procedure=random.choice(_PROCEDURES),
        full=full, remote=online and day.chance(0.7), due=f"{due}",
    )  # fmt: skip
    yield event("message.sent", "m1", received + timedelta(minutes=10), number=1)
    if day.chance(0.12):
        yield event("dossier.supplemented", "s", day.later(received, 0.3, 1.5))
    if day.chance(0.35 + 0.6 * skill):
        yield event("dossier.digitised", "d", received + timedelta(hours=3))
    paid = received + timedelta(minutes=40)
    if day.chance(0.55):
        by_wire = day.chance(min(0.99, 0.7 + 0.01 * months))
        amount = random.choice((8, 15, 20, 50, 150)) * 1000
        yield event("payment.received", "p", paid, channel="online" if by_wire else "counter", kind="fee", amount=amount)
    if day.chance(0.97):
        yield event("message.sent", "m2", paid + timedelta(minutes=2), number=2)
    days = (due - day.day).days
    late = day.chance(0.004 + 0.03 * (1 - skill))
    resolved = day.later(received, days + 1.2, days + 4) if late else day.later(received, 0.3, max(0.5, days - 2.5))
    if day.chance(0.98):
        # Now and then the citizen hears of the result only after it was handed out.
        yield event("message.sent", "m3", resolved + timedelta(minutes=-20 if day.chance(0.985) else 90), number=3)
    yield event("dossier.resolved", "z", resolved)
    yield event("result.issued", "i", resolved, form="electronic" if day.chance(0.4 + 0.5 * skill) else "paper")
    if day.chance(0.6):
        yield event("result.digitised", "g", resolved + timedelta(hours=1))
    if day.chance(0.012):
        amount = random.randint(2, 9) * 1_000_000
        yield event("payment.land_tax", "l", resolved + timedelta(minutes=30), channel="online", kind="land_tax", amount=amount)


def services(day: Day) -> Iterator[Event]:
    """Yield which services are offered how far, told anew in the beginning of a month."""
    if day.day.day != _TOLD_ON:
        return
    for number in range(_SERVICES):
        rank = number / _SERVICES
        full = rank < min(0.95, 0.6 + 0.01 * months_since_2025(day.day))
        data = {"stage": "full" if full else "partial" if rank < _PARTIAL else "none", "at_home": full}
        yield Event(SOURCE, "service.offered", f"DVC-{number}-{day.day:%Y%m}", day.at(7.5, 9), f"DVC-{number}", PROVINCE, data)


def certificates(day: Day) -> Iterator[Event]:
    """Yield the certificates for signatures that are granted on a day."""
    for number in range(day.number(0.8)):
        unit = day.commune().code
        subject = f"CTS-{day.day:%Y%m%d}-{number}"
        yield Event("bg-kyso", "certificate.granted", subject, day.at(), subject, unit, {"agency": unit})
