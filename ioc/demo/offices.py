"""The software of the province's offices: what its systems send, as a function of a seed and of days alone; a year of it, or what has just become due.

An event has the same id whenever it is made, so that sending it again adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

import msgspec

from ioc.demo import office_dossiers, office_platforms, office_work
from ioc.demo.office_day import LOCAL, Day, Event
from ioc.demo.province import Message

FIRST_DAY = date(2025, 7, 1)
"""Since then the communes are as they are now."""
_LONGEST = timedelta(days=110)
"""Nothing goes on for longer after the day on which it began."""
_LOOK_EVERY = timedelta(seconds=5)
_SILENT_SHARE = 0.12
_SILENCE_DAYS = 12

_Desk = Callable[[Day], Iterator[Event]]
_DESKS: tuple[tuple[_Desk, bool], ...] = (
    # what comes of a day, and whether its system is now and then silent for days
    (office_dossiers.dossiers, False),
    (office_dossiers.services, False),
    (office_dossiers.certificates, True),
    (office_work.documents, False),
    (office_work.tasks, False),
    (office_work.citizens_reports, False),
    (office_work.desks, True),
    (office_work.periodic_reports, False),
    (office_work.meetings, True),
    (office_work.schools_and_teams, False),
    (office_platforms.warehouse, True),
    (office_platforms.platform, True),
    (office_platforms.open_data, True),
    (office_platforms.conferences, True),
    (office_platforms.networks, False),
    (office_platforms.portals, True),
    (office_platforms.security, True),
)
SOURCES = (
    "bg-1022", "bg-attt", "bg-baocao", "bg-dvc", "bg-ecabinet", "bg-edu", "bg-hntt", "bg-kho", "bg-kts", "bg-kyso", "bg-lgsp", "bg-mc",
    "bg-nhiemvu", "bg-opendata", "bg-portal", "bg-tdoffice", "bg-vt",
)  # fmt: skip


class Offices:
    """The offices of one seed, of which nothing is known before the day `since`."""

    def __init__(self, seed: int, since: date) -> None:
        self._seed, self._since = seed, max(since, FIRST_DAY)
        self._day = lru_cache(maxsize=_LONGEST.days + 8)(self._make_day)

    def events(self, begin: datetime, until: datetime) -> list[Event]:
        """Return what happens from `begin` to before `until`, in order of time."""
        first = max(self._since, (begin - _LONGEST).astimezone(LOCAL).date())
        last = until.astimezone(LOCAL).date()
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        found = [event for day in days for event in self._day(day) if begin <= event.time < until]
        return sorted(found, key=lambda event: (event.time, event.source, event.id))

    def messages(self, begin: datetime, until: datetime) -> Iterator[Message]:
        """Yield what happens from `begin` to before `until` as field systems publish it."""
        for event in self.events(begin, until):
            yield Message(event.source, f"ioc/v1/{event.source}/event/{event.type}", msgspec.json.encode(body_of(event)))

    def _make_day(self, day: date) -> tuple[Event, ...]:
        return tuple(
            event
            for desk, is_fitful in _DESKS
            if not (is_fitful and self._is_silent(desk, day))
            for event in desk(Day(self._seed, desk.__name__, day))
        )

    def _is_silent(self, desk: _Desk, day: date) -> bool:
        spell = day.toordinal() // _SILENCE_DAYS
        return Random(f"{self._seed}/{desk.__name__}/silence/{spell}").random() < _SILENT_SHARE  # noqa: S311 - a story, not a secret


class Work:
    """What the offices do from an instant on, looked at every few seconds."""

    def __init__(self, offices: Offices, begin: datetime) -> None:
        self._offices, self._reached = offices, begin

    def messages(self, now: datetime) -> Iterator[Message]:
        """Yield what has become due since the last call; nothing in it is younger than `now`."""
        if now - self._reached < _LOOK_EVERY:
            return
        begin, self._reached = self._reached, now
        yield from self._offices.messages(begin, now)


def body_of(event: Event) -> dict[str, object]:
    """Return the body of the message of an event."""
    told: dict[str, object] = {"id": event.id, "time": _stamp(event.time), "subject": event.subject, "unit": event.unit, "data": event.data}
    return told if event.spot is None else told | {"lon": round(event.spot.lon, 6), "lat": round(event.spot.lat, 6)}


def row_of(event: Event) -> dict[str, object]:
    """Return an event as a row of a file for `ioc ingest`."""
    return {"source": event.source, "type": event.type} | body_of(event)


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
