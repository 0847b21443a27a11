"""Warehouse, platform, open data, video conference, networks, portals, security of the simulated offices: systems S3 to S5, S16, S17, S19 and S20."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ioc.demo.office_day import PROVINCE, Day, Event, communes, instant

_DATASETS = ("population", "land", "business", "health", "education", "social-insurance", "civil-status")
_SERVICES = 13
_CATEGORIES = ("education", "health", "land", "transport", "environment", "finance", "culture")
_OPEN_SETS = 94
_ENDPOINTS = 212
_LINKS = 60
_ASSESSED_ON = 5
_CHECKED_ON = 3


def warehouse(day: Day) -> Iterator[Event]:
    """Yield the refreshes of the shared databases on a day."""
    for name in _DATASETS:
        if day.chance(0.5):
            rows = day.random.randint(400, 3000)
            data = {"dataset": name, "rows": rows, "rejected": int(rows * day.random.uniform(0, 0.02))}
            yield Event("bg-kho", "dataset.refreshed", f"{name}-{day.day:%Y%m%d}", day.at(1, 5), name, PROVINCE, data)


def platform(day: Day) -> Iterator[Event]:
    """Yield calls through the integration platform, one an hour, and the assessment of the criteria on the 5th of a month."""
    for hour in range(24):
        number = day.random.randrange(_SERVICES)
        service = f"dv-{number + 1:02d}"
        data = {
            "service": service,
            "ministry": ("BCA", "BTP", "BTC", "BHXH")[number % 4],
            "ok": day.chance(0.992),
            "ms": int(day.random.lognormvariate(5.0, 0.6)),
        }
        time = instant(day.day, hour + day.random.random())
        yield Event("bg-lgsp", "call.made", f"C-{day.day:%Y%m%d}-{hour}", time, service, PROVINCE, data)
    if day.day.day == _ASSESSED_ON:
        for number in range(1, 14):
            subject = f"tieu-chi-{number}"
            met = number <= 11 + (day.day.year - 2025) * 12 // 6 + day.day.month // 6 or day.chance(0.3)
            yield Event("bg-lgsp", "criterion.assessed", f"{subject}-{day.day:%Y%m}", day.at(), subject, PROVINCE, {"met": met})


def open_data(day: Day) -> Iterator[Event]:
    """Yield downloads from the open data portal, and what is published anew."""
    for number in range(day.number(3)):
        name = day.random.randrange(_OPEN_SETS)
        data = {"category": _CATEGORIES[name % len(_CATEGORIES)], "dataset": f"ds-{name}"}
        yield Event("bg-opendata", "dataset.downloaded", f"DL-{day.day:%Y%m%d}-{number}", day.at(6, 22), data["dataset"], PROVINCE, data)
    for number in range(day.number(0.3)):
        name = day.random.randrange(_OPEN_SETS)
        data = {"category": _CATEGORIES[name % len(_CATEGORIES)], "dataset": f"ds-{name}"}
        yield Event("bg-opendata", "dataset.published", f"PUB-{day.day:%Y%m%d}-{number}", day.at(), data["dataset"], PROVINCE, data)


def conferences(day: Day) -> Iterator[Event]:
    """Yield how the endpoints of the video conference are: each is measured once in 28 days, a few fail."""
    everywhere = communes(day.seed)
    for endpoint in range(day.day.toordinal() % 28, _ENDPOINTS, 28):
        unit, subject = everywhere[endpoint % len(everywhere)].code, f"diem-cau-{endpoint}"
        data = {"reachable": day.chance(0.985), "loss": round(day.random.uniform(0, 0.8), 2)}
        yield Event("bg-hntt", "endpoint.quality", f"{subject}-{day.day:%Y%m%d}", day.at(7, 8), subject, unit, data)
    for number in range(day.number(0.3)):
        endpoint, down = day.random.randrange(_ENDPOINTS), day.at(8, 16)
        unit, subject = everywhere[endpoint % len(everywhere)].code, f"diem-cau-{endpoint}"
        event_id = f"MC-{day.day:%Y%m%d}-{number}"
        yield Event("bg-hntt", "endpoint.down", f"{event_id}-d", down, subject, unit, {"reason": "network"})
        up = down + timedelta(minutes=day.random.uniform(4, 70))
        yield Event("bg-hntt", "endpoint.up", f"{event_id}-u", up, subject, unit)


def networks(day: Day) -> Iterator[Event]:
    """Yield probes of stations and links, one an hour, and those that go down and come back."""
    everywhere = communes(day.seed)
    for hour in range(24):
        link = day.random.randrange(_LINKS)
        time = instant(day.day, hour + day.random.random())
        data = {"up": day.chance(0.994), "mbit": day.random.randint(120, 900)}
        yield Event(
            "bg-vt", "link.probed", f"P-{day.day:%Y%m%d}-{hour}", time, f"bts-{link}", everywhere[link % len(everywhere)].code, data
        )
    for number in range(day.random.choices((0, 1, 2), (0.55, 0.35, 0.1))[0]):
        link, down = day.random.randrange(_LINKS), day.at(0, 20)
        unit, subject = everywhere[link % len(everywhere)].code, f"bts-{link}"
        kind = day.random.choice(("bts", "fibre"))
        event_id = f"N-{day.day:%Y%m%d}-{number}"
        yield Event(
            "bg-vt", "link.down", f"{event_id}-d", down, subject, unit, {"kind": kind, "cause": day.random.choice(("power", "cable"))}
        )
        up = down + timedelta(minutes=day.random.uniform(15, 400))
        yield Event("bg-vt", "link.up", f"{event_id}-u", up, subject, unit, {"kind": kind})


def portals(day: Day) -> Iterator[Event]:
    """Yield probes of the communes' portals, each once in five days, and the articles that they publish."""
    everywhere = communes(day.seed)
    for place in range(day.day.toordinal() % 5, len(everywhere), 5):
        commune = everywhere[place]
        portal = f"cong-{commune.code}"
        data = {"status": 200 if day.chance(0.985) else 503, "ms": day.random.randint(60, 900), "portal": portal}
        yield Event("bg-portal", "portal.probed", f"{portal}-{day.day:%Y%m%d}", day.at(1, 3), portal, commune.code, data)
    for number in range(day.number(9)):
        commune = day.commune()
        portal = f"cong-{commune.code}"
        yield Event("bg-portal", "article.published", f"T-{day.day:%Y%m%d}-{number}", day.at(), portal, commune.code, {"portal": portal})


def security(day: Day) -> Iterator[Event]:
    """Yield incidents of information security with their end, and every quarter how each commune is protected."""
    for number in range(day.number(0.5)):
        commune, subject = day.commune(), f"SC-{day.day:%Y%m%d}-{number}"
        seen = day.at(0, 23)
        data = {"severity": day.random.choice(("minor", "moderate", "severe")), "agency": commune.name}
        yield Event("bg-attt", "security.incident", f"{subject}-r", seen, subject, commune.code, data)
        resolved = seen + timedelta(hours=day.random.uniform(2, 150))
        yield Event("bg-attt", "security.resolved", f"{subject}-z", resolved, subject, commune.code, {"agency": commune.name})
    if day.day.day == _CHECKED_ON:
        for commune in communes(day.seed)[day.day.month % 3 :: 3]:
            subject = f"ttbv-{commune.code}"
            state = {"protected": day.chance(0.6 + 0.38 * commune.skill), "agency": commune.code}
            yield Event("bg-attt", "security.component", f"{subject}-{day.day:%Y%m}", day.at(), subject, commune.code, state)
