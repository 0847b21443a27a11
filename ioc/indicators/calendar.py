"""When offices work: days of the week, hours and public holidays, as the working time from one day to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import holidays
import msgspec

from ioc.errors import ConfigurationError
from ioc.indicators.system import WorkingTime

FIRST, LAST = date(2005, 1, 1), date(2045, 1, 1)
"""The days that are kept; of durations before or after these nothing is known."""
_DAY = timedelta(days=1)

Day = tuple[date, int, Sequence[int]]


def kept_days(told: WorkingTime) -> list[Day]:
    """Return the days that are kept; see `working_days`."""
    return _kept(msgspec.json.encode(told))


@lru_cache(maxsize=2)
def _kept(told: bytes) -> list[Day]:
    return list(working_days(msgspec.json.decode(told, type=WorkingTime)))


def working_days(told: WorkingTime, begin: date = FIRST, end: date = LAST) -> Iterator[Day]:
    """Yield, for each day, the working seconds before it since `begin`, and its spans as begin, end, begin, end in seconds of the day.

    Raises:
        ConfigurationError: the holidays of the country are not known.
    """
    try:
        kept = holidays.country_holidays(told.holidays, years=range(begin.year, end.year + 1))
    except NotImplementedError:
        raise ConfigurationError(f"the public holidays of {told.holidays!r} are not known: it is no code of a country such as VN") from None
    spans = [second for hours in told.hours for second in map(_seconds, hours)]
    before, day = 0, begin
    while day < end:
        today = spans if day.isoweekday() in told.days and day not in kept else []
        yield day, before, today
        before += sum(today[1::2]) - sum(today[::2])
        day += _DAY


def _seconds(told: str) -> int:
    hours, _, minutes = told.partition(":")
    return int(hours) * 3600 + int(minutes) * 60
