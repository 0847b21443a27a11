"""When people handed in dossiers in Nam Định between 20 April and 19 May 2023: working days, holidays, hours. Times are local until they leave here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
BEGIN = datetime(2023, 4, 20, tzinfo=LOCAL)
"""First moment of the reporting month."""
END = datetime(2023, 5, 20, tzinfo=LOCAL)
"""First moment after it."""
_HOLIDAYS = frozenset(date(2023, 4, 29) + timedelta(days=n) for n in range(5))
"""Commemoration of the Hùng kings, 30 April and 1 May, with the days off in lieu."""
_DAYS = tuple((BEGIN + timedelta(days=n)).date() for n in range((END - BEGIN).days))
_WORKING_DAYS = tuple(day for day in _DAYS if day.weekday() < 5 and day not in _HOLIDAYS)  # noqa: PLR2004 - Monday to Friday
_ONLINE_WEIGHTS = tuple(1.0 if day in _WORKING_DAYS else 0.12 for day in _DAYS)
_SHIFTS = ((time(7, 30), 4.0), (time(13, 30), 3.5))


def counter_time(random: Random) -> datetime:
    """Return a moment when a one-stop desk was open."""
    return _in_shift(random, random.choice(_WORKING_DAYS))


def online_time(random: Random) -> datetime:
    """Return a moment when somebody sat at the portal: mostly in working hours, now and then in the evening or on a day off."""
    day = random.choices(_DAYS, weights=_ONLINE_WEIGHTS)[0]
    if day in _WORKING_DAYS and random.random() < 0.8:  # noqa: PLR2004
        return _in_shift(random, day)
    return _utc(day, time(6, 0), random.uniform(0.0, 16.5))


def after(random: Random, moment: datetime, *, hours: float) -> datetime:
    """Return a moment within `hours` after `moment`, and within the month."""
    return moment + random.random() * min(timedelta(hours=hours), END - moment - timedelta(seconds=1))


def _in_shift(random: Random, day: date) -> datetime:
    begin, hours = random.choices(_SHIFTS, weights=(0.58, 0.42))[0]
    return _utc(day, begin, random.uniform(0.0, hours))


def _utc(day: date, begin: time, hours: float) -> datetime:
    moment = datetime.combine(day, begin, tzinfo=LOCAL) + timedelta(hours=hours)
    return moment.astimezone(UTC).replace(microsecond=0)
